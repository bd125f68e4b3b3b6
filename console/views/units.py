"""How numbers are written for people: short, of a bounded width, and never 0 for what is unknown."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from console.model.fields import UNSUPPORTED, Kind

UNKNOWN = "?"
"""The mark of None where the caller gives no other."""
Value = object
"""A number, UNSUPPORTED, or None; anything that is no finite number is unknown."""
WIDTHS = {Kind.BYTES: 5, Kind.PERCENT: 5, Kind.DURATION: 8, Kind.NUMBER: 7, Kind.BOOL: 3, Kind.TIME: 20}
"""The most cells that a value of a kind takes (a NUMBER with its unit, below 100,000)."""
_PREFIXES = "BKMGTPE"


def size(value: Value, mark: str = UNKNOWN) -> str:
    """Return bytes in binary units: ``61.4G``, ``512M``, ``0B``; at most 5 cells below 8 EiB."""
    return _known(value, mark, _size)


def percent(value: Value, mark: str = UNKNOWN) -> str:
    """Return a percentage without decimals: ``96%``."""
    return _known(value, mark, lambda number: f"{_rounded(number)}%")


def duration(value: Value, mark: str = UNKNOWN) -> str:
    """Return seconds as ``42s``, ``12m05s``, ``3h12m``, ``2-03:11`` (days-hours:minutes), ``120d``; rounded down."""
    return _known(value, mark, _duration)


def age(value: Value, mark: str = UNKNOWN) -> str:
    """Return an age in its largest unit: ``4s``, ``12m``, ``3h``, ``9d``; clocks that disagree make it ``0s``."""
    return _known(value, mark, _age)


def number(value: Value, unit: str = "", mark: str = UNKNOWN) -> str:
    """Return a number with its unit: ``412W``, ``67°C``, ``1410MHz``, ``7.9``; one decimal below 10 if it has any."""
    return _known(value, mark, lambda known: _number(known) + unit)


def watts(value: Value, mark: str = UNKNOWN) -> str:
    """Return power in whole watts: ``412W``."""
    return _known(value, mark, lambda known: f"{_rounded(known)}W")


def celsius(value: Value, mark: str = UNKNOWN) -> str:
    """Return a temperature in whole degrees: ``67°C``."""
    return _known(value, mark, lambda known: f"{_rounded(known)}°C")


def megahertz(value: Value, mark: str = UNKNOWN) -> str:
    """Return a clock rate in whole MHz: ``1410MHz``."""
    return _known(value, mark, lambda known: f"{_rounded(known)}MHz")


def rate(value: Value, mark: str = UNKNOWN) -> str:
    """Return bytes a second in binary units: ``1.2G/s``."""
    return _known(value, mark, lambda known: f"{_size(known)}/s")


def time_of_day(value: Value, mark: str = UNKNOWN) -> str:
    """Return UTC in seconds as the time of day in the viewer's zone: ``14:02:11``."""
    return _known(value, mark, lambda known: datetime.fromtimestamp(known, UTC).astimezone().strftime("%H:%M:%S"))


def clock(value: Value, mark: str = UNKNOWN, zone: tzinfo | None = None) -> str:
    """Return UTC in seconds in the viewer's zone (or the one given), named: ``2026-11-21 14:02 CST``."""
    return _known(
        value, mark, lambda known: datetime.fromtimestamp(known, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
    )


def truth(value: Value, mark: str = UNKNOWN) -> str:
    """Return ``yes`` or ``no``; not translated, because filters take these words."""
    return _known(value, mark, lambda known: "yes" if known else "no")


def instant(value: Value, mark: str = UNKNOWN) -> str:
    """Return UTC in seconds as ISO 8601: ``2026-11-21T14:02:11Z``."""
    return _known(value, mark, iso)


def iso(value: float) -> str:
    """Return UTC in seconds as ISO 8601 with ``Z``; whole seconds.

    Raises:
        ValueError, OverflowError, OSError: no such time is in a calendar.
    """
    return datetime.fromtimestamp(math.floor(value), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _known(value: Value, mark: str, write: Callable[[float], str]) -> str:
    if value is UNSUPPORTED:
        return UNSUPPORTED.value
    if not isinstance(value, int | float) or not math.isfinite(value):
        return mark
    try:
        return write(value)
    except (ValueError, OverflowError, OSError):  # a time beyond the calendar
        return mark


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)


def _size(value: float) -> str:
    if value < 0:
        return "-" + _size(-value)
    power = 0
    while value >= 1024 and power < len(_PREFIXES) - 1:
        value /= 1024
        power += 1
    if power and value < 99.95:
        return f"{value:.1f}{_PREFIXES[power]}"
    most = 1023 if power < len(_PREFIXES) - 1 else math.inf  # 1023.7 G is not yet 1 T
    return f"{min(most, _rounded(value))}{_PREFIXES[power]}"


def _duration(value: float) -> str:
    if value < 0:
        return "-" + _duration(-value)
    minutes, seconds = divmod(math.floor(value), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days >= 100:
        return f"{days}d"
    if days:
        return f"{days}-{hours:02}:{minutes:02}"
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{seconds:02}s" if minutes else f"{seconds}s"


def _age(value: float) -> str:
    seconds = max(0, math.floor(value))
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _number(value: float) -> str:
    if isinstance(value, int) or value == math.floor(value) or abs(value) >= 9.95:
        return str(_rounded(value))
    return f"{value:.1f}"
