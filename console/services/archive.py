"""What the collector keeps in the file, written on a thread of its own; when it cannot, live goes on and it says so."""

import asyncio
import functools
import itertools
import logging
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from backends.ports import Clock
from backends.record import Trouble
from backends.records import AnyRecord, Card, Event, NodeSample
from console.language import N_
from console.model.config import Retention
from console.model.fleet import Fleet
from console.rules.judge import Judge
from console.rules.privacy import forgotten
from console.services.disk import Disk
from console.store import aside, cards, events, people
from console.store.database import Database, Superseded
from console.store.ledger import Ledger, Round

EVERY = 2.0
"""Seconds between looks at whether there is something to write, and whether this process still may."""
BEAT = 15
"""Every so many looks the heartbeat and the cards that are there are written, and what is too old is removed."""
RECALLED = 86400.0
"""Seconds of events that a new collector still knows."""
WAITING = 16
"""Samples of each node that wait while the file cannot be written, at most: half a minute."""
SETTLING = 3600.0
"""Seconds for which the wall clock does not say what is old after it leapt ahead: it may be wrong."""
LEAP = 300.0
"""Seconds by which the wall clock must run ahead for that: of the monotonic one between two looks, or of the last
heartbeat at the start."""

_log = logging.getLogger(__name__)


class Work(msgspec.Struct, frozen=True):
    """What one look writes. It is gathered on the event loop, which alone changes the fleet."""

    found: Round
    events: Sequence[Event]
    beat: bool


class Archive:
    """The file's one writer. Opening it migrates the file and begins the next generation."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        events_told_anew: bool = False,
        ledgers: Sequence[Ledger] = (),
        kept: Retention | None = None,
    ) -> None:
        """Open the file; a damaged one is set aside under another name, never overwritten.

        Args:
            path: of the file.
            clock: the lab's time.
            events_told_anew: the sources tell the whole past at every start, as a simulated lab does, so that what was
                written down would count twice.
            ledgers: the parts of the history.
            kept: for how long, and how much of it.

        Raises:
            console.store.database.Foreign: a newer program wrote it.
            sqlite3.OperationalError: it is sound, and cannot be used now: locked, read-only, or its disk is full.
        """
        self._path = path
        self._clock = clock
        self._told_anew = events_told_anew
        self._ledgers = ledgers
        self._kept = Retention() if kept is None else kept
        self._disk = Disk(path, self._kept)
        self._judge = Judge()
        self._thread = ThreadPoolExecutor(1, "archive")
        self._waiting: list[Event] = []
        self._stricken: tuple[str, ...] = ()
        """The names of whoever was forgotten since the round that is being written was gathered."""
        self._samples: list[NodeSample] = []
        self._told: dict[str, Trouble] = {}
        self._ahead = self._trusted = self._drift()
        """By how much the wall clock runs ahead of the monotonic one, and by how much of that what is old is told."""
        self._settled = clock.mono()
        self._ruined = False
        if aside.marked(path):
            self._set_aside("it was found damaged by the last collector")
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if not aside.damaged(error):
                raise
            self._set_aside(str(error))
            self._open()

    def _set_aside(self, why: str) -> None:
        moved = aside.set_aside(self._path, self._clock.wall())
        _log.error("%s is damaged (%s); set aside as %s", self._path, why, moved)
        self._told["damaged"] = Trouble(
            N_("The data file was damaged and was set aside as {name}."), "", {"name": moved.name}
        )

    def _open(self) -> None:
        """Open the file and read what a new collector must know; either may find that it is damaged."""
        self._database = Database(self._path)
        try:
            self.generation = self._database.generation
            self.known: dict[str, tuple[Card, ...]] = cards.known(self._database, self._clock.wall())
            """The cards that are expected, by node."""
            since = self._clock.wall() - RECALLED
            self.events = [] if self._told_anew else events.recent(self._database, since, self._clock.mono())
            """What happened lately, as earlier collectors wrote it down."""
            last = self._database.heartbeat()
            if last is not None and self._clock.wall() > last + LEAP:  # nobody looked, or the clock is wrong
                self._trusted = self._drift() - (self._clock.wall() - last)
                self._settled = self._clock.mono() + SETTLING
        except BaseException:
            self._database.close()
            raise

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What cannot be kept at present, and why."""
        return tuple(self._told.values())

    def add(self, batch: Sequence[AnyRecord]) -> None:
        """Keep what a source delivered with the next write. Called on the event loop."""
        self._samples.extend(record for record in batch if isinstance(record, NodeSample))
        if not self._told_anew:
            self._waiting.extend(record for record in batch if isinstance(record, Event))

    async def forget(self, names: Sequence[str]) -> dict[str, int]:
        """Remove a person, under any of these names, from the file; returns how much was changed, by what it was.

        Raises:
            Superseded: another collector has the file now.
            sqlite3.Error: see `console.store.people.forget`.
        """
        self._stricken = (*self._stricken, *names)
        self._waiting = [forgotten(event, names) for event in self._waiting]
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._forget, names)

    def _forget(self, names: Sequence[str]) -> dict[str, int]:
        with self._database.writing() as db:
            for ledger in self._ledgers:
                ledger.settle(db)
        try:
            return people.forget(self._database, names)
        finally:
            for ledger in self._ledgers:
                ledger.forget_numbers()

    def ruin(self, error: sqlite3.Error) -> None:
        """Say that the file was found damaged; nothing more is written to it, and the next start sets it aside."""
        if self._ruined:
            return
        self._ruined = True
        _log.error("%s is damaged: %s", self._path, error)
        self._told.pop("write", None)
        self._told["damaged"] = Trouble(
            N_("The data file is damaged: {error}. Nothing more is written to it; live values go on."),
            N_("Restart the collector: it sets the file aside and begins a new one."),
            {"error": str(error)},
        )
        try:
            aside.mark(self._path)
        except OSError as refused:
            _log.error("cannot mark it: %s", refused)

    async def run(self, fleet: Fleet) -> None:
        """Write what there is to write until cancelled; then once more, and close.

        Raises:
            Superseded: another collector has the file now.
        """
        rounds = itertools.count()
        try:
            while True:
                work = self._gather(fleet, next(rounds) % BEAT == 0)
                writing = self._thread.submit(self._write, work)
                try:
                    if not await asyncio.wrap_future(writing):
                        self._give_back(work)
                except asyncio.CancelledError:
                    if writing.cancelled():  # before it was begun
                        self._give_back(work)
                    raise
                await asyncio.sleep(EVERY)
        finally:
            self._thread.shutdown(wait=True)
            try:
                self._write(self._gather(fleet, beat=True))
            finally:
                self._database.close()

    def _gather(self, fleet: Fleet, beat: bool) -> Work:
        happened, self._waiting, self._stricken = self._waiting, [], ()
        samples, self._samples = self._samples, []
        seen = Fleet()
        seen.nodes, seen.jobs = dict(fleet.nodes), dict(fleet.jobs)
        at, mono = self._clock.wall(), self._clock.mono()
        judged = functools.cache(lambda: self._judge.fleet(seen, mono, at))
        found = Round(at, mono, list(seen.nodes.values()), seen.all_jobs(), samples, judged)
        return Work(found, happened, beat)

    def _give_back(self, work: Work) -> None:
        """Have what could not be written wait for the next look; not all of it, if that lasts."""
        happened = [forgotten(event, self._stricken) for event in work.events]
        self._waiting = [*happened, *self._waiting][-events.KEPT :]
        most = WAITING * max(1, len(work.found.nodes))
        self._samples = [*work.found.samples, *self._samples][-most:]

    def _write(self, work: Work) -> bool:
        """Write it all, or nothing of it; whether it was written, or never will be."""
        if self._ruined:
            return True
        try:
            self._keep(work)
        except Superseded:
            raise
        except sqlite3.Error as error:
            if aside.damaged(error):
                self.ruin(error)
                return True
            if "write" not in self._told:
                _log.error("cannot write the lab's file: %s", error)
            self._told["write"] = Trouble(
                N_("The data file cannot be written: {error}. Live values go on."),
                N_("Free disk space or fix the permissions; writing is retried automatically."),
                {"error": str(error)},
            )
            return False
        except Exception as error:
            if not self._ledgers:
                raise
            # A defect in the history must not take events and live values along: the round is written without it.
            _log.exception("the history failed")
            self._ledgers = ()
            text = f"{type(error).__name__}: {error}".encode("utf-8", "replace").decode()
            self._told["history"] = Trouble(
                N_("The history failed: {error}. None is written any more; live values go on."),
                N_("Restart the collector, and report what its log says."),
                {"error": text},
            )
            return False
        self._told.pop("write", None)
        return True

    def _keep(self, work: Work) -> None:
        """One round in one transaction; what is too old goes in another."""
        with self._database.writing() as db:
            events.add(self._database, work.events)
            if work.beat:
                cards.remember(self._database, work.found.nodes)
                self._database.beat(work.found.at)
            going_on = self._goes_on(db)
            if going_on:
                for ledger in self._ledgers:
                    ledger.write(db, work.found)
        if going_on:
            for ledger in self._ledgers:
                ledger.committed()
        if work.beat:
            now = work.found.at - self._doubted()
            with self._database.writing() as db:
                for ledger in self._ledgers:
                    ledger.prune(db, now, self._kept)

    def _goes_on(self, db: sqlite3.Connection) -> bool:
        """Whether there is room for more history; says so where there is none."""
        trouble = self._disk.trouble(db)
        if trouble is None:
            if self._told.pop("full", None) is not None:
                _log.info("history goes on")
            return True
        if "full" not in self._told:
            _log.error("history stops: %s", trouble.text.format(**trouble.values))
        self._told["full"] = trouble
        return False

    def _doubted(self) -> float:
        """Seconds by which the wall clock may be wrong, so that nothing may be removed for being so much older."""
        mono, ahead = self._clock.mono(), self._drift()
        if ahead > self._ahead + LEAP:
            _log.warning("the wall clock leapt %d s ahead; nothing is removed for its age for now", ahead - self._ahead)
            if mono >= self._settled:
                self._trusted = self._ahead
            self._settled = mono + SETTLING
        self._ahead = ahead
        return max(0.0, ahead - self._trusted) if mono < self._settled else 0.0

    def _drift(self) -> float:
        return self._clock.wall() - self._clock.mono() * self._clock.speed
