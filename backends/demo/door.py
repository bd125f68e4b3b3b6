"""The door of a simulated lab: a Unix socket at which a person's own process asks and acts, as at a controller's.

Only the user who runs the lab may come in: the socket has mode 0600 before anybody can connect to it.
"""

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec

from backends.demo.messages import MOST_ASKED, QUESTIONS, Answer, Question, Refused, frame, framed
from backends.record import N_, Trouble

SLOW = 10.0
"""Seconds after which somebody who does not take an answer is sent away."""
_AT_ONCE = 16
"""People at the door at most; the others are sent away."""


class Door:
    """Lets questions in.

    Args:
        path: of the socket.
        answer: answers one question at once.
    """

    def __init__(self, path: Path, answer: Callable[[Question], Answer]) -> None:
        self._path = path
        self._answer = answer
        self._inside = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Stay open for a while.

        Raises:
            OSError: there can be no socket at that path.
        """
        door = self._bound()
        server = await asyncio.start_unix_server(self._let_in, sock=door)
        try:
            yield
        finally:
            server.close()
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()

    def _bound(self) -> socket.socket:
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(self._path.lstat().st_mode):  # of a lab that was killed; there is one lab to a folder
                self._path.unlink()
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            door.bind(os.fspath(self._path))
            self._path.chmod(0o600)  # nobody can connect before it listens
        except BaseException:
            door.close()
            raise
        return door

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._inside += 1
        try:
            while self._inside <= _AT_ONCE and (asked := await framed(reader, MOST_ASKED)) is not None:
                writer.writelines(frame(self._told(asked)))
                await asyncio.wait_for(writer.drain(), SLOW)
        except (TimeoutError, ConnectionError):
            pass  # whoever does not listen is not waited for
        finally:
            self._inside -= 1
            writer.close()

    def _told(self, asked: bytes) -> Answer:
        try:
            return self._answer(QUESTIONS.decode(asked))
        except msgspec.DecodeError as error:
            return Refused(
                Trouble(
                    N_("the simulated lab does not understand: {error}"),
                    N_("run the same version of Quarterdeck on both sides"),
                    {"error": str(error)},
                )
            )
