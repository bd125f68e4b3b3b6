"""Numbers as trainers write them; a text that is none, or is larger than anything that is counted, becomes None."""

import math
import re

MOST = 10**15
"""No training counts more steps than that; a longer number is something else."""
LONGEST = 40
"""Characters of a number."""

_WHOLE = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_SHORT = re.compile(r"(\d+(?:\.\d+)?)([kmg])", re.IGNORECASE)
_TIMES = {"k": 1e3, "m": 1e6, "g": 1e9}
_FLOAT = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?(?:nan|inf|infinity)", re.IGNORECASE | re.ASCII)


def count(said: str) -> int | None:
    """Return what ``1200``, ``1,200``, ``1200.0`` or ``1.2k`` counts; None where it is no whole number up to `MOST`."""
    text = said.strip().rstrip(".,")
    if not text.isascii() or len(text) > LONGEST:
        return None
    if _WHOLE.fullmatch(text):
        return _counted(float(text.replace(",", "")))
    if short := _SHORT.fullmatch(text):
        return _counted(round(float(short[1]) * _TIMES[short[2].lower()]))
    found = number(text)
    return None if found is None else counted(found)


def counted(value: object) -> int | None:
    """Return a number that was parsed already as a count; None where it is not whole, or out of all bounds."""
    if isinstance(value, str):
        return count(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not (math.isfinite(value) and value.is_integer()):
        return None
    return _counted(value)


def _counted(value: float) -> int | None:
    return int(value) if 0 <= value <= MOST else None


def number(said: str) -> float | None:
    """Return a number, which may be nan or infinite: ``1e400`` is; None where it is none."""
    text = said.strip()
    if len(text) > LONGEST or not _FLOAT.fullmatch(text):
        return None
    return float(text)


def numbered(value: object) -> float | None:
    """Return what was parsed already, or stands in a text, as a number; None where it is none."""
    if isinstance(value, str):
        return number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer of more than 308 digits
        return math.inf


def finite(value: float | None, least: float = 0.0) -> float | None:
    """Return a number that can be reckoned with; None where it is nan, infinite, below `least` or above `MOST`."""
    return value if value is not None and math.isfinite(value) and least <= value <= MOST else None
