"""Lanes: sets of cards on which one job follows another.

There is no queue to simulate from the beginning: who runs where at a moment follows from the seed and the moment. Time
is cut into eras of two days; in each, a group of neighbouring nodes is carved into lanes anew. What somebody did to a
job changes its lane from then on: what comes next waits until the cards are free.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import exp, inf
from random import Random

import msgspec

from backends.demo.curves import CURVES
from backends.demo.runs import Run, delayed, sequence
from backends.jobs import Job, JobState

ERA = 172_800.0
BRIEF = 300.0
"""Seconds for which a job that has ended is listed where nobody needs more."""
_COOLING = 80.0
"""Seconds in which a card without work loses most of its heat."""
_BETWEEN = 20.0
"""Seconds between a job that was changed and the one after it."""

Place = tuple[int, tuple[int, ...]]
"""Index of a node, and slots of it."""
Tell = Callable[[Run, JobState, Sequence[Place]], Job]
"""Says a run in a state, on these cards, as its scheduler does."""


class Lane:
    """Cards that are given to one job at a time, and how hard the present one works.

    Args:
        places: its cards.
        make: begins the sequence of its jobs.
        remembers: seconds for which it lists a job that has ended.
    """

    __slots__ = ("_changed", "_front", "_made", "_make", "_now", "_rest", "coming", "heat", "last",
                 "memory", "past", "places", "remembers", "run", "util")  # fmt: skip

    def __init__(self, places: Sequence[Place], make: Callable[[], Iterator[Run]], remembers: float = BRIEF) -> None:
        self.places = tuple(places)
        self._make = make
        self._now = inf
        self.remembers = remembers
        self._rest: Iterator[Run] = iter(())
        self._front: deque[Run] = deque()
        self._made: dict[tuple[str, JobState], tuple[Run, Job]] = {}
        self._changed = False
        self.past: deque[Run] = deque()
        """What ended and is remembered."""
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
        """Go to a moment; forward costs little, backward begins anew unless somebody has changed it."""
        if now == self._now or (self._changed and now < self._now):
            return
        if now < self._now:
            self._rest = self._make()
            self.last = self.run = None
            self.past.clear()
            self.coming = next(self._rest, None)
        self._now = now
        while self.coming is not None and self.coming.started <= now:
            if self.run is not None and self.run.suspended is not None:
                break
            if self.run is not None and self.run.ended > self.coming.started:  # somebody gave it more time
                self.coming = delayed(self.coming, self.run.ended + _BETWEEN)
                continue
            self._end()
            self.run = self.coming
            self.coming = self._next()
        if self.run is not None and self.run.ended <= now:
            self._end()
        while self.past and now - self.past[0].ended >= self.remembers:
            self.past.popleft()
        self._measure(now)

    def _end(self) -> None:
        if self.run is not None:
            self.last, self.run = self.run, None
            self.past.append(self.last)

    def _next(self) -> Run | None:
        return self._front.popleft() if self._front else next(self._rest, None)

    def _measure(self, now: float) -> None:
        run = self.run
        if run is None or run.suspended is not None:
            stopped = run.suspended if run is not None else self.last.ended if self.last else None
            since = inf if stopped is None else now - stopped
            self.util = 0.0
            self.memory = run.task.memory if run is not None else 0.0
            self.heat = 0.8 * exp(-since / _COOLING) if since < 10 * _COOLING else 0.0
            return
        age = now - run.started
        curve, task, seed = CURVES[run.task.curve], run.task, run.seed
        self.util = curve(age, now, seed)
        before = curve(age - 30, now - 30, seed) if age > 30 else 0.0
        earlier = curve(age - 75, now - 75, seed) if age > 75 else 0.0
        self.heat = (0.4 * self.util + 0.35 * before + 0.25 * earlier) * 0.01 * task.effort
        self.memory = task.memory * (age / 150 if age < 150 else 1.0)

    def jobs(self, now: float, tell: Tell) -> Iterator[Job]:
        """Yield what the scheduler lists of this lane: what ended, runs, and waits."""
        told: dict[tuple[str, JobState], tuple[Run, Job]] = {}
        for run, state in self._listed(now):
            key = (run.number, state)
            known = self._made.get(key)
            told[key] = known if known is not None and known[0] is run else (run, tell(run, state, self.places))
            yield told[key][1]
        self._made = told

    def _listed(self, now: float) -> Iterator[tuple[Run, JobState]]:
        for run in self.past:
            yield run, run.outcome
        if self.run is not None:
            yield self.run, JobState.RUNNING if self.run.suspended is None else JobState.SUSPENDED
        for run in self.waiting():
            if run.submitted <= now:
                yield run, JobState.PENDING

    def waiting(self) -> Iterator[Run]:
        """What comes next, and after it what had to make way for it."""
        if self.coming is not None:
            yield self.coming
        yield from self._front

    def runs(self) -> Iterator[Run]:
        """Everything of which it knows: what ended, runs, and waits."""
        yield from self.past
        if self.run is not None:
            yield self.run
        yield from self.waiting()

    def change(self, run: Run) -> None:
        """Put something else in the place of the job of that number, which runs or waits."""
        self._changed = True
        if self.run is not None and self.run.number == run.number:
            self.run = run
            if run.ended <= self._now:
                self._end()
        elif self.coming is not None and self.coming.number == run.number:
            self.coming = run
        else:
            self._front = deque(run if other.number == run.number else other for other in self._front)
        self._settle()

    def vacate(self, at: float) -> None:
        """Take the running job off its cards without listing it as ended."""
        self._changed = True
        if self.run is not None:
            self.last, self.run = msgspec.structs.replace(self.run, ended=at, suspended=None), None
        self._settle()

    def drop(self, run: Run) -> None:
        """Have a job that waits not come; who is after it goes before it."""
        self._changed = True
        if self.coming is run:
            self.coming = self._next()
        else:
            self._front = deque(other for other in self._front if other is not run)
        self._settle()

    def forget(self, run: Run) -> None:
        """List a job that has ended no more."""
        self._changed = True
        self.past = deque(other for other in self.past if other is not run)

    def push(self, run: Run) -> None:
        """Have a job come next."""
        self._changed = True
        if self.coming is not None:
            self._front.appendleft(self.coming)
        self.coming = run
        self._settle()

    def stop(self) -> None:
        """Let nothing more happen on these cards: others are in its place."""
        if self.run is not None and self.run.ended > self._now:
            self.change(msgspec.structs.replace(self.run, ended=self._now, suspended=None))
        self._front.clear()
        self._rest = iter(())
        self.coming = None

    def _settle(self) -> None:
        """Let nobody have begun while somebody else had the cards."""
        if self.coming is not None and self.run is None:
            self.coming = delayed(self.coming, self._now + _BETWEEN)
        self._measure(self._now)


class Group:
    """Neighbouring nodes of one kind that are carved into lanes together, anew in each era."""

    def __init__(
        self, free: Sequence[Place], seed: int, numbering: tuple[int, int], plain: bool, remembers: float = BRIEF
    ) -> None:
        self.free = tuple(free)
        self._seed = seed
        self._stride, self._keys = numbering
        self._plain = plain
        self._remembers = remembers
        self._offset = seed % ERA
        self._era: int | None = None
        self.lanes: list[Lane] = []
        self._former: list[Lane] = []

    def advance(self, now: float) -> bool:
        """Go to a moment; return whether the lanes are other ones than before."""
        era = int((now - self._offset) // ERA)
        fresh = era != self._era
        if fresh:
            self._former = self._before(era, now)
            self._era = era
            self.lanes = self.carve(era)
        for lane in self.lanes:
            lane.advance(now)
        return fresh

    def known(self, now: float) -> Iterable[Lane]:
        """The lanes, and those of the era before of which something is remembered."""
        if self._former:
            for lane in self._former:
                lane.advance(now)
            self._former = [lane for lane in self._former if lane.past]
        return (*self._former, *self.lanes)

    def _before(self, era: int, now: float) -> list[Lane]:
        if self._era == era - 1:
            for lane in self.lanes:
                lane.advance(max(now, era * ERA + self._offset))
                lane.stop()
            return self.lanes
        return self.carve(era - 1) if now - (era * ERA + self._offset) < self._remembers else []

    def carve(self, era: int) -> list[Lane]:
        """Make the lanes of an era."""
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
            lanes.append(Lane(places, _sequences(int(rng.random() * 2**40), begin, cards, key), self._remembers))
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
