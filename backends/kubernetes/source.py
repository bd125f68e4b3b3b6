"""The source of one cluster: watches on threads, folded into records at most once a second."""

import asyncio
import threading
from contextlib import suppress

from msgspec.structs import replace

from backends.jobs import HOLDING, WAITING, Jobs, Queue, Queues
from backends.kubernetes import kinds
from backends.kubernetes.door import Door
from backends.kubernetes.fold import Folder
from backends.kubernetes.mirrors import Mirrors
from backends.kubernetes.nodes import capacities
from backends.kubernetes.platform import OPEN, Platform
from backends.kubernetes.queues import of_namespaces
from backends.kubernetes.settings import Settings, settings_of
from backends.kubernetes.threads import away
from backends.kubernetes.words import Failure
from backends.ports import Opening, Sink
from backends.probe.backoff import Backoff
from backends.record import N_, Trouble
from backends.records import SourceStatus

OFTEN = 1.0
"""Seconds between two listings at least, however much changes."""
SHARE = 10.0
"""Where folding takes long, so many times as long is waited before it is done again."""
ANEW = 60.0
"""Seconds after which everything is folded again though nothing has changed: what ended a day ago is left out."""
LOOK = 30.0
"""Seconds between looks at the server at most."""


class Kubernetes:
    """Source of the jobs, queues, nodes and services of one cluster.

    Settings: see `backends.kubernetes.settings.Settings`.
    """

    def __init__(self, opening: Opening, *, pauses: tuple[float, float] = (1.0, 30.0), often: float = OFTEN) -> None:
        self._opening = opening
        self._clock = opening.clock
        self._pauses = pauses
        self._often = often

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled; see `backends.ports.Source.run`."""
        settings = settings_of(self._opening)
        door = Door(settings)
        wake = Wake(asyncio.get_running_loop())
        mirrors = Mirrors(door, settings, wake, self._pauses)
        platform = Platform(settings.source, self._clock, door, mirrors)
        teller = _Teller(self._opening, settings, sink)
        try:
            await self._reach(door, teller)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look(platform, sink, wake, settings))
                await self._deliver(mirrors, platform, teller, wake, settings)
        finally:
            mirrors.end()
            door.close()

    async def _reach(self, door: Door, teller: "_Teller") -> None:
        """Open the client and hear the server once; for as long as that takes."""
        backoff = Backoff(*self._pauses)
        while True:
            try:
                client = await away(door.client, OPEN)
                await away(kinds.discovered, OPEN, client)
                return
            except TimeoutError:
                text = N_("The login of this cluster did not come about within {seconds} s.")
                trouble = Trouble(text, N_("A login plugin may wait for a person."), {"seconds": f"{OPEN:g}"})
            except Failure as failure:
                trouble = failure.trouble
                if failure.status == 401:
                    with suppress(TimeoutError):
                        await away(door.renew, OPEN)
            pause = backoff.pause()
            teller.tell(trouble, pause)
            await asyncio.sleep(pause)

    async def _look(self, platform: Platform, sink: Sink, wake: "Wake", settings: Settings) -> None:
        """Look at what changes rarely; wakes who delivers when that may say something else now."""
        while True:
            before = platform.unreachable, platform.places
            sink(await platform.look())
            if before != (platform.unreachable, platform.places):
                wake()
            await asyncio.sleep(min(LOOK, max(settings.interval, 2.0 * self._often)))

    async def _deliver(
        self, mirrors: Mirrors, platform: Platform, teller: "_Teller", wake: "Wake", settings: Settings
    ) -> None:
        """Deliver jobs and queues: soon after a change, and at each interval so that they stay fresh."""
        loop = asyncio.get_running_loop()
        folder = Folder()
        records: list[Jobs | Queues] = []
        folded, changed = 0.0, True
        while True:
            wake.again()
            began, cost = loop.time(), 0.0
            trouble = mirrors.trouble or platform.unreachable
            if trouble is not None:
                teller.tell(trouble)
            elif mirrors.ready:
                if changed or began - folded > ANEW:
                    records = await asyncio.to_thread(self._records, mirrors, platform, folder, settings)
                    cost, folded, changed = loop.time() - began, began, False
                at, mono = self._clock.wall(), self._clock.mono()
                teller.tell(None)
                teller.sink([replace(record, at=at, mono=mono) for record in records])
            if await wake.wait(settings.interval):
                changed = True
                await asyncio.sleep(max(0.0, self._often - (loop.time() - began), SHARE * cost))

    def _records(self, mirrors: Mirrors, platform: Platform, folder: Folder, settings: Settings) -> list[Jobs | Queues]:
        """Fold everything; runs on a thread, some 20 ms for 5,000 pods of which few changed."""
        at, mono, source = self._clock.wall(), self._clock.mono(), settings.source
        own: list[Queue] = mirrors.queues()
        taken = frozenset(one.name for one in own)
        world = mirrors.world(platform.places, taken)
        jobs = folder.fold(world, at)
        busy = {job.project or "" for job in jobs if job.state in HOLDING or job.state in WAITING}
        spaces = of_namespaces(mirrors.objects("resourcequotas"), busy, taken)
        return [
            Jobs(source, at, mono, jobs, interval=settings.interval),
            Queues(source, at, mono, (*own, *spaces), capacities(mirrors.objects("nodes"), world.pods)),
        ]


class _Teller:
    """Tells how the source as a whole is, whenever that changes and after each try."""

    def __init__(self, opening: Opening, settings: Settings, sink: Sink) -> None:
        self.sink = sink
        self._clock = opening.clock
        self._settings = settings
        self._told: Trouble | bool | None = False
        """False where nothing was told yet."""
        self._since = 0.0

    def tell(self, trouble: Trouble | None, pause: float | None = None) -> None:
        """Say how it is, and in how many seconds it will be tried again."""
        if trouble == self._told and pause is None:
            return
        at, mono = self._clock.wall(), self._clock.mono()
        if trouble != self._told:
            self._told, self._since = trouble, at
        next_try = None if pause is None else at + pause * self._clock.speed
        interval = self._settings.interval
        self.sink([SourceStatus(self._settings.source, at, mono, trouble, self._since, next_try, interval)])


class Wake:
    """Wakes a loop from any thread; asks it only once until it has looked."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()
        self._asked = threading.Event()

    def __call__(self) -> None:
        """Wake it."""
        if not self._asked.is_set():
            self._asked.set()
            with suppress(RuntimeError):  # the loop has ended, and nobody waits
                self._loop.call_soon_threadsafe(self._event.set)

    def again(self) -> None:
        """From now on a call wakes it again."""
        self._event.clear()
        self._asked.clear()

    async def wait(self, seconds: float) -> bool:
        """Wait until it is woken; False where nobody did in time."""
        try:
            async with asyncio.timeout(seconds):
                return await self._event.wait()
        except TimeoutError:
            return False
