"""CPU of a console that nobody touches, and of its collector, on a demo of 100 nodes at speed 1, in percent of a core.

python tests/bench/idle.py [--seconds 40] [--nodes 100] [--columns 160] [--rows 50]
"""

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lab import cost, lab
from terminal import Terminal

_SETTLE = 8.0
"""Seconds until the start is over."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--columns", type=int, default=160)
    parser.add_argument("--rows", type=int, default=50)
    given = parser.parse_args()
    with (
        lab("--nodes", str(given.nodes), "--speed", "1") as room,
        Terminal(room.command, given.columns, given.rows, room.environment, screen=False) as terminal,
    ):
        terminal.drain(1.0)
        pids = {"console": terminal.pid, "collector": room.collector()}
        terminal.drain(_SETTLE)
        before = {name: cost(pid) for name, pid in pids.items()}
        began = time.perf_counter()
        sent = terminal.drain(given.seconds)
        took = time.perf_counter() - began
        after = {name: cost(pid) for name, pid in pids.items()}
    print(f"{given.nodes} nodes, speed 1, {given.columns}x{given.rows}, {took:.0f} s, ", end="")
    print(f"load of the machine {os.getloadavg()[0]:.1f}")
    percent = {name: 100 * (after[name].cpu - before[name].cpu) / took for name in pids}
    for name, value in percent.items():
        print(f"  {name:12} CPU {value:5.2f} % of a core, {after[name].rss / 1e6:.0f} MB", end="")
        print("   (to reach: 2)" if name == "console" else "")
    print(f"  sum          CPU {sum(percent.values()):5.2f} % of a core, {sent / took / 1000:.1f} KB/s to the terminal")
    for name, value in percent.items():
        print(f"idle.{name}_cpu={value:.2f}")
    print("holds" if percent["console"] <= 2 else "DOES NOT HOLD")
    return 0 if percent["console"] <= 2 else 1


if __name__ == "__main__":
    sys.exit(main())
