"""One command on one host: its streams and how it ended. asyncssh takes this for its `SSHClientSession`."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncssh

_TAIL = 4096
"""Bytes of error output that a session keeps where nothing else is said: the end, where errors stand."""
UNREAD = 1 << 20
"""Bytes of output that wait for a reader before the channel is read no further. Behind them up to 2 MB lie in asyncssh,
its window, and then the command on the host has to wait."""


class Session:
    """Standard output is read as a stream or kept whole; of the rest, what a person may need to know."""

    def __init__(self, most: int | None = None) -> None:
        """Make one.

        Args:
            most: bytes of standard output, and of error output, that are kept from the beginning; what comes behind
                is thrown away. None keeps output until it is read, taking no more while `UNREAD` waits, and
                the end of error output.
        """
        self.status: int | None = None
        """Its exit status; None where it did not exit, or has not yet."""
        self.signal: str | None = None
        """The signal that ended it, as the server names it: ``KILL``."""
        self.lost: Exception | None = None
        """What ended the connection beneath it."""
        self.output = bytearray()
        """What came and was not read yet."""
        self.errors = bytearray()
        self.cut = False
        """Whether output was thrown away."""
        self._most = most
        self.closed: Callable[[], None] | None = None
        """Called once, when it is over or given up."""
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._paused = False
        self._over = asyncio.Event()
        self._ended = False
        self._waiting: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None

    # ---- what we do with it ------------------------------------------------------------------------------------------

    async def read(self, _most: int = -1, /) -> bytes:
        """Return all that has come, however much; nothing at the end."""
        while not self.output and not self._ended:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        data = bytes(self.output)
        self.output.clear()
        if self._paused:
            self._paused = False
            if self._channel is not None:
                self._channel.resume_reading()  # delivers what it holds at once, and may pause anew
        return data

    def write(self, data: bytes, /) -> None:
        """Send to its standard input.

        Raises:
            OSError: it is over.
        """
        if self._channel is None:
            raise BrokenPipeError("the session is over")
        self._channel.write(data)

    async def drain(self) -> None:
        """Wait until there is room for more, or nobody is there to take it."""
        if self._room is not None:
            await asyncio.shield(self._room)

    def end_input(self) -> None:
        """Say that nothing more will be sent."""
        if self._channel is not None:
            self._channel.write_eof()

    async def finish(self) -> None:
        """Wait until it is over."""
        await self._over.wait()

    def close(self) -> None:
        """Give it up; a command that hears nothing more of us is ended by the server (its input ends, SIGHUP)."""
        if self._channel is not None:
            self._channel.abort()
        self._leave()

    def end(self) -> None:
        """Give it up as `close` does, and send the command TERM, which sshd does not pass on for root."""
        if self._channel is not None:
            self._channel.terminate()
            self._channel.close()
        self._leave()

    # ---- called by asyncssh ------------------------------------------------------------------------------------------

    def connection_made(self, chan: "asyncssh.SSHClientChannel[bytes]") -> None:
        """The channel is open."""
        self._channel = chan

    def session_started(self) -> None:
        """The server has accepted the command."""

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Take what came."""
        kept = self.output if datatype is None else self.errors
        if self._most is not None:
            left = self._most - len(kept)
            self.cut = self.cut or len(data) > left
            kept += data[: max(0, left)]
            return
        kept += data
        if datatype is None:
            if len(kept) > UNREAD and not self._paused and self._channel is not None:
                self._paused = True
                self._channel.pause_reading()
            self._wake()
        elif len(kept) > _TAIL:
            del kept[:-_TAIL]

    def eof_received(self) -> bool:
        """Its output is at an end; our side closes too."""
        self._ended = True
        self._wake()
        return False

    def exit_status_received(self, status: int) -> None:
        """It exited."""
        self.status = status

    def exit_signal_received(self, signal: str, _dumped: bool, _message: str, _lang: str) -> None:
        """A signal ended it."""
        self.signal = signal

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is closed, or the connection is lost."""
        self.lost = exc
        self._channel = None
        self._ended = True
        self.resume_writing()
        self._wake()
        self._over.set()
        self._leave()

    def pause_writing(self) -> None:
        """The server takes no more for now."""
        if self._room is None:
            self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """It does again."""
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    def xon_xoff_requested(self, client_can_do: bool) -> None:
        """Only terminals ask for it."""

    def _leave(self) -> None:
        closed, self.closed = self.closed, None
        if closed is not None:
            closed()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
