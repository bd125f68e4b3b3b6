"""When waiting jobs will start if those that run use up their time and nobody comes in between."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from backends.jobs import Job
from console.rules.jobs import room
from console.rules.jobs.need import Need, of_job
from console.rules.jobs.points import ends
from console.rules.jobs.room import Spot


class Holding(NamedTuple):
    """What a running job has on a node."""

    end: float | None
    """UTC at which its time is up; None where it has no limit, or nobody says."""
    need: Need
    """As one piece."""
    job: Job


class Standing:
    """What jobs have of each node; what one has is found once, for as long as it is listed the same."""

    def __init__(self, running: Iterable[Job], last: "Standing | None" = None) -> None:
        """Take in what runs.

        Args:
            running: the jobs.
            last: the same before.
        """
        before = last._parts if last is not None else {}
        self._parts: dict[str, tuple[Job, list[tuple[str, Need]]]] = {}
        self.by_node: dict[str, list[Holding]] = {}
        """By the scheduler's name of the node."""
        for job in running:
            known = before.get(job.id)
            if known is None or known[0] is not job:
                known = job, held(job)
            self._parts[job.id] = known
            end = ends(job)
            for node, need in known[1]:
                self.by_node.setdefault(node, []).append(Holding(end, need, job))


class Release(NamedTuple):
    """What will be given back."""

    at: float
    node: str
    need: Need


def held(job: Job) -> list[tuple[str, Need]]:
    """What a job has of each of its nodes; CPUs and memory are taken to lie evenly."""
    cards: dict[str, int] = dict.fromkeys(job.nodes, 0)
    for one in job.held:
        count = one.count if one.count is not None else len(one.slots or ())
        cards[one.node] = cards.get(one.node, 0) + count
    nodes = len(cards) or 1
    cpus, memory = (job.asked.cpus or 0) // nodes, (job.asked.memory or 0) // nodes
    return [(node, Need(1, count, cpus, memory)) for node, count in cards.items()]


class Start(NamedTuple):
    """What is expected of a job."""

    at: float | None
    """UTC; None where it cannot be told."""
    where: tuple[str, ...] = ()


def starts(
    line: Sequence[Job], where: Sequence[Spot], standing: Mapping[str, Sequence[Holding]], at: float, most: int
) -> dict[str, Start]:
    """When the jobs of a line start, each at the time of the one before it or later.

    A job that no node could ever take holds nobody up. One whose time cannot be told, since what it needs is held
    without a limit, leaves it open for all after it. A scheduler that fills gaps starts some earlier; jobs of other
    queues on the same nodes make it later.

    Args:
        line: the next one first.
        where: the nodes of their queue.
        standing: what runs on them; what is past its limit is taken to end now.
        at: now, UTC.
        most: cards of the largest node.
    """
    walk = _Walk(where, standing, at)
    ever: dict[Need, bool] = {}
    found: dict[str, Start] = {}
    for job in line:
        need = of_job(job, most)
        if need not in ever:
            ever[need] = _ever(need, walk.spots.values())
        if not ever[need]:
            continue
        if job.eligible is not None and job.eligible > walk.now:
            walk.now = job.eligible
        pieces = walk.until(need)
        if pieces is None:
            break
        found[job.id] = Start(walk.now, tuple(pieces))
        walk.take(need, pieces, job.limit)
    return found


def _ever(need: Need, where: Iterable[Spot]) -> bool:
    """Whether an empty lab could take it."""
    return room.could(need, room.allowed(need, where, None))


class _Walk:
    """The nodes of a queue as time goes on."""

    def __init__(self, where: Sequence[Spot], standing: Mapping[str, Sequence[Holding]], at: float) -> None:
        self.now = at
        self.spots = {spot.capacity.node: spot.copy() for spot in where}
        self._heap: list[Release] = []
        for node, spot in self.spots.items():
            there = standing.get(node, ())
            spot.takers = max(min(spot.takers, 1), len(there))
            self._heap += [Release(max(at, one.end), node, one.need) for one in there if one.end is not None]
        heapify(self._heap)
        bounds = {edge for spot in where for one in spot.reserved for edge in (one.since, one.until)}
        self._bounds = sorted((edge for edge in bounds if edge is not None and edge > at), reverse=True)

    def until(self, need: Need) -> dict[str, int] | None:
        """Go on until a job fits; on which nodes it does, or None where it never will as far as can be told."""
        while True:
            while self._heap and self._heap[0].at <= self.now:
                release = heappop(self._heap)
                self.spots[release.node].give(release.need, 1)
            while self._bounds and self._bounds[-1] <= self.now:
                self._bounds.pop()
            pieces = _dealt(need, room.allowed(need, _open(need, self.spots.values()), self.now))
            if pieces is not None:
                return pieces
            coming = [*(release.at for release in self._heap[:1]), *self._bounds[-1:]]
            if not coming:
                return None
            self.now = min(coming)

    def take(self, need: Need, pieces: Mapping[str, int], limit: float | None) -> None:
        """Have a job start now, and give back what it takes when its time is up."""
        for node, count in pieces.items():
            self.spots[node].take(need, count)
            if limit is not None:
                one = Need(1, need.cards * count, need.cpus * count, need.memory * count)
                heappush(self._heap, Release(self.now + limit, node, one))


def _open(need: Need, where: Iterable[Spot]) -> list[Spot]:
    """The nodes that have anything to give; most are full, and need not be looked at further."""
    return [spot for spot in where if spot.free >= need.cards]


def _dealt(need: Need, may: Sequence[Spot]) -> dict[str, int] | None:
    """On which nodes a job is put: the fullest first, so that whole ones stay whole; None where it does not fit."""
    found: dict[str, int] = {}
    left = need.pieces
    for spot in sorted(may, key=lambda spot: spot.free):
        pieces = min(left, spot.pieces(need))
        if pieces:
            found[spot.capacity.node] = pieces
            left -= pieces
            if not left:
                return found
    return None
