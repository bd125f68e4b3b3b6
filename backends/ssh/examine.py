"""One host looked at step by step, for `doctor`: each step with what was seen and what to do. Nothing is changed there.

It makes a connection of its own, so that a broken one is not mistaken for a good one that the collector still holds.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

import msgspec

from backends.ports import Ask, Unavailable
from backends.probe.line import excerpt
from backends.record import N_, Trouble
from backends.ssh.examine_node import LOOKS, look
from backends.ssh.identities import Identities, Offer
from backends.ssh.known import Judgement, KnownHosts, Verdict
from backends.ssh.login import Login, Phase, Question
from backends.ssh.options import Unusable, connect, options_of
from backends.ssh.pool import Pool, before_of
from backends.ssh.route import Route
from backends.ssh.words import Unreachable, failed, place, shown

if TYPE_CHECKING:
    import asyncssh

STEPS = ("name", "port", "hostkey", "login", *LOOKS)
"""Ids of all steps, in their order; they are stable."""

_BANNER = 64
"""Lines that a server may say before it says what it is."""

_QUIET = 600.0


class Found(StrEnum):
    """How a step ended."""

    OK = "ok"
    NOTE = "note"
    """It works, and something should be known."""
    WRONG = "wrong"
    SKIPPED = "skipped"
    """It could not be looked at, because a step before it failed."""


class Examined(msgspec.Struct, frozen=True):
    """One step on one host."""

    id: str
    """One of `STEPS`."""
    node: str
    """Name in the inventory."""
    found: Found
    said: Trouble
    """What was seen, and what to do about it."""


class Tools(msgspec.Struct, frozen=True):
    """What the examinations of several hosts share."""

    pool: Pool
    """For the jump hosts, which are connected to once for all."""
    known: KnownHosts
    identities: Identities
    ask: Ask | None = None
    python: tuple[str, ...] = ("python3",)
    now: Callable[[], float] = time.time


async def examine(name: str, found: Route | Trouble, tools: Tools) -> AsyncIterator[Examined]:
    """Yield every step as soon as it is done, always all of `STEPS` in their order.

    Args:
        name: what the inventory calls the host.
        found: its route, or why it has none, from `Resolver.resolve`.
        tools: what is shared with the examinations of other hosts.
    """
    done = 0
    async with contextlib.aclosing(_steps(found, tools)) as steps:
        async for id_, outcome, said in steps:
            done += 1
            yield Examined(id_, name, outcome, said)
    for id_ in STEPS[done:]:
        yield Examined(id_, name, Found.SKIPPED, Trouble(N_("not looked at, because a step before it failed")))


_Step = tuple[str, Found, Trouble]


async def _steps(found: Route | Trouble, tools: Tools) -> AsyncGenerator[_Step, None]:
    if isinstance(found, Trouble):
        yield "name", Found.WRONG, found
        return
    outcome, said = await _name(found)
    yield "name", outcome, said
    if outcome is Found.WRONG:
        return
    outcome, said = await _port(found, tools)
    yield "port", outcome, said
    if outcome is Found.WRONG:
        return
    visit = _Visit(found, tools)
    try:
        async for step in visit.steps():
            yield step
    finally:
        visit.close()


async def _name(route: Route) -> tuple[Found, Trouble]:
    values = place(route)
    if route.jumps or route.proxy is not None:
        values["by"] = shown(route.jumps[-1].name) if route.jumps else "ProxyCommand"
        return Found.OK, Trouble(N_("{host}, looked up by {by}"), values=values)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(route.patience):
            found = await loop.getaddrinfo(route.host, route.port, type=socket.SOCK_STREAM)
    except TimeoutError:
        hint = N_("Look at the name servers in /etc/resolv.conf.")
        return Found.WRONG, Trouble(N_("No name server has answered for {host}."), hint, values)
    except (OSError, UnicodeError) as error:  # UnicodeError: a name with an empty or too long part
        values["why"] = shown(getattr(error, "strerror", None) or str(error))
        text = N_("The name {host} is not found: {why}")
        hint = N_("Look at its address in the inventory and at HostName in the ssh configuration.")
        return Found.WRONG, Trouble(text, hint, values)
    values["addresses"] = ", ".join(dict.fromkeys(str(item[4][0]) for item in found))
    return Found.OK, Trouble(N_("{host} is {addresses}"), values=values)


async def _port(route: Route, tools: Tools) -> tuple[Found, Trouble]:
    """Read what the server says first."""
    import asyncssh

    values = place(route)
    if route.proxy is not None:
        return Found.OK, Trouble(N_("reached by the ProxyCommand of the ssh configuration"), values=values)
    login = Login(route, tools.known, Question(None, _QUIET), _ignore)
    try:
        tunnel = await tools.pool.connection(before_of(route)) if route.jumps else None
        async with asyncio.timeout(route.patience):
            banner = await _banner(route, tunnel)
    except Unreachable as failure:
        text = N_("The jump host {jump} cannot be used: {why}")
        why = failure.trouble.text.format(**failure.trouble.values)
        values = {**failure.trouble.values, "jump": shown(route.jumps[-1].name), "why": why}
        return Found.WRONG, Trouble(text, failure.trouble.hint, values)
    except (OSError, asyncssh.Error) as error:
        return Found.WRONG, failed(error, login, tools.known, []).trouble
    if banner is None:
        text = N_("What listens on port {port} of {host} says nothing that an SSH server says.")
        hint = N_("Too many logins at the same time (MaxStartups in sshd_config) look like this; so does a wrong port.")
        return Found.WRONG, Trouble(text, hint, values)
    return Found.OK, Trouble(N_("port {port}: {banner}"), values={**values, "banner": banner})


async def _banner(route: Route, tunnel: "asyncssh.SSHClientConnection | None") -> str | None:
    reader: Any
    writer: Any
    if tunnel is not None:
        reader, writer = await tunnel.open_connection(route.host, route.port, encoding=None)
    else:
        family = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}.get(route.family, 0)
        local = (route.bind, 0) if route.bind is not None else None
        reader, writer = await asyncio.open_connection(route.host, route.port, family=family, local_addr=local)
    try:
        for _ in range(_BANNER):
            line = await reader.readline()
            if line.startswith(b"SSH-"):
                return excerpt(line.strip())
            if not line:
                break
    except (ValueError, ConnectionError):  # a line without an end, or a server that closes in the middle
        return None
    finally:
        writer.close()
    return None


class _Visit:
    """The connection of one examination, and what is seen through it."""

    def __init__(self, route: Route, tools: Tools) -> None:
        self._route = route
        self._tools = tools
        self._login = _Remembering(route, tools.known, Question(tools.ask, _QUIET), _ignore)
        self._connection: asyncssh.SSHClientConnection | None = None

    def close(self) -> None:
        """Leave."""
        if self._connection is not None:
            self._connection.abort()

    async def steps(self) -> AsyncIterator[_Step]:
        """Yield what comes after the port."""
        failure = await self._enter()
        judged = self._hostkey(failure)
        yield "hostkey", *judged
        if judged[0] is Found.WRONG:
            return
        if failure is not None or self._connection is None:
            assert failure is not None
            yield "login", Found.WRONG, failure
            return
        yield "login", Found.OK, self._how()
        async for id_, outcome, said in look(self._connection, self._route, self._tools.python, self._tools.now):
            yield id_, Found(outcome), said

    async def _enter(self) -> Trouble | None:
        """Connect and log in; return why it failed."""
        route, known = self._route, self._tools.known
        offer = Offer()
        try:
            tunnel = await self._tools.pool.connection(before_of(route)) if route.jumps else None
            await known.read(route)
            offer = await self._tools.identities.offer(route)
            options = options_of(route, known, offer, client=cast("Any", lambda: self._login))
            async with asyncio.timeout(route.patience) as self._login.deadline:
                self._connection = await connect(route, options, tunnel=tunnel)
        except (Unreachable, Unusable, Unavailable) as failure:
            return failure.trouble
        except Exception as error:  # noqa: BLE001 - asyncssh hands on whatever its parsing of a hostile server threw
            skipped = [trouble.text.format(**trouble.values) for trouble in offer.skipped]
            return failed(error, self._login, known, skipped).trouble
        return None

    def _hostkey(self, failure: Trouble | None) -> tuple[Found, Trouble]:
        key = self._login.key()
        if failure is not None and self._login.reached() is not Phase.LOGIN:
            return Found.WRONG, failure
        if key is None:
            return Found.OK, Trouble(N_("the host key is trusted"))
        judgement = self._tools.known.verdict(self._route, key)
        values = _seen(judgement, self._route)
        if judgement.verdict is Verdict.UNKNOWN:
            return Found.OK, Trouble(N_("{kind} {new}, vouched for by an authority in the known hosts"), values=values)
        if not self._login.taken:
            return Found.OK, Trouble(N_("{kind} {new}, known from {where}"), values=values)
        text = N_("{kind} {new} was not known and is taken, as StrictHostKeyChecking says")
        hint = N_("Compare it on the node's own console: ssh-keygen -lf /etc/ssh/*.pub")
        return Found.NOTE, Trouble(text, hint, values)

    def _how(self) -> Trouble:
        values = {**place(self._route), "method": self._login.offered[-1] if self._login.rounds else "publickey"}
        return Trouble(N_("as {user} by {method}"), values=values)


class _Remembering(Login):
    """A login that still knows the host's key when it has failed."""

    _made: "asyncssh.SSHClientConnection | None" = None
    taken = False
    """Whether the host's key was not known and is taken now."""

    def validate_host_public_key(self, host: str, address: str, port: int, key: "asyncssh.SSHKey") -> bool:
        """Remember that it was asked for."""
        self.taken = super().validate_host_public_key(host, address, port, key)
        return self.taken

    def connection_made(self, conn: "asyncssh.SSHClientConnection") -> None:
        """Hold on to the connection."""
        self._made = conn
        super().connection_made(conn)

    def key(self) -> "asyncssh.SSHKey | None":
        """The key that the host proved to have."""
        return None if self._made is None else self._made.get_server_host_key()


def _seen(judgement: Judgement, route: Route) -> dict[str, str]:
    where = f"{judgement.path}:{judgement.line}" if judgement.path is not None else "-"
    return {**place(route), "kind": shown(judgement.kind), "new": judgement.fingerprint, "where": where}


def _ignore(_login: Login) -> None:
    """A connection that ends here was ours, and we are done with it."""
