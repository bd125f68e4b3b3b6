"""One look at a lab without a screen: from its collector where one listens, else straight from the sources."""

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from pathlib import Path

from backends.ports import Clock, Unavailable
from backends.record import Trouble
from backends.records import AnyRecord, NodeSample, ReaderState, SourceStatus
from console.language import N_
from console.model.fleet import Fleet, Node
from console.model.freshness import Group, stale
from console.services.clock import LabClock
from console.services.collector import Opened
from console.services.follower import Glance, glance, other_lab
from console.services.inventory import Inventory

PATIENCE = 8.0
"""Seconds that a first look may take; what has not answered by then is missing from it."""
RULES = 2.0
"""Seconds after that which a look at how jobs are ordered waits for the rules, which are asked for beside them."""
SETTLED = 2
"""Samples of a node that a look needs: rates are differences."""

OpenSources = Callable[[float], tuple[Sequence[Opened], Clock]]
"""Opens the sources for samples every so many seconds."""


class Direct:
    """Runs the sources within this process, writes nothing, and is gone with it."""

    def __init__(
        self,
        lab: str,
        simulated: bool,
        opened: Sequence[Opened],
        clock: Clock,
        asking: Callable[[], bool] = lambda: False,
        veil: Callable[[Sequence[AnyRecord]], Sequence[AnyRecord]] = lambda batch: batch,
        inventory: Inventory | None = None,
        rules: bool = False,
    ) -> None:
        """Make it.

        Args:
            lab: what it is called.
            simulated: whether it is.
            opened: the sources.
            clock: the lab's time.
            asking: whether a person is being asked at the terminal; that time does not count as the sources'.
            veil: takes from records what this lab does not show of people.
            inventory: what the lab lists; its nodes are shown whether or not they answer.
            rules: whether the rules of schedulers are wanted, too.
        """
        self._inventory = inventory
        self._rules = rules
        self._asking = asking
        self._veil = veil
        self._lab = lab
        self._simulated = simulated
        self._opened = opened
        self._clock = clock
        self._fleet = Fleet()
        self._samples: dict[str, int] = {}
        self._troubles: list[Trouble] = []
        self._came = asyncio.Event()

    async def looks(self, pause: float | None) -> AsyncIterator[Glance]:
        """Look once, or every `pause` seconds until the caller stops."""
        if self._inventory is not None:
            self._fleet.apply(self._inventory.listed(self._clock.wall(), self._clock.mono()))
        tasks = [asyncio.ensure_future(self._run(opened)) for opened in self._opened]
        try:
            await self._settle(tasks)
            yield self._glance()
            while pause is not None:
                await asyncio.sleep(pause)
                yield self._glance()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, opened: Opened) -> None:
        at, mono = self._clock.wall(), self._clock.mono()
        self._take([SourceStatus(opened.name, at, mono, None, at)])
        try:
            await opened.source.run(self._take)
        except Unavailable as error:
            self._troubles.append(error.trouble)

    def _take(self, batch: Sequence[AnyRecord]) -> None:
        if self._inventory is not None:
            batch = self._inventory.without(batch)
        self._fleet.apply(self._veil(batch))
        for record in batch:
            if isinstance(record, NodeSample):
                self._samples[record.node] = self._samples.get(record.node, 0) + 1
        self._came.set()

    async def _settle(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while not self._settled() and not all(task.done() for task in tasks) and loop.time() < end:
            self._came.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), min(0.5, max(0.0, end - loop.time())))
            if self._asking():
                end = loop.time() + PATIENCE
        end = loop.time() + RULES
        while self._rules and not self._ruled() and not all(task.done() for task in tasks) and loop.time() < end:
            self._came.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), max(0.0, end - loop.time()))

    def _ruled(self) -> bool:
        return all(source in self._fleet.policies for source in self._fleet.jobs)

    def _settled(self) -> bool:
        nodes = self._fleet.nodes.values()
        lists = all(self._has_listed(opened.name) for opened in self._opened if opened.lists)
        return lists and bool(self._fleet.nodes) and all(self._has_answered(node) for node in nodes)

    def _has_listed(self, scheduler: str) -> bool:
        status = self._fleet.sources.get(scheduler)
        return scheduler in self._fleet.jobs or (status is not None and status.trouble is not None)

    def _has_answered(self, node: Node) -> bool:
        if node.link is not None and node.link.trouble is not None:
            return True
        if stale(node, Group.SAMPLE, self._clock.mono()):
            return True  # it is known that nothing comes from it
        if node.sample is None or self._samples.get(node.name, 0) < SETTLED:
            return False
        return node.sample.reader is not ReaderState.STARTING and (
            node.sample.reader is not ReaderState.OK or (node.health is not None and node.processes is not None)
        )

    def _glance(self) -> Glance:
        clock = LabClock(self._clock.wall(), self._clock.mono(), self._clock.speed)
        failed = [source.trouble for source in self._fleet.sources.values() if source.trouble is not None]
        complete = self._settled() and not self._troubles and self._fleet.answers()
        return Glance(self._fleet, clock, self._lab, self._simulated, complete, (*self._troubles, *failed))


async def looks(
    socket: Path,
    lab: str,
    simulated: bool,
    open_sources: OpenSources,
    pause: float | None,
    asking: Callable[[], bool] = lambda: False,
    veil: Callable[[Sequence[AnyRecord]], Sequence[AnyRecord]] = lambda batch: batch,
    inventory: Inventory | None = None,
    rules: bool = False,
) -> AsyncGenerator[Glance, None]:
    """Look at a lab once, or every `pause` seconds.

    A collector is asked where one listens, unless it reads this machine and looks for the driver elsewhere than this
    process would (LD_LIBRARY_PATH): then its answer is not the one that was asked for, and the sources are read
    directly.
    """
    here = not simulated and (inventory is None or not inventory.names)
    asked = await glance(socket)
    note: tuple[Trouble, ...] = ()
    if asked is not None and here and asked[0].libraries != os.environ.get("LD_LIBRARY_PATH", ""):
        text = N_("The collector (process {pid}) runs with another LD_LIBRARY_PATH; this machine is read directly.")
        note = (Trouble(text, "", {"pid": str(asked[0].pid)}),)
        asked = None
    if asked is not None and asked[0].simulated is not simulated:
        note = (other_lab(asked[0].simulated),)
        asked = None
    while asked is not None and asked[1].fleet.nodes:
        yield asked[1]
        if pause is None:
            return
        await asyncio.sleep(pause)
        asked = await glance(socket)
    opened, clock = open_sources(0.5)
    async for look in Direct(lab, simulated, opened, clock, asking, veil, inventory, rules).looks(pause):
        yield Glance(look.fleet, look.clock, look.lab, look.simulated, look.complete, (*note, *look.troubles))
