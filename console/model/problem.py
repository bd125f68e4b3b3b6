"""A mistake in a file that a person wrote, with the place where it stands."""

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """A mistake in a key map or a configuration file, or a warning about it."""

    source: str
    """The file."""
    line: int
    """From 1."""
    key: str
    """The place in the file: ``list.describe``; empty where it concerns the file as a whole."""
    message: str
    """What is wrong and what is allowed, translated."""

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}: "
        return f"{place}{self.key}: {self.message}" if self.key else place + self.message
