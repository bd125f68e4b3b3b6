"""What a running job makes of its cards at this moment; over its life is told by who measures all the time."""

from collections.abc import Mapping, Sequence

from backends.jobs import Job, JobUse
from backends.records import CardState, GpuSample, Process
from console.model.fleet import Node
from console.model.freshness import Group, stale
from console.rules.jobs import join
from console.rules.jobs.join import Part

BUSY = 5.0
"""Percent from which a card counts as busy."""


def now(job: Job, parts: Sequence[Part], nodes: Mapping[str, Node], mono: float) -> JobUse | None:
    """Measure a job at this moment; None where it has no cards, or none of its nodes is known.

    Args:
        job: one that runs.
        parts: the cards that it has.
        nodes: by name.
        mono: now, on the monotonic clock.
    """
    cards = busy = measured = told = count = known = 0
    memory: int | None = None
    for part in parts:
        node = nodes.get(part.node)
        if node is None:
            continue
        known += 1
        own = None if stale(node, Group.PROCESSES, mono) else join.processes(job, part, node)
        slots = join.slots(job, part, node)
        working = _working(own or ())
        told += own is not None
        count += len(own or ())
        cards += len(slots or ())
        old = stale(node, Group.SAMPLE, mono)
        for gpu in () if old else _samples(node, slots):
            measured += 1
            busy += (gpu.util or 0.0) >= BUSY or gpu.slot in working
        for held in () if old else _memory(own, node, slots):
            memory = max(memory or 0, held)
    if not known:
        return None
    return JobUse(
        job.id,
        cards=cards,
        busy=busy if measured else None,
        memory=memory,
        processes=count if told == len(parts) else None,
        empty=empty(job, parts, nodes, mono),
    )


def _samples(node: Node, slots: Sequence[int] | None) -> list[GpuSample]:
    """What those cards say, as far as they say anything that is to be believed."""
    sample = node.sample
    if sample is None or slots is None:
        return []
    gpus = [sample.gpus[slot] for slot in slots if slot < len(sample.gpus)]
    return [gpu for gpu in gpus if gpu.state is CardState.OK and gpu.util is not None]


def _working(own: Sequence[Process]) -> set[int]:
    """Cards on which a process works by its own account: a card's own figure may miss what runs in a part of it."""
    return {use.slot for process in own for use in process.uses if (use.util or 0.0) >= BUSY}


def _memory(own: Sequence[Process] | None, node: Node, slots: Sequence[int] | None) -> list[int]:
    """Bytes that the job holds on each card: those of its processes; without them, what the whole card holds."""
    held: dict[int, int] = {}
    for process in own or ():
        for use in process.uses:
            if use.memory is not None and (slots is None or use.slot in slots):
                held[use.slot] = held.get(use.slot, 0) + use.memory
    return list(held.values()) or [gpu.memory_used for gpu in _samples(node, slots) if gpu.memory_used is not None]


def empty(job: Job, parts: Sequence[Part], nodes: Mapping[str, Node], mono: float) -> int | None:
    """How many cards of a job no process is on; None where a node does not say all of them."""
    idle = 0
    for part in parts:
        node = nodes.get(part.node)
        listed = node.processes if node is not None else None
        if node is None or listed is None or not listed.complete or stale(node, Group.PROCESSES, mono):
            return None
        used = {use.slot for process in listed.processes for use in process.uses}
        if part.slots is not None:
            idle += sum(slot not in used for slot in part.slots)
        elif part.cards is not None:
            idle += max(0, part.cards - len(join.slots(job, part, node) or ()))
        else:
            return None
    return idle if parts else None
