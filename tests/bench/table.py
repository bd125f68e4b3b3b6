"""CPU of the table against the toolkit's own DataTable, both in this run: ``python tests/bench/table.py [rows]``.

Prints milliseconds of process time until idle, the ratio, and what must hold: loading in at most 1/10 of the CPU of
DataTable, 1 % of changed rows in at most 1/4.
"""

import asyncio
import random
import sys
import time
from collections.abc import Callable
from statistics import median

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import DataTable

from themes.glyphs import UNICODE
from themes.palettes import DARK
from widgets.models import Column, Row, Span
from widgets.styles import styles, theme
from widgets.table import Table

COLUMNS = (
    Column("state", "S", 2, priority=9),
    Column("job", "JOB", 8, "right", 8),
    Column("name", "NAME", 14, priority=7, grow=1),
    Column("user", "USER", 10, priority=6),
    Column("part", "PART", 8, priority=2),
    Column("gpus", "GPUS", 5, "right", 5),
    Column("eff", "EFF", 5, "right", 4),
    Column("nodes", "NODES", 20, priority=1, grow=1),
)
Job = list[str]


def jobs(count: int) -> list[Job]:
    """Rows as a queue has them."""
    chance = random.Random(7)
    return [
        [
            *(chance.choice("RP"), str(8000 + number), f"train-{chance.randrange(500)}", f"user{chance.randrange(60)}"),
            *(chance.choice(["a100", "h100", "cpu"]), str(chance.choice([1, 2, 4, 8])), f"{chance.randrange(100)}%"),
            f"gpu-{chance.randrange(512):03}",
        ]
        for number in range(count)
    ]


def row(job: Job) -> Row:
    """As a view makes it."""
    return Row(job[1], (Span(job[0], "ok"), *job[1:6], Span(job[6], "warning"), job[7]))


class Ours(App[None]):
    """The table alone."""

    def compose(self) -> ComposeResult:
        """Place it."""
        yield Table(styles(DARK), UNICODE)

    def on_mount(self) -> None:
        """Dress."""
        self.register_theme(theme(DARK))
        self.theme = theme(DARK).name


class Theirs(App[None]):
    """The toolkit's table alone."""

    def compose(self) -> ComposeResult:
        """Place it."""
        yield DataTable[str](cursor_type="row")


async def cpu(pilot: Pilot[None], act: Callable[[], None]) -> float:
    """Milliseconds of process time from the act until everything is drawn."""
    await pilot.pause()
    began = time.process_time()
    act()
    await pilot.pause()
    return (time.process_time() - began) * 1000


def changed(table: list[Job], chance: random.Random) -> list[int]:
    """Change two cells in 1 % of the rows."""
    indices = chance.sample(range(len(table)), len(table) // 100)
    for index in indices:
        table[index] = [*table[index][:6], f"{chance.randrange(100)}%", f"gpu-{chance.randrange(512):03}"]
    return indices


async def ours(table: list[Job]) -> dict[str, float]:
    """Every act on our table."""
    chance, found = random.Random(1), {}
    async with Ours().run_test(size=(140, 50)) as pilot:
        widget = pilot.app.query_one(Table)
        found["load"] = await cpu(pilot, lambda: widget.show(COLUMNS, [row(job) for job in table]))
        rows = list(widget.rows)

        def one_percent() -> None:
            nonlocal rows
            rows = list(rows)
            for index in changed(table, chance):
                rows[index] = row(table[index])
            widget.show(COLUMNS, rows)

        found["1 % changed"] = median([await cpu(pilot, one_percent) for _ in range(9)])

        def exchanged() -> None:
            nonlocal rows
            rows = [*rows[20:], *rows[:20]]
            widget.show(COLUMNS, rows[:-1])

        found["20 go, 19 come"] = median([await cpu(pilot, exchanged) for _ in range(5)])
        turn = iter([True, False] * 5)
        found["sort"] = median(
            [
                await cpu(
                    pilot, lambda: widget.show(COLUMNS, sorted(rows, key=lambda r: r.cells[2], reverse=next(turn)))
                )
                for _ in range(5)
            ]
        )
        found["cursor down"] = median([await cpu(pilot, lambda: widget.move(1)) for _ in range(9)])
    return found


async def theirs(table: list[Job]) -> dict[str, float]:
    """Every act on DataTable, in the way its makers advise."""
    chance, found = random.Random(1), {}
    async with Theirs().run_test(size=(140, 50)) as pilot:
        widget: DataTable[str] = pilot.app.query_one(DataTable)
        widget.add_columns(*[(column.title, column.key) for column in COLUMNS])

        def load() -> None:
            for job in table:
                widget.add_row(*job, key=job[1])

        found["load"] = await cpu(pilot, load)

        def one_percent() -> None:
            with pilot.app.batch_update():
                for index in changed(table, chance):
                    widget.update_cell(table[index][1], "eff", table[index][6])
                    widget.update_cell(table[index][1], "nodes", table[index][7])

        found["1 % changed"] = median([await cpu(pilot, one_percent) for _ in range(5)])
        turn = iter([True, False] * 5)
        found["sort"] = median(
            [await cpu(pilot, lambda: widget.sort("name", reverse=next(turn)) and None) for _ in range(5)]
        )
        found["cursor down"] = median([await cpu(pilot, widget.action_cursor_down) for _ in range(9)])
    return found


async def main(count: int) -> int:
    """Measure and compare."""
    mine, other = await ours(jobs(count)), await theirs(jobs(count))
    print(f"{count} rows, 8 columns, 140x50; CPU ms until idle")
    for act, cost in mine.items():
        against = f"{other[act]:9.1f}  1/{other[act] / cost:.0f}" if act in other else "        -"
        print(f"{act:16}{cost:9.1f}{against}")
    kept = mine["load"] * 10 <= other["load"] and mine["1 % changed"] * 4 <= other["1 % changed"]
    print("holds" if kept else "DOES NOT HOLD")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
