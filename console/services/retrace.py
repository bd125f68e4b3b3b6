"""Fills the history of a simulated lab with the time in which nobody watched it: the newest first.

Each piece of that time is simulated, found and rolled up in memory by the code that does so for the present, and then
added to the file in one transaction with how far the past is filled: a process that is killed has filled whole pieces.
"""

import functools
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from backends.records import AnyRecord, NodeSample
from console.model.fleet import Fleet
from console.rules.judge import Judge
from console.services.hindsight import Hindsight
from console.store import past, spans
from console.store.database import Database
from console.store.ledger import Round
from console.store.series.backdated import Backdated

HOUR = 3600.0
DAY = 24 * HOUR
SINCE = 30 * DAY
"""How far back the past of a lab is filled that is opened for the first time."""
STEPS = ((2 * HOUR, 60.0), (DAY, 600.0), (7 * DAY, 1800.0), (SINCE, 7200.0))
"""Seconds between two samples, up to an age."""
LONG = 150
"""Steps of a piece at most, about a second's work for 32 nodes."""
ENOUGH = 60.0
"""Seconds of a gap that nobody sees."""
FIVES = 2 * DAY
"""How far back there are rows of five minutes."""


class Piece(NamedTuple):
    """Some time, and the seconds between two samples of it."""

    since: float
    until: float
    step: float


Simulate = Callable[[Piece], Iterable[tuple[float, Sequence[AnyRecord]]]]
"""What a lab said at each step of a piece."""


def pieces(since: float, until: float, now: float) -> Iterator[Piece]:
    """Cut some time into pieces, the newest first; all but the outermost begin and end with an hour."""
    end = until
    for age, step in STEPS:
        first = max(since, (now - age) // HOUR * HOUR)
        hours = max(1.0, LONG * step // HOUR) - 1.0
        while end - first > ENOUGH:
            begin = max(first, (end - 1.0) // HOUR * HOUR - hours * HOUR)
            yield Piece(begin, end, step)
            end = begin


def gaps(db: sqlite3.Connection, now: float) -> list[tuple[float, float]]:
    """What is missing: since somebody last looked, and what was not filled before; each from when to when."""
    last = spans.mark(db)
    done = past.filled(db)
    since, wanted = (now, now - SINCE) if done is None else done
    if last is None or last > now:
        last = now
    return [gap for gap in ((last, now), (wanted, min(since, last))) if gap[1] - gap[0] > ENOUGH]


class Retrace:
    """Fills the past of a lab, piece by piece."""

    def __init__(self, database: Database, simulate: Simulate, now: float) -> None:
        self._database = database
        self._simulate = simulate
        self._now = now

    def run(self) -> Iterator[Piece]:
        """Fill what is missing, yielding each piece once it is written.

        Raises:
            console.store.database.Superseded: another collector has the file now.
            sqlite3.Error: it cannot be written.
        """
        with self._database.writing() as db:
            missing = gaps(db, self._now)
            if past.filled(db) is None:
                past.fill_to(db, self._now, self._now - SINCE)
        for since, until in missing:
            for piece in pieces(since, until, self._now):
                self._fill(piece)
                yield piece

    def _fill(self, piece: Piece) -> None:
        series, watch = Backdated(), Hindsight(piece.step / 30.0)
        fleet, judge = Fleet(), Judge()
        for at, records in self._simulate(piece):
            fleet.apply(records)
            samples = [record for record in records if isinstance(record, NodeSample)]
            judged = functools.cache(functools.partial(judge.fleet, fleet, at, at))
            found = Round(at, at, list(fleet.nodes.values()), fleet.all_jobs(), samples, judged)
            series.take(found)
            watch.take(found)
        with self._database.writing() as db:
            series.put(db, self._now - FIVES)
            watch.put(db, piece.until)
            done = past.filled(db)
            if done is not None and piece.since < done[0]:
                past.fill_to(db, piece.since, done[1])
