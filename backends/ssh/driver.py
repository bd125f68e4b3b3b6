"""Nodes over SSH: one session for each, in which the probe runs; nothing is installed there."""

import asyncio
import contextlib
import importlib
import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec.structs import replace

from backends.ports import Driver, Opening, Sink, Source, Unavailable
from backends.probe.backoff import Backoff
from backends.probe.decode import Decoder
from backends.probe.stream import SILENCE, Disconnected, stream
from backends.probe.way import Way
from backends.record import N_, Trouble
from backends.records import AnyRecord, LinkState, NodeFacts, NodeListed
from backends.ssh.disk import Disk
from backends.ssh.ended import ended
from backends.ssh.inventory import Host, Settings, settings_of
from backends.ssh.launch import command, packed
from backends.ssh.pool import Limits, Pool, before_of
from backends.ssh.route import Route
from backends.ssh.session import Session
from backends.ssh.watch import Watch
from backends.ssh.words import Unreachable, shown

SOURCE = "ssh"

WORKED = 60.0
"""Seconds for which a node has to be up before the pauses between tries begin anew."""

WATCH = 5.0
"""Seconds between looks at the files that decide on a login."""

UNRESOLVED = 60.0
"""Seconds after which ssh is asked again about hosts that it could not say how to reach."""

CALM = 30.0
"""Seconds after such a file has changed in which further changes wait: each is a login more that may be denied."""

_SLICE = 16
"""Nodes that begin in one turn of the loop; 512 at once would hold it for 0.2 s."""

_LAST = 1.0
"""Seconds for which the exit status of a probe is waited for, once its output has ended."""

_log = logging.getLogger(__name__)


class Resolving(Protocol):
    """What finds out how hosts are reached: `backends.ssh.resolve.Resolver`."""

    async def resolve(self, hosts: Mapping[str, str]) -> dict[str, Route | Trouble]:
        """Return the route to each host, or what is wrong with it."""


class Ssh:
    """Source of all nodes of the inventory that are reached over SSH.

    What a person must mend (a denied login, a host key, an unanswered question, a missing Python) is tried again when
    a key, a known_hosts file or the ssh configuration changes, when `again` is called, and every ten minutes.
    """

    def __init__(
        self,
        opening: Opening,
        *,
        resolver: Resolving | None = None,
        program: str | None = None,
        backoff: tuple[float, float] = (1.0, 60.0),
        silence: float = SILENCE,
    ) -> None:
        self._opening = opening
        self._resolver = resolver
        self._program = program
        self._pauses = backoff
        self._silence = silence
        self._routes: dict[str, Route | Trouble] = {}
        self._mended = asyncio.Event()
        self._settings: Settings | None = None
        """What holds now, while it runs."""
        self._nodes: dict[str, tuple[Host, asyncio.Task[None]]] = {}
        self._ended: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self.pool: Pool | None = None
        """The connections, while it runs."""

    @property
    def routes(self) -> dict[str, Route]:
        """The nodes that have a way to them, by name: what to give to `backends.ssh.run.run`."""
        return {name: route for name, route in self._routes.items() if isinstance(route, Route)}

    def again(self) -> None:
        """Try everything again now that is left alone until a person has done something."""
        if self.pool is not None:
            self.pool.forgive()
        self._mended.set()
        self._mended = asyncio.Event()

    def adapt(self, opened: Source) -> bool:
        """Go on as another source of this driver was opened, if only its hosts differ.

        The sessions of hosts that are the same go on; all connections are kept but those that no host needs.

        Args:
            opened: what would be run instead; it is not run.

        Returns:
            Whether that is done; where it is not, this one must be ended and the other one run.
        """
        if not isinstance(opened, Ssh) or self._settings is None:
            return False
        try:
            wanted = settings_of(opened._opening.settings)
        except Unavailable:
            return False
        if replace(wanted, hosts=()) != replace(self._settings, hosts=()):
            return False
        self._opening, self._settings = opened._opening, wanted
        listed = {host.name: host for host in wanted.hosts}
        for name, (host, task) in list(self._nodes.items()):
            if listed.get(name) != host:
                task.cancel()  # at once: of a node that is listed no more nothing may be told
                self._ended.append(task)
                del self._nodes[name]
        self._changed.set()
        return True

    async def run(self, sink: Sink) -> None:
        """Deliver what the nodes say until cancelled; see `backends.ports.Source.run`."""
        self._settings = settings = settings_of(self._opening.settings)
        self._nodes, self._ended = {}, []
        try:
            ways = self._announce(sink)
            await asyncio.to_thread(importlib.import_module, "asyncssh")  # 150 to 250 ms
            disk = Disk()
            limits = Limits(settings.at_once, settings.at_once_per_jump)
            pool = self.pool = Pool(ask=self._opening.ask, limits=limits, disk=disk)
            resolver = self._resolver or _resolver(settings, disk)
            await self._resolve(resolver, settings)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch(resolver, disk))
                while True:
                    await self._begin(group, pool, ways)
                    await self._changed.wait()
                    self._changed.clear()
                    ways = self._announce(sink)
                    await self._rearrange(resolver, pool)
        finally:
            self._settings = None
            if self.pool is not None:
                await self.pool.close()
                self.pool = None

    def _announce(self, sink: Sink) -> dict[str, Way]:
        """List the hosts that have no session yet; returns the way to each of them."""
        clock = self._opening.clock
        hosts = [host for host in self._now().hosts if host.name not in self._nodes]
        ways = {host.name: Way(host.name, SOURCE, clock, sink) for host in hosts}
        told: list[AnyRecord] = [_listed(host, clock.wall(), clock.mono()) for host in hosts]
        sink([*told, *(way.record(LinkState.CONNECTING) for way in ways.values())])
        return ways

    async def _begin(self, group: asyncio.TaskGroup, pool: Pool, ways: dict[str, Way]) -> None:
        """Begin to hold the nodes that were announced, but for those that were changed since."""
        settings = self._now()
        for started, host in enumerate(settings.hosts):
            if host.name in ways and host.name in self._routes and not self._changed.is_set():
                task = group.create_task(self._keep(host, settings, pool, ways[host.name]))
                self._nodes[host.name] = host, task
            if started % _SLICE == 0:
                await asyncio.sleep(0)

    async def _rearrange(self, resolver: Resolving, pool: Pool) -> None:
        """Find the ways to the hosts that are listed now, and give up the connections that none of them needs."""
        ended, self._ended = self._ended, []
        await asyncio.gather(*ended, return_exceptions=True)
        before, settings = self.routes.values(), self._now()
        try:
            await self._resolve(resolver, settings)
        except Unavailable as hung:  # tried again by `_watch`, and what has a session goes on
            self._routes = {host.name: self._routes.get(host.name, hung.trouble) for host in settings.hosts}
        needed: set[Route] = set()
        for route in self.routes.values():
            needed.add(route)
            while route.jumps:
                needed.add(route := before_of(route))
        for route in set(before) - needed:
            pool.drop(route)

    def _now(self) -> Settings:
        assert self._settings is not None
        return self._settings

    async def _resolve(self, resolver: Resolving, settings: Settings) -> None:
        routes = await resolver.resolve({host.name: host.address or host.name for host in settings.hosts})
        if settings is self._settings:  # else they have changed meanwhile, and are asked for again
            self._routes = routes

    async def _watch(self, resolver: Resolving, disk: Disk) -> None:
        """Look whether a person has done something about what is left alone."""
        watch = Watch(disk, self._now().config)
        waited = 0.0
        while True:
            with contextlib.suppress(Unavailable, OSError):  # of what cannot be looked at nothing has changed
                changed = await watch.changed(self.routes.values())
                settings = self._now()
                if changed or (len(self.routes) < len(settings.hosts) and waited >= UNRESOLVED):
                    waited, before = 0.0, self._routes
                    await self._resolve(resolver, settings)
                    if changed or self._routes != before:
                        self.again()
                        await asyncio.sleep(CALM)
            await asyncio.sleep(WATCH)
            waited += WATCH

    async def _keep(self, host: Host, settings: Settings, pool: Pool, way: Way) -> None:
        """Hold one node for ever."""
        opening = self._opening
        decoder = Decoder(host.name, opening.clock, opening.interval, opening.known.get(host.name, ()))
        backoff = Backoff(*self._pauses)
        while True:
            mended = self._mended
            try:
                failure = await self._try(host, settings, pool, decoder, way)
            except Exception as error:  # noqa: BLE001 - a defect that one node brings out must not end the others
                failure = _defect(host, error)
            if way.lasted() > WORKED:
                backoff.reset()
            pause = max(backoff.pause(), failure.pause)
            if failure.lasting:
                pause = max(pause, Limits().lasting)
            try:
                way.tell(LinkState.DOWN, failure.trouble, pause)
            except Exception:  # noqa: BLE001 - what takes the records may have the defect; then the log has it
                _log.exception("what ails %s could not be told", host.name)
            try:
                async with asyncio.timeout(pause):
                    await (mended.wait() if failure.lasting else asyncio.get_running_loop().create_future())
            except TimeoutError:
                continue

    async def _try(self, host: Host, settings: Settings, pool: Pool, decoder: Decoder, way: Way) -> Unreachable:
        """Connect, let the probe speak, and return why that is over."""
        route = self._routes.get(host.name)
        if not isinstance(route, Route):
            return Unreachable(
                route or Trouble(N_("It is not known how to reach {host}."), "", {"host": host.name}), lasting=True
            )
        try:
            session = await pool.session(route, command(settings.python, self._opening.interval))
        except Unreachable as failure:
            return failure
        said = _Said(way, host)
        try:
            await stream(
                session,
                session,
                decoder,
                said.deliver,
                program=packed(_text() if self._program is None else self._program),
                interval=self._opening.interval,
                silence=self._silence,
            )
        except Disconnected as over:
            if over.ended:
                await _finish(session)
            else:
                session.close()
                pool.drop(route, unless_used=True)  # it may be dead although nobody has said so
            return ended(over, session, route, settings.python, greeted=said.anything)
        except Unavailable as refused:  # a probe of another version, which only this node's own file can be
            return Unreachable(refused.trouble, lasting=True)
        finally:
            session.close()


def _defect(host: Host, error: Exception) -> Unreachable:
    _log.error("the session of %s failed", host.name, exc_info=error)
    values = {"host": shown(host.name), "error": shown(f"{type(error).__name__}: {error}")}
    text = N_("The session of {host} failed by a defect of this program: {error}")
    return Unreachable(Trouble(text, N_("The collector's log has the details; please report it."), values))


class _Said:
    """What one session delivers: told with where the node stands."""

    def __init__(self, way: Way, host: Host) -> None:
        self.anything = False
        self._way = way
        self._rack = host.rack or host.group

    def deliver(self, batch: Sequence[AnyRecord]) -> None:
        """Pass it on."""
        self.anything = True
        if self._rack is not None and any(type(record) is NodeFacts for record in batch):
            batch = [replace(r, rack=self._rack) if isinstance(r, NodeFacts) else r for r in batch]
        self._way.deliver(batch)


async def _finish(session: Session) -> None:
    """Wait a moment for how it ended."""
    try:
        async with asyncio.timeout(_LAST):
            await session.finish()
    except TimeoutError:
        return


def _listed(host: Host, at: float, mono: float) -> NodeListed:
    address = host.address or None
    return NodeListed(host.name, at, mono, SOURCE, address, host.group, host.rack, host.cards, host.labels)


def _resolver(settings: Settings, disk: Disk) -> Resolving:
    from backends.ssh.resolve import Resolver

    return Resolver(settings.config, settings.user, settings.patience, settings.cache, disk=disk)


def _text() -> str:
    from backends.probe.text import text

    return text()


def _open(opening: Opening) -> Ssh:
    return Ssh(opening)


DRIVER = Driver(SOURCE, _open)
