"""The lines of the list of jobs: a job each, or the tasks of one array folded into one; in the order of a queue."""

from collections.abc import Iterable, Sequence

import msgspec

from backends.jobs import ENDED, FAILED, HOLDING, Job, JobState, JobUse
from console.model.judged_jobs import JudgedJob
from console.model.severity import Severity

LATELY = 3600.0
"""Seconds for which a job that failed stays among the current ones."""
PHASES = ("current", "finished", "all")
"""Which jobs are listed: those that wait or run, with what failed lately; those that ended; both."""
_RANKS = {
    **dict.fromkeys(HOLDING, 1),
    JobState.UNKNOWN: 2,
    JobState.PENDING: 3,
    **dict.fromkeys(ENDED, 4),
}


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of the list."""

    judged: JudgedJob
    """The job; of folded tasks what they are together."""
    wall: float
    """UTC at which it was judged, for what it is sorted and filtered by; what is drawn goes by the present moment."""
    members: tuple[JudgedJob, ...] = ()
    """The tasks that are folded into it; none where it is one job."""
    inside: bool = False
    """Whether it stands below the line of its array."""
    open: bool = False
    """Whether its members stand below it."""

    @property
    def key(self) -> str:
        """What tells it from every other line."""
        return f"{self.judged.key}[]" if self.members else self.judged.key

    @property
    def jobs(self) -> int:
        """How many jobs it stands for; those below their array were counted there."""
        if self.inside:
            return 0
        return len(self.members) or self.judged.job.count


def of_phase(jobs: Iterable[JudgedJob], phase: str, wall: float) -> list[Line]:
    """The jobs of one of `PHASES`, in the order of a queue.

    First those that have nodes and something wrong, then the others that have some, the newest first; then those that
    wait, in the order in which they will be served; then those that ended, the last one first.
    """
    if phase == "all":
        kept = list(jobs)
    elif phase == "finished":
        kept = [judged for judged in jobs if judged.job.state in ENDED]
    else:
        kept = [judged for judged in jobs if judged.job.state not in ENDED or lately(judged.job, wall)]
    kept.sort(key=_place)
    return [Line(judged, wall) for judged in kept]


def lately(job: Job, wall: float) -> bool:
    """Whether it failed within the last hour."""
    return job.state in FAILED and job.ended is not None and wall - job.ended < LATELY


def _place(judged: JudgedJob) -> tuple[int, float, str]:
    """Waiting ones by what goes first, the others the newest first; the id makes the order one that stays."""
    job = judged.job
    rank = _RANKS[job.state]
    if rank == 3:
        return rank, -(job.priority or 0.0), f"{judged.place or 0:06}{job.id:>12}"
    if rank == 1 and any(point.severity >= Severity.WARNING for point in judged.points):
        rank = 0
    return rank, -((job.ended if rank == 4 else job.started) or 0.0), job.id


def folded(lines: Sequence[Line], open_: frozenset[str] = frozenset()) -> list[Line]:
    """Fold the tasks of each array into one line, where its first stood; what waits of an array stays by itself.

    Args:
        lines: of single jobs.
        open_: keys of the folded lines whose members are to be shown.
    """
    arrays: dict[tuple[str, str], list[JudgedJob]] = {}
    for line in lines:
        job = line.judged.job
        if job.array is not None and job.tasks is None:
            arrays.setdefault((line.judged.source, job.array), []).append(line.judged)
    if not any(len(tasks) > 1 for tasks in arrays.values()):
        return list(lines)
    found: list[Line] = []
    for line in lines:
        judged = line.judged
        job = judged.job
        tasks = arrays.get((judged.source, job.array)) if job.array is not None and job.tasks is None else None
        if tasks is None or len(tasks) == 1:
            found.append(line)
        elif tasks[0] is judged:
            whole = together(job.array or job.id, tasks)
            found.append(Line(whole, line.wall, tuple(tasks), open=f"{whole.key}[]" in open_))
    return found


def unfolded(lines: Sequence[Line]) -> list[Line]:
    """The same with the members of those that are open below them."""
    if not any(line.open for line in lines):
        return list(lines)
    found: list[Line] = []
    for line in lines:
        found.append(line)
        if line.open:
            found += [Line(member, line.wall, inside=True) for member in line.members]
    return found


def together(array: str, tasks: Sequence[JudgedJob]) -> JudgedJob:
    """What the tasks of an array are as one: sums of what they have, the longest of their times, what is wrong."""
    jobs = [task.job for task in tasks]
    first = jobs[0]
    counts = [job.gpus for job in jobs]
    job = msgspec.structs.replace(
        first,
        id=array,
        state=_leading(jobs),
        gpus=None if None in counts else sum(count or 0 for count in counts),
        held=tuple(held for job in jobs for held in job.held),
        nodes=tuple(dict.fromkeys(node for job in jobs for node in job.nodes)),
        started=_first([job for job in jobs if job.state in HOLDING] or jobs),
        ended=max((job.ended for job in jobs if job.ended is not None), default=None),
        count=len(jobs),
        number=None,
    )
    uses = [task.use for task in tasks if task.use is not None]
    worst = max(tasks, key=lambda task: max((point.severity for point in task.points), default=-1))
    return JudgedJob(
        tasks[0].source,
        job,
        _used(array, uses) if uses else None,
        points=worst.points,
        stale=any(task.stale for task in tasks),
    )


def _first(jobs: Sequence[Job]) -> float | None:
    return min((job.started for job in jobs if job.started is not None), default=None)


def _leading(jobs: Sequence[Job]) -> JobState:
    """Running where one runs, else what most of them are."""
    states = [job.state for job in jobs]
    return next((state for state in states if state in HOLDING), max(states, key=states.count))


def _used(array: str, uses: Sequence[JobUse]) -> JobUse:
    busy = [use.busy for use in uses if use.busy is not None]
    peaks = [use.memory for use in uses if use.memory is not None]
    idle = [use.idle_since for use in uses]
    return JobUse(
        array,
        cards=sum(use.cards for use in uses),
        busy=sum(busy) if busy else None,
        life=_mean([(use.life, use.cards) for use in uses]),
        hour=_mean([(use.hour, use.cards) for use in uses]),
        memory=max(peaks) if peaks else None,
        idle_since=None if None in idle else max(since or 0.0 for since in idle),
    )


def _mean(values: Sequence[tuple[float | None, int]]) -> float | None:
    """The mean over cards of what is known."""
    known = [(value, cards) for value, cards in values if value is not None and cards]
    cards = sum(count for _value, count in known)
    return sum(value * count for value, count in known) / cards if cards else None


def counts(members: Sequence[JudgedJob]) -> dict[JobState, int]:
    """How many tasks are in each state, in the order of the states."""
    states = [member.job.state for member in members]
    return {state: states.count(state) for state in JobState if state in states}
