"""Asking a person at the terminal of a verb, without a screen: on /dev/tty, whatever standard input and output are."""

import asyncio
import contextlib
import os
import termios
from collections.abc import Iterator

from backends.ports import Prompt
from console.services.prompts import PATIENCE
from console.views.cells import harmless

LONGEST = 4096
"""Bytes of one line; the kernel gives no longer one."""


class Terminal:
    """Asks one question after another; None where there is no terminal, or this process is in its background."""

    def __init__(self, path: str = "/dev/tty") -> None:
        """Make it; nothing is opened yet.

        Args:
            path: of the terminal.
        """
        self._path = path
        self._turn = asyncio.Lock()
        self.asking = False
        """Whether a person is being waited for."""

    async def ask(self, prompt: Prompt) -> str | None:
        """Ask, and wait for a line; nothing that is typed is seen unless the prompt says so. Ctrl+D declines."""
        async with self._turn:
            try:
                file = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
            except OSError:
                return None
            try:
                if os.tcgetpgrp(file) != os.getpgrp():
                    return None  # the kernel would stop this process as soon as it reads
                self.asking = True
                with _quiet(file, prompt.echo):
                    os.write(file, f"{harmless(prompt.host)}: {harmless(prompt.text.strip())} ".encode())
                    line = await _line(file)
                    if not prompt.echo:
                        os.write(file, b"\n")
            except (OSError, termios.error):  # the terminal has gone
                return None
            finally:
                self.asking = False
                os.close(file)
        return None if line is None else line.decode("utf-8", "replace")


@contextlib.contextmanager
def _quiet(file: int, echo: bool) -> Iterator[None]:
    """Let nothing that is typed be seen; the terminal is given back as it was, however this ends."""
    before = termios.tcgetattr(file)
    if not echo:
        now = termios.tcgetattr(file)
        now[3] &= ~termios.ECHO
        termios.tcsetattr(file, termios.TCSAFLUSH, now)  # what was typed before the question is no answer to it
    try:
        yield
    finally:
        termios.tcsetattr(file, termios.TCSADRAIN, before)


async def _line(file: int) -> bytes | None:
    """The next line without its end; None at Ctrl+D, or when nobody has answered in time."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[bytes] = loop.create_future()

    def read() -> None:
        if not came.done():
            try:
                came.set_result(os.read(file, LONGEST))
            except OSError as error:
                came.set_exception(error)

    loop.add_reader(file, read)
    try:
        async with asyncio.timeout(PATIENCE):
            line = await came
    except TimeoutError:
        return None
    finally:
        loop.remove_reader(file)
    return line.rstrip(b"\r\n") if line else None
