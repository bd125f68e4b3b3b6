"""What the collector keeps in the file, written on a thread of its own; when it cannot, live goes on and it says so."""

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from backends.ports import Clock
from backends.records import Card, Event, Trouble
from console.language import N_
from console.model.fleet import Fleet
from console.store import cards, events
from console.store.database import Database, Superseded

EVERY = 2.0
"""Seconds between looks at whether there is something to write, and whether this process still may."""
BEAT = 15
"""Every so many looks the heartbeat and the cards that are there are written."""
RECALLED = 86400.0
"""Seconds of events that a new collector still knows."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""The primary error codes that mean the file itself; every other one passes."""

_log = logging.getLogger(__name__)


class Archive:
    """The file's one writer. Opening it migrates the file and begins the next generation."""

    def __init__(self, path: Path, clock: Clock, *, events_told_anew: bool = False) -> None:
        """Open the file; a damaged one is set aside under another name, never overwritten.

        Args:
            path: of the file.
            clock: the lab's time.
            events_told_anew: the sources tell the whole past at every start, as a simulated lab does, so that what was
                written down would count twice.

        Raises:
            console.store.database.Foreign: a newer program wrote it.
            sqlite3.OperationalError: it is sound, and cannot be used now: locked, read-only, or its disk is full.
        """
        self._clock = clock
        self._told_anew = events_told_anew
        self._thread = ThreadPoolExecutor(1, "archive")
        self._waiting: list[Event] = []
        self._told: dict[str, Trouble] = {}
        try:
            self._open(path)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
                raise
            aside = _set_aside(path, clock.wall())
            _log.error("%s is damaged (%s); set aside as %s", path, error, aside)
            self._told["damaged"] = Trouble(
                N_("The data file was damaged and was set aside as {name}."), "", {"name": aside.name}
            )
            self._open(path)

    def _open(self, path: Path) -> None:
        """Open the file and read what a new collector must know; either may find that it is damaged."""
        self._database = Database(path)
        try:
            self.generation = self._database.generation
            self.known: dict[str, tuple[Card, ...]] = cards.known(self._database, self._clock.wall())
            """The cards that are expected, by node."""
            since = self._clock.wall() - RECALLED
            self.events = [] if self._told_anew else events.recent(self._database, since, self._clock.mono())
            """What happened lately, as earlier collectors wrote it down."""
        except BaseException:
            self._database.close()
            raise

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What cannot be kept at present, and why."""
        return tuple(self._told.values())

    def add(self, happened: Sequence[Event]) -> None:
        """Keep events with the next write."""
        if not self._told_anew:
            self._waiting.extend(happened)

    async def run(self, fleet: Fleet) -> None:
        """Write what there is to write until cancelled; then once more, and close.

        Raises:
            Superseded: another collector has the file now.
        """
        loop = asyncio.get_running_loop()
        rounds = itertools.count()
        try:
            while True:
                beat = next(rounds) % BEAT == 0
                await loop.run_in_executor(self._thread, self._write, fleet, beat)
                await asyncio.sleep(EVERY)
        finally:
            self._thread.shutdown(wait=True)
            try:
                self._write(fleet, beat=True)
            finally:
                self._database.close()

    def _write(self, fleet: Fleet, beat: bool) -> None:
        happened, self._waiting = self._waiting, []
        try:
            self._database.check()  # also when there is nothing to write: who was overtaken must end soon
            events.add(self._database, happened)
            if beat:
                cards.remember(self._database, list(fleet.nodes.values()))
                self._database.beat(self._clock.wall())
        except Superseded:
            raise
        except sqlite3.Error as error:
            self._waiting = [*happened, *self._waiting][-events.KEPT :]
            if "write" not in self._told:
                _log.error("cannot write the lab's file: %s", error)
            self._told["write"] = Trouble(
                N_("The data file cannot be written: {error}. Live values go on."),
                N_("Free disk space or fix the permissions; writing is retried automatically."),
                {"error": str(error)},
            )
        else:
            self._told.pop("write", None)


def _set_aside(path: Path, now: float) -> Path:
    aside = path.with_name(f"{path.name}.damaged-{int(now)}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    return aside
