"""What schedulers say, as it was last judged: only when a pane shows it, and not again while they say the same."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from console.model.judged import JudgedNode
from console.model.judged_jobs import Explanation, JudgedJob, JudgedQueue
from console.rules.jobs.judge import JobJudge
from console.rules.jobs.names import Names
from console.services.follower import Follower
from console.services.turns import Turns
from console.views import window

V = TypeVar("V")
GOOD = 10.0
"""Seconds for which judged jobs are good where their schedulers have said nothing new: 10,000 take a tenth of one."""


class Schedule:
    """Jobs and queues of the fleet that a follower has."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._judge = JobJudge()
        self._jobs: _Kept[list[JudgedJob]] = _Kept()
        self._queues: _Kept[list[JudgedQueue]] = _Kept()
        self._names: tuple[tuple[str, ...], Names] = ((), Names(()))
        self._explained: tuple[list[JudgedJob], dict[str, tuple[object, Explanation | None]]] = ([], {})
        """Explanations are as good as the judged jobs that they are of: one takes up to 20 ms."""
        self._by_name: tuple[list[JudgedJob], dict[str, JudgedJob]] = ([], {})

    def _said(self) -> tuple[object, ...]:
        """What has been told of jobs; a new record is another object."""
        fleet = self._follower.fleet
        kept = (fleet.jobs, fleet.uses, fleet.progress, fleet.queues)
        return tuple(record for records in kept for record in records.values())

    def jobs(self, nodes: Sequence[JudgedNode], mono: float, wall: float) -> list[JudgedJob]:
        """Every job of every scheduler, as they list them."""
        return self._jobs.of(self._said(), mono, lambda: self._judge.jobs(self._follower.fleet, nodes, mono, wall))

    async def jobs_between(
        self, nodes: Sequence[JudgedNode], mono: float, wall: float, turns: Turns
    ) -> list[JudgedJob]:
        """The same; between the steps of its work others have their turn."""
        said = self._said()
        kept = self._jobs.known(said, mono)
        if kept is not None:
            return kept
        steps = self._judge.steps(self._follower.fleet, nodes, mono, wall)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                return self._jobs.keep(said, mono, done.value)
            await turns.give()

    def queues(self, nodes: Sequence[JudgedNode], mono: float, wall: float) -> list[JudgedQueue]:
        """Every queue of every scheduler."""
        fleet, midnight = self._follower.fleet, window.midnight(wall)
        return self._queues.of(self._said(), mono, lambda: self._judge.queues(fleet, nodes, wall, midnight))

    def job(self, name: str, nodes: Sequence[JudgedNode], mono: float, wall: float) -> JudgedJob | None:
        """The job of a key, an id, or the number by which nodes know it; None where there is none."""
        jobs = self.jobs(nodes, mono, wall)
        if self._by_name[0] is not jobs:
            found: dict[str, JudgedJob] = {}
            for judged in jobs:
                for known in (judged.key, judged.job.id, judged.job.number):
                    if known is not None:
                        found.setdefault(known, judged)
            self._by_name = (jobs, found)
        return self._by_name[1].get(name)

    def node(self, name: str, by_name: Mapping[str, JudgedNode]) -> JudgedNode | None:
        """The node that a scheduler calls so."""
        found = by_name.get(name)
        if found is not None:
            return found
        called = tuple(by_name)
        if self._names[0] != called:
            self._names = (called, Names(node.node for node in by_name.values()))
        known = self._names[1](name)
        return by_name.get(known) if known is not None else None

    def explain(
        self,
        key: str,
        nodes: Sequence[JudgedNode],
        mono: float,
        wall: float,
        factors: Mapping[str, float] | None = None,
    ) -> Explanation | None:
        """Why a job waits and when it will start; None where it is not listed."""
        jobs = self.jobs(nodes, mono, wall)  # what is not judged cannot be explained
        if self._explained[0] is not jobs:
            self._explained = (jobs, {})
        known = self._explained[1].get(key)
        if known is None or known[0] != factors:
            found = self._judge.explain(key, self._follower.fleet, nodes, mono, wall, factors)
            known = self._explained[1][key] = factors, found
        return known[1]


class _Kept(list[tuple[tuple[object, ...], float, V]]):
    """One value with what it was made of, and when."""

    def known(self, said: tuple[object, ...], mono: float) -> V | None:
        """The value; None where something else was said since it was made, or it is too old."""
        if not self:
            return None
        known, at, value = self[0]
        same = len(known) == len(said) and all(one is other for one, other in zip(known, said, strict=True))
        return value if same and 0 <= mono - at < GOOD else None

    def keep(self, said: tuple[object, ...], mono: float, value: V) -> V:
        """Keep another value."""
        self[:] = [(said, mono, value)]
        return value

    def of(self, said: tuple[object, ...], mono: float, make: Callable[[], V]) -> V:
        """The value, made anew where it is not known."""
        found = self.known(said, mono)
        return self.keep(said, mono, make()) if found is None else found
