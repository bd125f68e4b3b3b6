"""The samples that are in no chunk yet, in memory: the last minute or two of every node."""

from collections.abc import Iterable

from console.store.series.chunks import gathered
from console.store.series.columns import Column, Tick

Part = tuple[Tick, int, int, int]
"""A tick, and where a node is in it: its place, its first card's, how many cards."""


class Pending:
    """A tick, its row in the tail, and which of its nodes are in a chunk by now."""

    def __init__(self, row: int, tick: Tick) -> None:
        self.row = row
        self.tick = tick
        self._done: set[int] = set()

    def settle(self, node: int) -> None:
        """Note that this node's part is in a chunk."""
        self._done.add(node)

    def settled(self, node: int) -> bool:
        """Whether this node's part is in a chunk."""
        return node in self._done

    def over(self, more: int = 0) -> bool:
        """Whether all of it is, or will be with so many nodes more."""
        return len(self._done) + more >= len(self.tick.ids)


def over_before(pending: Iterable[Pending], minute: int, node: int) -> dict[int, tuple[list[Part], list[Pending]]]:
    """By minute, what waits of a node and is not of the minute that is running, which may get more yet."""
    found: dict[int, tuple[list[Part], list[Pending]]] = {}
    for each in pending:
        place = each.tick.places.get(node)
        if place is None or each.settled(node):
            continue
        its = each.tick.minutes[place[0]]
        if its != minute:
            parts, taken = found.setdefault(its, ([], []))
            parts.append((each.tick, *place))
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
