"""Queues at one moment: what each has, what waits for it and for how long, and in which pieces it is free."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from backends.jobs import ENDED, FAILED, WAITING, Job, JobState, Queue
from backends.records import CardState
from console.model.judged import JudgedNode
from console.model.judged_jobs import JudgedQueue
from console.rules.jobs.room import Spot
from console.rules.jobs.schedule import Schedule

SIZES = (1, 2, 4, 8)
"""Cards of the jobs of which it is said how many could start now."""
DAY = 86400.0
_SHARES = frozenset({"clusterqueue", "localqueue", "namespace"})
"""Kinds of queues that share their nodes, so that a quota says what is theirs."""
_RUNS = frozenset({JobState.RUNNING, JobState.COMPLETING})


def of_schedule(
    source: str, schedule: Schedule, nodes: Mapping[str, JudgedNode], wall: float, midnight: float
) -> list[JudgedQueue]:
    """Judge the queues of a scheduler; one that shares nodes with another counts them as its own.

    Args:
        source: the scheduler.
        schedule: what it has.
        nodes: of the lab, by name.
        wall: now, UTC.
        midnight: when today began in the reader's zone, UTC.
    """
    by_queue: dict[str, list[Job]] = {}
    for job in schedule.jobs.values():
        by_queue.setdefault(job.partition or "", []).append(job)
    measured = _Measured(schedule, nodes)
    return [
        _queue(source, queue, schedule, by_queue.get(name, []), measured, wall, midnight)
        for name, queue in schedule.queues.items()
    ]


class _Measured:
    """How hard the held cards of each node work; looked at once, however many queues share it."""

    def __init__(self, schedule: Schedule, nodes: Mapping[str, JudgedNode]) -> None:
        self._called, self._nodes = schedule.called, nodes
        self._found: dict[str, tuple[int, float]] = {}

    def of(self, called: str) -> tuple[int, float]:
        """Held cards of a node that are measured, and the sum of their percents."""
        if called not in self._found:
            self._found[called] = self._measure(self._nodes.get(self._called.get(called, "")))
        return self._found[called]

    def _measure(self, node: JudgedNode | None) -> tuple[int, float]:
        cards, work = 0, 0.0
        if node is None or node.stale:
            return 0, 0.0
        for card in node.cards:
            gpu = card.gpu
            if card.owner is None or not card.owner.allocated or gpu is None:
                continue
            if gpu.util is not None and gpu.state is CardState.OK:
                cards, work = cards + 1, work + gpu.util
        return cards, work


def _queue(
    source: str,
    queue: Queue,
    schedule: Schedule,
    jobs: Sequence[Job],
    measured: _Measured,
    wall: float,
    midnight: float,
) -> JudgedQueue:
    spots = schedule.where(queue.name)
    usable = [spot for spot in spots if spot.usable]
    cards, held, free = cards_of(spots)
    broken = cards - held - free
    own = quota(queue, schedule.queues.get(queue.parent or ""))
    if own is not None:
        cards, held, broken = own[0], own[1], 0
        free = max(0, min(free, own[2]))
    waiting = [job for job in jobs if job.state in WAITING]
    waits = sorted(
        max(0.0, job.started - (max(job.submitted, job.eligible or 0.0)))
        for job in jobs
        if job.started is not None and job.submitted is not None and wall - DAY <= job.started <= wall
    )
    ended = [job for job in jobs if job.ended is not None and job.ended >= midnight and job.state in ENDED]
    known = [measured.of(spot.capacity.node) for spot in spots]
    count = sum(one for one, _work in known)
    return JudgedQueue(
        source,
        queue,
        nodes=len(spots),
        usable=len(usable),
        cards=cards,
        held=held,
        free=free,
        broken=broken,
        running=sum(job.count for job in jobs if job.state in _RUNS),
        pending=sum(job.count for job in waiting),
        wanted=sum((job.gpus or 0) * job.count for job in waiting),
        waited_median=quantile(waits, 0.5),
        waited_most=quantile(waits, 0.9),
        failed=sum(job.count for job in ended if job.state in FAILED),
        ended=sum(job.count for job in ended),
        fits={size: min(count, free // size) for size, count in fits(usable).items()} if own else fits(usable),
        whole=whole(usable),
        util=sum(work for _one, work in known) / count if count else None,
    )


def quota(queue: Queue, parent: Queue | None) -> tuple[int, int, int] | None:
    """Cards that a queue may hand out, does, and may still; None where it has no quota of cards, or has the nodes.

    A queue that tells only what it uses may take what its parent has left.
    """
    own = [one for one in queue.quotas if "gpu" in one.resource.casefold()]
    if not own or (queue.kind not in _SHARES and queue.nodes):
        return None
    used = int(sum(one.used or 0 for one in own))
    if all(one.limit is not None for one in own):
        limit = int(sum(one.limit or 0 for one in own))
        more = int(sum(max(0.0, (one.may_borrow or 0) - (one.borrowed or 0)) for one in own))
        return limit, used, limit - used + more
    above = quota(parent, None) if parent is not None else None
    return None if above is None else (above[0], used, above[2])


def cards_of(spots: Iterable[Spot]) -> tuple[int, int, int]:
    """Cards of nodes: all, those that are held, those that are free; nobody can get the rest."""
    cards = held = free = 0
    for spot in spots:
        used = min(spot.cards, spot.capacity.gpus_used or 0)
        cards, held = cards + spot.cards, held + used
        free += spot.free if spot.usable else 0
    return cards, held, free


def fits(usable: Sequence[Spot]) -> dict[int, int]:
    """How many jobs of so many cards on one node could start now."""
    free = Counter(spot.free for spot in usable)
    return {size: sum(cards // size * nodes for cards, nodes in free.items()) for size in SIZES}


def whole(usable: Iterable[Spot]) -> int:
    """Nodes whose cards are all free, and work."""
    return sum(spot.cards > 0 and spot.free == spot.cards for spot in usable)


def quantile(values: Sequence[float], part: float) -> float | None:
    """The value below which so much of sorted values lies: the nearest of them; None where there are none."""
    return values[min(len(values) - 1, int(part * len(values)))] if values else None
