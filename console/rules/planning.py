"""What a command means for jobs: which it can concern, how dangerous it is, how it is undone, and when it is done."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from backends.commands import (
    CancelJobs,
    HoldJobs,
    JobCommand,
    MoveJobs,
    ReleaseJobs,
    RequeueJobs,
    ResumeJobs,
    SetLimit,
    SetPriority,
    SuspendJobs,
)
from backends.jobs import ENDED, HELD, HOLDING, Job, JobState
from console.language import N_
from console.model.plans import Level, Note, Target

MANY = 5
"""Jobs beyond which what is disruptive counts as destructive."""


def targets(command: type[JobCommand], named: Sequence[str], listed: Mapping[str, Job]) -> tuple[Target, ...]:
    """What the named ids stand for, each once: of arrays and heterogeneous jobs the parts that a command can concern.

    What nothing can be done to says why.

    Args:
        command: what is wanted.
        named: ids of jobs, of arrays or of heterogeneous jobs, of one scheduler.
        listed: its jobs by id.
    """
    groups: dict[str, list[Job]] = {}
    for job in listed.values():
        for group in (job.array, job.het):
            if group is not None:
                groups.setdefault(group, []).append(job)
    found = []
    for number in dict.fromkeys(named):
        jobs = {job.id: job for job in (*groups.get(number, ()), *filter(None, [listed.get(number)]))}
        fitting = [job for job in jobs.values() if concerns(command, job)]
        every = tuple(fitting or jobs.values())
        found.append(Target(number, every, _refused(command, every)))
    return tuple(found)


def _refused(command: type[JobCommand], jobs: Sequence[Job]) -> Note | None:
    """Why a command cannot concern any of these jobs; None where it can concern one at least."""
    if not jobs:
        return Note(N_("There is no such job."))
    fits, otherwise = _FITS[command]
    if any(fits(job) for job in jobs):
        return None
    states = sorted({str(job.state) for job in jobs})
    return Note(otherwise, {"state": ", ".join(states)})


def _waits(job: Job) -> bool:
    return job.state is JobState.PENDING


def alive(job: Job) -> bool:
    """Whether it has not ended."""
    return job.state not in ENDED


def _held(job: Job) -> bool:
    return _waits(job) and job.reason in HELD


_FITS: Mapping[type[JobCommand], tuple[Callable[[Job], bool], str]] = {
    CancelJobs: (alive, N_("It has ended: {state}.")),
    HoldJobs: (lambda job: _waits(job) and not _held(job), N_("Only what waits can be held, and is not held yet.")),
    ReleaseJobs: (_held, N_("It is not held: {state}.")),
    RequeueJobs: (lambda job: not _waits(job), N_("It waits already.")),
    SuspendJobs: (lambda job: job.state is JobState.RUNNING, N_("Only what runs can be suspended: {state}.")),
    ResumeJobs: (
        lambda job: job.state is JobState.SUSPENDED or _held(job),
        N_("It is not suspended: {state}."),
    ),
    SetPriority: (_waits, N_("Only what waits has a priority that matters: {state}.")),
    SetLimit: (alive, N_("It has ended: {state}.")),
    MoveJobs: (_waits, N_("Only what waits can be moved: {state}.")),
}


def concerns(command: type[JobCommand], job: Job) -> bool:
    """Whether a command can concern a job as it is."""
    fits, _otherwise = _FITS[command]
    return fits(job)


def counted(jobs: Iterable[Job]) -> int:
    """How many jobs they stand for: the waiting tasks of an array are one that stands for many."""
    return sum(job.count for job in jobs)


def level(command: JobCommand, concerned: Sequence[Target]) -> Level:
    """How dangerous it is to do that to these targets; an array counts as all of its tasks."""
    jobs = [job for target in concerned for job in target.jobs]
    disruptive = isinstance(command, CancelJobs) or (
        isinstance(command, RequeueJobs | SuspendJobs) and any(job.state in HOLDING for job in jobs)
    )
    if not disruptive:
        return Level.REVERSIBLE
    return Level.DESTRUCTIVE if counted(jobs) > MANY else Level.DISRUPTIVE


def notes(command: JobCommand, jobs: Iterable[Job]) -> tuple[Note, ...]:
    """What must be known before one says yes."""
    found: list[Note] = []
    affected = list(jobs)
    running = [job for job in affected if job.state in HOLDING]
    if isinstance(command, CancelJobs | RequeueJobs) and running:
        found.append(Note(N_("What they computed since their last checkpoint is lost.")))
    if isinstance(command, RequeueJobs):
        ended = [job for job in affected if job.state in ENDED]
        if ended:
            found.append(Note(N_("Jobs that have ended run again: {jobs}"), {"jobs": _some(ended)}))
        fixed = [job for job in running if job.requeues is False]
        if fixed:
            found.append(Note(N_("Not meant to be requeued by who submitted them: {jobs}"), {"jobs": _some(fixed)}))
    pods = [job for job in affected if job.pods]
    if isinstance(command, SuspendJobs) and pods:
        found.append(Note(N_("Their pods are deleted; they start from scratch when they go on.")))
    if isinstance(command, SetLimit):
        over = [job for job in running if job.limit is not None and command.seconds < job.limit]
        if over:
            found.append(Note(N_("A shorter limit may end what runs already longer: {jobs}"), {"jobs": _some(over)}))
    return tuple(found)


def _some(jobs: Sequence[Job]) -> str:
    names = [job.id for job in jobs]
    return " ".join(names[:8]) + (" …" if len(names) > 8 else "")


def undo(command: JobCommand, jobs: Sequence[Job]) -> JobCommand | None:
    """What undoes it, as far as one command can; None where nothing does.

    A priority that was set stays fixed, whatever it is set to afterwards: the scheduler computes it no more.
    """
    if not jobs:
        return None
    source, ids = command.source, command.ids
    match command:
        case HoldJobs() if not any(_held(job) for job in jobs):
            return ReleaseJobs(source=source, ids=ids)
        case ReleaseJobs():
            return HoldJobs(source=source, ids=ids)
        case SuspendJobs():
            return ResumeJobs(source=source, ids=ids)
        case ResumeJobs() if all(job.state is JobState.SUSPENDED for job in jobs):
            return SuspendJobs(source=source, ids=ids)
        case SetLimit() if len({job.limit for job in jobs}) == 1 and command.seconds > (jobs[0].limit or math.inf):
            return SetLimit(source=source, ids=ids, seconds=int(jobs[0].limit or 0))  # to raise one again may be denied
        case MoveJobs() if len({job.partition for job in jobs}) == 1 and jobs[0].partition is not None:
            return MoveJobs(source=source, ids=ids, partition=jobs[0].partition)
    return None


def done(command: JobCommand, before: Sequence[Job], after: Sequence[Job]) -> bool:
    """Whether the jobs of a target are, by what the scheduler lists now, as the command wants them.

    Args:
        command: what was sent.
        before: how they were; none of them is missing.
        after: how they are now; one that ended long ago may be missing.
    """
    now = {job.id: job for job in after}
    fits, _otherwise = _FITS[type(command)]
    concerned = [job for job in before if fits(job)]
    return all(_is_done(command, job, now.get(job.id)) for job in concerned)


def over(command: JobCommand, after: Sequence[Job]) -> bool:
    """Whether waiting longer changes nothing: what was to be cancelled has ended, in whatever way."""
    return isinstance(command, CancelJobs) and all(job.state in ENDED for job in after)


def _is_done(command: JobCommand, old: Job, new: Job | None) -> bool:
    if new is None:
        return isinstance(command, CancelJobs)
    match command:
        case SetPriority():
            return new.priority == command.priority
        case SetLimit():  # Slurm counts in minutes
            return new.limit in (command.seconds, math.ceil(command.seconds / 60) * 60)
        case MoveJobs():
            return new.partition == command.partition
        case RequeueJobs():
            again = (new.restarts or 0) > (old.restarts or 0) or new.started != old.started
            if command.hold:
                return _held(new)
            return _waits(new) or (again and new.state in HOLDING)
        case SuspendJobs():
            return new.state is JobState.SUSPENDED or (bool(old.pods) and _held(new))
    return _STANDS[type(command)](new)


_STANDS: Mapping[type[JobCommand], Callable[[Job], bool]] = {
    CancelJobs: lambda job: job.state in (JobState.CANCELLED, JobState.COMPLETING),
    HoldJobs: _held,
    ReleaseJobs: lambda job: not _held(job) and job.state is not JobState.CANCELLED,
    ResumeJobs: lambda job: job.state is not JobState.SUSPENDED and not _held(job),
}
