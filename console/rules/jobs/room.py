"""What is free where a job may run: node by node, since what is free in pieces may fit nobody."""

import re
from collections.abc import Iterable, Mapping, Sequence

from backends.jobs import Capacity, Queue, Queues, Reservation
from console.rules.jobs.need import Need

_SIMPLE = re.compile(r"[\w.=/:-]+(?:([&|,])[\w.=/:-]+(?:\1[\w.=/:-]+)*)?")
"""An expression of features that is understood: all of some, or any of some. Others are taken to hold."""


class Spot:
    """What one node can still give. Changed only by who made a copy of it."""

    __slots__ = ("bad", "capacity", "cards", "cpus", "free", "memory", "reserved", "takers", "whole")

    def __init__(self, capacity: Capacity, bad: int = 0, reserved: Sequence[Reservation] = ()) -> None:
        """Take in what a scheduler says of a node.

        Args:
            capacity: what it says.
            bad: cards that do not work and that nobody holds.
            reserved: the reservations that the node belongs to.
        """
        self.capacity = capacity
        self.cards = capacity.gpus or 0
        self.bad = min(bad, max(0, self.cards - (capacity.gpus_used or 0)))
        self.free = max(0, self.cards - (capacity.gpus_used or 0) - self.bad)
        self.cpus = _left(capacity.cpus, capacity.cpus_used)
        self.memory = _left(capacity.memory, capacity.memory_used)
        self.takers = int(bool(capacity.gpus_used or capacity.cpus_used or capacity.memory_used))
        """Who is on it: jobs, or 1 where only what they hold is known."""
        self.whole = self.cards - self.bad
        self.reserved = reserved

    def copy(self) -> "Spot":
        """One of its own."""
        other = object.__new__(Spot)
        for name in Spot.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    @property
    def usable(self) -> bool:
        """Whether it takes new jobs."""
        return self.capacity.usable is not False

    def pieces(self, need: Need) -> int:
        """How many pieces of a job could be put here now, if it may come here at all."""
        if need.whole and self.takers:
            return 0
        most = need.pieces
        if need.cards:
            most = min(most, self.free // need.cards)
        if most and need.cpus and self.cpus is not None:
            most = min(most, self.cpus // need.cpus)
        if most and need.memory and self.memory is not None:
            most = min(most, self.memory // need.memory)
        return min(most, 1) if need.apart or need.whole else most

    def ever(self, need: Need) -> int:
        """How many pieces could be put here if nobody else were there."""
        most = min(need.pieces, self.whole // need.cards) if need.cards else need.pieces
        if need.cpus and self.capacity.cpus is not None:
            most = min(most, self.capacity.cpus // need.cpus)
        if need.memory and self.capacity.memory is not None:
            most = min(most, self.capacity.memory // need.memory)
        return min(most, 1) if need.apart or need.whole else most

    def take(self, need: Need, pieces: int) -> None:
        """Give pieces to a job."""
        self.free -= pieces * need.cards
        if self.cpus is not None:
            self.cpus -= pieces * need.cpus
        if self.memory is not None:
            self.memory -= pieces * need.memory
        self.takers += 1

    def give(self, need: Need, pieces: int) -> None:
        """Take back what a job had; never more than there is, for the listing of jobs may be older than the node's."""
        self.free = min(self.whole, self.free + pieces * need.cards)
        if self.cpus is not None:
            self.cpus = min(self.capacity.cpus or 0, self.cpus + pieces * need.cpus)
        if self.memory is not None:
            self.memory = min(self.capacity.memory or 0, self.memory + pieces * need.memory)
        self.takers = max(0, self.takers - 1)


def _left(all_of: int | None, used: int | None) -> int | None:
    return None if all_of is None else max(0, all_of - (used or 0))


def spots(queues: Queues, bad: Mapping[str, int]) -> dict[str, Spot]:
    """What each node of a scheduler can give, by the scheduler's name for it.

    Args:
        queues: what the scheduler says.
        bad: cards of each node that do not work and that nobody holds.
    """
    reserved: dict[str, list[Reservation]] = {}
    for one in queues.reservations:
        for node in one.nodes:
            reserved.setdefault(node, []).append(one)
    return {
        each.node: Spot(each, bad.get(each.node, 0), tuple(reserved.get(each.node, ()))) for each in queues.capacities
    }


def of_queue(queue: Queue | None, name: str, every: Mapping[str, Spot]) -> list[Spot]:
    """The nodes of a queue; all of them where nobody says which."""
    if queue is not None and queue.nodes:
        return [every[node] for node in queue.nodes if node in every]
    named = [spot for spot in every.values() if name in spot.capacity.queues]
    return named or list(every.values())


def allowed(need: Need, where: Iterable[Spot], at: float | None, *, shut: bool = False) -> list[Spot]:
    """The nodes that a job may come to if it starts at that time; None is a time at which nothing is reserved.

    Args:
        need: what it needs.
        where: the nodes of its queue.
        at: UTC.
        shut: count those too that take no new jobs.
    """
    only = need.only if len(need.only) >= need.pieces else ()
    return [
        spot
        for spot in where
        if (shut or spot.usable)
        and spot.capacity.node not in need.never
        and (not only or spot.capacity.node in only)
        and (need.kind is None or not need.cards or _kind(need.kind, spot.capacity.gpu_kind))
        and (need.features is None or features(need.features, spot.capacity.features))
        and (at is None or (not spot.reserved and need.reservation is None) or _reserved(need, spot, at))
    ]


def _kind(wanted: str, has: str | None) -> bool:
    return has is None or wanted.casefold() in has.casefold()


def features(wanted: str, has: Sequence[str]) -> bool:
    """Whether a node has the features that an expression asks for; True where it is not understood."""
    found = _SIMPLE.fullmatch(wanted)
    if found is None or not has:
        return True
    words = re.split(r"[&|,]", wanted)
    return any(word in has for word in words) if found[1] == "|" else all(word in has for word in words)


def _reserved(need: Need, spot: Spot, at: float) -> bool:
    """Whether reservations let a job come to a node at that time and stay as long as it may."""
    if need.reservation is not None:
        own = [one for one in spot.reserved if one.name == need.reservation]
        if not own or any(one.since is not None and one.since > at for one in own):
            return False
    end = None if need.limit is None else at + need.limit
    return not any(
        one.name != need.reservation
        and (one.until is None or one.until > at)
        and (one.since is None or end is None or one.since < end)
        for one in spot.reserved
    )


def could(need: Need, where: Iterable[Spot]) -> bool:
    """Whether a job would fit if nobody else were there."""
    left = need.pieces
    for spot in where:
        left -= spot.ever(need)
        if left <= 0:
            return True
    return False


def fitting(need: Need, where: Iterable[Spot]) -> int:
    """How many pieces of a job fit now, up to all of them."""
    found = 0
    for spot in where:
        found += spot.pieces(need)
        if found >= need.pieces:
            return need.pieces
    return found
