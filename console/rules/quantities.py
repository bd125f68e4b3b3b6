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
    for power, letter in enumerate("kmgtp", start=1)
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
    if field.kind is Kind.DURATION:
        return _duration(text.strip().lower())
    number, unit, slack = _split(text.strip().lower(), field)
    return Quantity(number * unit, slack * unit)


def _split(text: str, field: Field) -> tuple[float, float, float]:
    match = _SCALED.fullmatch(text)
    units = _units(field)
    if match is None or match[4] not in units:
        raise ValueError(expected(field).format(value=text))
    decimals = len(match[2] or match[3] or "")
    return float(match[1]), units[match[4]], 0.5 * 10.0**-decimals


def _units(field: Field) -> dict[str, int]:
    if field.kind is Kind.BYTES:
        return _BYTES
    if field.kind is Kind.PERCENT:
        return {"": 1, "%": 1}
    own = (field.unit.lower(), field.unit.lower().removeprefix("°")) if field.unit else _PLAIN_UNITS
    return {"": 1} | dict.fromkeys(own, 1)


def _duration(text: str) -> Quantity:
    if "-" in text or ":" in text:
        return Quantity(_clock(text))
    if text.isascii() and text.isdigit() and len(text) < 12:
        return Quantity(float(text), 0.5)
    total, at, last = 0.0, 0, 0.0
    while match := _SPOKEN.match(text, at):
        last = _SECONDS[match[2]]
        total += float(match[1]) * last
        at = match.end()
    if not text or at != len(text):
        raise ValueError(_duration_expected().format(value=text))
    return Quantity(total, 0.5 * last)


def _clock(text: str) -> float:
    """Slurm's form: ``D-HH[:MM[:SS]]`` behind days, else ``MM:SS`` below an hour is not meant: ``HH:MM[:SS]``."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(_duration_expected().format(value=text))
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if minutes > 59 or seconds > 59 or (match[1] and hours > 23):
        raise ValueError(_duration_expected().format(value=text))
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def _duration_expected() -> str:
    return _("“{value}” is no duration; write 90s, 2h, 3h12m or 1-02:00 (days-hours:minutes)")


def expected(field: Field) -> str:
    """Return what a value of a field looks like, a translated template with ``{value}``."""
    if field.kind is Kind.DURATION:
        return _duration_expected()
    if field.kind is Kind.BYTES:
        return _("“{value}” is no size; write 512M, 40G, 40GiB or 1.5T")
    if field.kind is Kind.PERCENT:
        return _("“{value}” is no percentage; write 5 or 5%")
    return _("“{value}” is no number")
