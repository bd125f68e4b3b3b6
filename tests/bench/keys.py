"""Key to screen while 4,096 simulated GPUs tick, bytes to the terminal, and what console and collector cost.

    python tests/bench/keys.py [--keys 240] [--seconds 24] [--nodes 546] [--gpus 8] [--columns 200] [--rows 60]

A real console in a real pty, with its real collector in a process of its own. A key moves the cursor at a random
moment; it has arrived when the bytes that name the new card in line 2 have come out of the pty: that line is painted
after the cursor itself. In the seconds before, no key is pressed: those are the bytes and the CPU of the steady state.
"""

import argparse
import os
import random
import re
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lab import Cost, cost, lab
from terminal import Terminal

_PLACE = re.compile(rb"GPU (\d+)\b")
_SETTLE = 12.0
"""Seconds until every node has said everything once and caches are warm."""


class Walk:
    """A cursor that walks to and fro along one node, as the terminal sees it."""

    def __init__(self, terminal: Terminal, chance: random.Random, slots: int) -> None:
        self._terminal = terminal
        self._chance = chance
        self._slots = slots
        self._slot = 0

    def begin(self) -> None:
        """Go to the first card of all; it is card 0 of its node."""
        self._terminal.send("\x1b[C\x1b[H")
        self._terminal.drain(1.0)
        self._slot = 0

    def step(self) -> float:
        """Press one key; milliseconds until the screen names the card that it leads to."""
        right = self._slot == 0 or (self._slot < self._slots - 1 and self._chance.random() < 0.5)
        wanted = self._slot + (1 if right else -1)
        self._terminal.latest = b""
        began = time.perf_counter()
        self._terminal.send("\x1b[C" if right else "\x1b[D")
        while time.perf_counter() - began < 5:
            at = self._terminal.read(1.0)
            if at is not None and any(int(slot) == wanted for slot in _PLACE.findall(self._terminal.latest)):
                self._slot = wanted
                return (at - began) * 1000
        raise TimeoutError(f"card {wanted} is not named 5 s after the key")


def share(before: Cost, after: Cost, seconds: float) -> float:
    """Percent of a core."""
    return 100 * (after.cpu - before.cpu) / seconds


def main() -> int:
    """Measure, print, and say whether the targets were reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=240)
    parser.add_argument("--seconds", type=float, default=24.0, help="of steady state, without a key")
    parser.add_argument("--nodes", type=int, default=546, help="one in sixteen has no cards")
    parser.add_argument("--gpus", type=int, default=8)
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--rows", type=int, default=60)
    given = parser.parse_args()
    chance = random.Random(11)
    with (
        lab("--nodes", str(given.nodes), "--gpus", str(given.gpus)) as room,
        Terminal(room.command, given.columns, given.rows, room.environment, screen=False) as terminal,
    ):
        terminal.drain(1.0)
        collector = room.collector()
        said = room.welcome()
        cards = sum(len(node.facts.cards) for node in said[1].fleet.nodes.values() if node.facts) if said else 0
        terminal.drain(_SETTLE)
        load = os.getloadavg()[0]
        pids = {"console": terminal.pid, "collector": collector}
        before = {name: cost(pid) for name, pid in pids.items()}
        began = time.perf_counter()
        sent = terminal.drain(given.seconds) / given.seconds
        took = time.perf_counter() - began
        after = {name: cost(pid) for name, pid in pids.items()}
        walk = Walk(terminal, chance, given.gpus)
        walk.begin()
        times = []
        for _ in range(given.keys):
            terminal.drain(chance.uniform(0.02, 0.28))
            times.append(walk.step())
        last = {name: cost(pid) for name, pid in pids.items()}
    parts = statistics.quantiles(times, n=100, method="inclusive")
    p50, p99 = parts[49], parts[98]
    percent = {name: share(before[name], after[name], took) for name in pids}
    print(f"{cards} GPUs at 0.5 Hz, {given.columns}x{given.rows}, truecolour, load of the machine {load:.1f}")
    print(f"  key to screen, {len(times)} keys   p50 {p50:.1f}  p90 {parts[89]:.1f}  p99 {p99:.1f}", end="")
    print(f"  max {max(times):.1f} ms   (to reach: 8 / 50)")
    print(f"  bytes to the terminal        {sent / 1000:.1f} KB/s   (to reach: 40)")
    for name in pids:
        waited = 100 * (after[name].queued - before[name].queued) / took
        print(
            f"  {name:12} CPU {percent[name]:5.1f} % of a core, {last[name].rss / 1e6:.0f} MB, "
            f"waited for a core {waited:.1f} % of the time"
        )
    print(f"  sum          CPU {sum(percent.values()):5.1f} % of a core")
    figures = {"p50_ms": p50, "p99_ms": p99, "max_ms": max(times), "bytes_per_s": sent, "cards": cards}
    figures |= {f"{name}_cpu": percent[name] for name in pids}
    for name, value in figures.items():
        print(f"keys.{name}={value:.2f}")
    kept = p50 <= 8 and p99 <= 50 and sent <= 40_000 and cards >= 4096
    print("holds" if kept else "DOES NOT HOLD")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
