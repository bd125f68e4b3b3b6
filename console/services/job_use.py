"""Keeps what jobs make of their cards: counts it in the archive's rounds, writes it down, and tells it to the lab."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from backends.jobs import JobUses
from backends.records import AnyRecord
from console.model.config import Retention
from console.model.fleet import Node
from console.rules.jobs.lives import ENDED, Life, Lives
from console.store import job_use
from console.store.job_use import Row
from console.store.ledger import Round

LOOKED = 9.0
"""Seconds between looks at least: every fifth round, ten seconds."""
TOLD = 19.0
"""Seconds between tellings at least; all jobs are told each time, 2,000 in some 120 KB."""
WRITTEN = 60.0
"""Seconds after which a job is written down again; a collector that is killed loses no more than that."""
_AT_ONCE = 400
"""Rows that one round writes at most, some 4 ms."""
_ASKED = 2.0
"""Seconds between looks at whether there is something to tell."""


class JobAccounts:
    """The ledger of what jobs make of their cards."""

    def __init__(self, speed: float = 1.0) -> None:
        """Make one for a lab whose clock runs so fast."""
        self._speed = speed
        self._lives: Lives | None = None
        """None until the first round reads what was known."""
        self._looked = self._told = float("-inf")
        self._writing: Sequence[Life] = ()
        self._mono = 0.0
        self._news: deque[Sequence[JobUses]] = deque(maxlen=1)

    def write(self, db: sqlite3.Connection, found: Round) -> None:
        """Count this round, and write down whose turn it is."""
        lives = self._lives = self._lives or self._recall(db)
        self._writing, self._mono = (), found.mono
        if not 0.0 <= found.mono - self._looked < LOOKED:
            nodes = {node.name: node for node in found.nodes}
            lives.look(nodes, found.listings, found.at, found.mono)
            self._looked = found.mono
            if not 0.0 <= found.mono - self._told < TOLD:
                self._tell(lives, nodes, found)
            self._write(db, self._due(lives, found.mono))

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
        if self._lives is not None:
            self._write(db, [*self._lives.running, *self._lives.ended.values()])

    def forget_numbers(self) -> None:
        """Nothing is known here by its number."""

    def oldest(self, db: sqlite3.Connection) -> float | None:
        """When the job that was counted longest ago was counted last."""
        return job_use.oldest(db)

    async def run(self, take: Callable[[Sequence[AnyRecord]], None]) -> None:
        """Hand over what there is to tell, for ever; on the event loop, while rounds are written on their thread."""
        while True:
            while self._news:
                take(self._news.popleft())
            await asyncio.sleep(_ASKED)

    def _recall(self, db: sqlite3.Connection) -> Lives:
        known = [Life(*row) for row in reversed(job_use.latest(db, ENDED))]
        for life in known:
            life.written = 0.0
        return Lives(known, self._speed)

    def _tell(self, lives: Lives, nodes: Mapping[str, Node], found: Round) -> None:
        self._told = found.mono
        lives.inspect(nodes, found.mono)
        told = lives.tell(found.at)
        self._news.append([JobUses(source, found.at, found.mono, tuple(uses)) for source, uses in told.items()])

    def _due(self, lives: Lives, mono: float) -> list[Life]:
        """Those whose turn it is: what has just ended first, then what was written longest ago."""
        ended = [life for life in lives.ended.values() if life.written is None]
        due = [(life.written or 0.0, life) for life in lives.running if _due(life, mono)]
        return [*ended, *(life for _written, life in sorted(due, key=lambda one: one[0]))][:_AT_ONCE]

    def _write(self, db: sqlite3.Connection, lives: Sequence[Life]) -> None:
        self._writing = lives
        job_use.put(db, [Row(*(getattr(life, name) for name in Row._fields)) for life in lives])


def _due(life: Life, mono: float) -> bool:
    return life.written is None or not 0.0 <= mono - life.written < WRITTEN
