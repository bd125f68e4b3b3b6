"""Hours of a lab whose nodes come and go: what collector and console hold, in memory and in descriptors.

    python tests/bench/soak.py [--minutes 120] [--seed 7]

Eight nodes on two real sshd, real probes, a console in a pty. Every so often one server goes away and comes back, a
login is killed, a probe is stopped for longer than it is waited for, and a second console comes and goes. Printed once
a minute; at the end the growth an hour after the first fifth, by least squares, and whether it is flat: under 3 MB an
hour and less than one descriptor. Run it by hand: it is no part of ``make bench``.
"""

import argparse
import contextlib
import importlib.util
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from lab import Lab, cost
from terminal import Terminal

_HERE = Path(__file__)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def collect(home: Path) -> None:
    """Be the collector of the rig's nodes, by the real driver."""
    import asyncio

    from backends import catalog
    from backends.ports import Opening
    from console import bootstrap
    from console.model.settings import Settings
    from console.services.clock import MachineClock
    from console.services.collector import Opened

    hosts = [{"name": f"soak-{number}"} for number in range(2, 10)]
    settings: dict[str, object] = {"hosts": hosts, "config": home / "ssh_config", "cache": home}
    source = catalog.load("ssh").open_source(Opening(MachineClock(), 2.0, settings))
    bootstrap.open_sources = lambda *_, **__: [Opened("ssh", source)]  # type: ignore[assignment]
    asyncio.run(bootstrap.collect(Settings(folder=home / "lab", state=home / "state", lab="soak"), None))


def held(pid: int) -> tuple[float, int]:
    """Megabytes in memory, and open descriptors."""
    return cost(pid).rss / 1e6, len(list(Path(f"/proc/{pid}/fd").iterdir()))


def slope(points: list[float]) -> float:
    """Growth an hour of values that were taken once a minute."""
    count = len(points)
    middle, mean = (count - 1) / 2, sum(points) / count
    across = sum((at - middle) ** 2 for at in range(count))
    return 60 * sum((at - middle) * (value - mean) for at, value in enumerate(points)) / across


def main() -> int:
    """Run, print, and say whether it is flat."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--collect", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.collect:
        collect(given.collect)
        return 0
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        return _soak(given.minutes, random.Random(given.seed), Path(name))


def _soak(minutes: int, chance: random.Random, home: Path) -> int:
    rig = _load(_HERE.parents[1] / "backends" / "ssh" / "rig.py").Rig(home)
    servers = [rig.sshd(*(f"127.0.0.{first + number}" for number in range(4))) for first in (2, 6)]
    lines = []
    for number in range(2, 10):
        lines += [f"Host soak-{number}", f"HostName 127.0.0.{number}", f"Port {servers[number // 6].port}"]
    lines += ["Host *", f"IdentityFile {rig.key}", f"UserKnownHostsFile {rig.known_hosts}", ""]
    (home / "ssh_config").write_text("\n".join(lines))
    room = Lab(home)
    program = [sys.executable, "-P", "-m", "console", "--data", str(home / "lab")]
    command = [sys.executable, str(_HERE), "--collect", str(home)]
    seen: dict[str, list[tuple[float, int]]] = {"collector": [], "console": []}
    with subprocess.Popen(command, env={**os.environ, **room.environment}) as collecting:
        try:
            room.collector()
            with Terminal(program, 120, 40, room.environment, screen=False) as terminal:
                for minute in range(minutes):
                    _disturb(minute, chance, *servers, terminal, lambda: Terminal(program, 100, 30, room.environment))
                    for name, pid in (("collector", collecting.pid), ("console", terminal.pid)):
                        seen[name].append(held(pid))
                    now = [f"{name} {mb:.1f} MB {files} files" for name, ((mb, files),) in _last(seen)]
                    print(f"{minute + 1:4} min  {_up(room)} of 8 up  " + "  ".join(now), flush=True)
        finally:
            collecting.send_signal(signal.SIGTERM)
            rig.close()
    flat = True
    for name, points in seen.items():
        later = points[len(points) // 5 :]
        memory, files = slope([mb for mb, _ in later]), slope([float(count) for _, count in later])
        print(f"soak.{name}.mb_per_hour={memory:.2f}\nsoak.{name}.files_per_hour={files:.2f}")
        flat &= memory < 3 and files < 1
    print("holds" if flat else "DOES NOT HOLD")
    return 0 if flat else 1


def _last(seen: Mapping[str, list[tuple[float, int]]]) -> list[tuple[str, list[tuple[float, int]]]]:
    return [(name, points[-1:]) for name, points in seen.items()]


def _up(room: Lab) -> int:
    said = room.welcome()
    nodes = said[1].fleet.nodes.values() if said is not None else ()
    return sum(node.link is not None and node.link.state == "up" for node in nodes)


def _disturb(
    minute: int,
    chance: random.Random,
    steady: Any,  # the rig's servers: a test's module, loaded by its path
    fickle: Any,
    terminal: Terminal,
    guest_of: Callable[[], Terminal],
) -> None:
    """One minute: what goes away in it, and comes back."""
    begin = time.monotonic()
    stopped: list[int] = []
    if minute % 4 == 1:
        fickle.stop()
    if minute % 4 == 2:
        fickle.start()
    if minute % 2 == 0 and (sessions := steady.sessions()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(sessions), signal.SIGKILL)
    if minute % 5 == 3 and (probes := steady.probes()):
        stopped = [chance.choice(probes)]
        os.kill(stopped[0], signal.SIGSTOP)
    if minute % 3 == 0:
        with guest_of() as guest:
            guest.drain(8.0)
            terminal.drain(1.0)
    while time.monotonic() - begin < 55:
        terminal.drain(5.0)
        terminal.send(chance.choice(["\x1b[C", "\x1b[D", "\x1b[A", "\x1b[B", "m", "z", "\r", "\x1b"]))
    for pid in stopped:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    terminal.drain(max(0.1, begin + 60 - time.monotonic()))


if __name__ == "__main__":
    sys.exit(main())
