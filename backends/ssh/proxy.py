"""A ProxyCommand: a child process whose input and output are one socket, over which the connection goes.

asyncssh could start it by itself, but takes its error output for what the server says, and its end for the server's.
"""

import asyncio
import contextlib
import os
import re
import shlex
import signal
import socket
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import TYPE_CHECKING

from backends.probe.line import excerpt

if TYPE_CHECKING:
    import asyncssh

GRACE = 1.0
"""Seconds from the end of the connection, which the command notices by itself, to TERM, and then to KILL."""

_TAIL = 2048

_MOST = 200
"""Characters of its last words that are shown."""

_QUOTED = r"""(?:"[^"]*"?|'[^']*'?|\S+)"""
_SECRETS = (
    re.compile(rf"(?i)((?:token|passw(?:or)?d|passphrase|pwd|secret|key|credentials?)[\"']?\s*[=:]\s*){_QUOTED}"),
    re.compile(rf"(?i)((?:token|passw(?:or)?d|passphrase|pwd|secret|bearer|basic) +){_QUOTED}"),
    re.compile(rf"(?i)((?<!\S)--?[\w-]{{0,64}}key +){_QUOTED}"),  # but not "Host key verification failed"
    re.compile(r"(://)[^\s@]{1,256}(?=@)"),
)
"""What is struck from its words, which all who follow see: what stands behind such a name, and logins in addresses."""


class Proxy:
    """A running command."""

    def __init__(self, process: asyncio.subprocess.Process, ours: socket.socket) -> None:
        self.socket = ours
        self._process = process
        self._errors = b""
        self._reading = asyncio.create_task(self._read())
        self._holding: asyncio.Task[None] | None = None

    def hold(self, connection: "asyncssh.SSHClientConnection") -> None:
        """Keep it for as long as the connection over it; the connection keeps this object."""
        connection.set_extra_info(proxy=self)
        self._holding = asyncio.create_task(self._until(connection))

    async def said(self) -> str:
        """Return the last line of its error output, fit to be shown to all; waits a moment for it."""
        await asyncio.wait({self._reading}, timeout=0.2)
        return struck(self._errors)

    async def finish(self) -> None:
        """Wait until it is gone, which begins with the end of the connection."""
        if self._holding is not None:
            await asyncio.wait({self._holding}, timeout=3 * GRACE)

    async def end(self) -> None:
        """End it with all that it started."""
        self.socket.close()
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if number is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self._process.wait()
                    break
        self._reading.cancel()

    async def _until(self, connection: "asyncssh.SSHClientConnection") -> None:
        await connection.wait_closed()
        await self.end()

    async def _read(self) -> None:
        assert self._process.stderr is not None
        while data := await self._process.stderr.read(4096):
            self._errors = (self._errors + data)[-_TAIL:]


def struck(errors: bytes) -> str:
    """Return the last line of an error output without control characters and secrets, cut to `_MOST` characters."""
    lines = [line for line in errors.splitlines() if line.strip()]
    text = excerpt(lines[-1].strip(), 2 * _MOST) if lines else ""
    for secret in _SECRETS:
        text = secret.sub(r"\1***", text)
    return excerpt(text.encode(), _MOST)


def program_of(command: str) -> str:
    """Return the name of the program that a command begins with, fit to be shown.

    All else may hold a secret (``--token``, ``sshpass -p``, ``TOKEN=… program``) and is shown to nobody.
    """
    try:
        words = shlex.split(command)
    except ValueError:  # a quote without an end: where a word ends cannot be told
        return "?"
    programs = (word for word in words if word != "exec" and "=" not in word)
    return excerpt(Path(next(programs, "?")).name.encode("utf-8", "replace"), 60)


async def start(command: str) -> Proxy:
    """Start a command as ssh does: by the user's shell, which it replaces.

    Raises:
        OSError: the shell cannot be started.
    """
    ours, theirs = socket.socketpair()
    shell = os.environ.get("SHELL") or "/bin/sh"
    try:
        process = await asyncio.create_subprocess_exec(
            shell,
            "-c",
            f"exec {command}",
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=PIPE,
            start_new_session=True,
        )
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    ours.setblocking(False)
    return Proxy(process, ours)
