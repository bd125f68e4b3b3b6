"""The outside world: what it says, and what may be asked of it."""
