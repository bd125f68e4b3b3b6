"""The source of one cluster: watches on threads, folded into records at most once a second."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from backends.jobs import HOLDING, WAITING, Jobs, Policy, Qos, Queue, Queues, Service, Services
from backends.kubernetes import kinds
from backends.kubernetes.client import Client, Door
from backends.kubernetes.families import World
from backends.kubernetes.fold import Folder
from backends.kubernetes.kinds import Kind
from backends.kubernetes.mirror import Mirror
from backends.kubernetes.nodes import capacities
from backends.kubernetes.places import places
from backends.kubernetes.queues import of_namespaces
from backends.kubernetes.raw_queues import Version
from backends.kubernetes.services import Since, deployed, missing, server
from backends.kubernetes.settings import settings_of
from backends.kubernetes.threads import away
from backends.kubernetes.words import Failure
from backends.ports import Opening, Sink, Unavailable
from backends.probe.backoff import Backoff
from backends.record import Trouble
from backends.records import AnyRecord, SourceStatus

OFTEN = 1.0
"""Seconds between two listings at least, however much changes."""
OPEN = 60.0
"""Seconds for opening a client; a login plugin may ask a server of its own."""
ROUND = 30.0
"""Seconds between looks at services and at places in queues."""
POLICY = 300.0
"""Seconds between readings of the policy, of the API's groups and versions."""


def N_(message: str) -> str:  # noqa: N802 - the name that every gettext tool knows
    """Mark a message that is translated where it is read."""
    return message


class Kubernetes:
    """Source of the jobs, queues, nodes and services of one cluster.

    Settings: see `backends.kubernetes.settings.Settings`.
    """

    def __init__(self, opening: Opening, *, pauses: tuple[float, float] = (1.0, 30.0), often: float = OFTEN) -> None:
        self._opening = opening
        self._clock = opening.clock
        self._pauses = pauses
        self._often = often
        self._folder = Folder()
        self._since = Since()
        self._mirrors: dict[str, Mirror] = {}
        self._versions: dict[str, str] = {}
        self._places: dict[tuple[str, str], int] = {}
        self._services: tuple[Service, ...] = ()
        self._version: str | None = None
        self._told: Trouble | bool | None = False
        """The trouble that was told last; False where none was told yet."""
        self._told_since = 0.0
        self._names: frozenset[str] = frozenset()

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled; see `backends.ports.Source.run`."""
        self._settings = settings_of(self._opening)
        door = Door(self._settings)
        changed = asyncio.Event()
        wake = _Wake(asyncio.get_running_loop(), changed)
        try:
            await self._reach(door, sink)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look_after(door, sink, wake))
                await self._deliver(sink, changed, wake)
        finally:
            for mirror in self._mirrors.values():
                mirror.end()
            self._mirrors = {}
            door.close()

    async def _reach(self, door: Door, sink: Sink) -> None:
        """Open the client and find out what the cluster has; for as long as that takes."""
        backoff = Backoff(*self._pauses)
        while True:
            try:
                client = await away(door.client, OPEN)
                self._versions = await away(kinds.discovered, OPEN, client)
                return
            except TimeoutError:
                text = N_("The login of this cluster did not come about within {seconds} s.")
                trouble = Trouble(text, N_("A login plugin may wait for a person."), {"seconds": f"{OPEN:g}"})
            except Failure as failure:
                trouble = failure.trouble
                if failure.status == 401:
                    await away(door.renew, OPEN)
            pause = backoff.pause()
            self._tell(sink, trouble, pause)
            await asyncio.sleep(pause)

    async def _deliver(self, sink: Sink, changed: asyncio.Event, wake: "_Wake") -> None:
        """Deliver jobs and queues: soon after a change, and at each interval so that they stay fresh."""
        loop = asyncio.get_running_loop()
        while True:
            changed.clear()
            wake.again()
            began = loop.time()
            if self._ready():
                records = await asyncio.to_thread(self._records)
                trouble = self._trouble()
                self._tell(sink, trouble)
                if trouble is None:
                    sink(records)
            elif (trouble := self._trouble()) is not None:
                self._tell(sink, trouble)
            try:
                async with asyncio.timeout(self._settings.interval):
                    await changed.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(max(0.0, self._often - (loop.time() - began)))

    def _ready(self) -> bool:
        """Whether everything has been listed once, or cannot be."""
        return bool(self._mirrors) and all(mirror.told for mirror in self._mirrors.values())

    def _trouble(self) -> Trouble | None:
        """Why the jobs cannot be believed now; kinds that may not be seen are no reason, but pods are."""
        pods = self._mirrors.get("pods")
        if pods is None:
            return None
        if pods.trouble is not None:
            return pods.trouble
        for mirror in self._mirrors.values():
            if mirror.trouble is not None and mirror.status not in (403, 404):
                return mirror.trouble
        return None

    def _tell(self, sink: Sink, trouble: Trouble | None, pause: float | None = None) -> None:
        if trouble == self._told and pause is None:
            return
        at, mono = self._clock.wall(), self._clock.mono()
        if trouble != self._told:
            self._told, self._told_since = trouble, at
        next_try = None if pause is None else at + pause * self._clock.speed
        interval = self._settings.interval
        sink([SourceStatus(self._settings.source, at, mono, trouble, self._told_since, next_try, interval)])

    # ---- what is delivered -------------------------------------------------------------------------------------------

    def _objects(self, key: str) -> list[Any]:
        mirror = self._mirrors.get(key)
        return mirror.objects() if mirror is not None else []

    def _records(self) -> list[AnyRecord]:
        """Fold everything; runs on a thread, some 10 ms for 5,000 pods of which few changed."""
        at, mono, source = self._clock.wall(), self._clock.mono(), self._settings.source
        own: list[Queue] = [one for key in ("clusterqueues", "localqueues", "queues") for one in self._objects(key)]
        taken = frozenset(one.name for one in own)
        pods = self._objects("pods")
        world = World(
            pods,
            [
                *self._objects("jobs"),
                *self._objects("deployments"),
                *self._objects("statefulsets"),
                *self._objects("vcjobs"),
            ],
            self._objects("workloads"),
            self._objects("podgroups"),
            self._objects("events"),
            self._places,
            taken,
        )
        jobs = self._folder.fold(world, at)
        busy = {job.project or "" for job in jobs if job.state in HOLDING or job.state in WAITING}
        spaces = of_namespaces(self._objects("resourcequotas"), busy, taken)
        self._names = frozenset(one.name for one in own if one.kind == "clusterqueue")
        return [
            Jobs(source, at, mono, jobs, interval=self._settings.interval),
            Queues(source, at, mono, (*own, *spaces), capacities(self._objects("nodes"), pods)),
        ]

    # ---- beside ------------------------------------------------------------------------------------------------------

    async def _look_after(self, door: Door, sink: Sink, wake: "_Wake") -> None:
        """Read what changes rarely: groups and versions, policy, services, places in queues."""
        loop = asyncio.get_running_loop()
        read = -POLICY
        while True:
            try:
                client = await away(door.client, OPEN)
                if loop.time() - read >= POLICY:
                    self._versions = await away(kinds.discovered, OPEN, client) or self._versions
                    self._begin(door, wake)
                    self._version = await away(_version, OPEN, client)
                    read = loop.time()
                await self._look(client, sink)
            except (Failure, TimeoutError, Unavailable) as failure:
                trouble = getattr(failure, "trouble", None)
                down = Service("kube-apiserver", None, False, trouble=trouble)
                self._deliver_services(sink, [down])
            await asyncio.sleep(min(ROUND, max(self._settings.interval, 2.0)))

    async def _look(self, client: Client, sink: Sink) -> None:
        found = await away(server, OPEN, client, self._version)
        found += await away(deployed, OPEN, client)
        lacking = [mirror.kind.title for mirror in self._mirrors.values() if mirror.status == 403]
        if lacking:
            found.append(missing(sorted(lacking)))
        self._deliver_services(sink, found)
        self._deliver_policy(sink)
        version = self._versions.get(kinds.VISIBILITY)
        if version is not None and self._names:
            self._places = await away(places, OPEN, client, version, sorted(self._names))

    def _begin(self, door: Door, wake: "_Wake") -> None:
        """Watch the kinds that are there and not watched yet."""
        for kind in kinds.present(self._versions):
            if kind.key not in self._mirrors:
                self._mirrors[kind.key] = self._mirror(door, kind, wake)

    def _mirror(self, door: Door, kind: Kind, wake: Callable[[], None]) -> Mirror:
        mirror = Mirror(door, kind, self._versions, self._settings.namespaces, wake, self._pauses)
        mirror.start()
        return mirror

    def _deliver_services(self, sink: Sink, found: Iterable[Service]) -> None:
        at, mono = self._clock.wall(), self._clock.mono()
        self._services = self._since.mark(found, at)
        sink([Services(self._settings.source, at, mono, self._services)])

    def _deliver_policy(self, sink: Sink) -> None:
        at, mono = self._clock.wall(), self._clock.mono()
        classes: list[Qos] = self._objects("priorityclasses")
        installed = {group: version for group, version in self._versions.items() if group in _GROUPS}
        scheduler = "kueue" if kinds.KUEUE in installed else "volcano" if kinds.VOLCANO in installed else None
        ordered = tuple(sorted(classes, key=lambda one: (-(one.priority or 0.0), one.name)))
        settings = dict(sorted(installed.items()))
        name = scheduler or "default-scheduler"
        policy = Policy(
            self._settings.source,
            at,
            mono,
            self._version,
            name,
            preemption="PreemptLowerPriority",
            qos=ordered,
            settings=settings,
        )
        sink([policy])


_GROUPS = (kinds.KUEUE, kinds.VISIBILITY, kinds.VOLCANO, kinds.VOLCANO_JOBS)


class _Wake:
    """Wakes the loop from any thread; asks it only once until it has looked."""

    def __init__(self, loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
        self._loop = loop
        self._event = event
        self._asked = threading.Event()

    def __call__(self) -> None:
        """Wake it."""
        if not self._asked.is_set():
            self._asked.set()
            try:
                self._loop.call_soon_threadsafe(self._event.set)
            except RuntimeError:  # the loop has ended, and nobody waits
                return

    def again(self) -> None:
        """From now on a call wakes it again."""
        self._asked.clear()


def _version(client: Client) -> str | None:
    try:
        return msgspec.json.decode(client.get("/version"), type=Version).git_version
    except Failure as failure:
        if failure.status is None:
            raise
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
