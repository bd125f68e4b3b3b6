"""First frame of a command against a bare Textual app with Header and Footer, in the same run.

    python tests/bench/start.py --text TEXT [--runs 7] [--columns 80] [--rows 24] -- COMMAND [ARGUMENT …]

Without a command it measures the bare app against itself, which says how far apart two equal things come out here.
"""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from terminal import first_frame

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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", default=BARE_TEXT, help="what the first frame shows")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--columns", type=int, default=80)
    parser.add_argument("--rows", type=int, default=24)
    parser.add_argument("command", nargs="*")
    given = parser.parse_args()
    bare = [sys.executable, "-c", BARE]
    command = given.command or bare
    ours: list[float] = []
    theirs: list[float] = []
    for run in range(given.runs + 1):
        pair = (
            first_frame(command, given.text, given.columns, given.rows),
            first_frame(bare, BARE_TEXT, given.columns, given.rows),
        )
        if run:  # the first pair warms the file cache and writes byte code
            ours.append(pair[0])
            theirs.append(pair[1])
    mine, plain = statistics.median(ours), statistics.median(theirs)
    print(f"first frame, wall, median of {given.runs}, alternating, {given.columns}x{given.rows}")
    print(f"  command   {mine:7.0f} ms   ({min(ours):.0f} to {max(ours):.0f})")
    print(f"  bare app  {plain:7.0f} ms   ({min(theirs):.0f} to {max(theirs):.0f})")
    print(f"  ratio     {mine / plain:7.2f}")
    print(f"start.command_ms={mine:.1f}")
    print(f"start.bare_ms={plain:.1f}")
    print(f"start.ratio={mine / plain:.3f}")


if __name__ == "__main__":
    main()
