"""What a running job makes of its cards at this moment; over its life is told by who measures all the time."""

from collections.abc import Sequence

from backends.jobs import Job, JobUse
from backends.records import CardState, GpuSample, Process
from console.rules.jobs import join
from console.rules.jobs.join import Moment, Part

BUSY = 5.0
"""Percent from which a card counts as busy."""
_OK = CardState.OK


def now(job: Job, parts: Sequence[Part], moment: Moment) -> JobUse | None:
    """Measure a job at this moment; None where none of its nodes is known.

    Args:
        job: one that runs.
        parts: the cards that it has.
        moment: the nodes.
    """
    cards = busy = measured = count = empty = 0
    memory: int | None = None
    known, told, complete = False, True, True
    for part in parts:
        if part.node not in moment:
            told = complete = False
            continue
        known = True
        there = moment.told(part.node)
        own: Sequence[Process] = ()
        if there is None:
            told = False
        else:
            own = join.processes(job, part, there)
            count += len(own)
        slots = join.slots(job, part, moment)
        without = None if there is None or not there.complete else _without(part, slots, there)
        complete, empty = complete and without is not None, empty + (without or 0)
        cards += len(slots or ())
        gpus = _measured(moment.gpus(part.node), slots)
        measured += len(gpus)
        busy += _busy(gpus, own)
        for held in _memory(own, slots) if own else [gpu.memory_used or 0 for gpu in gpus]:
            memory = held if memory is None or held > memory else memory
    if not known:
        return None
    return JobUse(
        job.id,
        cards=cards,
        busy=busy if measured else None,
        memory=memory,
        processes=count if told else None,
        empty=empty if complete else None,
    )


def _measured(gpus: Sequence[GpuSample], slots: Sequence[int] | None) -> list[GpuSample]:
    """What those cards say, as far as they say anything."""
    most = len(gpus)
    found = [gpus[slot] for slot in slots or () if slot < most]
    return [gpu for gpu in found if gpu.state is _OK and gpu.util is not None]


def _busy(gpus: Sequence[GpuSample], own: Sequence[Process]) -> int:
    """Cards that work by their own account, or by that of a process: a card may miss what runs in a part of it."""
    working = {use.slot for process in own for use in process.uses if use.util is not None and use.util >= BUSY}
    return sum(gpu.util is not None and (gpu.util >= BUSY or gpu.slot in working) for gpu in gpus)


def _memory(own: Sequence[Process], slots: Sequence[int] | None) -> list[int]:
    """Bytes that the job holds on each of its cards, as its processes tell."""
    held: dict[int, int] = {}
    for process in own:
        for use in process.uses:
            if use.memory is not None and (slots is None or use.slot in slots):
                held[use.slot] = held.get(use.slot, 0) + use.memory
    return list(held.values())


def _without(part: Part, slots: Sequence[int] | None, there: join.Told) -> int | None:
    """How many of a job's cards of a node no process is on; None where it is not known how many it has."""
    if part.slots is not None:
        return sum(slot not in there.used for slot in part.slots)
    return None if part.cards is None else max(0, part.cards - len(slots or ()))
