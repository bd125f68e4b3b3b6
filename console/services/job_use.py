"""Counts what jobs make of their cards, tells it to the lab, and has it written down."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence

from backends.jobs import JobUses
from backends.ports import Clock
from backends.record import Trouble
from backends.records import AnyRecord
from console.model.config import Retention
from console.model.fleet import Fleet, Listing, Node
from console.rules.jobs.lives import ENDED, Life, Lives
from console.store import job_use
from console.store.job_use import Row
from console.store.ledger import Round

EVERY = 10.0
"""Seconds between looks: with 2,000 jobs on 4,096 cards each takes some 5 ms, on a thread of its own."""
TOLD = 2
"""Every so many looks processes are seen, which takes some 15 ms, and all jobs are told, 2,000 of them in 120 KB."""
BEFORE = 2.0
"""Seconds before the first look, in which the archive's first round reads what was known."""
WRITTEN = 60.0
"""Seconds after which a job is written down again; a collector that is killed loses no more than that."""
RECENT = 600.0
"""Seconds before the end of a past that was filled in, in which some job was seen at least."""
PATIENCE = 120.0
"""Seconds for which such a past is waited for: its maker may have been killed."""
_AT_ONCE = 400
"""Rows that one round writes at most, some 4 ms."""


class JobAccounts:
    """Counts for the whole lab, whether or not the file can be written; as a ledger it writes down what it counted.

    Looks are on one thread and rounds on another; neither begins while the other is at it.
    """

    def __init__(self, clock: Clock, awaits: float | None = None) -> None:
        """Make one.

        Args:
            clock: of the lab.
            awaits: UTC until which somebody else fills in the past; what that one writes is taken in before anything
                is written here.
        """
        self._clock = clock
        self._awaits = awaits
        self._waited: float | None = None
        """Monotonic time since when it waits for that."""
        self._lives = Lives(clock.speed)
        self._lock = threading.Lock()
        self._looks = 0
        self._recalled = False
        self._writing: Sequence[Life] = ()
        self._mono = 0.0

    @property
    def troubles(self) -> Sequence[Trouble]:
        """None: that nothing can be written is told by whoever writes."""
        return ()

    async def run(self, fleet: Fleet, take: Callable[[Sequence[AnyRecord]], None]) -> None:
        """Count for ever, and hand over what there is to tell.

        Args:
            fleet: of the collector; read on its event loop alone.
            take: takes the records.
        """
        await asyncio.sleep(BEFORE)
        while True:
            found = await asyncio.to_thread(self.look, dict(fleet.nodes), dict(fleet.jobs))
            if found:
                take(found)
            await asyncio.sleep(EVERY)

    def look(self, nodes: Mapping[str, Node], listings: Mapping[str, Listing]) -> Sequence[JobUses]:
        """Count once; what there is to tell.

        Args:
            nodes: of the lab, by name.
            listings: what each scheduler lists.
        """
        at, mono = self._clock.wall(), self._clock.mono()
        with self._lock:
            self._lives.look(nodes, listings, at, mono)
            self._looks += 1
            if self._looks % TOLD != 1:
                return ()
            self._lives.inspect(nodes, mono)
            told = self._lives.tell(at)
        return [JobUses(source, at, mono, tuple(uses)) for source, uses in told.items()]

    def write(self, db: sqlite3.Connection, found: Round) -> None:
        """Write down whose turn it is; the first time, read what was known."""
        with self._lock:
            if not self._recalled and not self._recall(db, found.mono):
                return
            self._mono = found.mono
            self._write(db, self._due(found.mono))

    def _recall(self, db: sqlite3.Connection, mono: float) -> bool:
        """Take in what is written, once it is there; False where it is still to come."""
        known = _recall(db)
        if self._awaits is not None and not any(life.seen >= self._awaits - RECENT for life in known):
            self._waited = mono if self._waited is None else self._waited
            if mono - self._waited < PATIENCE:
                return False
        self._recalled = True
        self._lives.remember(known)
        return True

    def committed(self) -> None:
        """Take over that it was written."""
        for life in self._writing:
            life.written = self._mono
        self._writing = ()

    def prune(self, db: sqlite3.Connection, now: float, kept: Retention) -> None:
        """Remove some of what is too old."""
        job_use.prune(db, now - kept.spans)

    def settle(self, db: sqlite3.Connection) -> None:
        """Write all of it, before what belongs to somebody is removed."""
        with self._lock:
            self._write(db, [*self._lives.running, *self._lives.ended.values()])

    def forget_numbers(self) -> None:
        """Nothing is known here by its number."""

    def oldest(self, db: sqlite3.Connection) -> float | None:
        """When the job that was counted longest ago was counted last."""
        return job_use.oldest(db)

    def _due(self, mono: float) -> list[Life]:
        """Those whose turn it is: what has just ended first, then what was written longest ago."""
        ended = [life for life in self._lives.ended.values() if life.written is None]
        due = [(life.written or 0.0, life) for life in self._lives.running if _due(life, mono)]
        return [*ended, *(life for _written, life in sorted(due, key=lambda one: one[0]))][:_AT_ONCE]

    def _write(self, db: sqlite3.Connection, lives: Sequence[Life]) -> None:
        self._writing = lives
        job_use.put(db, [Row(*(getattr(life, name) for name in Row._fields)) for life in lives])


def _due(life: Life, mono: float) -> bool:
    return life.written is None or not 0.0 <= mono - life.written < WRITTEN


def _recall(db: sqlite3.Connection) -> list[Life]:
    """What an earlier collector wrote down, what it saw last at the end."""
    return [Life(*row, written=0.0) for row in reversed(job_use.latest(db, ENDED))]
