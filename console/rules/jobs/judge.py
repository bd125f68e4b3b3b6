"""Every job and queue at one moment, with everything that belongs to them joined; remembers what did not change."""

from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple

from backends.jobs import Job, JobState, JobUse, Progress
from console.model.fleet import Fleet, Listing
from console.model.freshness import outdated
from console.model.judged import JudgedNode, Point
from console.model.judged_jobs import Explanation, JudgedJob, JudgedQueue
from console.rules.jobs import explain, join, points, queues, reasons, use
from console.rules.jobs.join import Moment, Stranger
from console.rules.jobs.names import Book, Names
from console.rules.jobs.schedule import Schedule
from console.rules.jobs.waiting import Waiting

STEP = 128
"""Jobs that are judged in one step: half a millisecond, several where they are judged for the first time."""


class _Around(NamedTuple):
    """What a job of one scheduler is judged by."""

    source: str
    moment: Moment
    names: Names
    trouble: Mapping[str, Point]
    uses: Mapping[str, JobUse]
    progress: Mapping[str, Progress]
    wall: float
    old: bool


class JobJudge:
    """Judges the jobs of a fleet again and again; what does not change is kept until it does.

    Of 10,000 jobs, a hundred of them changed, it takes some 40 ms; `tests/bench/jobs.py`.
    """

    def __init__(self) -> None:
        self._known: dict[str, dict[str, JudgedJob]] = {}
        """By source and id."""
        self._waiting: dict[str, Waiting] = {}
        self._schedules: dict[str, Schedule] = {}
        self._book = Book()

    def jobs(self, fleet: Fleet, nodes: Sequence[JudgedNode], mono: float, wall: float) -> list[JudgedJob]:
        """Judge every job of every scheduler, in the order in which they are listed.

        Args:
            fleet: what is known.
            nodes: its nodes, judged.
            mono: now, on the monotonic clock.
            wall: now, UTC.
        """
        steps = self.steps(fleet, nodes, mono, wall)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                found: list[JudgedJob] = done.value
                return found

    def steps(
        self, fleet: Fleet, nodes: Sequence[JudgedNode], mono: float, wall: float
    ) -> Generator[None, None, list[JudgedJob]]:
        """Judge them a few at a time, for who must give way between; what it returns at its end is what `jobs` does."""
        by_name = {node.node.name: node for node in nodes}
        names, trouble = self._book.of(fleet.nodes.values()), points.troubled(nodes)
        moment = Moment(fleet.nodes, mono)
        found: list[JudgedJob] = []
        for source, listing in fleet.jobs.items():
            told, progress = fleet.uses.get(source), fleet.progress.get(source)
            uses = {each.id: each for each in told.uses} if told is not None else {}
            courses = {each.id: each for each in progress.jobs} if progress is not None else {}
            old = outdated(listing, mono)
            around = _Around(source, moment, names, trouble, uses, courses, wall, old)
            yield
            self._known[source] = yield from self._judge(around, listing, self._schedule(source, fleet, by_name))
            found += self._known[source].values()
        for source in list(self._known.keys() - fleet.jobs.keys()):
            del self._known[source]
        return found

    def queues(self, fleet: Fleet, nodes: Sequence[JudgedNode], wall: float, midnight: float) -> list[JudgedQueue]:
        """Judge every queue of every scheduler.

        Args:
            fleet: what is known.
            nodes: its nodes, judged.
            wall: now, UTC.
            midnight: when today began in the reader's zone, UTC.
        """
        by_name = {node.node.name: node for node in nodes}
        found: list[JudgedQueue] = []
        for source in fleet.queues:
            found += queues.of_schedule(source, self._schedule(source, fleet, by_name), by_name, wall, midnight)
        return found

    def explain(
        self,
        key: str,
        fleet: Fleet,
        nodes: Sequence[JudgedNode],
        mono: float,
        wall: float,
        factors: Mapping[str, float] | None = None,
    ) -> Explanation | None:
        """Say all that is known of why a job waits; None where it is not listed.

        Args:
            key: the job's, see `JudgedJob.key`.
            fleet: what is known.
            nodes: its nodes, judged.
            mono: now, on the monotonic clock.
            wall: now, UTC.
            factors: its priority by what makes it, as its scheduler told when it was asked.
        """
        source = next((each for each in fleet.jobs if key.startswith(f"{each}/")), None)
        if source is None:
            return None
        number = key.removeprefix(f"{source}/")
        judged = self._known.get(source, {}).get(number)
        job = fleet.jobs[source].by_id.get(number)
        if job is None:
            return None
        if judged is None or judged.job is not job:
            judged = next(each for each in self.jobs(fleet, nodes, mono, wall) if each.key == key)
        by_name = {node.node.name: node for node in nodes}
        schedule = self._schedule(source, fleet, by_name)
        return explain.of_job(judged, schedule, fleet.policies.get(source), wall, factors or {})

    def strangers(self, fleet: Fleet, nodes: Sequence[JudgedNode], mono: float) -> list[Stranger]:
        """Find the processes on cards that belong to no job.

        Only on nodes that a scheduler hands out, and of which every scheduler that does so said lately what runs.

        Args:
            fleet: what is known.
            nodes: its nodes, judged.
            mono: now, on the monotonic clock.
        """
        by_name = {node.node.name: node for node in nodes}
        told: set[str] = set()
        silent: set[str] = set()
        for source in fleet.queues:
            listing = fleet.jobs.get(source)
            own = self._schedule(source, fleet, by_name).called.values()
            (silent if listing is None or outdated(listing, mono) else told).update(own)
        known = {name: fleet.nodes[name] for name in told - silent if name in fleet.nodes}
        return join.strangers(fleet.all_jobs(), known, self._book.of(fleet.nodes.values()))

    def _schedule(self, source: str, fleet: Fleet, nodes: Mapping[str, JudgedNode]) -> Schedule:
        listing, said = fleet.jobs.get(source), fleet.queues.get(source)
        jobs: Mapping[str, Job] = listing.by_id if listing is not None else {}
        last, names = self._schedules.get(source), self._book.of(fleet.nodes.values())
        if last is None or last.jobs is not jobs or not last.holds(said, nodes, names):
            last = self._schedules[source] = Schedule(jobs, said, nodes, names, last)
        return last

    def _judge(
        self, around: _Around, listing: Listing, schedule: Schedule
    ) -> Generator[None, None, dict[str, JudgedJob]]:
        known = self._known.get(around.source, {})
        waiting = self._waiting.setdefault(around.source, Waiting(around.source))
        waiting.begin(schedule, around.wall, around.old)
        pending, running, others = JobState.PENDING, JobState.RUNNING, (JobState.SUSPENDED, JobState.COMPLETING)
        found: dict[str, JudgedJob] = {}
        for place, (number, job) in enumerate(listing.by_id.items()):
            if place % STEP == 0:
                yield
            state, last = job.state, known.get(number)
            if state is pending:
                found[number] = waiting.judge(job, last)
            elif state is running or state in others:
                found[number] = _running(job, last, around)
            else:
                found[number] = _ended(job, last, around)
        return found


def _of_nodes(job: Job, around: _Around) -> list[Point]:
    if not around.trouble:
        return []
    own = {around.names(node) for node in job.nodes} | {around.names(held.node) for held in job.held}
    return [around.trouble[node] for node in sorted(filter(None, own)) if node in around.trouble]


def _running(job: Job, last: JudgedJob | None, around: _Around) -> JudgedJob:
    one, progress = around.uses.get(job.id), around.progress.get(job.id)
    if one is None and job.held:
        one = use.now(job, join.parts(job, around.names), around.moment)
    wrong = points.of_running(job, one, progress, _of_nodes(job, around), around.wall)
    if (
        last is not None
        and last.job is job
        and last.use == one
        and last.progress == progress
        and last.points == wrong
        and last.stale is around.old
    ):
        return last
    return JudgedJob(around.source, job, one, progress, (), None, None, None, wrong, around.old)


def _ended(job: Job, last: JudgedJob | None, around: _Around) -> JudgedJob:
    one, progress = around.uses.get(job.id), around.progress.get(job.id)
    if (
        last is not None
        and last.job is job
        and last.use == one
        and last.progress == progress
        and last.stale is around.old
    ):
        return last
    return JudgedJob(around.source, job, one, progress, reasons.of_job(job, {}), stale=around.old)
