"""What a person means by ``40G``, ``3h12m``, ``5%`` or ``300W``: a number, and how exactly it was said."""

import re

import msgspec

from console.language import _
from console.model.fields import Field, Kind

_NUMBER = r"[+-]?(?:\d{1,18}(?:\.(\d{0,9}))?|\.(\d{1,9}))"
_SCALED = re.compile(rf"({_NUMBER})\s?([^\d\s.]*)")
_CLOCK = re.compile(r"(?:(\d{1,6})-)?(\d{1,6})(?::(\d{1,2}))?(?::(\d{1,2}))?")
_SPOKEN = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|[wdhms])")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES = {"": 1, "b": 1} | {
    letter + tail: (1000 if tail == "b" else 1024) ** power
    for power, letter in enumerate("kmgtpe", start=1)
    for tail in ("", "b", "ib")
}
_PLAIN_UNITS = ("w", "°c", "c", "mhz")


class Quantity(msgspec.Struct, frozen=True):
    """A number in the field's own unit (bytes, seconds, percent …)."""

    number: float
    slack: float = 0.0
    """Half of the last digit that was said: ``=61.4G`` means what is shown as 61.4G."""


def quantity(text: str, field: Field) -> Quantity:
    """Return the quantity that a text means for a field.

    Raises:
        ValueError: it means none; the message says what is allowed, translated.
    """
    plain = text.strip().lower()
    found = _duration(plain) if field.kind is Kind.DURATION else _scaled(plain, _units(field))
    if found is None:
        raise ValueError(expected(field).format(value=text))
    return found


def _scaled(text: str, units: dict[str, int]) -> Quantity | None:
    match = _SCALED.fullmatch(text)
    if match is None or match[4] not in units:
        return None
    unit = units[match[4]]
    decimals = len(match[2] or match[3] or "")
    return Quantity(float(match[1]) * unit, 0.5 * 10.0**-decimals * unit)


def _units(field: Field) -> dict[str, int]:
    if field.kind is Kind.BYTES:
        return _BYTES
    if field.kind is Kind.PERCENT:
        return {"": 1, "%": 1}
    own = (field.unit.lower(), field.unit.lower().removeprefix("°")) if field.unit else _PLAIN_UNITS
    return {"": 1} | dict.fromkeys(own, 1)


def _duration(text: str) -> Quantity | None:
    if "-" in text or ":" in text:
        return _clock(text)
    if text.isascii() and text.isdigit() and len(text) < 12:
        return Quantity(float(text), 0.5)
    total, at, last = 0.0, 0, 0.0
    while match := _SPOKEN.match(text, at):
        last = _SECONDS[match[2]]
        total += float(match[1]) * last
        at = match.end()
    return Quantity(total, 0.5 * last) if at and at == len(text) else None


def _clock(text: str) -> Quantity | None:
    """Read ``D-HH[:MM[:SS]]`` or ``HH:MM[:SS]``; unlike in Slurm's listings ``12:30`` is never minutes and seconds."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if minutes > 59 or seconds > 59 or (match[1] and hours > 23):
        return None
    return Quantity(float(((days * 24 + hours) * 60 + minutes) * 60 + seconds), 0.5 if match[4] else 30.0)


def expected(field: Field) -> str:
    """Return what a value of a field looks like, a translated template with ``{value}``."""
    if field.kind is Kind.DURATION:
        return _("“{value}” is not a duration; write 90s, 2h, 3h12m or 1-02:00 (days-hours:minutes)")
    if field.kind is Kind.BYTES:
        return _("“{value}” is not a size; write 512M, 40G, 40GiB or 1.5T")
    if field.kind is Kind.PERCENT:
        return _("“{value}” is not a percentage; write 5 or 5%")
    return _("“{value}” is not a number")
