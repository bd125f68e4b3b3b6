"""First frame of `quarterdeck demo` against a bare Textual app with Header and Footer, alternating, in one run.

    python tests/bench/start.py [--runs 7] [--columns 120] [--rows 40]

The first frame is the console's own text on the screen, `SIMULATED` in line 1; the heatmap is alive when its cursor
stands on a card. Both are measured with a collector that runs already and with none; the terminal answers queries.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from lab import Lab, lab
from terminal import Terminal, first_frame

BARE_TEXT = "bare-app-is-here"
BARE = """
from textual.app import App
from textual.widgets import Footer, Header, Static
class Bare(App):
    def compose(self):
        yield Header()
        yield Static("bare-app" "-is-here")
        yield Footer()
Bare().run()
"""
_MOST = 1.35
_ALIVE = 2000.0


def opened(room: Lab, columns: int, rows: int) -> tuple[float, float]:
    """Open the console; milliseconds until its first frame, and until the heatmap is alive."""
    with Terminal(room.command, columns, rows, room.environment) as terminal:
        first = terminal.wait_for("SIMULATED")
        alive = terminal.wait_for("GPU 0", 20)
        return (first - terminal.started) * 1000, (alive - terminal.started) * 1000


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--rows", type=int, default=40)
    given = parser.parse_args()
    bare: list[float] = []
    found: dict[str, list[tuple[float, float]]] = {"running": [], "none": []}
    with lab() as running, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        opened(running, given.columns, given.rows)  # starts the collector, warms the file cache, writes byte code
        for run in range(given.runs):
            bare.append(first_frame([sys.executable, "-c", BARE], BARE_TEXT, given.columns, given.rows))
            found["running"].append(opened(running, given.columns, given.rows))
            home = Path(folder) / str(run)
            home.mkdir()
            fresh = Lab(home)
            try:
                found["none"].append(opened(fresh, given.columns, given.rows))
            finally:
                fresh.stop()
    plain = statistics.median(bare)
    print(f"first frame, wall, median of {given.runs}, alternating, {given.columns}x{given.rows}")
    print(f"  bare Textual app     {plain:6.0f} ms   ({min(bare):.0f} to {max(bare):.0f})")
    kept = True
    for name, title in (("running", "a collector runs"), ("none", "no collector")):
        first, alive = zip(*found[name], strict=True)
        ratio = statistics.median(first) / plain
        kept = kept and ratio <= _MOST and max(alive) <= _ALIVE
        print(f"  {title:20} {statistics.median(first):6.0f} ms   ({min(first):.0f} to {max(first):.0f})", end="")
        print(f"   ratio {ratio:.2f} (to reach: {_MOST})", end="")
        print(f"   alive after {statistics.median(alive):.0f} ms, at most {max(alive):.0f} (to reach: {_ALIVE:.0f})")
        print(f"start.{name}_ratio={ratio:.3f}\nstart.{name}_alive_ms={statistics.median(alive):.0f}")
    print("holds" if kept else "DOES NOT HOLD")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
