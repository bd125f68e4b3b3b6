"""Every job at one moment, with everything that belongs to it joined; remembers what did not change since."""

from collections.abc import Mapping, Sequence

from backends.jobs import HOLDING, Job, JobState, JobUse, Progress
from console.model.fleet import Fleet, Listing
from console.model.judged import JudgedNode, Point
from console.model.judged_jobs import JudgedJob, Told, Why
from console.rules.jobs import join, line, points, reasons, use
from console.rules.jobs.line import Line
from console.rules.jobs.names import Names

INTERVAL = 10.0
"""Seconds between listings where the source does not say."""
MISSED = 3
"""A listing that was missed three times is stale."""


def stale(listing: Listing, mono: float) -> bool:
    """Whether a listing is too old to be believed."""
    return mono - listing.mono > MISSED * (listing.interval or INTERVAL)


class JobJudge:
    """Judges the jobs of a fleet again and again; what does not change is kept until it does."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, JudgedJob]] = {}
        """By source and id."""
        self._lines: dict[str, dict[str, Line]] = {}
        self._names: tuple[object, Names] = (None, Names(()))

    def jobs(self, fleet: Fleet, nodes: Sequence[JudgedNode], mono: float, wall: float) -> list[JudgedJob]:
        """Judge every job of every scheduler, in the order in which they are listed."""
        by_name = {node.node.name: node for node in nodes}
        trouble = points.troubled(nodes)
        found: list[JudgedJob] = []
        for source, listing in fleet.jobs.items():
            found += self._judge(source, listing, fleet, by_name, trouble, mono, wall)
        return found

    def _judge(
        self,
        source: str,
        listing: Listing,
        fleet: Fleet,
        nodes: Mapping[str, JudgedNode],
        trouble: Mapping[str, Point],
        mono: float,
        wall: float,
    ) -> list[JudgedJob]:
        known = self._known.get(source, {})
        lines = self._lines[source] = line.lines(listing.by_id.values(), self._lines.get(source, {}))
        names = self.names(nodes)
        told = fleet.uses.get(source)
        uses = {each.id: each for each in told.uses} if told is not None else {}
        progress = fleet.progress.get(source)
        courses = {each.id: each for each in progress.jobs} if progress is not None else {}
        old = stale(listing, mono)
        found = {}
        for job in listing.by_id.values():
            last = known.get(job.id)
            if job.state is JobState.PENDING:
                made = self._waiting(source, job, last, lines, listing, old)
            elif job.state in HOLDING:
                one = uses.get(job.id) or use.now(job, join.parts(job, names), nodes, mono)
                made = _running(source, job, last, one, courses.get(job.id), _of_nodes(job, trouble, names), wall, old)
            else:
                made = _ended(source, job, last, uses.get(job.id), courses.get(job.id), old)
            found[job.id] = made
        self._known[source] = found
        return list(found.values())

    def names(self, nodes: Mapping[str, JudgedNode]) -> Names:
        """Find the lab's names for those of schedulers."""
        called = tuple((name, node.node.facts and node.node.facts.host) for name, node in nodes.items())
        if self._names[0] != called:
            self._names = (called, Names(node.node for node in nodes.values()))
        return self._names[1]

    def _waiting(
        self, source: str, job: Job, last: JudgedJob | None, lines: Mapping[str, Line], listing: Listing, old: bool
    ) -> JudgedJob:
        place = lines[job.partition or ""].place(job)
        if last is not None and last.job is job and last.place == place and last.stale == old:
            return last
        why: tuple[Why, ...] = reasons.of_job(job, listing.by_id)
        told = None if job.expected is None else Told.SCHEDULER
        return JudgedJob(source, job, None, None, why, place, job.expected, told, (), old)


def _of_nodes(job: Job, trouble: Mapping[str, Point], names: Names) -> list[Point]:
    if not trouble:
        return []
    own = {names(node) for node in job.nodes} | {names(held.node) for held in job.held}
    return [trouble[node] for node in sorted(node for node in own if node is not None) if node in trouble]


def _running(
    source: str,
    job: Job,
    last: JudgedJob | None,
    one: JobUse | None,
    progress: Progress | None,
    trouble: Sequence[Point],
    wall: float,
    old: bool,
) -> JudgedJob:
    wrong = points.of_running(job, one, progress, trouble, wall)
    made = JudgedJob(source, job, one, progress, (), None, None, None, wrong, old)
    return last if last is not None and last.job is job and last == made else made


def _ended(
    source: str, job: Job, last: JudgedJob | None, one: JobUse | None, progress: Progress | None, old: bool
) -> JudgedJob:
    if last is not None and last.job is job and last.use is one and last.progress is progress and last.stale == old:
        return last
    return JudgedJob(source, job, one, progress, reasons.of_job(job, {}), stale=old)
