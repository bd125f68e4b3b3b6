"""How far a training is, from what it writes: text, metrics and events in, readings and flags out; it opens no file."""
