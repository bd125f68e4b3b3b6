"""The exit codes of the command line."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes that scripts may rely on."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    """Some source is missing from the answer."""
    DENIED = 4
    WRONG = 5
    """`doctor` found something wrong."""
