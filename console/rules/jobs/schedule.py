"""What one scheduler has, who waits for it and in which order; made anew with each listing from what stayed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from backends.jobs import HOLDING, Capacity, Job, JobState, Queue, Queues
from console.model.judged import JudgedNode, Status
from console.rules.jobs import estimate, line, need, room, short
from console.rules.jobs.estimate import Holding, Standing, Start
from console.rules.jobs.line import Line
from console.rules.jobs.names import Names
from console.rules.jobs.need import Need
from console.rules.jobs.room import Spot
from console.rules.jobs.short import Quotum, Verdict

HEAD = 20
"""Jobs of each line of which it is said when they will start; the others are told when somebody asks for them."""
FAR = 200
"""Jobs before one of which it is said when it will start: each takes 40 µs, and errs further."""
RENEWED = 30.0
"""Seconds for which it is kept when jobs start: limits are hours, and the walk costs some milliseconds a queue."""
_REMEMBERED = 5_000
"""Needs that are remembered; then they are begun anew."""
_CONTEND = frozenset(
    {
        *("Priority", "Resources", "None", "", "Unschedulable", "WaitingForQuota", "NotEnoughResources"),
        *("NotEnoughPods", "NotEnoughTasks", "Pending", "ReqNodeNotAvail", "WaitingForScheduling", "SchedDefer"),
    }
)


_RUNNING, _OTHERS = JobState.RUNNING, tuple(HOLDING - {JobState.RUNNING})
"""Looked for by what they are: to ask a set for a member of an enumeration takes five times as long, 10,000 times."""


def contends(job: Job) -> bool:
    """Whether a job waits for nothing but room."""
    reason = job.reason or ""
    return reason in _CONTEND or reason.startswith("Nodes required")


class _Starts(NamedTuple):
    made: float
    head: tuple[str, ...]
    found: Mapping[str, Start]


class Ground:
    """The nodes of a scheduler as long as nothing is said of them anew."""

    def __init__(self, queues: Mapping[str, Queue], spots: Mapping[str, Spot]) -> None:
        """Take in its queues and nodes, by name."""
        self._queues, self._spots = queues, spots
        self._where: dict[str, list[Spot]] = {}
        self._most: dict[str, int] = {}

    def where(self, queue: str) -> list[Spot]:
        """The nodes of a queue, in its scheduler's order."""
        found = self._where.get(queue)
        if found is None:
            found = self._where[queue] = room.of_queue(self._queues.get(queue), queue, self._spots)
        return found

    def most(self, queue: str) -> int:
        """Cards of the largest node of a queue."""
        found = self._most.get(queue)
        if found is None:
            found = self._most[queue] = max((spot.cards for spot in self.where(queue)), default=0)
        return found


class Wanted:
    """What some jobs need of a queue, and what was last found of it."""

    __slots__ = ("ground", "need", "queue", "verdict")

    def __init__(self, queue: str, need: Need) -> None:
        """Make it for a queue."""
        self.queue, self.need = queue, need
        self.ground: Ground | None = None
        """The nodes of which it was found."""
        self.verdict = Verdict()


class Schedule:
    """One scheduler at one moment."""

    def __init__(
        self,
        jobs: Mapping[str, Job],
        queues: Queues | None,
        nodes: Mapping[str, JudgedNode],
        names: Names,
        last: "Schedule | None" = None,
    ) -> None:
        """Take in what it says.

        Args:
            jobs: its listing, by id.
            queues: where they wait; None where it did not say.
            nodes: of the lab, by name.
            names: finds these by the scheduler's names.
            last: the same scheduler before.
        """
        self.jobs = jobs
        self.said: Queues | None = queues
        self.lines: Mapping[str, Line] = line.lines(jobs.values(), last.lines if last is not None else {})
        same = last is not None and last.said is queues and last._names is names
        self._names: Names = names
        self.called: Mapping[str, str] = last.called if last is not None and same else _called(queues, names)
        """The lab's names of its nodes."""
        self.queues: Mapping[str, Queue] = {queue.name: queue for queue in queues.queues} if queues is not None else {}
        self.running = [job for job in jobs.values() if job.state is _RUNNING or job.state in _OTHERS]
        self._bad = self._broken(nodes)
        self._wanted: dict[tuple[str, Need], Wanted] = {}
        if last is not None and len(last._wanted) < _REMEMBERED:
            self._wanted = last._wanted
        self._reserved = queues is not None and bool(queues.reservations)
        full = queues if queues is None else _filled(queues, self, nodes)
        if last is not None and same and full is queues and last._bad == self._bad and not self._reserved:
            self._ground: Ground = last._ground
        else:
            self._ground = Ground(self.queues, room.spots(full, self._bad) if full is not None else {})
        self.limited = any(queue.quotas for queue in self.queues.values())
        self._quotas: dict[tuple[str, int], Quotum | None] = {}
        self._quotas_before: Mapping[tuple[str, int], Quotum | None] = last._quotas if last is not None else {}
        self._starts: dict[str, _Starts] = dict(last._starts) if last is not None else {}
        self._standing: Standing | None = None
        self._stood: Standing | None = None if last is None else last._standing or last._stood
        """What was last found to run; it is asked for where an estimate or an explanation is."""

    def holds(self, queues: Queues | None, nodes: Mapping[str, JudgedNode], names: Names) -> bool:
        """Whether all but the jobs is still as it was when this was made."""
        return self.said is queues and self._names is names and self._bad == self._broken(nodes)

    def _broken(self, nodes: Mapping[str, JudgedNode]) -> dict[str, int]:
        """Cards that do not work and that no job holds, by the scheduler's name of the node."""
        found = {}
        for called, name in self.called.items():
            node = nodes.get(name)
            if node is not None and node.status is Status.CRITICAL:
                bad = [card for card in node.cards if card.status in (Status.LOST, Status.BROKEN)]
                found[called] = sum(card.owner is None or not card.owner.allocated for card in bad)
        return found

    @property
    def standing(self) -> Mapping[str, Sequence[Holding]]:
        """What runs on each node, by the scheduler's name for it."""
        if self._standing is None:
            self._standing, self._stood = Standing(self.running, self._stood), None
        return self._standing.by_node

    def where(self, queue: str) -> list[Spot]:
        """The nodes of a queue, in its scheduler's order."""
        return self._ground.where(queue)

    def most(self, queue: str) -> int:
        """Cards of the largest node of a queue."""
        return self._ground.most(queue)

    def line(self, job: Job) -> Line:
        """The line that a waiting job stands in, or would."""
        return self.lines[job.partition or ""]

    def need(self, job: Job) -> Need:
        """What a waiting job needs at once."""
        found = need.of_job(job, self.most(job.partition or ""))
        return found if self._reserved else found._replace(limit=None)

    def basis(self) -> object:
        """On what needs rest besides jobs: where it is another one they must be asked for anew."""
        return (self._reserved, {queue: self.most(queue) for queue in self.lines})

    def wanted(self, job: Job) -> "Wanted":
        """What a waiting job needs at once, and where; the very one of all jobs that need the same."""
        key = (job.partition or "", self.need(job))
        found = self._wanted.get(key)
        if found is None:
            found = self._wanted[key] = Wanted(*key)
        return found

    def verdict(self, wanted: "Wanted", at: float) -> Verdict:
        """Whether what is needed is free; the same as before is the very one."""
        if wanted.ground is not self._ground:
            found = short.verdict(wanted.need, self.where(wanted.queue), at)
            if found != wanted.verdict:
                wanted.verdict = found
            wanted.ground = self._ground
        return wanted.verdict

    def quota(self, job: Job) -> Quotum | None:
        """The quota of its queue, or of one above, that has too little left for a job."""
        if not self.limited:
            return None
        key = (job.partition or "", job.gpus or 0)
        if key not in self._quotas:
            found = short.quota(key[1], self._above(key[0]))
            before = self._quotas_before.get(key)
            self._quotas[key] = before if before == found else found
        return self._quotas[key]

    def _above(self, name: str) -> list[Queue]:
        """A queue and those above it."""
        found: list[Queue] = []
        queue = self.queues.get(name)
        while queue is not None and queue not in found:
            found.append(queue)
            queue = self.queues.get(queue.parent or "")
        return found

    def starts(self, queue: str, at: float) -> Mapping[str, Start]:
        """When the next jobs of a queue start, as far as limits tell."""
        head = self._contenders(self.lines[queue].jobs, HEAD)
        known = self._starts.get(queue)
        ids = tuple(job.id for job in head)
        if known is None or known.head != ids or not 0.0 <= at - known.made < RENEWED:
            known = self._starts[queue] = _Starts(at, ids, self._estimate(queue, head, at))
        return known.found

    def start(self, job: Job, at: float) -> Start | None:
        """When a job starts; None where it cannot be told, or more than `FAR` go before it."""
        if not contends(job) or self.quota(job) is not None:
            return None
        queue = job.partition or ""
        before = self._contenders(self.lines[queue].ahead(job), FAR + 1)
        if len(before) > FAR:
            return None
        return self._estimate(queue, [*before, job], at).get(job.id)

    def _contenders(self, jobs: Sequence[Job], most: int) -> list[Job]:
        found: list[Job] = []
        for job in jobs:
            if len(found) == most:
                break
            if contends(job) and self.quota(job) is None:
                found.append(job)
        return found

    def _estimate(self, queue: str, jobs: Sequence[Job], at: float) -> Mapping[str, Start]:
        where = self.where(queue)
        if not where or not jobs:
            return {}
        return estimate.starts(jobs, where, self.standing, at, self.most(queue))


def _called(queues: Queues | None, names: Names) -> Mapping[str, str]:
    return {} if queues is None else names.all({each.node: each.host for each in queues.capacities})


def _filled(queues: Queues, schedule: Schedule, nodes: Mapping[str, JudgedNode]) -> Queues:
    """What a scheduler does not say of its nodes, from the jobs on them and from the nodes themselves."""
    if all(each.gpus is not None and each.gpus_used is not None for each in queues.capacities):
        return queues
    held: Counter[str] = Counter()
    for job in schedule.running:
        for node, one in estimate.held(job):
            held[node] += one.cards
    return msgspec.structs.replace(
        queues, capacities=tuple(_complete(each, held, schedule.called, nodes) for each in queues.capacities)
    )


def _complete(
    each: Capacity, held: Mapping[str, int], called: Mapping[str, str], nodes: Mapping[str, JudgedNode]
) -> Capacity:
    node = nodes.get(called.get(each.node, ""))
    gpus = each.gpus if each.gpus is not None or node is None else len(node.cards)
    used = each.gpus_used if each.gpus_used is not None else held.get(each.node, 0)
    return msgspec.structs.replace(each, gpus=gpus, gpus_used=used)
