"""Finds what held at a time that nobody watched, of which every moment can be looked at now."""

import sqlite3
from collections.abc import Mapping

from backends.jobs import Job
from console.model.intervals import Seen
from console.rules import holding
from console.rules.intervals import JOBS, Intervals
from console.rules.usage import Meter
from console.store import usage
from console.store.ledger import Round
from console.store.past import Past

FINE = 20.0
"""Up to which speed it is summed up by five minutes who used what; beyond it, by hours."""


class Hindsight:
    """Takes rounds as `Watch` does, all of them looked at as a whole, and writes nothing until it is told to.

    Args:
        speed: seconds of that time for which one second stands: where rounds are an hour apart, what is out of sight
            for an hour is not gone.
    """

    def __init__(self, speed: float) -> None:
        self._intervals = Intervals({}, None, holding.calmer, speed)
        self._slot = usage.STEPS[0] if speed <= FINE else usage.STEPS[1]
        self._meter = Meter(speed, self._slot)
        self._past = Past()
        self._frames: dict[str, holding.Frame] = {}
        self._jobs: Mapping[str, Job] = {}

    def take(self, found: Round) -> None:
        """Take a round in; its judge is asked."""
        at = self._intervals.begin(found.at)
        jobs = {job.id: job for job in found.jobs}
        self._intervals.change(JOBS, holding.changed(jobs, self._jobs))
        self._jobs = jobs
        for judged in found.judged():
            name, facts = judged.node.name, judged.node.facts
            frame = self._frames.get(name)
            if frame is None or frame.facts is not facts:
                frame = self._frames[name] = holding.frame(name, facts)
            seen: Seen = holding.of_node(judged, frame, found.mono, listed=True)
            self._intervals.look(name, seen)
            self._meter.look(judged, at)
        self._past.take(self._intervals.changes())
        self._intervals.keep()

    def put(self, db: sqlite3.Connection, until: float, reach: float) -> None:
        """Write down what was found; see `console.store.past.Past.put`."""
        self._past.put(db, until, reach)
        self._meter.finish(until)
        usage.add(db, self._meter.sums(), self._slot)
        self._meter.clear()
