"""What `doctor` says of one thing that it looked at."""

from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """How a check ended."""

    GOOD = "good"
    NOTE = "note"
    """Nothing is broken, and something should be known."""
    WRONG = "wrong"


class Check(msgspec.Struct, frozen=True):
    """One check; its id is stable, so that scripts and people can name it."""

    id: str
    outcome: Outcome
    said: str
    """Translated; it may hold text from the world."""
    hint: str = ""
    """What to do, translated."""
