"""Real consoles in terminals of their own, which all follow one simulated lab."""

import os
import re
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from terminal import Terminal, end

SHAPE = ("--demo", "--nodes", "6", "--gpus", "4", "--seed", "7", "--interval", "0.5")


class Seat(Terminal):
    """A terminal that also keeps what was written, and can be one that draws our glyphs two columns wide."""

    def __init__(self, argv: list[str], columns: int, rows: int, environment: Mapping[str, str], wide: bool) -> None:
        self.raw = bytearray()
        self._wide = wide
        super().__init__(argv, columns, rows, environment)

    def _take(self, data: bytes) -> None:
        self.raw += data[len(self._rest) :]
        super()._take(data)

    def _answer(self, query: "re.Match[bytes]") -> bytes:
        if self._wide and query["cursor"]:
            return b"\x1b[1;3R"
        return super()._answer(query)

    def look(self, shows: str = "", hides: str = "", patience: float = 60.0) -> str:
        """Read until the screen shows one text and not another; it fails after so many seconds."""
        end = time.monotonic() + patience
        came: float | None = 0.0
        text = ""
        while True:
            if came is not None:
                text = self.text
            if came is not None and shows in text and not (hides and hides in text):
                return text
            if self.status is not None or time.monotonic() > end:
                raise AssertionError(f"not on the screen: {shows!r} without {hides!r}\n{self.text}")
            came = self.read(0.05)
            while came is not None and self.read(0.0) is not None:  # the picture is made into text once it is whole
                continue

    def press(self, keys: str, shows: str = "", hides: str = "") -> str:
        """Type, and wait for what the screen shows then."""
        self.send(keys)
        return self.look(shows, hides)

    def line(self, number: int) -> str:
        """A line of the screen, from 1."""
        return self.text.split("\n")[number - 1]

    def modes(self) -> list[object]:
        """The terminal's settings as the kernel has them."""
        return list(termios.tcgetattr(self._fd))[:4]


class Hall:
    """One lab that is collected from for all tests of this folder, and consoles on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "data"
        self.environment = {
            "XDG_STATE_HOME": str(root / "state"),
            "XDG_CONFIG_HOME": str(root / "config"),
            "XDG_DATA_HOME": str(root / "share"),
        }
        self.seats: list[Seat] = []
        environment = {**os.environ, **self.environment}
        self.collector = subprocess.Popen(self.argv("collect"), env=environment)

    def argv(self, *verb: str, shape: tuple[str, ...] = SHAPE) -> list[str]:
        return [sys.executable, "-P", "-m", "console", "--data", str(self.data), *shape, *verb]

    def sit(
        self,
        columns: int = 80,
        rows: int = 24,
        *,
        options: tuple[str, ...] = (),
        wide: bool = False,
        before: tuple[str, ...] = (),
        **environment: str,
    ) -> Seat:
        """Start a console; `before` is put before the command (``env NAME=value``)."""
        argv = [*before, *self.argv(shape=(*SHAPE, *options))]
        seat = Seat(argv, columns, rows, {**self.environment, **environment}, wide)
        self.seats.append(seat)
        return seat

    def leave(self) -> None:
        for seat in self.seats:
            seat.close()
        self.seats.clear()

    def close(self) -> None:
        self.leave()
        end(self.collector)


@pytest.fixture(scope="module")
def one_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    made = Hall(tmp_path_factory.mktemp("hall"))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def hall(one_hall: Hall) -> Iterator[Hall]:
    yield one_hall
    one_hall.leave()
