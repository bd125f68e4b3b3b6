"""The collector's end of the socket: pushes the newest state, and never keeps a queue for one that does not read."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from backends.records import AnyRecord, Trouble
from console.language import N_
from console.services.link.protocol import (
    PROTOCOL,
    Broken,
    Greet,
    Pulse,
    Push,
    Refuse,
    Welcome,
    Whole,
    agreed,
    frame,
    frames,
    hear_client,
)
from console.services.link.socket import bound, peer

GREETING = 5.0
"""Seconds in which a caller must have said who it is."""
HANGING_UP = 30.0
"""Seconds in which a caller must have taken the last that it is told."""
WAITING = 4
"""Frames kept for a client that has not taken the last one; after that it gets the whole state instead."""


class Client:
    """One that follows. What waits for it is bounded: a few frames, or the mark that it must have everything anew."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._wake = asyncio.Event()
        self._behind = True

    def offer(self, data: bytes) -> None:
        """Let it have a frame, or mark it as behind when it does not take them."""
        if self._behind:
            return
        if len(self._frames) >= WAITING:
            self._frames.clear()
            self._behind = True
        else:
            self._frames.append(data)
        self._wake.set()

    async def next(self, whole: Callable[[], bytes]) -> bytes:
        """Wait for what it gets next."""
        if not self._behind:
            await self._wake.wait()
        self._wake.clear()
        if self._behind:
            self._behind = False
            self._frames.clear()
            return whole()
        data = b"".join(self._frames)
        self._frames.clear()
        return data


class Server:
    """Listens beside the database and tells every client the same."""

    def __init__(self, welcome: Callable[[int], Welcome], whole: Callable[[], Sequence[AnyRecord]]) -> None:
        """Make one.

        Args:
            welcome: makes the answer to a caller, given the protocol that both speak.
            whole: gives everything that is known.
        """
        self._welcome = welcome
        self._whole = whole
        self._clients: set[Client] = set()
        self._talks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.left_at: float | None = None
        """Monotonic time at which the last client left, or at which listening began; None while there is one."""

    async def listen(self, path: Path) -> None:
        """Begin to listen; the caller holds the collector's lock."""
        self._server = await asyncio.start_unix_server(self._meet, sock=bound(path))
        self.left_at = asyncio.get_running_loop().time()

    async def close(self) -> None:
        """Stop listening and hang up on everyone, whatever they have not taken yet."""
        if self._server is not None:
            self._server.close()
        talks = list(self._talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    def push(self, records: Sequence[AnyRecord]) -> None:
        """Tell everyone what came."""
        if records and self._clients:
            self._tell(frames(Push, records))

    def pulse(self, pulse: Pulse) -> None:
        """Tell everyone that the collector lives."""
        self._tell(frame(pulse))

    def _tell(self, data: bytes) -> None:
        for client in self._clients:
            client.offer(data)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            await self._converse(reader, writer)
            await _hang_up(writer)
        except asyncio.CancelledError:
            pass  # it is over; asyncio would log a talk that ends as cancelled as a failure
        finally:
            writer.transport.abort()  # it does nothing where all was taken
            self._talks.discard(talk)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(GREETING):
                greet = await hear_client(reader)
            refusal = _refusal(greet, writer.get_extra_info("socket"))
            if refusal is not None:
                writer.write(frame(Refuse(refusal)))
                return
            writer.write(frame(self._welcome(agreed(greet.protocol) or 0)))
            if greet.stream:
                await self._follow(reader, writer)
            else:
                writer.write(frame(Whole(list(self._whole()))))
        except (Broken, OSError, EOFError, TimeoutError):
            pass  # a caller that leaves or talks nonsense is hung up on; it can harm nobody else

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client()
        self._clients.add(client)
        self.left_at = None
        gone = asyncio.ensure_future(_until_gone(reader))
        feeding = asyncio.ensure_future(self._feed(client, writer))
        try:
            await asyncio.wait({gone, feeding}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients.discard(client)
            if not self._clients:
                self.left_at = asyncio.get_running_loop().time()
            for task in (gone, feeding):
                task.cancel()
            await asyncio.gather(gone, feeding, return_exceptions=True)

    async def _feed(self, client: Client, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(await client.next(self._everything))
                await writer.drain()

    def _everything(self) -> bytes:
        return frames(Whole, self._whole())


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    """End a talk when everything was taken, or has waited for too long."""
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(HANGING_UP):
            await writer.wait_closed()


async def _until_gone(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError, EOFError, Broken):
        while True:
            await hear_client(reader)


def _refusal(greet: Greet, sock: socket.socket) -> Trouble | None:
    if agreed(greet.protocol) is None:
        return Trouble(
            N_("The collector speaks protocol {ours} and this program speaks {theirs}."),
            N_("Both must come from nearby versions: stop the older one and start it again."),
            {"ours": _range(PROTOCOL), "theirs": _range(greet.protocol)},
        )
    caller = peer(sock)
    if caller is not None and caller.uid not in (os.geteuid(), 0):
        return Trouble(N_("This lab belongs to another user."), N_("Ask its admin to let you in."))
    return None


def _range(protocol: tuple[int, int]) -> str:
    oldest, newest = protocol
    return str(newest) if oldest == newest else f"{oldest}-{newest}"
