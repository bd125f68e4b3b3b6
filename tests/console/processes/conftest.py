"""Real processes on a simulated lab in a folder of its own; all of them are gone after the test."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from console import processes
from console.model.settings import Demo, Settings
from console.services.feed import Feed
from console.services.follower import Follower
from console.store.folder import Folder

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from lab import holder


class LabRoom:
    """A folder for a lab, and the processes that were started in it."""

    def __init__(self, root: Path, nodes: int = 4, gpus: int = 4, interval: float = 0.5) -> None:
        self.root = root
        self.settings = Settings(
            Demo(nodes, gpus).folder(root / "data"), root / "state", "demo", Demo(nodes, gpus), interval
        )
        self.folder = Folder(self.settings.folder)
        self.environment = {
            "XDG_STATE_HOME": str(root / "xdg"),
            "XDG_CONFIG_HOME": str(root / "config"),
            "XDG_DATA_HOME": str(root / "share"),
        }
        self.children: list[subprocess.Popen[str]] = []
        self.seen: set[int] = set()
        """Collectors that consoles and followers have started."""

    def argv(self, *verb: str) -> list[str]:
        return [sys.executable, "-P", "-m", "console", *processes.arguments(self.settings), *verb]

    def start(self, *verb: str) -> "subprocess.Popen[str]":
        return self.run(self.argv(*verb))

    def run(self, command: list[str]) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **self.environment},
            text=True,
        )
        self.children.append(child)
        return child

    def collector(self) -> int | None:
        """The process that holds the lease."""
        pid = holder(self.folder.lock)
        if pid is not None:
            self.seen.add(pid)
        return pid

    def follower(self, starts: bool = False) -> Follower:
        start = processes.starter(self.settings, 3.0) if starts else None
        return Follower(self.folder.socket, Feed(), start)

    def close(self) -> None:
        self.collector()
        for child in self.children:
            child.kill()
            child.communicate()
        for pid in self.seen - {child.pid for child in self.children}:
            command = Path(f"/proc/{pid}/cmdline")
            # The number may be another process's by now: only one that works in this very folder is ended.
            if command.exists() and str(self.root).encode() in command.read_bytes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[LabRoom]:
    made = LabRoom(tmp_path)
    try:
        yield made
    finally:
        made.close()


@asynccontextmanager
async def following(follower: Follower) -> AsyncIterator[Follower]:
    task = asyncio.ensure_future(follower.run())
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], object], seconds: float = 60.0, what: str = "") -> None:
    """Wait for something; it fails after so many seconds, which is patience and no measurement."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - other processes tell of nothing
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:g} s: {what or holds}") from None
