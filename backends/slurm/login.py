"""A login node as the place where Slurm's tools run, over one connection that is held."""

import asyncio
import contextlib
import importlib
import shlex
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from backends.ports import Ask, Unavailable
from backends.record import N_, Trouble
from backends.slurm.settings import Settings
from backends.slurm.tools import Ran, TooLong
from backends.slurm.words import Unanswered, trouble_of

if TYPE_CHECKING:
    from backends.slurm.barred import Bar
    from backends.ssh.pool import Pool
    from backends.ssh.resolve import Resolver
    from backends.ssh.route import Route
    from backends.ssh.session import Session

LATE = 2.0
"""Seconds for which the far side lives longer than our own patience, so that it is we who say what was too slow."""
_FOLLOW = 'command=$1; shift; "$command" "$@" & running=$!; cat > /dev/null; kill "$running"'
"""Runs a program there until our side ends its input: one that writes nothing would not notice that nobody reads it,
and sshd passes no signal on for root. Nothing of the world stands in this text: it comes as arguments."""


class Login:
    """See `backends.slurm.tools.Place`."""

    def __init__(self, login: str, settings: Settings, ask: Ask | None) -> None:
        self.host: str | None = login
        self._login = login
        self._settings = settings
        self._ask = ask
        self._routes: dict[str, Route] = {}
        self._known: dict[str, Route] = {}
        """The last ways that were found, also those that led nowhere: whose files are looked at."""
        self._pool: Pool | None = None
        self._bar: Bar | None = None
        self._resolver: Resolver | None = None

    async def run(self, argv: Sequence[str], limit: float, most: int) -> Ran:
        """See `Place.run`; the time for the login is its own, as the route's patience says."""
        session = await self._session(self._login, shlex.join(["timeout", "-k", "2", f"{limit + LATE:g}", *argv]), most)
        try:
            async with asyncio.timeout(limit):
                session.end_input()
                await session.finish()
        except TimeoutError:
            raise TooLong(bytes(session.errors)) from None
        finally:
            session.end()
        if session.status is None:
            raise self._too_early(argv[0])
        return Ran(session.status, bytes(session.output), bytes(session.errors), session.cut)

    async def stream(self, argv: Sequence[str]) -> AsyncGenerator[bytes, None]:
        """See `Place.stream`."""
        line = shlex.join(["exec", "sh", "-c", _FOLLOW, "sh", *argv])
        session = await self._session(self._login, line, None)
        try:
            while data := await session.read():
                yield data
        finally:
            session.end_input()
            session.end()

    async def read(self, argv: Sequence[str]) -> AsyncGenerator[bytes, None]:
        """See `Place.read`."""
        session = await self._session(self._login, shlex.join(argv), None)
        try:
            session.end_input()
            while data := await session.read():
                yield data
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LATE):
                    await session.finish()
        finally:
            session.end()
        if session.status is None:
            raise self._too_early(argv[0])
        if session.status != 0:
            said = bytes(session.errors).decode("utf-8", "replace")
            raise Unanswered(trouble_of(argv[0], session.status, said, self._login))

    async def close(self) -> None:
        """Close the connections; that a login was denied is remembered, should it be used again."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    def _too_early(self, tool: str) -> Unanswered:
        text = N_("{host} ended the session before {tool} was done.")
        return Unanswered(Trouble(text, "", {"host": self._login, "tool": tool}))

    async def _session(self, host: str, line: str, most: int | None) -> "Session":
        """Start a line on a host.

        Raises:
            Unanswered: there is no connection, or no session on it.
        """
        from backends.ssh.words import Unreachable

        pool, bar = await self._opened()
        if await bar.check(self._known.values()):
            pool.forgive()
            self._routes.clear()  # the configuration may be another
        try:
            return await pool.session(await self._route(host), line, most=most)
        except Unreachable as failure:
            self._routes.pop(host, None)
            why = Unanswered(failure.trouble, lasting=failure.lasting)
            if failure.lasting:
                await bar.close(why, self._known.values())
            raise why from failure
        except Unanswered:
            raise
        except Unavailable as hung:  # the files of the configuration do not answer
            raise Unanswered(hung.trouble) from hung

    async def _opened(self) -> "tuple[Pool, Bar]":
        """Return the connections; what they need is imported only here, on a thread: it takes 150 to 250 ms."""
        if self._pool is None or self._bar is None:
            await asyncio.to_thread(importlib.import_module, "asyncssh")
            from backends.slurm.barred import Bar
            from backends.ssh.disk import Disk
            from backends.ssh.pool import Pool
            from backends.ssh.resolve import Resolver

            disk, given = Disk(), self._settings
            if self._bar is None:  # else somebody else was quicker, or it is used again
                self._bar = Bar(disk, given.config, asyncio.get_running_loop().time)
                self._resolver = Resolver(given.config, given.user, given.patience, given.cache, disk=disk)
            if self._pool is None:
                self._pool = Pool(ask=self._ask, disk=disk)
        return self._pool, self._bar

    async def _route(self, host: str) -> "Route":
        known = self._routes.get(host)
        if known is not None:
            return known
        assert self._resolver is not None
        found = (await self._resolver.resolve({host: host}))[host]
        if isinstance(found, Trouble):
            raise Unanswered(found)  # ssh is asked again, which is no login
        self._routes[host] = self._known[host] = found
        return found
