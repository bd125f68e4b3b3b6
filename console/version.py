"""The version of the product, and nothing else: the build reads it as text."""

__version__ = "0.1.0"
