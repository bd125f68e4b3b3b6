"""A console on a simulated lab in a folder of its own, its collector, and what both cost by the kernel's account.

Not a test; imported by the programs beside it. Linux only: it reads /proc.
"""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))
from console.services.follower import Glance, glance
from console.services.link.protocol import Welcome

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Cost(NamedTuple):
    """What a process has used since it began."""

    cpu: float
    """Seconds of CPU, its own and the kernel's for it, all threads."""
    queued: float
    """Seconds for which its main thread wanted a core and others had them: how busy the machine was."""
    rss: int
    """Bytes in memory now."""


def cost(pid: int) -> Cost:
    """What a process has used; raises FileNotFoundError where it has ended."""
    room = Path(f"/proc/{pid}")
    fields = (room / "stat").read_text().rpartition(")")[2].split()
    queued = int((room / "schedstat").read_text().split()[1]) / 1e9
    return Cost((int(fields[11]) + int(fields[12])) / _TICK, queued, int(fields[21]) * _PAGE)


def holder(lock: Path) -> int | None:
    """The process that last took a lease, as it wrote itself; it may have died since."""
    try:
        return int(lock.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


class Lab:
    """A simulated lab whose data and settings lie in a folder that nobody else has.

    Args:
        home: the folder.
        options: what follows `quarterdeck demo`.
    """

    def __init__(self, home: Path, options: Sequence[str] = ()) -> None:
        self._below = home / "lab"
        self.environment: Mapping[str, str] = {
            "HOME": str(home),
            **{f"XDG_{name}_HOME": str(home / name.lower()) for name in ("DATA", "STATE", "CONFIG", "CACHE")},
        }
        program = [sys.executable, "-P", "-m", "console"]
        self.command = [*program, "--data", str(home / "lab"), "demo", *options]
        """Opens the console."""

    @property
    def socket(self) -> Path:
        """Where its collector listens: below the folder that was named, by the lab's shape; there is one."""
        return next(self._below.glob("demo/*/lab.sock"), self._below / "lab.sock")

    def welcome(self) -> tuple[Welcome, Glance] | None:
        """What the collector says of itself and of its fleet; None while there is none."""
        return asyncio.run(glance(self.socket))

    def collector(self, timeout: float = 20.0) -> int:
        """Wait for the collector and its first batch; its process id."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            said = self.welcome()
            if said is not None and said[1].fleet.nodes:
                return said[0].pid
            time.sleep(0.1)
        raise TimeoutError(f"no collector at {self.socket} after {timeout:g} s")

    def stop(self) -> None:
        """End the collector, if there is one, and wait until it has gone."""
        said = self.welcome()
        if said is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(said[0].pid, signal.SIGTERM)
        end = time.monotonic() + 10
        while time.monotonic() < end and not _ended(said[0].pid):
            time.sleep(0.02)


def _ended(pid: int) -> bool:
    """Whether a process is gone, or is dead and only waits for its parent to hear of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextlib.contextmanager
def lab(*options: str) -> Iterator[Lab]:
    """Make a lab; its collector ends with it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        made = Lab(Path(home), options)
        try:
            yield made
        finally:
            made.stop()
