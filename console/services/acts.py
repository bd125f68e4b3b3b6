"""Acts on jobs, in the person's own process: plan, carry out, and read back from the source what became of them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

import msgspec

from backends.commands import Call, JobCommand, Outcome
from backends.jobs import Job
from backends.ports import Access, Unavailable
from console.model.plans import Note, Plan, Proof, Result, Target
from console.rules import planning
from console.services import act_lines

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
    targets, calls = await _called(access, command, targets)
    concerned = [target for target in targets if target.refused is None]
    wanted_of = _of(command, concerned)
    jobs = [job for target in concerned for job in target.jobs]
    return Plan(
        wanted_of,
        targets,
        calls,
        planning.level(command, concerned),
        planning.notes(command, jobs),
        planning.undo(wanted_of, jobs),
    )


async def _called(
    access: Access, command: JobCommand, targets: tuple[Target, ...]
) -> tuple[tuple[Target, ...], tuple[Call, ...]]:
    """The calls for all targets that they can be made for; the others say why not.

    Raises:
        Unavailable: none can be made.
    """
    concerned = [target for target in targets if target.refused is None]
    if not concerned:
        return targets, ()
    try:
        return targets, tuple(await access.calls(_of(command, concerned)))
    except Unavailable:
        if len(concerned) == 1:
            raise
    failed: list[Unavailable] = []
    possible: dict[str, Target] = {}
    for target in concerned:
        try:
            await access.calls(_of(command, [target]))
        except Unavailable as error:
            failed.append(error)
            why = Note(error.trouble.text, error.trouble.values)
            possible[target.id] = msgspec.structs.replace(target, refused=why)
        else:
            possible[target.id] = target
    if len(failed) == len(concerned):
        raise failed[0]
    kept = [target for target in possible.values() if target.refused is None]
    calls = tuple(await access.calls(_of(command, kept)))
    return tuple(possible.get(target.id, target) for target in targets), calls


def _of(command: JobCommand, targets: Iterable[Target]) -> JobCommand:
    return msgspec.structs.replace(command, ids=tuple(target.id for target in targets))


async def carry_out(
    access: Access, plan: Plan, lasting: float = LASTING, sent: Callable[[Call], None] = lambda _call: None
) -> AsyncIterator[Result]:
    """Send the calls of a plan one after the other, and yield what came of each target once the source shows it.

    Args:
        access: the person's way to the scheduler.
        plan: as somebody has confirmed it.
        lasting: seconds in which the source must show it.
        sent: is told each call that was sent.
    """
    outcomes: dict[str, Outcome] = {}
    for call in plan.calls:
        outcomes.update((outcome.id, outcome) for outcome in await _send(access, plan, call))
        sent(call)
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
            refused = outcome is not None and not outcome.done and outcome.status is not None
            if not answered:
                proof = Proof.TIMED_OUT if late else None
            elif refused:  # what is so all the same was not done by this
                proof = Proof.NOT_CONFIRMED
            elif planning.done(plan.command, target.jobs, after):
                proof = Proof.CONFIRMED
            else:
                proof = Proof.NOT_CONFIRMED if late or planning.over(plan.command, after) else None
            if proof is None:
                continue
            del open_[number]
            result = Result(number, proof, outcome, after)
            _log.info("%s", act_lines.shown(plan.command, result))
            yield result
        if open_:
            await asyncio.sleep(PAUSES[min(looks, len(PAUSES) - 1)])
            looks += 1


async def _send(access: Access, plan: Plan, call: Call) -> Sequence[Outcome]:
    _log.info("%s", act_lines.sending(plan.command, call))
    try:
        outcomes = await access.carry_out(call)
    except Unavailable as error:
        said = error.trouble.text.format(**error.trouble.values)
        outcomes = [Outcome(number, call, False, None, said) for number in call.ids]
    for outcome in outcomes:
        _log.info("%s", act_lines.sent(plan.command, outcome))
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
