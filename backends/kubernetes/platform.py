"""What changes rarely, looked at beside the watches: groups and versions, services, policy, places in queues."""

import asyncio

import msgspec
from msgspec.structs import replace

from backends.jobs import Policy, Qos, Service, Services
from backends.kubernetes import kinds
from backends.kubernetes.client import Client
from backends.kubernetes.door import Door
from backends.kubernetes.mirrors import Mirrors
from backends.kubernetes.places import places
from backends.kubernetes.raw_queues import Version
from backends.kubernetes.services import SERVER, Since, deployed, server
from backends.kubernetes.threads import away
from backends.kubernetes.words import Failure, broken
from backends.ports import Clock, Unavailable
from backends.record import Trouble
from backends.records import AnyRecord

OPEN = 60.0
"""Seconds for opening a client; a login plugin may ask a server of its own."""
PATIENCE = 75.0
"""Seconds for one look; each request in it has a time limit of its own."""
ROUND = 30.0
"""Seconds between looks at the platform's own deployments."""
POLICY = 300.0
"""Seconds between readings of the API's groups and versions."""
_GROUPS = (kinds.KUEUE, kinds.VISIBILITY, kinds.VOLCANO, kinds.VOLCANO_JOBS)


class Platform:
    """The server and what stands around it."""

    def __init__(self, source: str, clock: Clock, door: Door, mirrors: Mirrors) -> None:
        self._source = source
        self._clock = clock
        self._door = door
        self._mirrors = mirrors
        self._since = Since()
        self._versions: dict[str, str] = {}
        self._version: str | None = None
        self._told: Policy | None = None
        self._deployed: list[Service] = []
        self._read = self._looked = -POLICY
        self.places: dict[tuple[str, str], int] = {}
        """Of workloads in their cluster queues, by namespace and name, from 1."""
        self.unreachable: Trouble | None = None
        """Why the server does not answer at all, as far as the last look tells."""

    async def look(self) -> list[AnyRecord]:
        """Look at everything whose time it is; begins to watch kinds that have come."""
        now = asyncio.get_running_loop().time()
        where = ""
        try:
            client = await away(self._door.client, OPEN)
            where = client.where
            if now - self._read >= POLICY:
                self._versions = await away(kinds.discovered, PATIENCE, client) or self._versions
                self._mirrors.begin(self._versions)
                self._version = await away(_version, PATIENCE, client)
                self._read = now
            found = await away(server, PATIENCE, client, self._version)
            if now - self._looked >= ROUND:
                self._deployed, self._looked = await away(deployed, PATIENCE, client), now
            await self._look_at_places(client)
        except (Failure, TimeoutError, Unavailable) as failure:
            return [self._services([self._lost(failure, where)])]
        self.unreachable = None
        return [self._services([*found, *self._deployed, *self._mirrors.lacking()]), *self._policy()]

    def _lost(self, failure: Failure | TimeoutError | Unavailable, where: str) -> Service:
        """Say that the server is down; where it does not answer at all, nothing that we know can be believed."""
        trouble = (broken(failure, where) if isinstance(failure, TimeoutError) else failure).trouble
        if not isinstance(failure, Failure) or failure.status is None:
            self.unreachable = trouble
        return Service(SERVER, where or None, False, trouble=trouble)

    async def _look_at_places(self, client: Client) -> None:
        version = self._versions.get(kinds.VISIBILITY)
        waiting = any(not one.admitted and one.state is None for one in self._mirrors.objects("workloads"))
        if version is None or not waiting:
            self.places = {}
            return
        queues = self._mirrors.objects("clusterqueues") or self._mirrors.objects("localqueues")
        self.places = await away(places, PATIENCE, client, version, queues)

    def _services(self, found: list[Service]) -> Services:
        at, mono = self._clock.wall(), self._clock.mono()
        return Services(self._source, at, mono, self._since.mark(found, at))

    def _policy(self) -> list[Policy]:
        """The policy, where it is another one than was told last, or that is long ago."""
        at, mono = self._clock.wall(), self._clock.mono()
        classes: list[Qos] = self._mirrors.objects("priorityclasses")
        installed = {group: self._versions[group] for group in _GROUPS if group in self._versions}
        own = "kueue" if kinds.KUEUE in installed else "volcano" if kinds.VOLCANO in installed else None
        ordered = tuple(sorted(classes, key=lambda one: (-(one.priority or 0.0), one.name)))
        new = Policy(
            self._source,
            at,
            mono,
            self._version,
            own or "default-scheduler",
            preemption="PreemptLowerPriority",
            qos=ordered,
            settings=installed,
        )
        old = self._told
        if old is not None and mono - old.mono < POLICY and replace(old, at=at, mono=mono) == new:
            return []
        self._told = new
        return [new]


def _version(client: Client) -> str | None:
    try:
        return msgspec.json.decode(client.get("/version"), type=Version).git_version
    except Failure as failure:
        if failure.status is None:
            raise
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
