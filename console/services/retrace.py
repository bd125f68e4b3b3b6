"""Fills the history of a simulated lab with the time in which nobody watched it: the newest first.

Each piece of that time is simulated, found and rolled up in memory by the code that does so for the present, and then
added to the file in one transaction with how far the past is filled: a process that is killed has filled whole pieces.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from backends.records import AnyRecord, NodeSample
from console.model.fleet import Fleet
from console.model.intervals import SECONDS_BRIDGED
from console.rules.judge import Judge
from console.services.hindsight import Hindsight
from console.store import past
from console.store.database import Database
from console.store.ledger import Round
from console.store.series.backdated import Backdated

HOUR = 3600.0
DAY = 24 * HOUR
SINCE = 30 * DAY
"""How far back the past of a lab is filled that is opened for the first time."""
STEPS = ((2 * HOUR, 120.0), (DAY, 600.0), (7 * DAY, 1800.0), (SINCE, 3600.0))
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


def missing(last: float | None, now: float) -> tuple[float, float] | None:
    """What nobody watched since somebody last looked, or ever; None where it is too short to be seen."""
    since = now - SINCE if last is None else max(last, now - SINCE)
    return (since, now) if now - since > ENOUGH else None


class Retrace:
    """Fills the past of a lab, piece by piece.

    Args:
        database: the file.
        simulate: tells what the lab said.
        now: UTC at which it began to be watched.
        reach: seconds after the end of a piece in which what goes on must have been seen.
    """

    def __init__(self, database: Database, simulate: Simulate, now: float, reach: float = SECONDS_BRIDGED) -> None:
        self._database = database
        self._simulate = simulate
        self._now = now
        self._reach = reach

    def leave(self, gap: tuple[float, float]) -> None:
        """Note what is to be filled; a later process goes on with what this one leaves."""
        with self._database.writing() as db:
            past.leave(db, *gap)

    def run(self) -> Iterator[Piece]:
        """Fill what is to be filled, yielding each piece once it is written.

        Raises:
            console.store.database.Superseded: another collector has the file now.
            sqlite3.Error: it cannot be written.
        """
        with self._database.writing() as db:
            gaps = past.unfilled(db)
        for since, until in gaps:
            for piece in pieces(since, until, self._now):
                self._fill(piece)
                yield piece
        with self._database.writing() as db:
            # A small lab is filled before its collector has looked once, or has ended what held when it last did.
            for at in (self._now, *(since for since, _until in gaps)):
                past.join(db, at, self._reach)

    def _fill(self, piece: Piece) -> None:
        series, watch = Backdated(piece.step), Hindsight(piece.step / 30.0)
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
            watch.put(db, piece.until, self._reach)
            past.done(db, piece.since, piece.until)
