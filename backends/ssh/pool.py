"""Connections that are held: one for each route, jump hosts shared, storms held back, every step with a time limit."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec.structs import replace

from backends.ports import Ask, Unavailable
from backends.probe.backoff import Backoff
from backends.record import N_, Trouble
from backends.ssh.disk import Disk
from backends.ssh.identities import Identities
from backends.ssh.known import KnownHosts
from backends.ssh.login import Login, Question
from backends.ssh.options import Unusable, connect, options_of
from backends.ssh.route import Route
from backends.ssh.session import Session
from backends.ssh.words import Unreachable, behind, failed, place, shown, words_of

if TYPE_CHECKING:
    import asyncssh

OPEN = 30.0
"""Seconds for opening a session on a connection; PAM and a home on a slow file system may take them."""

CLOSE = 2.0
"""Seconds for closing all connections in peace."""


class Limits(msgspec.Struct, frozen=True):
    """How much is done at once, and how long what a person must mend is left alone."""

    at_once: int = 48
    """Handshakes in all; more only makes each of them late."""
    at_once_per_jump: int = 8
    """Handshakes through one jump host, whose sshd may drop more (MaxStartups, MaxSessions)."""
    lasting: float = 600.0
    """Seconds for which a denied login, a host key that is not trusted or an unanswered question is not tried again,
    unless `Pool.forgive` is called; the driver does so when keys, known hosts or the ssh configuration change."""


class _Held:
    """A connection, or the task that makes it."""

    task: "asyncio.Task[asyncssh.SSHClientConnection]"
    login: Login | None = None
    sessions: int = 0
    """Open on it now."""

    @property
    def connection(self) -> "asyncssh.SSHClientConnection | None":
        """The connection, once it is made."""
        if not self.task.done() or self.task.cancelled() or self.task.exception() is not None:
            return None
        return self.task.result()


class _Jump:
    """What is kept of a jump host beside its connection: who may pass, and how it failed."""

    def __init__(self, limits: Limits) -> None:
        self.turn = asyncio.Semaphore(limits.at_once_per_jump)
        self._lasting = limits.lasting
        self._backoff = Backoff(1.0, 30.0)
        self._cause: Unreachable | None = None
        self._told: Unreachable | None = None
        self._closed_until = 0.0

    def failed(self, name: str, cause: Unreachable) -> Unreachable:
        """Take why it failed, which all who waited for it say, and return what to tell the node behind it."""
        if cause is not self._cause:
            self._cause, self._told = cause, behind(name, cause)
            pause = self._lasting if cause.lasting else self._backoff.pause()
            self._closed_until = asyncio.get_running_loop().time() + pause
        return self.closed() or behind(name, cause)

    def closed(self) -> Unreachable | None:
        """What to tell a node while the jump host is not tried again."""
        left = self._closed_until - asyncio.get_running_loop().time()
        if self._told is None or left <= 0:
            return None
        return Unreachable(self._told.trouble, lasting=self._told.lasting, pause=left)

    def open(self, *, worked: bool) -> None:
        """Try it again; begin anew where it worked."""
        self._cause = self._told = None
        if worked:
            self._backoff.reset()


class Pool:
    """The connections of one collector. Equal routes share one."""

    def __init__(
        self,
        known: KnownHosts | None = None,
        *,
        ask: Ask | None = None,
        limits: Limits | None = None,
        disk: Disk | None = None,
    ) -> None:
        """Make one; it connects when it is asked to.

        Args:
            known: the host keys.
            ask: how a person is asked for a login code; None where nobody can be.
            limits: how much at once.
            disk: reads the user's files.
        """
        self._limits = limits or Limits()
        disk = disk or Disk()
        self._known = known or KnownHosts(disk)
        self._question = Question(ask, self._limits.lasting)
        asking = self._question.in_turn if ask is not None else None
        self._identities = Identities(asking, self._limits.lasting, disk)
        self._held: dict[Route, _Held] = {}
        self._jumps: dict[Route, _Jump] = {}
        self._ending: set[asyncio.Task[asyncssh.SSHClientConnection]] = set()
        self._turn = asyncio.Semaphore(self._limits.at_once)

    async def connection(self, route: Route) -> "asyncssh.SSHClientConnection":
        """Return the connection of a route; makes it where there is none, once for all who wait.

        Raises:
            Unreachable: it cannot be made.
        """
        held = self._held.get(route)
        if held is None:
            held = self._held[route] = _Held()
            held.task = asyncio.create_task(self._make(route, held))
            held.task.add_done_callback(lambda _task: self._made(route, held))
        try:
            return await asyncio.shield(held.task)
        except asyncio.CancelledError:
            if not held.task.cancelled():
                raise  # it is we who are told to stop
            raise Unreachable(Trouble(N_("The connection to {host} was given up."), "", place(route))) from None

    async def session(self, route: Route, command: str, *, most: int | None = None) -> Session:
        """Start a command on a route's host.

        Args:
            route: where.
            command: a line for the user's shell there.
            most: bytes of standard output and of error output to keep each; None keeps all until it is read.

        Raises:
            Unreachable: there is no connection, or the server opens no session on it.
        """
        import asyncssh

        connection = await self.connection(route)
        session = Session(most)
        factory = cast("Callable[[], asyncssh.SSHClientSession[bytes]]", lambda: session)
        try:
            async with asyncio.timeout(OPEN):
                await connection.create_session(factory, command, encoding=None)
        except TimeoutError:
            self.drop(route)
            text = N_("{host} opened no session within {seconds} s.")
            hint = N_("PAM or the user's home may hang on a file system that does not answer.")
            raise Unreachable(Trouble(text, hint, {**place(route), "seconds": f"{OPEN:g}"})) from None
        except Exception as error:  # asyncssh hands on whatever its parsing of a hostile server threw
            if isinstance(error, asyncssh.ChannelOpenError) and self.up(route):
                raise _not_opened(error, route) from error
            text = N_("{host} ended the connection while a session was opened: {why}")
            raise Unreachable(Trouble(text, "", {**place(route), "why": words_of(error)})) from error
        self._count(route, session)
        return session

    def up(self, route: Route) -> bool:
        """Whether a route has a connection now."""
        held = self._held.get(route)
        return held is not None and held.connection is not None

    def drop(self, route: Route, *, unless_used: bool = False) -> None:
        """Give a connection up at once, whatever state it is in; the next who asks makes a new one.

        Args:
            route: whose.
            unless_used: keep it where it carries a session still.
        """
        held = self._held.get(route)
        if held is None or (unless_used and held.sessions):
            return
        del self._held[route]
        if held.task.cancel():  # not made yet; what it has begun takes a moment to end
            self._ending.add(held.task)
            held.task.add_done_callback(self._ending.discard)
        if (connection := held.connection) is not None:
            connection.abort()

    def forgive(self) -> None:
        """Try again what failed until a person did something: keys, known hosts or configuration are different."""
        self._question.forget()
        self._identities.forgive()
        self._known.forgive()
        for jump in self._jumps.values():
            jump.open(worked=False)

    async def close(self) -> None:
        """Close everything; what does not go in peace is dropped."""
        held, self._held = list(self._held.values()), {}
        for one in held:
            one.task.cancel()
        connections = [one.connection for one in held if one.connection is not None]
        proxies = [proxy for one in connections if (proxy := one.get_extra_info("proxy")) is not None]
        for connection in connections:
            connection.close()
        waiting = [asyncio.create_task(connection.wait_closed()) for connection in connections]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=CLOSE)
            for task in late:
                task.cancel()
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(one.task for one in held), *self._ending, *waiting, return_exceptions=True)
        await asyncio.gather(*(proxy.finish() for proxy in proxies))

    # ---- making one --------------------------------------------------------------------------------------------------

    async def _make(self, route: Route, held: _Held) -> "asyncssh.SSHClientConnection":
        async with contextlib.AsyncExitStack() as turns:
            tunnel = None
            if route.jumps:
                before = before_of(route)
                tunnel = await self._through(before)
                await turns.enter_async_context(self._jump(before).turn)
            await turns.enter_async_context(self._turn)
            about = route.name if route in self._jumps else ""
            held.login = Login(route, self._known, self._question, self._lost, about)
            return await self._connect(held.login, tunnel)

    async def _through(self, route: Route) -> "asyncssh.SSHClientConnection":
        """Return the connection of a jump host; one that failed just now is not tried by each node behind it."""
        jump = self._jump(route)
        if (closed := jump.closed()) is not None:
            raise closed
        try:
            connection = await self.connection(route)
        except Unreachable as failure:
            raise jump.failed(shown(route.name), failure) from failure
        jump.open(worked=True)
        return connection

    async def _connect(
        self, login: Login, tunnel: "asyncssh.SSHClientConnection | None"
    ) -> "asyncssh.SSHClientConnection":

        route = login.route
        try:
            await self._known.read(route)
            offer = await self._identities.offer(route)
        except Unavailable as hung:
            raise Unreachable(hung.trouble) from hung
        try:
            options = options_of(route, self._known, offer, client=cast("Any", lambda: login))
            async with asyncio.timeout(route.patience) as login.deadline:
                return await connect(route, options, tunnel=tunnel)
        except Unusable as unusable:
            raise Unreachable(unusable.trouble, lasting=True) from unusable
        except Exception as error:  # asyncssh hands on whatever its parsing of a hostile server threw
            skipped = [trouble.text.format(**trouble.values) for trouble in offer.skipped]
            raise failed(error, login, self._known, skipped) from error

    def _count(self, route: Route, session: Session) -> None:
        held = self._held.get(route)
        if held is None:
            return

        def over() -> None:
            held.sessions -= 1

        held.sessions += 1
        session.closed = over

    def _jump(self, route: Route) -> _Jump:
        if route not in self._jumps:
            self._jumps[route] = _Jump(self._limits)
        return self._jumps[route]

    def _made(self, route: Route, held: _Held) -> None:
        """Forget what was not made; those who waited know why."""
        if held.connection is None and self._held.get(route) is held:
            del self._held[route]

    def _lost(self, login: Login) -> None:
        held = self._held.get(login.route)
        if held is not None and held.login is login:
            del self._held[login.route]


def before_of(route: Route) -> Route:
    """Return the way to the last jump host of a route, which is shared by all routes through it."""
    *first, last = route.jumps
    return replace(last, jumps=(*first, *last.jumps)) if first else last


def _not_opened(error: "asyncssh.ChannelOpenError", route: Route) -> Unreachable:
    values = {**place(route), "said": words_of(error)}
    text = N_("{host} opens no further session on this connection: {said}")
    return Unreachable(Trouble(text, N_("MaxSessions in its sshd_config allows no more, or none at all."), values))
