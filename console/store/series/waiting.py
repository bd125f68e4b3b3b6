"""The samples that are in no chunk yet, in memory: the last minute or two of every node."""

from collections.abc import Iterable

from console.store.series.chunks import Part, gathered
from console.store.series.columns import Column, Tick
from console.store.series.tail import Written


class Pending:
    """A tick, where the tail has it, and which of its nodes are in a chunk by now."""

    def __init__(self, written: Written, tick: Tick) -> None:
        self.written = written
        self.tick = tick
        first = tick.minutes[0] if tick.minutes else None
        self.minute = first if tick.minutes.count(first or 0) == len(tick.minutes) else None
        """The one that all nodes were measured in; None where they were not."""
        self.settled: set[int] = set()
        """The numbers of the nodes whose part is in a chunk."""

    @property
    def over(self) -> bool:
        """Whether all of it is."""
        return len(self.settled) >= len(self.tick.ids)


def over_before(pending: Iterable[Pending], minute: int, node: int) -> dict[int, tuple[list[Part], list[Pending]]]:
    """By minute, what waits of a node and is not of the minute that is running, which may get more yet.

    Args:
        pending: what may be over; whole ticks of the running minute are better left out before, once for all nodes.
        minute: that is running.
        node: its number.
    """
    found: dict[int, tuple[list[Part], list[Pending]]] = {}
    places, place = None, None
    for each in pending:
        if node in each.settled:
            continue
        tick = each.tick
        if tick.places is not places:  # those of one tick after the other are the same, as a rule
            places = tick.places
            place = places.get(node)
        if place is None or tick.minutes[place[0]] == minute:
            continue
        parts, taken = found.setdefault(tick.minutes[place[0]], ([], []))
        parts.append((tick, *place))
        taken.append(each)
    return found


def of_node(pending: Iterable[Pending], node: int) -> dict[int, list[Column]]:
    """By minute, the columns of all that waits of a node."""
    parts: dict[int, list[Part]] = {}
    for each in pending:
        place = each.tick.places.get(node)
        if place is not None:
            parts.setdefault(each.tick.minutes[place[0]], []).append((each.tick, *place))
    return {minute: gathered(found) for minute, found in parts.items()}
