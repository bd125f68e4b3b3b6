"""What kinds of value a row holds; filters, tables and exports agree on them here."""

from enum import Enum, StrEnum

import msgspec


class Kind(StrEnum):
    """What a value means, and so how it is compared and written."""

    TEXT = "text"
    NUMBER = "number"
    BYTES = "bytes"
    DURATION = "duration"
    """Seconds."""
    PERCENT = "percent"
    """0 to 100."""
    BOOL = "bool"
    CHOICE = "choice"
    """One of a closed set of words."""
    TIME = "time"
    """UTC in seconds; written in exports, not compared in filters (say it as an age: a duration)."""


class Absent(Enum):
    """Why there is no value, where that is known. Unknown itself is None."""

    UNSUPPORTED = "n/a"
    """The thing does not have this; it is not missing."""


UNSUPPORTED = Absent.UNSUPPORTED


class Field(msgspec.Struct, frozen=True):
    """A name that a filter may use."""

    name: str
    kind: Kind
    title: str
    """Translated."""
    choices: tuple[str, ...] = ()
    """Every word that a field of kind CHOICE can hold; examples for TEXT."""
    aliases: tuple[str, ...] = ()
    unit: str = ""
    """What may stand behind a NUMBER: ``W``, ``°C``, ``MHz`` …"""


def quoted(text: str) -> str:
    """Write a text as a value of a filter that passes exactly it; one that ends in a backslash, what begins with it."""
    if text.isalnum() and text.isascii() and text.casefold() not in ("none", "unknown"):
        return text
    mark = "'" if '"' in text and "'" not in text else '"'
    return mark + text.replace(mark, "\\" + mark) + ("*" if text.endswith("\\") else "") + mark
