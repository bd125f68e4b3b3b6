"""Values as the tools of Slurm spell them: times, spans, sizes, numbers; what is no such value is None."""

import functools
import re
from datetime import UTC, datetime

_SPAN = re.compile(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?(?:\.\d+)?$", re.ASCII)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMGTP]?)[nc]?$", re.ASCII)
_SCALE = {"": 2**20, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "P": 2**50}
"""A size without a letter is in MiB."""
NOTHING = frozenset({"", "N/A", "n/a", "(null)", "None", "Unknown", "None assigned", "NONE"})
"""How the tools say that there is nothing."""


def text(said: str) -> str | None:
    """A word, unless it says that there is none."""
    return None if said in NOTHING else said


@functools.lru_cache(maxsize=65536)
def moment(said: str) -> float | None:
    """UTC in seconds of ``2026-11-21T19:09:26``, written by a tool that ran with TZ=UTC."""
    if len(said) != 19 or said[10] != "T":
        return None
    try:
        return datetime.fromisoformat(said).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


@functools.lru_cache(maxsize=4096)
def span(said: str) -> float | None:
    """Seconds of ``1-00:00:00``, ``30:00``, ``2-12``, ``15``; None where it has no end (UNLIMITED) or none is known.

    A number alone is minutes, as with every tool; with days in front the first number is hours.
    """
    match = _SPAN.match(said)
    if match is None:
        return None
    days, *rest = (None if part is None else int(part) for part in match.groups())
    first, second, third = rest
    first = first or 0
    if days is not None:
        hours, minutes, seconds = first, second or 0, third or 0
    elif third is not None:
        hours, minutes, seconds = first, second or 0, third
    else:
        hours, minutes, seconds = 0, first, second or 0
    return float(((days or 0) * 24 + hours) * 3600 + minutes * 60 + seconds)


@functools.lru_cache(maxsize=4096)
def size(said: str) -> int | None:
    """Bytes of ``4000M``, ``62.50G``, ``500``, ``4Gn``."""
    match = _SIZE.match(said)
    return None if match is None else int(float(match[1]) * _SCALE[match[2]])


@functools.lru_cache(maxsize=16384)
def number(said: str) -> int | None:
    """A number that is not negative: ``4``, or ``1-2``, of which the first is the least; None for others."""
    first = said.partition("-")[0]
    return int(first) if first.isascii() and first.isdigit() and len(first) < 19 else None


def real(said: str) -> float | None:
    """A number with a point, which may be anything but infinite."""
    try:
        value = float(said)
    except ValueError:
        return None
    return value if abs(value) < 1e18 else None


def minutes(seconds: int) -> str:
    """A time limit as scontrol takes it, in whole minutes, which is all that Slurm counts; never less than asked."""
    return str(max(1, -(-seconds // 60)))


def wait_status(said: str) -> tuple[int | None, int | None]:
    """Exit code and signal of what squeue calls exit_code, which is the raw status of wait(): 768 is exit 3."""
    status = number(said)
    if status is None:
        return None, None
    return status >> 8 & 0xFF, status & 0x7F or None


def exit_pair(said: str) -> tuple[int | None, int | None]:
    """Exit code and signal of ``3:0``."""
    code, colon, signal = said.partition(":")
    if not colon:
        return None, None
    return number(code), number(signal) or None


def pairs(line: str) -> dict[str, str]:
    """The ``Key=value`` of a line of scontrol; a value ends where the next key begins, for it may hold blanks.

    The first of two equal keys counts: what a person wrote stands behind what Slurm wrote.
    """
    found: dict[str, str] = {}
    starts = list(_KEY.finditer(line))
    for place, match in enumerate(starts):
        end = starts[place + 1].start() if place + 1 < len(starts) else len(line)
        found.setdefault(match[1], line[match.end() : end].strip())
    return found


_KEY = re.compile(r"(?:^|(?<=\s))([A-Za-z][\w:/.\[\]]*)\s*=", re.ASCII)
