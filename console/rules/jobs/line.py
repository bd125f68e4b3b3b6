"""In which order the jobs of a queue are served: as the scheduler counts, else by priority, age, and number."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from backends.jobs import Job, JobState

_ASIDE = frozenset(
    {
        *("JobHeldUser", "JobHeldAdmin", "JobHoldMaxRequeue", "JobRequeuedHeld", "Dependency", "BeginTime"),
        *("DependencyNeverSatisfied", "Suspended", "InactiveWorkload", "Deactivated", "SchedulingGated"),
        *("launch failed requeued held", "job requeued in held state"),
    }
)
"""A job that waits for such a reason stands in no line."""

_PENDING = JobState.PENDING  # an enumeration's member takes longer to find than a name, and a set longer than either


class Line:
    """The jobs that wait in one queue, the next one first."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        """Order jobs of one queue."""
        self.listed = jobs
        """As they came."""
        self.jobs = [job for job in _ordered(jobs) if (job.reason or "") not in _ASIDE]
        self.places = {job.id: number for number, job in enumerate(self.jobs, 1)}

    def place(self, job: Job) -> int | None:
        """Its place, from 1; None where it waits for something else than its turn."""
        return job.place or self.places.get(job.id)

    def ahead(self, job: Job) -> Sequence[Job]:
        """Those before it, in their order; all where it stands in no line."""
        place = self.places.get(job.id)
        return self.jobs if place is None else self.jobs[: place - 1]


_PLACE, _PRIORITY, _SUBMITTED = attrgetter("place"), attrgetter("priority"), attrgetter("submitted")


def _ordered(jobs: Sequence[Job]) -> list[Job]:
    """Order them. Where all have a priority and none a place two sorts by what is there take a third of the time."""
    if None not in map(_PRIORITY, jobs) and None not in map(_SUBMITTED, jobs) and not any(map(_PLACE, jobs)):
        found = sorted(jobs, key=_number)  # a person submits several within one second, which is all that is told
        found.sort(key=_SUBMITTED)
        found.sort(key=_PRIORITY, reverse=True)
        return found
    return sorted(jobs, key=_rank)


def _rank(job: Job) -> tuple[int, float, float, tuple[int, str]]:
    place, priority = job.place, job.priority
    first = 0 if place is None else place
    return (first, 0.0 if priority is None else -priority, job.submitted or 0.0, _number(job))


def _number(job: Job) -> tuple[int, str]:
    """What orders numbers as numbers, and the tasks of an array as the array, without reading them."""
    number = job.array or job.id
    return len(number), number


def lines(jobs: Iterable[Job], known: Mapping[str, Line]) -> dict[str, Line]:
    """The line of each queue; one in which nothing changed is the very one that is known."""
    waiting: dict[str, list[Job]] = {}
    for job in jobs:
        if job.state is _PENDING:
            waiting.setdefault(job.partition or "", []).append(job)
    found = {}
    for queue, listed in waiting.items():
        line = known.get(queue)
        found[queue] = line if line is not None and line.listed == listed else Line(listed)
    return found
