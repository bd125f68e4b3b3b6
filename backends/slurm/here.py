"""This machine as the place where Slurm's tools run: child processes, each in a group that ends with it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from backends.local import child
from backends.slurm.tools import Ran, TooLong
from backends.slurm.words import not_started

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
        output, errors = bytearray(), bytearray()
        try:
            async with asyncio.timeout(limit):
                cut, _ = await asyncio.gather(_read(process.stdout, output, most), _read(process.stderr, errors, FEW))
                if not cut:
                    await process.wait()
        except TimeoutError:
            raise TooLong(bytes(errors)) from None
        finally:
            await child.end(process)
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
            await child.end(process)
            await tail.finish(0)

    async def close(self) -> None:
        """Nothing is open between calls."""


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
