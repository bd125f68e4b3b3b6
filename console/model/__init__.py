"""The nouns of the product, as immutable values."""
