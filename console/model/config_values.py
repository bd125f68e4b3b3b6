"""What a value in the configuration file may be: each reader takes what TOML gave and returns what it means."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from console.language import _

Value = TypeVar("Value")
Reader = Callable[[object], Value]
"""Returns what a value means, or raises `Wrong` with what is allowed."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w|y)")
_SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0, "y": 365 * 86400.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)", re.IGNORECASE)
_POWERS = "KMGT"
_PERSON = re.compile(r"[^\s\x00-\x1f\x7f:,/-][^\s\x00-\x1f\x7f:,/]{0,63}")
SHOWN = 40
"""Characters of a wrong value that are shown."""


class Wrong(ValueError):  # noqa: N818 - it is an answer about a value, not an accident
    """A value that cannot be meant; the message, translated, says what is allowed."""


class WrongWithin(Wrong):
    """A list or a table of which a part cannot be meant; the message says which."""


def shown(value: object) -> str:
    """Write a value as it stands in the file, short and without control characters."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return _("a table")
        case list():
            return _("a list")
        case str():
            said = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in value[: SHOWN + 1])
            return f'"{said}"' if len(value) <= SHOWN else f'"{said[:SHOWN]}…"'
    said = str(value)
    return said if len(said) <= SHOWN else said[:SHOWN] + "…"


def not_allowed(value: object, wrong: Wrong) -> str:
    """Say what was found and what is allowed; where a part of a value is wrong, the message says both already."""
    if isinstance(wrong, WrongWithin):
        return str(wrong)
    return _("{found} is not allowed; {allowed}").format(found=shown(value), allowed=wrong)


def text(longest: int = 200) -> Reader[str]:
    """A text that is not empty and can be printed."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong(_('a text is expected: "…"'))
        if not value.strip() or len(value) > longest or not value.isprintable():
            raise Wrong(_("a text of 1 to {most} characters without control characters").format(most=longest))
        return value

    return read


def choice(*words: str) -> Reader[str]:
    """One of some words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise Wrong(_("one of {words}").format(words=", ".join(f'"{word}"' for word in words)))
        return value

    return read


def flag(value: object) -> bool:
    """``true`` or ``false``."""
    if not isinstance(value, bool):
        raise Wrong(_("true or false"))
    return value


def whole(least: int, most: int) -> Reader[int]:
    """A whole number within bounds, both included."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Wrong(_("a whole number from {least} to {most}").format(least=least, most=most))
        return value

    return read


def seconds(least: float, most: float) -> Reader[float]:
    """A short time: a number of seconds, or a text with its unit."""

    def read(value: object) -> float:
        found = None
        if isinstance(value, int | float) and not isinstance(value, bool):
            found = float(value) if abs(value) < 1e9 else None
        elif isinstance(value, str):
            found = _time(value)
        if found is None or not math.isfinite(found) or not least <= found <= most:
            words = _('seconds from {least} to {most}: {least} or "{least}s"')
            raise Wrong(words.format(least=f"{least:g}", most=f"{most:g}"))
        return found

    return read


def duration(least: float) -> Reader[float]:
    """A long time as a text with its unit; returns seconds."""

    def read(value: object) -> float:
        found = _time(value) if isinstance(value, str) else None
        if found is None or not least <= found <= 100 * _SECONDS["y"]:
            words = _('a time like "48h", "30d" or "1y", from {least} h to 100 years')
            raise Wrong(words.format(least=f"{least / 3600:g}"))
        return found

    return read


def _time(value: str) -> float | None:
    match = _DURATION.fullmatch(value.strip())
    return float(match[1]) * _SECONDS[match[2]] if match and len(match[1]) < 20 else None


def size(least: int) -> Reader[int]:
    """An amount of memory as a text with its unit; returns bytes."""

    def read(value: object) -> int:
        match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 20 else None
        found = -1
        if match:
            unit = match[2].upper()
            power = _POWERS.index(unit[0]) + 1 if unit != "B" else 0
            found = int(float(match[1]) * (1024 if "I" in unit else 1000) ** power)
        if not least <= found <= 10**15:
            words = _('a size like "500MB", "20GB" or "1TiB", at least {least} MB')
            raise Wrong(words.format(least=f"{least / 10**6:g}"))
        return found

    return read


def words(most: int = 32) -> Reader[tuple[str, ...]]:
    """Texts in their order: a command with its arguments."""

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            kind = WrongWithin if isinstance(value, list) else Wrong
            raise kind(_('a list of 1 to {most} texts: ["…", "…"]').format(most=most))
        if not all(isinstance(word, str) and word and word.isprintable() for word in value):
            raise WrongWithin(_("texts without control characters, none of them empty"))
        return tuple(value)

    return read


def person(value: object) -> str:
    """The name of a user or a group of the system."""
    if not isinstance(value, str) or not _PERSON.fullmatch(value):
        raise Wrong(_('a name that the system knows: "alice"'))
    return value


def people(value: object) -> tuple[str, ...]:
    """Names of users of the system, each once."""
    if not isinstance(value, list):
        raise Wrong(_('a list of names: ["alice", "wang"]'))
    for name in value:
        try:
            person(name)
        except Wrong as wrong:
            raise WrongWithin(not_allowed(name, wrong)) from None
    return tuple(dict.fromkeys(value))


def path(home: Path) -> Reader[Path]:
    """An absolute path; ``~/`` stands for the home directory."""

    def read(value: object) -> Path:
        if isinstance(value, str) and value.isprintable():
            if value.startswith("~/"):
                return home / value[2:].lstrip("/")
            if value.startswith("/"):
                return Path(value)
        raise Wrong(_('an absolute path: "/…" or "~/…"'))

    return read
