"""A simulated lab that speaks the language of the probe."""
