"""The collector: runs the sources, holds the fleet, keeps the file, and tells whoever follows."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from backends.jobs import Jobs
from backends.ports import Clock, Sink, Source, Unavailable
from backends.record import Trouble
from backends.records import AnyRecord, SourceStatus
from console.language import N_
from console.model.config import Team
from console.model.fleet import Fleet, difference
from console.model.history import Answer, ForgetUser, Forgotten, ListAnew, Listed, Question
from console.model.inventory import Way
from console.rules.privacy import Discretion, forgotten
from console.services.archive import Archive
from console.services.door import Door
from console.services.inventory import Inventory
from console.services.link.asking import Unanswered
from console.services.link.protocol import Pulse, Welcome
from console.services.link.server import Server
from console.services.link.socket import Peer
from console.services.prompts import Prompts
from console.store.folder import Folder
from console.store.modes import Modes

GATHERING = 0.1
"""Seconds in which what arrives of one tick is gathered into one push."""
RETRY = (2.0, 60.0)
"""Seconds before a source that failed is run again: the first pause and the longest."""

_log = logging.getLogger(__name__)

Recalling = Callable[[Question, Peer | None], Awaitable[Answer]]
"""Answers a question of the past; raises `Unanswered`."""


class Opened(msgspec.Struct, frozen=True):
    """A source, what it is called, and from what it was opened."""

    name: str
    source: Source
    way: Way | None = None
    lists: bool = False
    """Whether it lists jobs under its own name."""


@runtime_checkable
class Adaptable(Protocol):
    """A source that can take over other settings while it runs, so that its sessions need not end."""

    def adapt(self, opened: Source) -> bool:
        """Go on as another source of the same driver was opened; False where that one must be run instead."""


@runtime_checkable
class Rereadable(Protocol):
    """A source that can be asked to list now, and not when its next turn comes."""

    async def list_anew(self) -> None:
        """Return once a listing that began after this was delivered, or could not be had."""


class Beside(Protocol):
    """Something that finds more out from what the fleet says."""

    @property
    def troubles(self) -> Sequence[Trouble]:
        """What must be told to who follows."""

    async def run(self, fleet: Fleet, take: Sink) -> None:
        """Go on until cancelled."""


class Collector:
    """One lab's collector; its caller holds the lease."""

    def __init__(
        self,
        folder: Folder,
        archive: Archive,
        sources: Sequence[Opened],
        clock: Clock,
        welcome: Welcome,
        answer: Recalling | None = None,
        *,
        prompts: Prompts | None = None,
        discretion: Discretion | None = None,
        inventory: Inventory | None = None,
        team: Team | None = None,
        modes: Modes | None = None,
        beside: Sequence[Beside | None] = (),
    ) -> None:
        """Make one.

        Args:
            folder: where the socket will be.
            archive: keeps what must outlive this process.
            sources: what is collected from.
            clock: the lab's time.
            welcome: what every caller is told, but for the protocol and the two clocks.
            answer: answers questions about the past; None where none is kept.
            prompts: what the sources ask people through.
            discretion: what is kept and told of people.
            inventory: what the lab lists, and the sources of it when that changes; None where it lists nothing.
            team: who may follow; None lets in nobody but our own user.
            modes: what the socket is given.
            beside: what finds more out beside the sources; None among them does nothing.
        """
        self.fleet = Fleet()
        self._folder = folder
        self._archive = archive
        self._sources = sources
        self._clock = clock
        self._described = welcome
        self._answer = answer
        self._prompts = prompts or Prompts(clock)
        self._discretion = discretion or Discretion()
        self._server = Server(
            self._welcome,
            self.fleet.records,
            self._work,
            self._prompts.take,
            veil=self._discretion.for_others,
            admit=Door(team or Team()).admit,
        )
        self._inventory = inventory
        self._modes = modes or Modes()
        self._beside = [each for each in beside if each is not None]
        self._prompts.begin(self._alone, self._say)
        self._gathered: list[AnyRecord] = []
        self._flushing: asyncio.TimerHandle | None = None

    async def run(self, until_idle: float | None = None) -> None:
        """Collect until cancelled, or until nobody has followed for `until_idle` seconds.

        Raises:
            console.store.database.Superseded: another collector has taken the file over.
        """
        self.fleet.apply(self._archive.events)
        await self._server.listen(self._folder.socket, self._modes.socket, self._modes.gid)
        _log.info("collecting for %s, generation %s", self._described.lab, self._archive.generation)
        works = [self._collect(), self._pulse(), self._archive.run(self.fleet), self._idle(until_idle)]
        works += [each.run(self.fleet, self.take) for each in self._beside]
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._server.close()
            _log.info("stopped")

    def take(self, batch: Sequence[AnyRecord]) -> None:
        """Take a batch of a source in; everyone hears of it within `GATHERING`."""
        batch = self._discretion.kept(batch)
        if self._inventory is not None:
            batch = self._inventory.without(batch)
        if any(isinstance(record, Jobs) for record in batch):
            batch = self._differences(batch)
        self._apply(batch)

    def _differences(self, batch: Sequence[AnyRecord]) -> list[AnyRecord]:
        """Of listings what is different from the last one: 10,000 jobs are not told again every few seconds."""
        found: list[AnyRecord] = []
        for record in batch:
            found += difference(self.fleet.jobs.get(record.source), record) if isinstance(record, Jobs) else [record]
        return found

    def _apply(self, batch: Sequence[AnyRecord]) -> None:
        self.fleet.apply(batch)
        self._archive.add(batch)
        self._gathered.extend(batch)
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(GATHERING, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        gathered, self._gathered = self._gathered, []
        self._server.push(gathered)

    async def _collect(self) -> None:
        """Run the sources for ever; a changed inventory is listed anew, and its sources are changed or opened anew."""
        running: list[tuple[Opened, asyncio.Future[None]]] = []
        try:
            while True:
                begun = [opened for opened, _ in running]
                fresh = [opened for opened in self._sources if not _among(opened, begun)]
                running += [(opened, asyncio.ensure_future(self._keep(opened))) for opened in fresh]
                if self._inventory is not None:
                    self._list(self._inventory)
                if not await self._until_changed([task for _, task in running]):
                    return
                running = await self._renew(running)
        finally:
            await _end([task for _, task in running])

    async def _until_changed(self, sources: Sequence[asyncio.Future[None]]) -> bool:
        """Wait until the inventory says something else; False where there is nothing to wait for."""
        changed = [] if self._inventory is None else [asyncio.ensure_future(self._inventory.changed())]
        if not (works := [*sources, *changed]):
            return False
        try:
            done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await _end(changed)
        return True

    async def _renew(
        self, running: list[tuple[Opened, asyncio.Future[None]]]
    ) -> list[tuple[Opened, asyncio.Future[None]]]:
        """Take the sources of the inventory as it is now; returns those that go on."""
        if self._inventory is None:
            return running
        self._sources = [self._adapted(opened) for opened in self._inventory.sources()]
        await _end([task for opened, task in running if not _among(opened, self._sources)])
        _log.info("the inventory has changed: %d nodes", len(self._inventory.names))
        return [(opened, task) for opened, task in running if _among(opened, self._sources)]

    def _adapted(self, opened: Opened) -> Opened:
        """Return the source of the same name that runs, if it goes on as this one was opened; else this one."""
        now = next((each for each in self._sources if each.name == opened.name), None)
        if now is not None and now.way is not None and now.way == opened.way:
            return now
        if now is None or not isinstance(now.source, Adaptable) or not now.source.adapt(opened.source):
            return opened
        return now

    def _list(self, inventory: Inventory) -> None:
        """Show every node of the inventory at once, in its order, and no other."""
        self._apply(inventory.listed(self._clock.wall(), self._clock.mono()))
        if inventory.names and self.fleet.arrange(inventory.names):
            self._gathered.clear()  # everything is told anew; what waits to be told may be of a node that is gone
            self._server.renew()

    async def _keep(self, opened: Opened) -> None:
        """Run a source for ever: what it throws is said, and it is run again after a growing pause."""
        pause = RETRY[0]
        since = self._clock.wall()
        while True:
            began = self._clock.mono()
            self.take([SourceStatus(opened.name, self._clock.wall(), began, None, since)])
            try:
                await opened.source.run(self.take)
                trouble = Trouble(N_("The source {name} ended."), "", {"name": opened.name})
            except Unavailable as error:
                trouble = error.trouble
            except Exception as error:  # noqa: BLE001 - a defect of one driver must not take the others along
                _log.exception("source %s failed", opened.name)
                text = f"{type(error).__name__}: {error}".encode("utf-8", "replace").decode()  # a path may be no text
                trouble = Trouble(N_("The source {name} failed: {error}"), "", {"name": opened.name, "error": text})
            if self._clock.mono() - began > RETRY[1]:
                pause, since = RETRY[0], self._clock.wall()
            at, mono = self._clock.wall(), self._clock.mono()
            self.take([SourceStatus(opened.name, at, mono, trouble, since, at + pause * self._clock.speed)])
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY[1])

    async def _pulse(self) -> None:
        while True:
            self._say()
            await asyncio.sleep(self._described.interval)

    async def _work(
        self, question: Question | ForgetUser | ListAnew, caller: Peer | None
    ) -> Answer | Forgotten | Listed:
        if isinstance(question, ForgetUser):
            return await self._forget(question.user, caller)
        if isinstance(question, ListAnew):
            return await self._list_anew(question.source)
        if self._answer is None:
            raise Unanswered(Trouble(N_("This collector keeps no history.")))
        return await self._answer(question, caller)

    async def _list_anew(self, name: str) -> Listed:
        """Have a scheduler listed now; one that tells of changes by itself, or is not ours, needs nothing."""
        for opened in self._sources:
            if opened.name == name and isinstance(opened.source, Rereadable):
                await opened.source.list_anew()
        return Listed()

    async def _forget(self, user: str, caller: Peer | None) -> Forgotten:
        """Remove a person from the file and from what is remembered here; only for the collector's own user."""
        if caller is None or caller.uid not in (os.geteuid(), 0):
            raise Unanswered(Trouble(N_("Only the user who collects may remove a person from what is kept.")))
        names = self._discretion.names(user)
        try:
            rows = await self._archive.forget(names)
        except sqlite3.Error as error:
            text = N_("The data file cannot be written: {error}. Live values go on.")
            raise Unanswered(Trouble(text, "", {"error": str(error)})) from error
        self.fleet.amend(lambda event: forgotten(event, names))
        _log.info("a person was removed from what is kept: %s", rows)
        return Forgotten(rows)

    def _say(self) -> None:
        self._server.pulse(Pulse(self._clock.mono(), self._troubles(), self._prompts.wanted))

    def _alone(self) -> float:
        left = self._server.left_at
        return 0.0 if left is None else asyncio.get_running_loop().time() - left

    def _troubles(self) -> tuple[Trouble, ...]:
        late = self._inventory.trouble if self._inventory is not None else None
        others = [trouble for each in self._beside for trouble in each.troubles]
        return (*self._archive.troubles, *others, *(() if late is None else (late,)))

    async def _idle(self, longest: float | None) -> None:
        loop = asyncio.get_running_loop()
        if longest is None:
            await loop.create_future()
            return
        while True:
            left = self._server.left_at
            remaining = longest if left is None else left + longest - loop.time()
            if remaining <= 0:
                _log.info("nobody has followed for %g s", longest)
                return
            await asyncio.sleep(min(remaining, 1.0))

    def _welcome(self, protocol: int) -> Welcome:
        return msgspec.structs.replace(
            self._described,
            protocol=protocol,
            generation=self._archive.generation,
            wall=self._clock.wall(),
            mono=self._clock.mono(),
        )


def _among(opened: Opened, others: Sequence[Opened]) -> bool:
    return any(opened is other for other in others)


async def _end(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
