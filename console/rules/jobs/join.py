"""Which cards of which nodes a job has: by their indexes where the scheduler says them, else by its processes.

An index of Slurm's GRES is the place of the card's file in gres.conf, which with AutoDetect and with
``File=/dev/nvidia[0-7]`` is its minor number; a slot of ours is its place in the order of PCI addresses. They are the
same on nearly all machines. Where a lab orders its files otherwise, a job is shown on its neighbour's card of the same
node.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from backends.jobs import HOLDING, Held, Job
from backends.records import GpuSample, Process
from console.model.fleet import Node
from console.model.freshness import Group, stale
from console.rules.jobs.names import Known
from console.rules.owners import words


class Part(NamedTuple):
    """The cards of one node that a job has."""

    node: str
    """As the lab calls it."""
    called: str
    """As its scheduler does."""
    slots: tuple[int, ...] | None
    """None where only the processes tell."""
    cards: int | None
    """How many there are, where that is known."""


def parts(job: Job, known: Known) -> tuple[Part, ...]:
    """The cards of a job on the nodes that the lab knows, each node once."""
    found: dict[str, Part] = {}
    for held in job.held:
        node = known(held.node)
        if node is None:
            continue
        other = found.get(node)
        found[node] = Part(node, held.node, held.slots, _count(held)) if other is None else _both(other, held)
    return tuple(found.values())


def _count(held: Held) -> int | None:
    return held.count if held.count is not None or held.slots is None else len(held.slots)


def _both(part: Part, held: Held) -> Part:
    """One node told of twice: cards of two kinds."""
    count = _count(held)
    slots = None if part.slots is None or held.slots is None else (*part.slots, *held.slots)
    return part._replace(slots=slots, cards=None if count is None or part.cards is None else part.cards + count)


class Told(msgspec.Struct, frozen=True, gc=False):
    """What the processes of one node tell."""

    by_word: Mapping[str, Sequence[Process]]
    """By the job or pod that they name."""
    used: frozenset[int]
    """Slots that some process is on."""
    complete: bool


class Moment:
    """The nodes of the lab at one moment; what is too old to be believed is left out. Each is looked at once."""

    def __init__(self, nodes: Mapping[str, Node], mono: float) -> None:
        """Take in the nodes, by the lab's name, and what the monotonic clock says."""
        self._nodes, self._mono = nodes, mono
        self._told: dict[str, Told | None] = {}
        self._gpus: dict[str, Sequence[GpuSample]] = {}

    def __contains__(self, name: str) -> bool:
        """Whether there is such a node."""
        return name in self._nodes

    def told(self, name: str) -> Told | None:
        """What its processes tell; None where it does not say."""
        if name not in self._told:
            self._told[name] = self._tell(name)
        return self._told[name]

    def gpus(self, name: str) -> Sequence[GpuSample]:
        """What its cards say, by slot; nothing where it is silent."""
        found = self._gpus.get(name)
        if found is None:
            node = self._nodes.get(name)
            sample = node.sample if node is not None else None
            fresh = node is not None and sample is not None and not self._old(node, sample.mono)
            found = self._gpus[name] = sample.gpus if sample is not None and fresh else ()
        return found

    def _old(self, node: Node, seen: float) -> bool:
        return self._mono - seen > _FRESH and stale(node, Group.SAMPLE, self._mono)

    def _tell(self, name: str) -> Told | None:
        node = self._nodes.get(name)
        listed = node.processes if node is not None else None
        if node is None or listed is None or stale(node, Group.PROCESSES, self._mono):
            return None
        by_word: dict[str, list[Process]] = {}
        used = set()
        for process in listed.processes:
            for use in process.uses:
                used.add(use.slot)
            if process.job:
                by_word.setdefault(process.job, []).append(process)
            if process.pod:
                by_word.setdefault(process.pod, []).append(process)
        return Told(by_word, frozenset(used), listed.complete)


_FRESH = 4.0
"""Seconds for which no sample is asked whether it is stale: two of the usual intervals."""


def processes(job: Job, part: Part, told: Told) -> Sequence[Process]:
    """The processes of a job that hold cards of a node."""
    if not job.pods and job.number is None:
        return told.by_word.get(job.id, ())
    found: dict[int, Process] = {}
    for word in words(job, part.called):
        for process in told.by_word.get(word, ()):
            found[process.pid] = process
    return list(found.values())


def slots(job: Job, part: Part, moment: Moment) -> tuple[int, ...] | None:
    """The slots of a job in a node; None where neither the scheduler nor a process tells."""
    if part.slots is not None:
        return part.slots
    told = moment.told(part.node)
    own = processes(job, part, told) if told is not None else ()
    return tuple(sorted({use.slot for process in own for use in process.uses})) if own else None


class Stranger(NamedTuple):
    """A process on a card that belongs to no job."""

    node: str
    process: Process


def strangers(jobs: Iterable[Job], nodes: Mapping[str, Node], known: Known) -> list[Stranger]:
    """The processes outside any running job, on nodes of which a scheduler says what runs there.

    A process that names a job which its scheduler does not list as running is one of them. A process without any name
    of a job is none where a job holds its card by index: `srun` of old and containers hide it.

    Args:
        jobs: of all schedulers that hand out these nodes.
        nodes: those that they hand out, by the lab's name.
        known: gives the lab's name for a scheduler's.
    """
    own: set[tuple[str, str]] = set()
    cards: set[tuple[str, int]] = set()
    for job in jobs:
        if job.state in HOLDING:
            for part in parts(job, known):
                own.update((part.node, word) for word in words(job, part.called))
                cards.update((part.node, slot) for slot in part.slots or ())
    found = []
    for name, node in nodes.items():
        listed = node.processes
        for process in listed.processes if listed is not None else ():
            named = [word for word in (process.job, process.pod) if word]
            if any((name, word) in own for word in named):
                continue
            if named or not all((name, use.slot) in cards for use in process.uses) or not process.uses:
                found.append(Stranger(name, process))
    return found
