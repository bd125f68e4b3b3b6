"""What a container writes, followed: one connection of its own for each, read on a thread that never runs ahead."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from typing import NamedTuple
from urllib.parse import quote

from backends.kubernetes.client import Client, Stream
from backends.kubernetes.words import Failure

SILENT = 86400.0
"""Seconds for which a log may say nothing; whether the server is still there is told by TCP's own probes."""
SETTLED = 0.25
"""Seconds without a byte after which what was there already has come."""
SETTLES = 3.0
"""Seconds at most for which that is waited for."""
LINE = 64
"""Bytes that a line has at least, usually: the API counts back in lines."""
AHEAD = 32
"""Pieces that may wait to be taken."""


class Output(NamedTuple):
    """One log."""

    namespace: str
    pod: str
    container: str
    previous: bool = False

    @property
    def path(self) -> str:
        """Where the API has it."""
        return f"/api/v1/namespaces/{quote(self.namespace, safe='')}/pods/{quote(self.pod, safe='')}/log"


def output_of(namespace: str, name: str) -> Output | None:
    """Read the name of an output, ``pod/container`` or ``pod/container/previous``; None where it is none."""
    pod, _, rest = name.partition("/")
    container, _, last = rest.partition("/")
    if not pod or not container or last not in ("", "previous"):
        return None
    return Output(namespace, pod, container, last == "previous")


def begin(client: Client, output: Output, back: int, go_on: bool = True) -> Stream:
    """Begin to read a log, and wait for more at its end where that is wanted; blocks.

    Raises:
        Failure: it cannot be read.
    """
    query = [("container", output.container), ("tailLines", str(back // LINE + 1 if back else 0))]
    if output.previous:
        query.append(("previous", "true"))
    elif go_on:
        query.append(("follow", "true"))
    return client.stream(output.path, query, read=SILENT, accept="*/*")


class Reader:
    """Takes a stream in on a thread, and hands it out on the loop."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[bytes | Failure | None] = asyncio.Queue()
        self._room = threading.Semaphore(AHEAD)
        self._over = False
        self._thread = threading.Thread(target=self._read, name="kubernetes log", daemon=True)
        self._thread.start()

    async def pieces(self, back: int) -> AsyncGenerator[bytes, None]:
        """Yield what is written; of what was there already at most the last bytes.

        Raises:
            Failure: the connection broke.
        """
        first, last = await self._already(back)
        if first:
            yield first
        while last is not None:
            if isinstance(last, Failure):
                raise last
            if last:
                yield last
            last = await self._next()

    def end(self) -> None:
        """End it at once."""
        self._over = True
        self._stream.end()
        self._room.release()

    async def _already(self, back: int) -> tuple[bytes, bytes | Failure | None]:
        """What was there before we came, and what came after it, if anything has."""
        kept = bytearray()
        until = self._loop.time() + SETTLES
        while (left := until - self._loop.time()) > 0:
            try:
                async with asyncio.timeout(min(left, SETTLED)):
                    piece = await self._next()
            except TimeoutError:
                break
            if not isinstance(piece, bytes):
                return bytes(kept), piece
            kept += piece
            del kept[: max(0, len(kept) - back)]
        return bytes(kept), b""

    async def _next(self) -> bytes | Failure | None:
        piece = await self._queue.get()
        self._room.release()
        return piece

    def _read(self) -> None:
        try:
            for piece in self._stream.pieces():
                self._room.acquire()
                if self._over:
                    break
                self._put(piece)
            self._put(None)
        except Failure as failure:
            self._put(failure)

    def _put(self, piece: bytes | Failure | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, piece)
        except RuntimeError:  # the loop has ended, and nobody waits
            self._over = True
