"""A whole lab under load: console, collector with its history, and a stand-in fleet that streams in its own process.

    python tests/bench/fleet.py [--way ssh|socket] [--nodes 512] [--keys 240] [--seconds 30]

``ssh`` is the real driver over real SSH to one stand-in server; ``socket`` leaves SSH out, for fleets beyond it. The
sum is console plus collector, in percent of a core; the stand-in's own cost is not in it, and where it does not keep up
nothing is said to hold. Keys are pressed while the fleet connects, then in the steady state.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))
from keys import Walk, share
from lab import Lab, cost
from terminal import Terminal

if TYPE_CHECKING:
    from backends.ports import Clock, Sink, Source

_PROGRAM = [sys.executable, "-P", "-m", "console"]
_TARGETS = {512: (14.0, 50.0), 2048: (60.0, 120.0)}
"""Percent of a core in sum, and p99 of keys in milliseconds, by nodes."""


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def standin(way: str, nodes: int, home: Path) -> Iterator[str]:
    """Run the stand-in; give where its nodes are."""
    where = str(free_port()) if way == "ssh" else str(home / "nodes")
    (home / "nodes").mkdir()
    command = [sys.executable, str(Path(__file__).with_name("standin.py")), way, where, str(nodes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=home) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield where
        finally:
            process.terminate()


def late(home: Path) -> int:
    """How many rounds the stand-in had no time for."""
    with contextlib.suppress(FileNotFoundError):
        return int((home / "late").read_text())
    return 0


def collect(way: str, where: str, nodes: int, home: Path) -> None:
    """Be the collector of the stand-in's nodes, by the real driver or by sockets."""
    from console import bootstrap, pace
    from console.model.settings import Settings
    from console.services.clock import MachineClock
    from console.services.collector import Opened

    clock: Clock = MachineClock()
    source: Source = over_ssh(where, nodes, home, clock) if way == "ssh" else Sockets(Path(where), clock)
    bootstrap.open_sources = lambda *_, **__: [Opened(way, source)]  # type: ignore[assignment]
    settings = Settings(folder=home / "lab", state=home / "lab" / "state", lab="stand-in")
    with asyncio.Runner(loop_factory=pace.loop) as runner:
        runner.run(bootstrap.collect(settings, None))


def over_ssh(port: str, nodes: int, home: Path, clock: "Clock") -> "Source":
    """The real driver, with an ssh configuration that leads every name to the stand-in."""
    from backends import catalog
    from backends.demo.lab import Lab as Simulated
    from backends.demo.shape import Shape
    from backends.ports import Opening

    names = Simulated(Shape(nodes=nodes, cpu_nodes=0)).nodes
    (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {(home / f'standin-{port}.pub').read_text()}")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / "id"], check=True)
    lines = ["Host *", "HostName 127.0.0.1", f"Port {port}", f"UserKnownHostsFile {home}/known_hosts"]
    (home / "ssh_config").write_text("\n".join([*lines, f"IdentityFile {home}/id", ""]))
    settings: dict[str, object] = {
        "hosts": [{"name": name, "address": f"{name}@{name}"} for name in names],
        "config": home / "ssh_config",
        "cache": home,
    }
    return catalog.load("ssh").open_source(Opening(clock, 2.0, settings))


class Sockets:
    """Nodes that are sockets: the way that SSH takes, without SSH."""

    def __init__(self, folder: Path, clock: "Clock") -> None:
        self._paths = sorted(folder.iterdir())
        self._clock = clock

    async def run(self, sink: "Sink") -> None:
        """Follow every node; a simulated one that says no more stays so."""
        from backends.probe.decode import Decoder
        from backends.probe.stream import stream

        async def follow(path: Path) -> None:
            reader, writer = await asyncio.open_unix_connection(path)
            decoder = Decoder(path.name, self._clock, 2.0)
            await stream(reader, writer, decoder, sink, program="pass", interval=2.0, silence=1e6)

        async with asyncio.TaskGroup() as group:
            for path in self._paths:
                group.create_task(follow(path))
                await asyncio.sleep(0)


def _keys(terminal: Terminal, walk: Walk, chance: random.Random, count: int) -> list[float]:
    times = []
    for _ in range(count):
        terminal.drain(chance.uniform(0.02, 0.28))
        times.append(walk.step())
    return times


_METRICS = (b"memory", b"temperature", b"power", b"owner", b"health", b"utilisation")


def _turns(terminal: Terminal, chance: random.Random, count: int) -> list[float]:
    """Milliseconds until line 2 names the next metric: a key that needs no card, for none may be there yet."""
    times = []
    for number in range(count):
        terminal.drain(chance.uniform(0.02, 0.28))
        wanted, terminal.latest = _METRICS[number % len(_METRICS)], b""
        began = time.perf_counter()
        terminal.send("m")
        while wanted not in terminal.latest:
            if terminal.read(1.0) is None and time.perf_counter() - began > 5:
                raise TimeoutError(f"{wanted!r} is not named 5 s after the key")
        times.append((time.perf_counter() - began) * 1000)
    return times


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[98]


def main() -> int:
    """Measure, print, and say whether the targets were reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--way", choices=["ssh", "socket"], default="ssh")
    parser.add_argument("--nodes", type=int, default=512)
    parser.add_argument("--keys", type=int, default=240)
    parser.add_argument("--seconds", type=float, default=30.0, help="of steady state, without a key")
    parser.add_argument("--collect", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.collect:
        where, home = given.collect
        collect(given.way, where, given.nodes, Path(home))
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        return _measure(given, Path(name))


def _measure(given: argparse.Namespace, home: Path) -> int:
    chance = random.Random(11)
    room = Lab(home)
    with standin(given.way, given.nodes, home) as where:
        program = [*_PROGRAM, "--data", str(home / "lab")]
        command = [sys.executable, __file__, "--way", given.way, "--nodes", str(given.nodes)]
        command += ["--collect", where, str(home)]
        collecting = subprocess.Popen(command, env={**os.environ, **room.environment})
        try:
            room.collector()
            with Terminal(program, 200, 60, room.environment, screen=False) as terminal:
                terminal.drain(1.5)
                early = _turns(terminal, chance, 36)  # six rounds, so that it ends as it began
                terminal.drain(20.0)
                walk = Walk(terminal, chance, 8 if given.nodes <= 1024 else 4)  # beyond, a node is two lines of four
                pids = {"console": terminal.pid, "collector": room.collector()}
                before, missed = {name: cost(pid) for name, pid in pids.items()}, late(home)
                began = time.perf_counter()
                sent = terminal.drain(given.seconds) / given.seconds
                took = time.perf_counter() - began
                after, missed = {name: cost(pid) for name, pid in pids.items()}, late(home) - missed
                walk.begin()
                times = _keys(terminal, walk, chance, given.keys)
                said = room.welcome()
                memory = sum(cost(pid).rss for pid in pids.values())
        finally:
            collecting.send_signal(signal.SIGTERM)
            collecting.wait(20)
    live = sum(1 for node in said[1].fleet.nodes.values() if node.sample is not None) if said else 0
    percent = {name: share(before[name], after[name], took) for name in pids}
    total = sum(percent.values())
    print(f"{live} of {given.nodes} nodes × 8 GPUs over {given.way}, load of the machine {os.getloadavg()[0]:.1f}")
    for name in pids:
        waited = 100 * (after[name].queued - before[name].queued) / took
        print(f"  {name:12} CPU {percent[name]:5.1f} %, {after[name].rss / 1e6:.0f} MB, waited {waited:.1f} %")
    p99 = _p99(times)
    print(f"  sum          CPU {total:5.1f} % of a core, {memory / 1e6:.0f} MB, {sent / 1000:.1f} KB/s")
    print(
        f"  keys         p50 {statistics.median(times):.1f}, p99 {p99:.1f} ms; while connecting p99 {_p99(early):.1f}"
    )
    most, slowest = _TARGETS.get(given.nodes, (float("inf"), float("inf")))
    kept = total <= most and p99 <= slowest and live >= given.nodes * 0.9 and not missed
    if missed:
        print(f"  the stand-in missed {missed} rounds: what is told above is too little")
    for name, value in {"cpu": total, "mb": memory / 1e6, "p99_ms": p99, "connecting_p99_ms": _p99(early)}.items():
        print(f"fleet.{given.way}.{given.nodes}.{name}={value:.2f}")
    print("holds" if kept else "DOES NOT HOLD")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
