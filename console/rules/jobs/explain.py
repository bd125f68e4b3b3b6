"""All that is known of why one job waits: who goes before it, who has what it needs, what is short, by which rules."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest

import msgspec

from backends.jobs import WAITING, Policy
from console.model.judged_jobs import Ahead, Explanation, JudgedJob, Told
from console.rules.jobs import policy, room
from console.rules.jobs.estimate import Holding
from console.rules.jobs.schedule import Schedule, contends
from console.rules.jobs.short import whole

MOST = 20
"""Jobs before it and jobs that hold what it needs, of which it is said who they are."""


def of_job(
    judged: JudgedJob, schedule: Schedule, rules: Policy | None, wall: float, factors: Mapping[str, float]
) -> Explanation:
    """Explain a job.

    Args:
        judged: the job.
        schedule: of its scheduler.
        rules: by which that orders and starts jobs.
        wall: now, UTC.
        factors: its priority by what makes it.
    """
    job = judged.job
    told = policy.of_job(job, rules, schedule)
    most = tuple(sorted(factors.items(), key=lambda one: -abs(one[1])))
    if job.state not in WAITING:
        return Explanation(judged, factors=most, policy=told)
    before = schedule.line(job).ahead(job) if judged.place is not None or contends(job) else ()
    ahead, count = tuple(Ahead(one, one.gpus) for one in before[:MOST]), sum(one.count for one in before)
    if not contends(job):  # what it waits for is not room: who has some is beside the point
        return Explanation(judged, ahead, count, factors=most, policy=told)
    if judged.start is None:
        start = schedule.start(job, wall)
        if start is not None:
            judged = msgspec.structs.replace(judged, start=start.at, told=Told.ESTIMATE)
    wanted = schedule.need(job)
    queue, quota = job.partition or "", schedule.quota(job)
    may = room.allowed(wanted, schedule.where(queue), None)
    cards = bool(wanted.cards or whole(wanted, may))
    return Explanation(
        judged,
        ahead=ahead,
        ahead_count=count,
        holding=_holding(schedule.standing, [spot.capacity.node for spot in may], cards),
        short=(*((quota.short,) if quota is not None else ()), *schedule.verdict(schedule.wanted(job), wall).short),
        factors=most,
        policy=told,
    )


def _holding(standing: Mapping[str, Sequence[Holding]], nodes: Iterable[str], cards: bool) -> tuple[Ahead, ...]:
    """Who has something on the nodes that a job could have, those that give back first before the others."""
    counts: dict[str, int] = {}
    found: dict[str, Holding] = {}
    for node in nodes:
        for one in standing.get(node, ()):
            counts[one.job.id] = counts.get(one.job.id, 0) + one.need.cards
            found.setdefault(one.job.id, one)
    some = [one for one in found.values() if counts[one.job.id] or not cards]
    first = nsmallest(MOST, some, key=lambda one: (one.end is None, one.end or 0.0))
    return tuple(Ahead(one.job, counts[one.job.id] if cards else None, one.end) for one in first)
