"""One refresh of 10,000 jobs in all: Slurm's tools, collector, socket and console with the pane `jobs`, as one sum.

Run: ``python tests/bench/refresh.py [--jobs 10000] [--seconds 60]``, as root, with the packages of the tests' Slurm. A
real Slurm is started and filled with held jobs (this takes minutes); then one job in a hundred gets another time limit
before each listing. The sum is what collector, console and the tools that the collector ran have used, by the kernel's
account, without what the same two use while no scheduler is there. To hold: 300 ms.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "services" / "slurm"))
import slurm_cluster
from lab import Lab
from terminal import Terminal

MOST = 300.0
"""Milliseconds of CPU."""
INTERVAL = 10
"""Seconds between listings."""
_TICK = os.sysconf("SC_CLK_TCK")
_SUBMIT = (
    "for i in $(seq {count}); do sbatch -Q -H -D /tmp -o /dev/null -J train-$i -n1 -t60 --gres=gpu:1 --wrap=true; done"
)


def used(pid: int) -> tuple[float, float]:
    """Seconds of CPU that a process has used, and those of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own, below = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
    return own / _TICK, below / _TICK


def fill(cluster: slurm_cluster.Cluster, count: int) -> list[str]:
    """Submit held jobs; their numbers."""
    with (cluster.folder / "slurm.conf").open("a") as conf:
        conf.write(f"MaxJobCount={2 * count}\n")
    cluster.restart_ctld()
    half = ["sh", "-c", _SUBMIT.format(count=count // 2)]
    submitting = [subprocess.Popen(half, env=cluster.env) for _ in range(2)]
    for process in submitting:
        process.wait(1800)
    return cluster.tool("squeue", "-h", "-o", "%A").split()


class Room:
    """A collector and a console with a folder of their own."""

    def __init__(self, home: Path, environment: Mapping[str, str], config: str) -> None:
        self._home, self._lab = home, Lab(home)
        self._environment = {**environment, **self._lab.environment}
        (home / "config" / "quarterdeck").mkdir(parents=True)
        (home / "config" / "quarterdeck" / "config.toml").write_text(config)
        self._program = [sys.executable, "-P", "-m", "console", "--data", str(home / "lab")]

    def measure(self, seconds: float, change: "Changing | None") -> tuple[float, float, float, float]:
        """Run both for some time; CPU seconds of collector, tools and console, and the worst key in milliseconds."""
        environment = {**os.environ, **self._environment}
        collector = subprocess.Popen([*self._program, "collect"], env=environment)
        try:
            self._lab.collector()
            with Terminal(self._program, 140, 50, self._environment, screen=False) as terminal:
                terminal.drain(3)
                terminal.send(":jobs\r")
                terminal.drain(3 * INTERVAL)
                before = (*used(collector.pid), *used(terminal.pid))
                end, worst = time.monotonic() + seconds, 0.0
                while time.monotonic() < end:
                    if change is not None:
                        change.next()
                    terminal.drain(INTERVAL)
                after = (*used(collector.pid), *used(terminal.pid))
                for _ in range(2):  # keys cost the console something, so they come after the sum
                    if change is not None:
                        change.next()
                    worst = max(worst, _walk(terminal, INTERVAL))
        finally:
            collector.send_signal(signal.SIGTERM)
            collector.wait(20)
        own, tools, console, _ = (b - a for a, b in zip(before, after, strict=True))
        return own, tools, console, worst


class Changing:
    """Gives one job in a hundred another time limit at each call."""

    def __init__(self, cluster: slurm_cluster.Cluster, jobs: Sequence[str]) -> None:
        self._cluster, self._jobs, self._chance, self._limit = cluster, jobs, random.Random(4), 60

    def next(self) -> None:
        """Change the next hundredth."""
        self._limit += 1
        some = self._chance.sample(self._jobs, len(self._jobs) // 100)
        self._cluster.tool("scontrol", "update", f"jobid={','.join(some)}", f"timelimit={self._limit}")


def _walk(terminal: Terminal, seconds: float) -> float:
    """Wait for so long while a key is pressed twice a second; the longest time to the next bytes, in milliseconds."""
    worst, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        terminal.settle(0.05, 1.0)
        began = time.perf_counter()
        terminal.send("j")
        came = terminal.read(2.0)
        if came is not None:
            worst = max(worst, (came - began) * 1000)
        terminal.drain(0.4)
    return worst


def main() -> int:
    """Measure, print, and say whether the target was met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    why = slurm_cluster.missing()
    if why is not None:
        print(f"not measured: {why}")
        return 0
    config = f'[[schedulers]]\nkind = "slurm"\ninterval = {INTERVAL}\n'
    with slurm_cluster.cluster() as cluster, tempfile.TemporaryDirectory(prefix="bench-") as name:
        began = time.monotonic()
        jobs = fill(cluster, given.jobs)
        print(f"{len(jobs)} jobs in a real Slurm after {time.monotonic() - began:.0f} s", flush=True)
        (Path(name) / "with").mkdir()
        (Path(name) / "without").mkdir()
        base = Room(Path(name) / "without", {}, "").measure(given.seconds, None)
        told = Room(Path(name) / "with", {"SLURM_CONF": cluster.env["SLURM_CONF"]}, config).measure(
            given.seconds, Changing(cluster, jobs)
        )
    rounds = given.seconds / INTERVAL
    parts = [(told[part] - base[part]) / rounds * 1000 for part in range(3)]
    for what, cost in zip(("collector", "tools", "console"), parts, strict=True):
        print(f"{what:12}{cost:8.0f} ms of CPU a refresh")
    print(
        f"{'sum':12}{sum(parts):8.0f} ms (to reach {MOST:g}); longest key {told[3]:.0f} ms, without jobs {base[3]:.0f}"
    )
    return 0 if sum(parts) <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
