"""What a heatmap costs: CPU of the whole process from an update until it is idle again, in a real pty, truecolour.

    python tests/bench/heatmap.py [--updates 21] [--columns 200] [--rows 60]

Sixteen levels; each job is 64 neighbouring cells about one level. The values (blocks, and `Content` for the
comparison) are made before the clock starts; what is measured is taking them, drawing, and writing to the terminal.
"""

import argparse
import asyncio
import gc
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))
from rich.style import Style
from terminal import Terminal
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.content import Content, Span
from textual.drivers.linux_driver import LinuxDriver
from textual.style import Style as ContentStyle
from textual.widgets import Static

from widgets.cells import Dress, Look
from widgets.heatmap import Heatmap
from widgets.models import Block

LEVELS = 16
PER_NODE = 8
PER_JOB = 64
GLYPHS = "·▁▁▂▂▃▃▄▄▅▅▆▆▇▇█"
LOOKS = tuple(
    Look(GLYPHS[i], Style(color=f"#{40 + i * 13:02x}{200 - i * 8:02x}{120 - i * 5:02x}")) for i in range(LEVELS)
)
IDLE = 0.12
"""Seconds after which an update is over: the longest takes a third of it; an idle app costs 0.1 ms in that time."""


def levels(chance: random.Random, cells: int) -> bytearray:
    """The cells of one job after another, each near its job's level."""
    values = bytearray()
    while len(values) < cells:
        level = chance.randrange(1, LEVELS - 1)
        values += bytes(level + chance.choice((-1, 0, 0, 1)) for _ in range(min(PER_JOB, cells - len(values))))
    return values


def fleet(values: bytes) -> list[Block]:
    """The cells as nodes of eight."""
    nodes = len(values) // PER_NODE
    return [
        Block(f"n{i}", f"gpu-{i:04}", bytes(values[i * PER_NODE : (i + 1) * PER_NODE]), "wang  llama-sft")
        for i in range(nodes)
    ]


def next_values(chance: random.Random, values: bytearray, jobs: int | None) -> bytearray:
    """The same cells with so many jobs changed, or all."""
    if jobs is None:
        return levels(chance, len(values))
    values = bytearray(values)
    for job in chance.sample(range(len(values) // PER_JOB), jobs):
        values[job * PER_JOB : (job + 1) * PER_JOB] = levels(chance, PER_JOB)
    return values


class Counted(LinuxDriver):
    """The real driver; keeps what was written until it is counted."""

    written: list[str] = []  # noqa: RUF012 - one driver in this process

    def write(self, data: str) -> None:
        self.written.append(data)
        super().write(data)


class Bench(App[None]):
    """Runs the cases one after the other and leaves the figures in a file."""

    CSS = "#stage { width: 100%; height: 100%; } Static { width: 100%; height: 100%; }"

    def __init__(self, updates: int, out: Path) -> None:
        super().__init__(driver_class=Counted)
        self.updates = updates
        self.out = out
        self.figures: dict[str, float] = {}

    def compose(self) -> ComposeResult:
        yield Container(id="stage")

    def on_ready(self) -> None:
        self.run_worker(self.work())

    async def work(self) -> None:
        for density in ("compact", "dense"):
            await self.compare(density)
        await self.large()
        self.out.write_text(json.dumps(self.figures))
        self.exit()

    async def measure(self, name: str, updates: list[Callable[[], object]]) -> None:
        """Run each update until idle; keep the median CPU in ms and bytes (the first is to warm up)."""
        spent: list[float] = []
        sent: list[int] = []
        for update in updates:
            gc.collect()
            Counted.written.clear()
            start = time.process_time()
            update()
            await asyncio.sleep(IDLE)
            spent.append((time.process_time() - start) * 1000)
            sent.append(len("".join(Counted.written).encode()))
        self.figures[f"{name}_ms"] = statistics.median(spent[1:])
        self.figures[f"{name}_bytes"] = statistics.median(sent[1:])

    async def staged(self, widget: Any) -> None:
        stage = self.query_one("#stage")
        await stage.remove_children()
        await stage.mount(widget)
        widget.focus()
        await asyncio.sleep(0.3)

    async def compare(self, density: Any) -> None:
        """4,096 cells: the heatmap, and the same picture as Content in a Static."""
        chance = random.Random(1)
        shots = [fleet(levels(chance, 4096)) for _ in range(self.updates + 1)]
        heatmap = Heatmap()
        heatmap.density = density
        heatmap.dress(Dress(LOOKS, "▀▄"))
        heatmap.show(fleet(levels(chance, 4096)))
        await self.staged(heatmap)
        self.figures[f"{density}_4096_lines"] = heatmap.virtual_size.height
        await self.measure(f"{density}_4096_full", [lambda shot=shot: heatmap.show(shot) for shot in shots])
        jobs = [levels(chance, 4096)]
        for _ in range(self.updates + 1):
            jobs.append(next_values(chance, jobs[-1], 3))
        some = [fleet(values) for values in jobs]
        heatmap.show(some.pop(0))
        await asyncio.sleep(IDLE)
        await self.measure(f"{density}_4096_jobs", [lambda shot=shot: heatmap.show(shot) for shot in some])
        pictures = []
        for shot in shots:
            heatmap.show(shot)
            pictures.append(as_content(heatmap))
        static = Static()
        await self.staged(static)
        await self.measure(f"{density}_4096_content", [lambda shot=shot: static.update(shot) for shot in pictures])
        self.figures[f"{density}_4096_ratio"] = (
            self.figures[f"{density}_4096_full_ms"] / self.figures[f"{density}_4096_content_ms"]
        )

    async def large(self) -> None:
        """16,384 cells, two to a character."""
        chance = random.Random(2)
        heatmap = Heatmap()
        heatmap.dress(Dress(LOOKS, "▀▄"))
        values = levels(chance, 16384)
        heatmap.show(fleet(values))
        await self.staged(heatmap)
        self.figures["large_lines"] = heatmap.virtual_size.height
        for name, jobs in (("jobs", 3), ("all", None)):
            shots = []
            for _ in range(self.updates + 1):
                values = next_values(chance, values, jobs)
                shots.append(fleet(values))
            await self.measure(f"large_{name}", [lambda shot=shot: heatmap.show(shot) for shot in shots])
        same = [fleet(values) for _ in range(self.updates + 1)]
        await self.measure("large_same", [lambda shot=shot: heatmap.show(shot) for shot in same])


def as_content(heatmap: Heatmap) -> Content:
    """The heatmap's picture with the same runs of the same styles."""
    text: list[str] = []
    spans: list[Span] = []
    reached = 0
    for y in range(heatmap.virtual_size.height):
        for segment in heatmap.render_line(y):
            end = reached + len(segment.text)
            if segment.style is not None and (segment.text.strip() or segment.style.bgcolor):
                spans.append(Span(reached, end, ContentStyle.from_rich_style(segment.style)))
            text.append(segment.text)
            reached = end
        text.append("\n")
        reached += 1
    return Content("".join(text), spans)


def main() -> None:
    """Run the cases in a pty and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=21)
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.out:
        bench = Bench(given.updates, given.out)
        bench.run()
        sys.exit(bench.return_code)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        argv = [sys.executable, __file__, "--updates", str(given.updates), "--out", str(out)]
        with Terminal(argv, given.columns, given.rows, screen=False) as terminal:
            code = terminal.wait(600)
        if code or not out.exists():
            sys.exit(f"the benchmark ended with {code} and without figures; run it by hand: {' '.join(argv)}")
        report(json.loads(out.read_text()), given)


def report(figures: dict[str, float], given: argparse.Namespace) -> None:
    """Print a table for people, then a line per figure for programs."""
    print(f"heatmap, CPU until idle, median of {given.updates} updates, {given.columns}x{given.rows}, truecolour")
    print(f"  {'':34}{'ms':>8}{'bytes':>10}")
    rows = {
        "4,096 labelled, all change": "compact_4096_full",
        "4,096 labelled, three jobs": "compact_4096_jobs",
        "  the same as Static(Content)": "compact_4096_content",
        "4,096 half blocks, all change": "dense_4096_full",
        "4,096 half blocks, three jobs": "dense_4096_jobs",
        "  the same as Static(Content) ": "dense_4096_content",
        "16,384, three jobs change": "large_jobs",
        "16,384, all change": "large_all",
        "16,384, nothing changes": "large_same",
    }
    for title, name in rows.items():
        print(f"  {title:34}{figures[name + '_ms']:8.1f}{figures[name + '_bytes']:10.0f}")
    for density in ("compact", "dense"):
        print(f"  {density} heatmap / Content: {figures[density + '_4096_ratio']:.3f} (to reach: 0.25)")
    for name, value in sorted(figures.items()):
        print(f"heatmap.{name}={value:.3f}")


if __name__ == "__main__":
    main()
