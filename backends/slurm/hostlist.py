"""Slurm's short way to write many nodes, ``gpu[01-04,7],login``, spelled out; no process is asked."""

import functools
import re

MOST = 65536
"""Names of one list; what claims to have more is not believed."""

_PART = re.compile(r"(?:[^,\[\]]|\[[^\[\]]*\])+")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?$", re.ASCII)


@functools.lru_cache(maxsize=8192)
def nodes_of(said: str) -> tuple[str, ...]:
    """The names, in the order in which they stand; nothing for ``(null)`` and other ways to say none.

    A list that is not understood is one name: it is shown as it came.
    """
    if said in ("", "(null)", "None", "N/A", "None assigned", "Unknown"):
        return ()
    if "[" not in said:
        return tuple(part for part in said.split(",") if part)
    found: list[str] = []
    for part in _PART.findall(said):
        names = _spelled(part)
        if names is None or len(found) + len(names) > MOST:
            return (said,)
        found += names
    return tuple(found)


def _spelled(part: str) -> list[str] | None:
    """The names of ``rack[1-2]node[01-04]``; None where it is not understood."""
    before, bracket, rest = part.partition("[")
    if not bracket:
        return [part]
    inside, closing, after = rest.partition("]")
    numbers = _numbers(inside)
    tails = _spelled(after) if after else [""]
    if not closing or numbers is None or tails is None or len(numbers) * len(tails) > MOST:
        return None
    return [f"{before}{number}{tail}" for number in numbers for tail in tails]


def _numbers(inside: str) -> list[str] | None:
    found: list[str] = []
    for item in inside.split(","):
        match = _RANGE.match(item)
        if match is None:
            return None
        first, last = match[1], match[2] or match[1]
        if int(last) - int(first) >= MOST or int(last) < int(first):
            return None
        found += [str(number).zfill(len(first)) for number in range(int(first), int(last) + 1)]
    return found
