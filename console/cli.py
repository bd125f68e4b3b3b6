"""A placeholder for trials; the real one is written elsewhere."""
