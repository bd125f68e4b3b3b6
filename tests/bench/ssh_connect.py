"""What connecting 512 nodes costs the collector, and then what their samples cost: CPU of this process.

Run: ``python tests/bench/ssh_connect.py [--nodes 512] [--seconds 20]``. The nodes are one stand-in server in a process
of its own (`ssh_stand_in.py`): real sshd would fork for each of them, and two cores would measure that. Every node has
a host key of its own name in the known hosts. The source is the real one, driver `ssh`, with a sink that counts;
garbage is looked for as seldom as the collector does it.
"""

import argparse
import asyncio
import gc
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import asyncssh

from backends.ports import Opening
from backends.records import AnyRecord, LinkState, NodeLink
from backends.ssh.driver import Ssh
from backends.ssh.route import Route
from console import pace
from console.garbage import THRESHOLDS

CONNECT = 2.0
"""Seconds of CPU that connecting may take."""
TICK = 0.005
"""Seconds between two looks at how long the loop was held."""


class World:
    """The real clock."""

    speed = 1.0

    def wall(self) -> float:
        return time.time()

    def mono(self) -> float:
        return time.monotonic()


class Fixed:
    """Routes that are known already."""

    def __init__(self, routes: Mapping[str, Route]) -> None:
        self._routes = routes

    async def resolve(self, hosts: Mapping[str, str]) -> dict[str, Route]:
        return {name: self._routes[name] for name in hosts}


class Counting:
    """Counts what is delivered, and how long the loop was held."""

    def __init__(self, nodes: int) -> None:
        self.kinds: Counter[str] = Counter()
        self.up: set[str] = set()
        self.all_up = asyncio.Event()
        self.longest = 0.0
        self._nodes = nodes

    def take(self, batch: Sequence[AnyRecord]) -> None:
        for record in batch:
            self.kinds[type(record).__name__] += 1
            if isinstance(record, NodeLink):
                (self.up.add if record.state is LinkState.UP else self.up.discard)(record.node)
        if len(self.up) == self._nodes:
            self.all_up.set()

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(TICK)
            self.longest = max(self.longest, loop.time() - before - TICK)


async def measure(nodes: int, seconds: float, interval: float, folder: Path, port: int) -> bool:
    """Connect, stream, print; say whether the target was met."""
    names = [f"gpu{n:04}" for n in range(nodes)]
    routes = {
        name: Route(
            name, "127.0.0.1", port, "bench", alias=name, known_hosts=(folder / "known",), keys=(folder / "id",)
        )
        for name in names
    }
    host_key = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known").write_text("".join(f"{name} {host_key}\n" for name in names))
    source = Ssh(Opening(World(), interval, {"hosts": [{"name": name} for name in names]}), resolver=Fixed(routes))
    counting = Counting(nodes)
    watching = asyncio.create_task(counting.watch())
    gc.set_threshold(*THRESHOLDS)
    cpu, wall = time.process_time(), time.monotonic()
    running = asyncio.create_task(source.run(counting.take))
    await asyncio.wait_for(counting.all_up.wait(), 120)
    connect = time.process_time() - cpu
    print(f"{nodes} nodes up: {connect:.2f} s CPU (to reach {CONNECT:g}), {time.monotonic() - wall:.1f} s by the wall,")
    print(f"longest time for which the loop was held {counting.longest * 1000:.0f} ms")
    counting.longest = 0.0
    await asyncio.sleep(interval)
    cpu, wall, samples = time.process_time(), time.monotonic(), counting.kinds["NodeSample"]
    await asyncio.sleep(seconds)
    used, passed = time.process_time() - cpu, time.monotonic() - wall
    samples = counting.kinds["NodeSample"] - samples
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"streaming: {samples} samples in {passed:.1f} s, {used / max(samples, 1) * 1e6:.0f} µs CPU each,")
    print(f"{100 * used / passed:.1f} % of a core, {size:.0f} MB, loop held {counting.longest * 1000:.0f} ms at most")
    watching.cancel()
    running.cancel()
    await asyncio.gather(running, watching, return_exceptions=True)
    return connect <= CONNECT


def main() -> int:
    """Start the stand-in, measure, and say whether the target was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=512)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--interval", type=float, default=2.0)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * options.nodes)), hard))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(folder / "id"))
        key.write_public_key(str(folder / "id.pub"))
        start = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import ssh_stand_in as s; s.serve()"
        command = [sys.executable, "-c", start, name, str(options.interval)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            try:
                port = int(server.stdout.readline())
                with asyncio.Runner(loop_factory=pace.loop) as runner:
                    met = runner.run(measure(options.nodes, options.seconds, options.interval, folder, port))
            finally:
                server.stdin.close()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
