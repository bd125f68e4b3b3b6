"""The kind of everything that the outside world says, and what went wrong with it, in words to be translated."""

import msgspec


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False, omit_defaults=False):
    """The kind of every record: frozen, without cycles, sent as an array."""


class Trouble(Record, frozen=True):
    """What went wrong, said so that it can be translated where it is read.

    ``text`` and ``hint`` are English templates (message ids) with ``{names}`` that ``values`` fills; values come from
    the world and are hostile text.
    """

    text: str
    hint: str = ""
    values: dict[str, str] = {}


def N_(message: str) -> str:  # noqa: N802 - the name that every gettext tool knows
    """Mark a message that is translated where it is read."""
    return message
