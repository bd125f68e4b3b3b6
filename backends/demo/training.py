"""How far the training in a simulated job is: steps, loss and checkpoints as pure functions of its run and the time."""

from math import exp
from typing import NamedTuple

from backends.demo.curves import scatter
from backends.demo.runs import Run
from backends.jobs import Progress

LOADING = 60.0
"""Seconds before the first step."""
_TRAINS = frozenset({"training", "data_bound", "steady"})
_DOUBLES = 1500.0
"""Seconds in which the loss of a training that diverges grows to e times as much."""
_MOST_LOSS = 9999.0


class Course(NamedTuple):
    """Where a training stands."""

    at: float
    """UTC of its last sign of life."""
    step: int
    steps: int
    loss: float
    speed: float
    """Steps a second."""
    saved: float | None
    """UTC of the last checkpoint."""


def trains(run: Run) -> bool:
    """Whether it is a training at all."""
    return run.cards > 0 and run.task.curve in _TRAINS


def speed_of(run: Run) -> float:
    """Steps a second."""
    return round(0.21 + run.seed % 97 / 43, 3)


def last_sign(run: Run, now: float) -> float:
    """UTC up to which it has worked: it may have ended, been stopped, or hang."""
    until = min(now, run.ended) if run.suspended is None else min(now, run.suspended)
    return min(until, run.since) if run.plot == "hung" else until


def course(run: Run, at: float) -> Course | None:
    """Say where a training stands at a moment; None before its first step, and of what is none."""
    if not trains(run):
        return None
    at = last_sign(run, at)
    age = run.age(at) - LOADING
    if age < 0.0:
        return None
    speed = speed_of(run)
    steps = max(1, int((run.length - LOADING) * speed))
    step = min(steps, int(age * speed))
    return Course(at, step, steps, loss_of(run, step, steps, at), speed, _saved(run, at))


def loss_of(run: Run, step: int, steps: int, at: float) -> float:
    """The loss at a step: it falls, trembles, and where the story says so it grows."""
    floor = 1.4 + run.seed % 100 / 100
    loss = floor + 8.0 * exp(-12.0 * step / steps) + (scatter(run.seed, step // 7) % 100 - 50) * 0.0012
    if run.plot == "diverging" and at > run.since:
        loss *= exp((at - run.since) / _DOUBLES)
    return round(min(loss, _MOST_LOSS), 4)


def period_of(run: Run) -> float:
    """Seconds of work from one checkpoint to the next: whenever the cards of a training rest for it."""
    return 900.0 + run.seed % 1500 if run.task.curve == "training" else 1800.0


def saves(run: Run, age: float, span: float) -> bool:
    """Whether a checkpoint was written in the `span` seconds of work before it was `age` seconds old."""
    period = period_of(run)
    return age >= period and age % period < span


def _saved(run: Run, at: float) -> float | None:
    age = run.age(at)
    return at - age % period_of(run) if age >= period_of(run) else None


def progress(run: Run, job: str, origin: str | None, now: float) -> Progress | None:
    """Say it as a reader of the job's output would; None where there is nothing to read yet."""
    found = course(run, now)
    if found is None:
        return None
    hung = run.plot == "hung"
    flags = (*((run.plot,) if run.plot else ()), *(("rerun",) if run.restarts else ()))
    left = (found.steps - found.step) / found.speed
    return Progress(
        id=job,
        at=found.at,
        step=found.step,
        steps=found.steps,
        epoch=round(3.0 * found.step / found.steps, 2),
        epochs=3.0,
        loss=found.loss,
        speed=0.0 if hung else found.speed,
        ends=None if hung or run.suspended is not None else now + left,
        saved=found.saved,
        flags=flags,
        origin=origin,
    )
