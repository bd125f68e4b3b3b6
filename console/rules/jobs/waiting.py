"""Jobs that wait, one after the other: place, why, start; what was found of one is kept while it still holds."""

from collections.abc import Mapping

import msgspec

from backends.jobs import HELD, Job
from console.model.judged_jobs import JudgedJob, Told, Why
from console.rules.jobs import reasons
from console.rules.jobs.estimate import Start
from console.rules.jobs.schedule import Schedule, Wanted, contends
from console.rules.jobs.short import Quotum, Verdict


class _Found(msgspec.Struct, frozen=True, gc=False):
    """From what a job was judged."""

    wanted: Wanted | None
    """None where it waits for something else than room."""
    verdict: Verdict | None
    awaited: tuple[Job | None, ...]
    quota: Quotum | None


class Waiting:
    """The jobs of one scheduler that wait. Most keep their reason from one listing to the next, and move in line."""

    def __init__(self, source: str) -> None:
        """Make it for a scheduler."""
        self._source = source
        self._known: dict[str, _Found] = {}
        self._basis: object = None
        self._schedule: Schedule
        self._starts: Mapping[str, Start] = {}
        self._at = 0.0
        self._old = False

    def begin(self, schedule: Schedule, at: float, old: bool) -> None:
        """Take in what its scheduler has now.

        Args:
            schedule: of the scheduler.
            at: now, UTC.
            old: whether the listing is too old to be believed.
        """
        basis = schedule.basis()
        if basis != self._basis or len(self._known) > 2 * len(schedule.jobs):
            self._basis, self._known = basis, {}
        self._schedule, self._at, self._old = schedule, at, old
        self._starts = {job: start for queue in schedule.lines for job, start in schedule.starts(queue, at).items()}

    def judge(self, job: Job, last: JudgedJob | None) -> JudgedJob:
        """Judge a job that waits; the very one as before where nothing about it is different."""
        number, schedule = job.id, self._schedule
        place = job.place or schedule.lines[job.partition or ""].places.get(number)
        estimate = self._starts.get(number)
        start, told = (None, None) if estimate is None else (estimate.at, Told.ESTIMATE)
        if job.expected is not None and job.reason not in HELD:  # one that is held starts when somebody lets it
            start, told = job.expected, Told.SCHEDULER
        if last is not None and last.job is job and self._holds(job, number):
            if last.place == place and last.start == start and last.told is told and last.stale is self._old:
                return last
            why = last.why
        else:
            why = self._why(job)
        return JudgedJob(self._source, job, None, None, why, place, start, told, (), self._old)

    def _holds(self, job: Job, number: str) -> bool:
        """Whether what was found of a job that did not change would be found again."""
        known, schedule = self._known.get(number), self._schedule
        if known is None:
            return False
        wanted = known.wanted
        if wanted is not None and known.verdict is not schedule.verdict(wanted, self._at):
            return False
        if schedule.limited and known.quota is not schedule.quota(job):
            return False
        return not known.awaited or _same(known.awaited, reasons.awaited(job, schedule.jobs))

    def _why(self, job: Job) -> tuple[Why, ...]:
        schedule = self._schedule
        wanted = schedule.wanted(job) if contends(job) else None
        verdict = None if wanted is None else schedule.verdict(wanted, self._at)
        quota = schedule.quota(job)
        self._known[job.id] = _Found(wanted, verdict, reasons.awaited(job, schedule.jobs), quota)
        said = reasons.of_job(job, schedule.jobs)
        if quota is not None and job.reason not in HELD:  # one that is held waits for somebody
            return (quota.why, *said)
        if verdict is None or verdict.why is None or (verdict.fits and job.reason == "Resources"):
            return said  # it seems to fit and the scheduler says that it does not: what is free is older, or nameless
        if verdict.more:  # with names and reasons, of which the scheduler's own word is a shadow
            said = tuple(one for one in said if one.code not in ("node", "resources", "priority"))
        return (verdict.why, *verdict.more, *said)


def _same(one: tuple[Job | None, ...], other: tuple[Job | None, ...]) -> bool:
    return len(one) == len(other) and all(job is last for job, last in zip(one, other, strict=True))
