"""Runs as acts change them: one that ends now, one that begins anew, one of a job that only waited. Pure."""

import msgspec

from backends.demo.curves import scatter
from backends.demo.people import LARGE, MIDDLE, PLAIN, SMALL, Person, Task
from backends.demo.runs import HOUR, Run
from backends.jobs import Job, JobState

AGAIN = 120.0
"""Seconds after which one that was requeued may start again."""
_FOREVER = 1e11


def ending(run: Run, at: float, outcome: JobState) -> Run:
    """A run that ends at a moment of somebody's choice."""
    return msgspec.structs.replace(run, ended=at, planned=run.length, outcome=outcome, suspended=None)


def anew(run: Run, now: float, length: float) -> Run:
    """A run that begins anew, `AGAIN` seconds after it was asked to."""
    start = now + AGAIN
    return msgspec.structs.replace(
        run, submitted=now, started=start, ended=start + length, restarts=run.restarts + 1, plot=None, suspended=None,
        paused=0.0, planned=None, outcome=JobState.COMPLETED if run.ended > _FOREVER else run.outcome,
    )  # fmt: skip


def run_of(job: Job) -> Run:
    """What a job that only waited does once it may."""
    label, known = job.name or "job", job.number or job.id
    tasks = {task.name: task for task in (*LARGE, *MIDDLE, *SMALL, *PLAIN)}
    task = tasks.get(label) or Task(label, "training", f"python {label}.py", 0.6, 0.85)
    person = Person(job.user or "", job.uid or 0, job.project or "")
    limit = job.limit or 24 * HOUR
    seed = scatter(sum(ord(c) << at % 8 for at, c in enumerate(job.id)), 5) & 0x7FFFFFFF
    return Run(
        known, person, task, job.gpus or 0, job.submitted or 0.0, 0.0, min(0.6 * limit, 4 * HOUR), limit,
        job.priority or 1.0, JobState.COMPLETED, seed, told=job,
    )  # fmt: skip
