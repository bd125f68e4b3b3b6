"""Lanes: sets of cards on which one job follows another.

There is no queue to simulate from the beginning: who runs where at a moment follows from the seed and the moment. Time
is cut into eras of two days; in each, a group of neighbouring nodes is carved into lanes anew.
"""

from collections.abc import Callable, Iterator, Sequence
from math import exp, inf
from random import Random

from backends.demo.curves import CURVES
from backends.demo.runs import Run, job, sequence
from backends.jobs import Held, Job, JobState

ERA = 172_800.0
_REMEMBERED = 300.0
"""Seconds for which the scheduler still lists a job that has ended."""
_COOLING = 80.0
"""Seconds in which a card without work loses most of its heat."""

Place = tuple[int, tuple[int, ...]]
"""Index of a node, and slots of it."""


class Lane:
    """Cards that are given to one job at a time, and how hard the present one works."""

    __slots__ = ("_job", "_make", "_now", "_rest", "coming", "heat", "last", "memory", "places", "run", "util")

    def __init__(self, places: Sequence[Place], make: Callable[[], Iterator[Run]]) -> None:
        self.places = tuple(places)
        self._make = make
        self._now = inf
        self._rest: Iterator[Run] = iter(())
        self._job: tuple[Run, Job] | None = None
        self.last: Run | None = None
        self.run: Run | None = None
        self.coming: Run | None = None
        self.util = 0.0
        """Percent."""
        self.heat = 0.0
        """Share of full power, as far as the cards have warmed up to it."""
        self.memory = 0.0
        """Share of a card's memory."""

    def advance(self, now: float) -> None:
        """Go to a moment; forward costs little, backward begins anew."""
        if now == self._now:
            return
        if now < self._now:
            self._rest = self._make()
            self.last = self.run = None
            self.coming = next(self._rest, None)
        self._now = now
        while self.coming is not None and self.coming.started <= now:
            self.last = self.run or self.last
            self.run = self.coming
            self.coming = next(self._rest, None)
        if self.run is not None and self.run.ended <= now:
            self.last, self.run = self.run, None
        self._measure(now)

    def _measure(self, now: float) -> None:
        run = self.run
        if run is None:
            since = now - self.last.ended if self.last else inf
            self.util = self.memory = 0.0
            self.heat = 0.8 * exp(-since / _COOLING) if since < 10 * _COOLING else 0.0
            return
        age = now - run.started
        curve, task, seed = CURVES[run.task.curve], run.task, run.seed
        self.util = curve(age, now, seed)
        before = curve(age - 30, now - 30, seed) if age > 30 else 0.0
        earlier = curve(age - 75, now - 75, seed) if age > 75 else 0.0
        self.heat = (0.4 * self.util + 0.35 * before + 0.25 * earlier) * 0.01 * task.effort
        self.memory = task.memory * (age / 150 if age < 150 else 1.0)

    def jobs(self, now: float, names: Sequence[str], partition: str) -> Iterator[Job]:
        """Yield what the scheduler lists of this lane: what just ended, runs, and waits."""
        if self.last is not None and now - self.last.ended < _REMEMBERED:
            yield job(self.last, partition, (), self.last.outcome)
        if self.run is not None:
            if self._job is None or self._job[0] is not self.run:
                self._job = (self.run, job(self.run, partition, self._held(names), JobState.RUNNING))
            yield self._job[1]
        if self.coming is not None and self.coming.submitted <= now:
            yield job(self.coming, partition, (), JobState.PENDING)

    def _held(self, names: Sequence[str]) -> tuple[Held, ...]:
        return tuple(Held(names[node], slots, len(slots)) for node, slots in self.places)


class Group:
    """Neighbouring nodes of one kind that are carved into lanes together, anew in each era."""

    def __init__(self, free: Sequence[Place], seed: int, numbering: tuple[int, int], plain: bool) -> None:
        self.free = tuple(free)
        self._seed = seed
        self._stride, self._keys = numbering
        self._plain = plain
        self._offset = seed % ERA
        self._era: int | None = None
        self.lanes: list[Lane] = []

    def advance(self, now: float) -> bool:
        """Go to a moment; return whether the lanes are other ones than before."""
        era = int((now - self._offset) // ERA)
        fresh = era != self._era
        if fresh:
            self._era = era
            self.lanes = self._carve(era)
        for lane in self.lanes:
            lane.advance(now)
        return fresh

    def _carve(self, era: int) -> list[Lane]:
        rng = Random(self._seed * 1_000_003 + era)  # noqa: S311 - a simulation, not a secret
        begin = era * ERA + self._offset
        if self._plain:
            cut: list[list[Place]] = [[place] for place in self.free for _half in range(2)]
        else:
            cut = carve(rng, self.free)
        lanes = []
        for index, places in enumerate(cut):
            node, slots = places[0]
            key = (node * self._stride + (slots[0] if slots else index % 2), self._keys)
            cards = sum(len(own) for _node, own in places)
            lanes.append(Lane(places, _sequences(int(rng.random() * 2**40), begin, cards, key)))
        return lanes


def _sequences(seed: int, begin: float, cards: int, key: tuple[int, int]) -> Callable[[], Iterator[Run]]:
    def make() -> Iterator[Run]:
        return sequence(Random(seed), begin, begin + ERA, cards, key)  # noqa: S311 - a simulation, not a secret

    return make


def carve(rng: Random, free: Sequence[Place]) -> list[list[Place]]:
    """Cut free cards into lanes: sometimes all nodes of a group together, sometimes pairs, mostly each by itself."""
    luck = rng.random()
    if len(free) > 2 and luck < 0.25:
        return [list(free)]
    if len(free) > 1 and luck < 0.55:
        return [list(free[:2]), *carve(rng, free[2:])]
    return [[(node, part)] for node, slots in free for part in _split(rng, slots, 0.55)]


def _split(rng: Random, slots: tuple[int, ...], odds: float) -> list[tuple[int, ...]]:
    if len(slots) < 2 or rng.random() > odds:
        return [slots] if slots else []
    half = (len(slots) + 1) // 2
    return _split(rng, slots[:half], odds) + _split(rng, slots[half:], odds)
