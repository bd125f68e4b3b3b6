"""One run of a job, and the endless sequence of runs that one set of cards sees; it knows no scheduler's words."""

from collections.abc import Iterator
from math import log
from random import Random

import msgspec

from backends.demo.people import Person, Task, draw
from backends.demo.shape import EPOCH
from backends.jobs import Job, JobState

HOUR = 3600.0
_SHORTEST = 600.0
"""Seconds that every run lasts at least; two runs of one lane never begin within one span of numbering."""
_LIMITS = (1, 2, 4, 8, 12, 24, 48, 120)
"""Hours that people ask for."""
_OUTCOMES = (
    (0.80, JobState.COMPLETED),
    (0.90, JobState.FAILED),
    (0.944, JobState.CANCELLED),
    (0.952, JobState.NODE_FAIL),
    (0.96, JobState.PREEMPTED),
    (0.98, JobState.OUT_OF_MEMORY),
    (1.00, JobState.TIMEOUT),
)


class Run(msgspec.Struct, frozen=True, gc=False):
    """A job from submission to end; times are UTC."""

    number: str
    person: Person
    task: Task
    cards: int
    submitted: float
    started: float
    ended: float
    limit: float
    """Seconds."""
    priority: float
    outcome: JobState
    seed: int
    used: int | None = None
    """How many of its cards on each node do any work; None is all."""
    array: str | None = None
    """The number of the array of which it is a task, and which one."""
    index: int = 0
    restarts: int = 0
    partition: str | None = None
    """Where it was moved to; None is where its cards are."""
    suspended: float | None = None
    """UTC since when somebody has stopped it where it is."""
    paused: float = 0.0
    """Seconds for which it was stopped before."""
    by: int | None = None
    """Uid of who cancelled it; None where the course of things tells."""
    plot: str | None = None
    """What happens to its training: ``hung`` or ``diverging``."""
    since: float = 0.0
    """UTC since when that has been so."""

    told: Job | None = None
    """How it was listed while it only waited: its name, its owner and its kind stay so; None is as its task is."""
    planned: float | None = None
    """Seconds of its work in all, where somebody has changed its end; None is from its start to its end."""

    @property
    def length(self) -> float:
        """Seconds of its work in all, as far as its end is known; one without an end works up to its limit."""
        lasts = self.ended - self.started if self.planned is None else self.planned
        return min(lasts, 0.9 * self.limit) if lasts > 1e9 else lasts

    def age(self, now: float) -> float:
        """Seconds for which it has worked."""
        return (now if self.suspended is None else min(now, self.suspended)) - self.started - self.paused


def delayed(run: Run, start: float) -> Run:
    """The same, beginning at `start`, if that is later."""
    if start <= run.started:
        return run
    return msgspec.structs.replace(run, started=start, ended=start + run.ended - run.started)


def number(at: float, key: int, keys: int) -> str:
    """Give a job a number that grows with time and is unique where `key` (0 to `keys`) starts one job in 10 minutes."""
    return str(4001 + int((at - EPOCH) // _SHORTEST) % 65_536 * keys + key)


def sequence(rng: Random, begin: float, end: float, cards: int, key: tuple[int, int]) -> Iterator[Run]:
    """Yield the runs of one set of cards between two times, each after the other, with gaps."""
    at = begin + rng.random() * 900
    middle = log(2400 * max(cards, 1) ** 0.9)
    while at + _SHORTEST <= end:
        lasts = min(max(rng.lognormvariate(middle, 0.7), _SHORTEST), end - at)
        yield _run(rng, at, lasts, cards, key)
        gap = rng.random()
        at += lasts + 15 + 700 * gap * gap + (7000 * rng.random() if gap > 0.93 else 0)


def _run(rng: Random, at: float, lasts: float, cards: int, key: tuple[int, int]) -> Run:
    person, task = draw(rng, cards)
    luck = rng.random()
    outcome = next(state for below, state in _OUTCOMES if luck < below)
    asked = lasts * (1.1 + 3 * rng.random())
    limit = next((hours * HOUR for hours in _LIMITS if hours * HOUR >= asked), _LIMITS[-1] * HOUR)
    waits = rng.random()
    return Run(
        number=number(at, *key),
        person=person,
        task=task,
        cards=cards,
        submitted=at - (2 + 60 * waits if waits < 0.3 else 7000 * (waits - 0.29) ** 2 + 60),
        started=at,
        ended=at + lasts,
        limit=float(round(lasts)) if outcome is JobState.TIMEOUT else limit,
        priority=float(1000 + int(rng.random() * 9000)),
        outcome=outcome,
        seed=int(rng.random() * 0x7FFFFFFF),
    )
