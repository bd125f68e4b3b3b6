"""Which cards each running job holds, learned once for each run of it.

No listing says so. ``scontrol -d show job`` does; it is asked once when a job starts, a few jobs at a time, and for all
together where many are unknown. Until then the node's own ``GresUsed`` tells it of a job that is the only one there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from backends.jobs import Capacity, Held, Job, JobState
from backends.slurm.gres import cards_of
from backends.slurm.hostlist import nodes_of
from backends.slurm.job_text import fields_of, without_name
from backends.slurm.listing import runs, started_as
from backends.slurm.output_path import filled

FEW = 4
"""Jobs asked about one by one after a listing: each costs a process and some 5 ms."""
MANY = 32
"""Unknown jobs from which on all are asked for at once, which costs 0.3 s of CPU with 10,000 jobs."""
PAUSE = 60.0
"""Seconds between two such questions."""

_ON = re.compile(r"\sNodes=(\S+) CPU_IDs=\S* Mem=\d+ GRES=(\S*)", re.ASCII)
_Run = tuple[str, float | None]


class Known(msgspec.Struct, frozen=True):
    """What the details of a running job say that no listing does."""

    held: tuple[Held, ...]
    output: str | None = None
    errors: str | None = None


class Allocations:
    """What is known of the jobs that run."""

    def __init__(self) -> None:
        self._known: dict[_Run, Known] = {}
        self._asked_all: float | None = None

    def wanted(self, jobs: Iterable[Job], now: float) -> list[Job] | None:
        """The jobs to ask about one by one, the newest first; None: ask about all together.

        Args:
            jobs: the whole listing; what is known of others is forgotten.
            now: the monotonic clock.
        """
        running = {started_as(job): job for job in jobs if runs(job)}
        self._known = {run: known for run, known in self._known.items() if run in running}
        missing = [
            job for run, job in running.items() if run not in self._known and job.state is not JobState.COMPLETING
        ]
        if len(missing) >= MANY and (self._asked_all is None or now - self._asked_all >= PAUSE):
            self._asked_all = now
            return None
        return sorted(missing, key=lambda job: -(job.started or 0.0))[:FEW]

    def learn(self, job: Job, record: str) -> None:
        """Take what ``scontrol -d show job`` says of a job; one that says nothing is not asked about again."""
        plain = without_name(record, job.name)
        self._known[started_as(job)] = Known(held_of(plain), *filled(fields_of(record, job.name)))

    def learn_all(self, jobs: Sequence[Job], output: str) -> None:
        """Take what it says of all. Of a job that is told twice nothing is believed: a name may hold new lines."""
        by_number = {job.number or job.id.partition("+")[0]: job for job in jobs if runs(job)}
        lines = [(line[6:].partition(" ")[0], line) for line in output.splitlines() if line.startswith("JobId=")]
        times = Counter(number for number, _ in lines)
        for number, line in lines:
            job = by_number.get(number)
            if job is not None and times[number] == 1:
                self.learn(job, line)

    def joined(self, jobs: Sequence[Job], capacities: Iterable[Capacity]) -> tuple[Job, ...]:
        """The jobs with the cards that they hold."""
        nodes = {one.node: one for one in capacities}
        alone = Counter(held.node for job in jobs if runs(job) for held in job.held)
        return tuple(self._with(job, nodes, alone) if job.held else job for job in jobs)

    def _with(self, job: Job, nodes: Mapping[str, Capacity], alone: Mapping[str, int]) -> Job:
        known = self._known.get(started_as(job))
        held = known.held if known is not None else ()
        if not held:
            held = tuple(_guessed(one, nodes, alone) for one in job.held)
        if known is None:
            return replace(job, held=held)
        return replace(job, held=held, output=known.output, errors=known.errors)


def _guessed(held: Held, nodes: Mapping[str, Capacity], alone: Mapping[str, int]) -> Held:
    """All cards of a node that are handed out, where one job alone has any there."""
    node = nodes.get(held.node)
    if node is None or alone[held.node] != 1 or not node.slots_used:
        return held
    if held.count is not None and held.count != len(node.slots_used):
        return held
    return replace(held, slots=node.slots_used, count=len(node.slots_used), kind=held.kind or node.gpu_kind)


def held_of(text: str) -> tuple[Held, ...]:
    """The cards by node: ``Nodes=gpu[02-03] CPU_IDs=0 Mem=500 GRES=gpu:a100:4(IDX:0-3)``."""
    found: dict[str, Held] = {}
    for match in _ON.finditer(text):
        cards = cards_of(match[2])
        if cards.count:
            for node in nodes_of(match[1]):
                found[node] = Held(node, cards.slots, cards.count, cards.kind)
    return tuple(found.values())
