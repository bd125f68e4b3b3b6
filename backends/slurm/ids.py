"""How Slurm names jobs: plain ones, arrays and their tasks, components of heterogeneous jobs."""

import functools
import re

import msgspec

_ID = re.compile(r"(\d+)(?:_(\d+)|_\[([^\]]*)\]?|\+(\d+))?$", re.ASCII)
_TYPED = re.compile(r"\d{1,18}(?:_\d{1,18}|\+\d{1,9})?$", re.ASCII)
_STEP = re.compile(r"(\d+)-(\d+)(?::(\d+))?$", re.ASCII)


class Name(msgspec.Struct, frozen=True):
    """What an id says."""

    id: str
    """As it is typed."""
    array: str | None = None
    tasks: str | None = None
    count: int = 1
    het: str | None = None

    def belongs(self, number: str) -> tuple[str | None, str | None, str | None, int, str | None]:
        """Say what `Job` has of it, in the order of its fields: number, array, tasks, count, het.

        Args:
            number: Slurm's own.
        """
        return number if number != self.id else None, self.array, self.tasks, self.count, self.het


def name_of(said: str) -> Name | None:
    """Read ``17``, ``4_0``, ``4_[2-9%2]``, ``18+1``; None where it is no id. The tasks that wait bear the array's."""
    match = _ID.match(said)
    if match is None:
        return None
    first, task, tasks, component = match.groups()
    if task is not None:
        return Name(said, first)
    if tasks is not None:
        return Name(first, first, tasks, count_of(tasks))
    if component is not None:
        return Name(said, het=first)
    return Name(said)


def typed(said: str) -> bool:
    """Whether it is an id that may be handed to a tool."""
    return _TYPED.match(said) is not None


@functools.lru_cache(maxsize=1024)
def count_of(tasks: str) -> int:
    """How many tasks there are in ``2-9,14%4`` or ``0-8:2``; at least 1, and too few where Slurm cut it short (...)."""
    count = 0
    for item in tasks.partition("%")[0].split(","):
        match = _STEP.match(item)
        if match is None:
            count += item.isdigit()
            continue
        first, last, step = int(match[1]), int(match[2]), int(match[3] or 1)
        count += max(0, last - first) // max(1, step) + 1
    return max(1, count)
