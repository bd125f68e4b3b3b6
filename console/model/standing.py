"""How a follower stands with its collector."""

from enum import StrEnum


class Standing(StrEnum):
    """What can be said of the way to the collector."""

    SEEKING = "seeking"
    """Nobody listens yet."""
    FOLLOWING = "following"
    SILENT = "silent"
    """Connected, and the collector says nothing: it hangs or was stopped."""
    REFUSED = "refused"
