"""Which cards of which nodes a job has: by their indexes where the scheduler says them, else by its processes.

An index of Slurm's GRES is the place of the card's file in gres.conf, which with AutoDetect and with
``File=/dev/nvidia[0-7]`` is its minor number; a slot of ours is its place in the order of PCI addresses. They are the
same on nearly all machines. Where a lab orders its files otherwise, a job is shown on its neighbour's card of the same
node.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from backends.jobs import HOLDING, Held, Job
from backends.records import Process
from console.model.fleet import Node
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


def processes(job: Job, part: Part, node: Node) -> Sequence[Process] | None:
    """The processes of a job that hold cards of a node; None where the node does not say."""
    listed = node.processes
    if listed is None:
        return None
    own = set(words(job, part.called))
    return [process for process in listed.processes if process.job in own or process.pod in own]


def slots(job: Job, part: Part, node: Node) -> tuple[int, ...] | None:
    """The slots of a job in a node; None where neither the scheduler nor a process tells."""
    if part.slots is not None:
        return part.slots
    own = processes(job, part, node)
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
