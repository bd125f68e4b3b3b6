"""What follows from what: pure functions, no I/O, no clock."""
