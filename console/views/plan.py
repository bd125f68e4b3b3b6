"""A plan and its results as text: what will be done to whom, the exact call, and what the source says afterwards."""

import shlex
from collections.abc import Iterator

from backends.commands import (
    Call,
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
from backends.jobs import WAITING, Job
from console.language import _, ngettext
from console.model.plans import Plan, Proof, Result, Target
from console.views import units
from console.views.cells import fitted, harmless
from console.views.words import say

SHOWN = 40
"""Targets, calls and people of a plan that are printed a line each."""


def title(command: JobCommand, count: int) -> str:
    """What a command does to so many jobs, in a few words."""
    match command:
        case CancelJobs():
            text = ngettext("Cancel {count} job", "Cancel {count} jobs", count)
        case HoldJobs():
            text = ngettext("Hold {count} job", "Hold {count} jobs", count)
        case ReleaseJobs():
            text = ngettext("Release {count} job", "Release {count} jobs", count)
        case RequeueJobs():
            text = ngettext("Requeue {count} job", "Requeue {count} jobs", count)
        case SuspendJobs():
            text = ngettext("Suspend {count} job", "Suspend {count} jobs", count)
        case ResumeJobs():
            text = ngettext("Resume {count} job", "Resume {count} jobs", count)
        case SetPriority():
            text = ngettext("Set the priority of {count} job to {value}", "… of {count} jobs to {value}", count)
        case SetLimit():
            text = ngettext("Set the time limit of {count} job to {value}", "… of {count} jobs to {value}", count)
        case MoveJobs():
            text = ngettext("Move {count} job to {value}", "Move {count} jobs to {value}", count)
        case _:
            text = type(command).__name__
    return text.format(count=count, value=harmless(_value(command)))


def _value(command: JobCommand) -> str:
    match command:
        case SetPriority():
            return str(command.priority)
        case SetLimit():
            return units.duration(command.seconds)
        case MoveJobs():
            return command.partition
    return ""


def text(plan: Plan, wall: float) -> str:
    """A plan, line by line.

    Args:
        plan: it.
        wall: UTC of now, from which elapsed times are told.
    """
    count = sum(job.count for job in plan.jobs)
    lines = [f"{title(plan.command, count)} · {harmless(plan.command.source)}"]
    concerned = sorted(plan.targets, key=lambda target: target.refused is not None)
    lines += _cut(line for target in concerned for line in _target(target, wall))
    people = sorted({job.user for job in plan.jobs if job.user})
    if people:
        said = ngettext("concerns {count} person: {names}", "concerns {count} people: {names}", len(people))
        lines.append(said.format(count=len(people), names=harmless(" ".join(people[:SHOWN]))))
    runs, undoes = _("runs"), _("undo")
    lines += _cut(f"{fitted(runs, 8)} {call(each)}" for each in plan.calls)
    lines += [say(note) for note in plan.notes]
    undone = title(plan.undo, count) if plan.undo is not None else _("nothing undoes it")
    if plan.calls:
        lines.append(f"{fitted(undoes, 8)} {undone}")
    return "".join(f"{line}\n" for line in lines)


def _target(target: Target, wall: float) -> Iterator[str]:
    if target.refused is not None:
        left = _("left out:")
        yield f"  {harmless(target.id):<12} {left} {say(target.refused)}"
        return
    for job in target.jobs:
        yield f"  {_job(job, wall)}"


def _job(job: Job, wall: float) -> str:
    """A job in a line: id, name, whose, how, since when, where."""
    elapsed = units.duration(max(0.0, wall - job.started)) if job.started is not None and job.ended is None else ""
    where = " ".join(job.nodes[:4]) + (" …" if len(job.nodes) > 4 else "")
    tasks = f"[{job.tasks}]" if job.tasks else ""
    gpus = ngettext("{count} GPU", "{count} GPUs", job.gpus).format(count=job.gpus) if job.gpus else ""
    parts = (f"{job.id + tasks:<12}", job.name or "", job.user or "?", _(str(job.state)), elapsed, gpus, where)
    return harmless("  ".join(part for part in parts if part))


def call(sent: Call) -> str:
    """Exactly what is sent, as a person would write it."""
    if sent.argv:
        said = shlex.join(sent.argv)
        return harmless(said if sent.where is None else f"{sent.where}: {said}")
    return harmless(" ".join(part for part in (sent.method, sent.path, sent.body) if part))


def result(found: Result) -> str:
    """What came of one target, in a line."""
    words = {
        Proof.CONFIRMED: _("confirmed"),
        Proof.NOT_CONFIRMED: _("not confirmed"),
        Proof.TIMED_OUT: _("timed out"),
    }
    now = " ".join(sorted({_stands(job) for job in found.after})) or _("not listed any more")
    outcome = found.outcome  # what it answers where all is well is for the log
    said = outcome.said.strip() if outcome is not None and found.proof is not Proof.CONFIRMED else ""
    said = _(said) if said else ""  # what a driver says of itself is known to the catalogues; the world's words are not
    return harmless("  ".join(part for part in (f"{found.id:<12}", words[found.proof], now, said) if part))


def waits_for(job: Job) -> str:
    """The scheduler's word for why a job waits, in brackets after a space; empty where it does not wait or say."""
    return f" ({job.reason})" if job.state in WAITING and job.reason else ""


def _stands(job: Job) -> str:
    """The state of a job; of one that waits with the scheduler's word for why: it tells held from released."""
    return _(str(job.state)) + waits_for(job)


def _cut(lines: Iterator[str]) -> list[str]:
    every = list(lines)
    more = len(every) - SHOWN
    if more <= 0:
        return every
    return [*every[:SHOWN], "  " + ngettext("… and {count} more", "… and {count} more", more).format(count=more)]
