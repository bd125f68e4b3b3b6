"""Acts on jobs, in the person's own process: plan, carry out, and read back from the source what became of them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import msgspec

from backends.commands import Call, JobCommand, Outcome
from backends.jobs import Job
from backends.ports import Access, Unavailable
from console.model.plans import Plan, Proof, Result, Target
from console.rules import planning

LASTING = 20.0
"""Seconds in which the source must show what was asked for; a job of many nodes takes some to clean up."""
PAUSES = (0.3, 0.7, 1.0, 2.0)
"""Seconds between two looks, the last one again and again."""

_log = logging.getLogger(__name__)


async def propose(
    access: Access, command: JobCommand, listed: Mapping[str, Job], named: Sequence[str] | None = None
) -> Plan:
    """Make a plan from how the scheduler itself lists the jobs at this moment; nothing is changed.

    Args:
        access: the person's way to the scheduler.
        command: what is wanted of which ids; an array's id means the whole array.
        listed: the jobs as they are known, which says what belongs to an array.
        named: the ids where they are not those of the command.

    Raises:
        Unavailable: the scheduler does not answer, or cannot do that at all; then nothing is safe.
    """
    ids = tuple(named if named is not None else command.ids)
    told = planning.targets(type(command), ids, listed)
    wanted = list(dict.fromkeys(number for target in told for number in _ids(target)))
    now = {job.id: job for job in await access.look(wanted)} if wanted else {}
    known = {number: job for number, job in listed.items() if number in now or job.array in ids}
    targets = planning.targets(type(command), ids, {**known, **now})
    concerned = [target for target in targets if target.refused is None]
    wanted_of = msgspec.structs.replace(command, ids=tuple(target.id for target in concerned))
    jobs = [job for target in concerned for job in target.jobs]
    return Plan(
        wanted_of,
        targets,
        tuple(await access.calls(wanted_of)) if concerned else (),
        planning.level(command, concerned),
        planning.notes(command, jobs),
        planning.undo(wanted_of, jobs),
    )


async def carry_out(access: Access, plan: Plan, lasting: float = LASTING) -> AsyncIterator[Result]:
    """Send the calls of a plan one after the other, and yield what came of each target once the source shows it.

    Args:
        access: the person's way to the scheduler.
        plan: as somebody has confirmed it.
        lasting: seconds in which the source must show it.
    """
    outcomes: dict[str, Outcome] = {}
    for call in plan.calls:
        outcomes.update((outcome.id, outcome) for outcome in await _send(access, call))
    open_ = {target.id: target for target in plan.targets if target.refused is None}
    loop = asyncio.get_running_loop()
    end = loop.time() + lasting
    looks = 0
    answered, now = False, dict[str, Job]()
    while open_:
        answered, now = await _look(access, open_.values(), answered, now)
        late = loop.time() >= end
        for number, target in list(open_.items()):
            outcome, after = outcomes.get(number), _after(target, now)
            if answered and planning.done(plan.command, target.jobs, after):
                proof = Proof.CONFIRMED
            elif answered and (late or (outcome is not None and not outcome.done)):
                proof = Proof.NOT_CONFIRMED
            elif late:
                proof = Proof.TIMED_OUT
            else:
                continue
            del open_[number]
            yield Result(number, proof, outcome, after)
        if open_:
            await asyncio.sleep(PAUSES[min(looks, len(PAUSES) - 1)])
            looks += 1


async def _send(access: Access, call: Call) -> Sequence[Outcome]:
    _log.info("sent: %r", call)
    try:
        outcomes = await access.carry_out(call)
    except Unavailable as error:
        said = error.trouble.text.format(**error.trouble.values)
        outcomes = [Outcome(number, call, False, None, said) for number in call.ids]
    for outcome in outcomes:
        _log.info("came of %s: %s, %s: %r", outcome.id, outcome.done, outcome.status, outcome.said[:500])
    return outcomes


async def _look(
    access: Access, targets: Iterable[Target], answered: bool, now: Mapping[str, Job]
) -> tuple[bool, dict[str, Job]]:
    """Look once more; where the source does not answer this time, what it said last holds."""
    wanted = list(dict.fromkeys(number for target in targets for number in _ids(target)))
    try:
        return True, {job.id: job for job in await access.look(wanted)}
    except Unavailable:
        return answered, dict(now)


def _ids(target: Target) -> list[str]:
    """By which ids a target is looked up: its own, and those of the tasks that it stands for."""
    return [target.id, *(job.id for job in target.jobs)]


def _after(target: Target, now: Mapping[str, Job]) -> tuple[Job, ...]:
    own = {job.id for job in target.jobs}
    return tuple(job for job in now.values() if job.id in own or job.array == target.id)
