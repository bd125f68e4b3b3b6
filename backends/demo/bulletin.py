"""When the simulated schedulers say what: jobs often, and when one changes; the rest as rarely as real ones are asked.

Times between two sayings are of the monotonic clock, so that a lab whose days pass faster says no more than another.
"""

from collections.abc import Iterator

from backends.demo import kubernetes, slurm, training
from backends.demo.kubernetes import kind_of, pod_name
from backends.demo.lab import Lab
from backends.demo.policy import policy
from backends.demo.queues import queues
from backends.demo.services import services
from backends.jobs import Jobs, Progresses
from backends.records import AnyRecord, SourceStatus

LISTING = 5
"""Ticks between two listings while no job starts or ends."""
_MARGIN = 0.25
"""Seconds by which a tick may come early."""
_QUEUES, _QUEUES_CHANGED = 60.0, 10.0
_PROGRESS, _SERVICES, _POLICY = 20.0, 60.0, 300.0
_LARGE = 256
"""Nodes from which on changed queues are said less often: the record has a line for each."""


class Bulletin:
    """What the schedulers of a lab have said so far, and what they say next.

    Args:
        lab: that is told of.
        interval: real seconds between two ticks.
        brief: say jobs alone, as who fills a past needs it.
    """

    def __init__(self, lab: Lab, interval: float, brief: bool = False) -> None:
        self._lab = lab
        self._interval = interval
        self._brief = brief
        self._ticks = 0
        self._running: tuple[str, ...] = ()
        self._changes = 0
        self._stirred = False
        self._said: dict[str, float] = {}

    def records(self, wall: float, mono: float) -> Iterator[AnyRecord]:
        """Say what is due at one tick, each made when it is taken."""
        schedule = self._lab.schedule
        running, acted = self._lab.running(wall), schedule.changes != self._changes
        changed = acted or running != self._running
        due = changed or self._ticks % LISTING == 0
        self._running, self._changes = running, schedule.changes
        self._stirred = self._stirred or changed
        self._ticks += 1
        if due:
            yield from self._listings(wall, mono)
        if not self._brief:
            yield from self._rest(wall, mono, acted)

    def _listings(self, wall: float, mono: float) -> Iterator[AnyRecord]:
        interval = LISTING * self._interval
        for source in self._lab.schedule.sources:
            yield Jobs(source, wall, mono, self._lab.jobs(wall, source), interval=interval)
            if not self._brief:
                yield SourceStatus(source, wall, mono, since=self._lab.origin, interval=interval)

    def _rest(self, wall: float, mono: float, acted: bool) -> Iterator[AnyRecord]:
        lab = self._lab
        sources, seed = lab.schedule.sources, lab.shape.seed
        rest = _QUEUES_CHANGED * max(1.0, lab.shape.nodes / _LARGE)
        if self._due("queues", mono, 0.0 if acted else rest if self._stirred else _QUEUES):
            self._stirred = False
            yield from (queues(lab.schedule, source, wall, mono, lab.origin) for source in sources)
        if self._due("progress", mono, 0.0 if acted else _PROGRESS):
            yield from (progresses(lab, source, wall, mono) for source in sources)
        if self._due("services", mono, _SERVICES):
            yield from (services(source, seed, wall, mono, lab.origin) for source in (*sources, "demo"))
        if self._due("policy", mono, _POLICY):
            yield from (policy(source, seed, wall, mono, lab.jobs(wall, source)) for source in sources)

    def _due(self, what: str, mono: float, every: float) -> bool:
        last = self._said.get(what)
        if last is not None and mono - last < every - _MARGIN:
            return False
        self._said[what] = mono
        return True


def progresses(lab: Lab, source: str, wall: float, mono: float) -> Progresses:
    """How far the trainings of one scheduler are that run."""
    found = []
    for lane in lab.schedule.lanes(wall, source):
        run = lane.run
        if run is None or not training.trains(run):
            continue
        if source == kubernetes.NAME:
            job = f"{run.person.project}/{kubernetes.name_of(run)}"
            origin = f"{run.person.project}/{pod_name(run, kind_of(run, lane.places), 0)}"
        else:
            job = slurm.id_of(run)
            origin = f"/home/{run.person.user}/logs/{job}.out"
        found.append(training.progress(run, job, origin, wall))
    return Progresses(source, wall, mono, tuple(one for one in found if one is not None))
