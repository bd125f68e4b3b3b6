"""Asking at a terminal without a screen: on a pseudo-terminal in a session of its own."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pytest

PROGRAM = """
import asyncio, sys
from backends.ports import Prompt
from console.services.tty import Terminal
async def main():
    terminal = Terminal()
    for echo in (False, True):
        print("got", repr(await terminal.ask(Prompt("gw\\x1b[2J", "Code:\\n", echo))), terminal.asking, flush=True)
asyncio.run(main())
"""


class Seat:
    """A program in a terminal."""

    def __init__(self) -> None:
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-c", PROGRAM])
        self.heard = ""

    def until(self, text: str) -> str:
        end = time.monotonic() + 60
        while text not in self.heard:
            assert time.monotonic() < end, self.heard
            if select.select([self.file], [], [], 0.1)[0]:
                try:
                    self.heard += os.read(self.file, 4096).decode()
                except OSError:  # it has ended
                    assert text in self.heard, self.heard
        return self.heard

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.file)[3] & termios.ECHO)


@pytest.fixture
def seat() -> Iterator[Seat]:
    found = Seat()
    yield found
    os.close(found.file)
    os.waitpid(found.pid, 0)


def test_what_is_typed_is_not_seen_and_the_terminal_is_given_back(seat: Seat) -> None:
    seat.until("Code:")
    assert not seat.echoes()
    os.write(seat.file, b"hunter2\n")
    said = seat.until("got 'hunter2' False")
    assert "hunter2" not in said.split("got")[0]
    assert "\x1b" not in said, "a host's name is made harmless"
    seat.heard = said.partition("False")[2]
    seat.until("Code:")
    assert seat.echoes(), "it was given back, and this question may be seen"
    os.write(seat.file, b"\x04")
    seat.until("got None False")


def test_without_a_terminal_nobody_is_asked() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        start_new_session=True,
    )  # fmt: skip
    assert done.stdout == "got None False\ngot None False\n", done.stderr
