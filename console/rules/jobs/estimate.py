"""When waiting jobs will start if those that run use up their time and nobody comes in between."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from backends.jobs import HOLDING, Job
from console.rules.jobs import room
from console.rules.jobs.need import Need, of_job
from console.rules.jobs.points import ends
from console.rules.jobs.room import Spot


class Release(NamedTuple):
    """What a running job will give back of one node."""

    at: float
    node: str
    need: Need
    """What it has there, as one piece."""


def releases(jobs: Iterable[Job], at: float) -> tuple[list[Release], frozenset[str]]:
    """What running jobs give back and when, and the nodes of which something is never known to come back.

    A job that is past its limit is taken to end now.
    """
    found: list[Release] = []
    unknown: set[str] = set()
    for job in jobs:
        if job.state not in HOLDING:
            continue
        end = ends(job)
        for node, need in held(job):
            if end is None:
                unknown.add(node)
            else:
                found.append(Release(max(at, end), node, need))
    return found, frozenset(unknown)


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
    line: Sequence[Job], where: Sequence[Spot], running: Iterable[Job], at: float, most: int
) -> dict[str, Start]:
    """When the jobs of a line start, each at the time of the one before it or later.

    A job that no node could ever take holds nobody up. One whose time cannot be told, since what it needs is held
    without a limit, leaves it open for all after it. A scheduler that fills gaps starts some earlier; jobs of other
    queues on the same nodes make it later.

    Args:
        line: the next one first.
        where: the nodes of their queue.
        running: the jobs of the scheduler that hold something.
        at: now, UTC.
        most: cards of the largest node.
    """
    walk = _Walk(where, running, at)
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
    return sum(spot.ever(need) for spot in room.allowed(need, where, None)) >= need.pieces


class _Walk:
    """The nodes of a queue as time goes on."""

    def __init__(self, where: Sequence[Spot], running: Iterable[Job], at: float) -> None:
        self.now = at
        self.spots = {spot.capacity.node: spot.copy() for spot in where}
        running = list(running)
        takers = Counter(node for job in running for node, _need in held(job))
        for node, spot in self.spots.items():
            spot.takers = max(min(spot.takers, 1), takers[node])
        self._heap = [release for release in releases(running, at)[0] if release.node in self.spots]
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
