"""From a command to the exact calls of Slurm's tools, and from what those said to what came of it."""

import re
from collections.abc import Callable, Sequence

from backends.commands import (
    Call,
    CancelJobs,
    HoldJobs,
    JobCommand,
    MoveJobs,
    Outcome,
    ReleaseJobs,
    RequeueJobs,
    ResumeJobs,
    SetLimit,
    SetPriority,
    SuspendJobs,
)
from backends.jobs import ENDED, Job, JobState
from backends.ports import Unavailable
from backends.probe.line import excerpt
from backends.record import N_, Trouble
from backends.slurm.ids import typed
from backends.slurm.tools import Said
from backends.slurm.values import minutes
from backends.slurm.words import denied

AT_ONCE = 50
"""Jobs in one scancel: it says of each by its id what went wrong. scontrol does not say so, and is told one by one."""
HIGHEST = 4294967294
"""Of a priority; one more is how Slurm says that there is none."""

_PARTITION = re.compile(r"[\w.+@:-]+(?:,[\w.+@:-]+)*")
_OF_JOB = re.compile(r"\bjob(?: id)? (\d[\d_+]*)")


def calls_of(command: JobCommand, named: Callable[[str], str], where: str | None) -> tuple[Call, ...]:
    """Say what carries a command out.

    Args:
        command: it; an array is one id and is acted on as a whole.
        named: how a tool is started.
        where: the login node.

    Raises:
        Unavailable: Slurm cannot do that.
    """
    for job in command.ids:
        if not typed(job):
            text = N_("{id} is no id of a job of Slurm.")
            raise Unavailable(Trouble(text, values={"id": excerpt(job.encode("utf-8", "replace"))}))
    if isinstance(command, CancelJobs):
        parts = [command.ids[start : start + AT_ONCE] for start in range(0, len(command.ids), AT_ONCE)]
        return tuple(Call(ids, (named("scancel"), *ids), where=where) for ids in parts)
    words = _words(command)
    return tuple(Call((job,), (named("scontrol"), *words(job)), where=where) for job in command.ids)


def _words(command: JobCommand) -> Callable[[str], tuple[str, ...]]:
    """What to hand to scontrol for one job."""
    match command:
        case HoldJobs():
            return lambda job: ("hold", job)
        case ReleaseJobs():
            return lambda job: ("release", job)
        case RequeueJobs():
            return lambda job: ("requeuehold" if command.hold else "requeue", job)
        case SuspendJobs():
            return lambda job: ("suspend", job)
        case ResumeJobs():
            return lambda job: ("resume", job)
    change = _change(command)
    return lambda job: ("update", f"JobId={job}", change)


def _change(command: JobCommand) -> str:
    match command:
        case SetPriority() if 0 <= command.priority <= HIGHEST:
            return f"Priority={command.priority}"
        case SetPriority():
            text = N_("A priority of Slurm is from 0 to {most}; 0 holds the job.")
            raise Unavailable(Trouble(text, values={"most": str(HIGHEST)}))
        case SetLimit() if command.seconds > 0:
            return f"TimeLimit={minutes(command.seconds)}"
        case SetLimit():
            raise Unavailable(Trouble(N_("A time limit must be longer than nothing.")))
        case MoveJobs() if _PARTITION.fullmatch(command.partition):
            return f"Partition={command.partition}"
        case MoveJobs():
            text = N_("{name} is no name of a partition.")
            raise Unavailable(Trouble(text, values={"name": excerpt(command.partition.encode("utf-8", "replace"))}))
    raise Unavailable(Trouble(N_("Slurm has nothing like {what}."), values={"what": type(command).__name__}))


def outcomes_of(call: Call, said: Said) -> tuple[Outcome, ...]:
    """Say for each target what came of a call.

    Where the tool names the jobs that it failed for, the others went well, whatever its exit status.
    """
    text = (said.errors or said.output).strip()
    blamed = {match[1]: line for line in text.splitlines() if (match := _OF_JOB.search(line)) and match[1] in call.ids}
    if (said.status != 0 or "error:" in said.errors) and not blamed:
        blamed = dict.fromkeys(call.ids, text)
    if len(call.ids) == 1 and blamed:
        blamed = dict.fromkeys(call.ids, text)
    told = {job: blamed.get(job, "" if blamed else text) for job in call.ids}
    return tuple(
        Outcome(job, call, job not in blamed, said.status, words, job in blamed and denied(words))
        for job, words in told.items()
    )


def corrected(outcomes: Sequence[Outcome], jobs: Sequence[Job]) -> tuple[Outcome, ...]:
    """What came of a scancel, which exits with 0 and says nothing for jobs that are unknown or have ended before.

    Args:
        outcomes: as the tool said.
        jobs: every job of the targets as it is now, tasks of arrays included.
    """
    return tuple(_corrected(one, jobs) if one.done else one for one in outcomes)


def _corrected(outcome: Outcome, jobs: Sequence[Job]) -> Outcome:
    mine = [job for job in jobs if outcome.id in (job.id, job.array, job.het, job.number)]
    if not mine:
        return Outcome(outcome.id, outcome.call, False, outcome.status, "Slurm does not know this job any more.")
    if all(job.state in ENDED and job.state is not JobState.CANCELLED for job in mine):
        said = f"It had ended before: {', '.join(sorted({job.state.value for job in mine}))}."
        return Outcome(outcome.id, outcome.call, False, outcome.status, said)
    return outcome
