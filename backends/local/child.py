"""A child process in a group of its own: started with pipes, and ended with all that it started."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process

GRACE = 2.0
"""Seconds from TERM to KILL."""

_LAST = 1.0
"""Seconds for which a killed process is waited for; one that the kernel holds in D state may never go."""


async def start(*command: str) -> Process:
    """Start a command in a new session, with pipes for all that it reads and writes.

    Raises:
        OSError: it cannot be started.
    """
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True)


async def end(process: Process, grace: float = GRACE) -> None:
    """End a process and its group: TERM, then KILL; returns a second after that even if it cannot be killed."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        if process.returncode is None:
            _signal(process, signal.SIGTERM)
            await gone(process, grace)
    finally:
        _signal(process, signal.SIGKILL)  # also what an obedient child may have left behind in its group
    if process.returncode is None:
        await gone(process, _LAST)


async def gone(process: Process, seconds: float) -> bool:
    """Wait for a process to end, so long; say whether it did."""
    waiting = asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait({waiting}, timeout=seconds)
    finally:
        waiting.cancel()
    return process.returncode is not None


class Tail:
    """The end of what a child writes to standard error."""

    def __init__(self, reader: asyncio.StreamReader, most: int = 2048) -> None:
        self._text = b""
        self._most = most
        self._task = asyncio.create_task(self._read(reader))

    async def finish(self, seconds: float = 0.5) -> bytes:
        """Return it; a grandchild that still holds the pipe is not waited for any longer."""
        await asyncio.wait({self._task}, timeout=seconds)
        self._task.cancel()
        return self._text

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(4096):
            self._text = (self._text + data)[-self._most :]


def _signal(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
