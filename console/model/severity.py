"""How bad something is."""

from enum import IntEnum


class Severity(IntEnum):
    """Ordered, so that the worst is the largest."""

    OK = 0
    INFO = 1
    WARNING = 2
    CRITICAL = 3
