"""All that is known of why one job waits: who goes before it, who has what it needs, what is short, by which rules."""

from collections.abc import Iterable, Mapping

import msgspec

from backends.jobs import WAITING, Job, Policy
from console.model.judged_jobs import Ahead, Explanation, JudgedJob, Told
from console.rules.jobs import estimate, policy, room
from console.rules.jobs.points import ends
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
    if judged.place is None and not contends(job):  # what it waits for is not room: who has some is beside the point
        return Explanation(judged, factors=most, policy=told)
    if judged.start is None and contends(job):
        start = schedule.start(job, wall)
        if start is not None:
            judged = msgspec.structs.replace(judged, start=start.at, told=Told.ESTIMATE)
    before = schedule.line(job).ahead(job)
    wanted = schedule.need(job)
    queue, quota = job.partition or "", schedule.quota(job)
    may = room.allowed(wanted, schedule.where(queue), None)
    cards = bool(wanted.cards or whole(wanted, may))
    return Explanation(
        judged,
        ahead=tuple(Ahead(one, one.gpus) for one in before[:MOST]),
        ahead_count=sum(one.count for one in before),
        holding=_holding(schedule.running, {spot.capacity.node for spot in may}, cards),
        short=(*((quota.short,) if quota is not None else ()), *schedule.verdict(schedule.wanted(job), wall).short),
        factors=most,
        policy=told,
    )


def _holding(running: Iterable[Job], nodes: set[str], cards: bool) -> tuple[Ahead, ...]:
    """Who has something on the nodes that a job could have, those that give back first before the others."""
    found = []
    for job in running:
        held = [need for node, need in estimate.held(job) if node in nodes]
        count = sum(need.cards for need in held)
        if held and (count or not cards):
            found.append(Ahead(job, count if cards else None, ends(job)))
    found.sort(key=lambda one: (one.frees is None, one.frees or 0.0))
    return tuple(found[:MOST])
