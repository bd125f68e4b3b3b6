"""Moments as people type them: ``14:00``, ``yesterday 14:00``, ``2026-11-20 14:00``, ``3h ago``; in their own zone."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from console.language import _

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DATE = re.compile(r"(?:(\d{4})[-/])?(\d{1,2})[-/](\d{1,2})")
_AGO = re.compile(r"-?(\d{1,5})\s*(m|min|h|d|w|分钟|小时|天|周)(?:\s*(?:ago|前))?")
_UNITS = {"m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_UNITS |= {"分钟": 60, "小时": 3600, "天": 86_400, "周": 7 * 86_400}
_BACK = {"today": 0, "今天": 0, "yesterday": 1, "昨天": 1, "前天": 2}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHINESE = "一二三四五六日"


class MomentError(ValueError):
    """A text that means no moment; what is wrong and what is allowed, translated."""


def moment(text: str, now: float, zone: tzinfo | None = None) -> float:
    """Return the UTC that a text means.

    A time of day alone is the last that there was; a day alone is its noon, or now where that is earlier.

    Args:
        text: what was typed.
        now: UTC in seconds.
        zone: of the viewer; None takes the system's.

    Raises:
        MomentError: it means no moment, or one that is yet to come.
    """
    words = text.casefold().split()
    here = datetime.fromtimestamp(now, UTC).astimezone(zone)
    if words in (["now"], ["现在"]):
        return now
    ago = _AGO.fullmatch(" ".join(words))
    found = now - int(ago[1]) * _UNITS[ago[2]] if ago is not None else _named(text, words, here, zone)
    if found > now:
        raise MomentError(_("“{text}” is yet to come.").format(text=text))
    if found < 0:  # nobody has measured anything then, and no calendar need reach there
        raise _unclear(text)
    return found


def _named(text: str, words: list[str], here: datetime, zone: tzinfo | None) -> float:
    """The day and time of day that words name."""
    if not 1 <= len(words) <= 2:
        raise _unclear(text)
    day = _day(words[0], here.date())
    clock = _clock(words[-1])
    if (day is None and len(words) == 2) or (len(words) == 2 and clock is None) or (day is None and clock is None):
        raise _unclear(text)
    now, today = here.timestamp(), here.date()
    found = _at(day or today, clock or time(12), zone)
    if found > now and day is None:
        return _at(today - timedelta(1), clock or time(12), zone)
    return now if found > now and clock is None and day == today else found


def _unclear(text: str) -> MomentError:
    known = "14:00, yesterday 14:00, mon 14:00, 2026-11-20 14:00, 3h ago, now"
    return MomentError(_("“{text}” is no moment; there are {known}.").format(text=text, known=known))


def _at(day: date, clock: time, zone: tzinfo | None) -> float:
    """A wall time that the zone skips is the one an hour on; of one that comes twice the first."""
    naive = datetime.combine(day, clock)
    try:
        return naive.replace(tzinfo=zone).timestamp()  # without one it is the system's
    except (OverflowError, OSError, ValueError):  # the year 1, in a zone behind UTC
        return -1.0


def _clock(word: str) -> time | None:
    found = _CLOCK.fullmatch(word.replace("：", ":"))
    try:
        return None if found is None else time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        return None


def _day(word: str, today: date) -> date | None:
    if word in _BACK:
        return today - timedelta(_BACK[word])
    weekday = _weekday(word)
    if weekday is not None:
        return today - timedelta((today.weekday() - weekday) % 7)
    found = _DATE.fullmatch(word)
    if found is None:
        return None
    try:
        named = date(int(found[1] or today.year), int(found[2]), int(found[3]))
        # without a year it is the last such day that there was
        return named if found[1] or named <= today else named.replace(year=today.year - 1)
    except ValueError:
        return None


def _weekday(word: str) -> int | None:
    if len(word) >= 3 and word.isascii():
        return next((at for at, day in enumerate(_WEEKDAYS) if word.startswith(day) and word.isalpha()), None)
    if len(word) in (2, 3) and word[:-1] in ("周", "星期") and word[-1] in _CHINESE:
        return _CHINESE.index(word[-1])
    return None
