"""This machine, through the same probe in a child process."""
