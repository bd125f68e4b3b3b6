"""This machine as the place where Slurm's tools run: child processes, each in a group that ends with it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence

from backends.local import child
from backends.slurm.tools import Ran, TooLong
from backends.slurm.words import Unanswered, not_started, trouble_of

LAST = 0.5
"""Seconds for what is left in the pipes of a process that has ended."""
FEW = 1 << 20
"""Bytes of error output that are kept."""


class Here:
    """See `backends.slurm.tools.Place`."""

    host: str | None = None

    async def run(self, argv: Sequence[str], limit: float, most: int) -> Ran:
        """See `Place.run`."""
        process = await _start(argv)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.close()
        output, errors, cut = bytearray(), bytearray(), False
        complaints = asyncio.create_task(_read(process.stderr, errors, FEW))
        try:
            async with asyncio.timeout(limit):
                cut = await _read(process.stdout, output, most)
                if not cut:
                    await complaints
                    await process.wait()
        except TimeoutError:
            raise TooLong(bytes(errors)) from None
        finally:
            complaints.cancel()
            await _end(process)
        return Ran(process.returncode, bytes(output), bytes(errors), cut)

    async def stream(self, argv: Sequence[str]) -> AsyncGenerator[bytes, None]:
        """See `Place.stream`."""
        process = await _start(argv)
        assert process.stdout is not None
        assert process.stderr is not None
        tail = child.Tail(process.stderr)
        try:
            while data := await process.stdout.read(1 << 16):
                yield data
        finally:
            await tail.finish(0)
            await _end(process)

    async def read(self, argv: Sequence[str]) -> AsyncGenerator[bytes, None]:
        """See `Place.read`."""
        process = await _start(argv)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.close()
        tail = child.Tail(process.stderr)
        try:
            while data := await process.stdout.read(1 << 16):
                yield data
            errors = await tail.finish()
            await child.gone(process, LAST)
            if process.returncode:
                said = errors.decode("utf-8", "replace")
                raise Unanswered(trouble_of(argv[0], process.returncode, said, self.host))
        finally:
            await tail.finish(0)
            await _end(process)

    async def close(self) -> None:
        """Nothing is open between calls."""


async def _end(process: asyncio.subprocess.Process) -> None:
    """End it, and read what is left, for a pipe is closed only at its end."""
    await child.end(process)
    for reader in (process.stdout, process.stderr):
        with contextlib.suppress(
            TimeoutError, RuntimeError
        ):  # held open by a process that left the group; read already
            async with asyncio.timeout(LAST):
                while reader is not None and await reader.read(1 << 18):
                    pass


async def _start(argv: Sequence[str]) -> asyncio.subprocess.Process:
    try:
        return await child.start(*argv)
    except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
        raise not_started(argv[0], str(error)) from error


async def _read(reader: asyncio.StreamReader, kept: bytearray, most: int) -> bool:
    """Read to the end, or to so many bytes; whether there was more."""
    while data := await reader.read(1 << 18):
        left = most - len(kept)
        kept += data[:left]
        if len(data) > left:
            return True
    return False
