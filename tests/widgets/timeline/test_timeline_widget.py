"""The timeline: a cursor in two dimensions, only changed lines painted, thousands of rows for the price of a screen."""

from collections.abc import Sequence

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.geometry import Region

from themes.glyphs import UNICODE
from themes.palettes import DARK
from widgets.models import Span
from widgets.styles import styles
from widgets.timeline.models import Beside, Lane, Note, Scale, Tile
from widgets.timeline.timeline import AXIS, Timeline

TILES = (Tile(" "), Tile("."), Tile("#", "owner.1"))


class Rows:
    """Rows of dots, a # where one was asked for; counts what is drawn."""

    def __init__(self, count: int, slots: int = 40, marks: Sequence[tuple[int, int]] = (), prefix: str = "r") -> None:
        self.keys = tuple(f"{prefix}{index}" for index in range(count))
        upper = (Note(0, "Sat 2026-11-21", 20),)
        self.scale = Scale(slots, 1, 6, beside=6, upper=upper, names=tuple(f"{slot:02}:00" for slot in range(slots)))
        self.marks = frozenset(marks)
        self.made: set[int] = set()

    def lane(self, index: int) -> Lane:
        self.made.add(index)
        return Lane(self.keys[index], bytes(2 if (index, slot) in self.marks else 1 for slot in range(40)))

    def beside(self, index: int, slot: int) -> Beside:
        return (Span("held" if (index, slot) in self.marks else ""),), ()

    def heading(self, slot: int) -> Beside:
        return (Span(self.scale.names[slot]),), ()


class Stage(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str, int]] = []
        self.seen = 0

    def compose(self) -> ComposeResult:
        yield Timeline(styles(DARK), UNICODE, TILES, empty="no rows\nat all")

    @property
    def timeline(self) -> Timeline:
        return self.query_one(Timeline)

    @on(Timeline.Moved)
    @on(Timeline.Chosen)
    def note(self, event: Timeline.Said) -> None:
        self.said.append((type(event).__name__, event.key, event.slot))

    @on(Timeline.Seen)
    def other(self) -> None:
        self.seen += 1

    def drawn(self) -> list[str]:
        return [self.timeline.line_text(y) for y in range(self.timeline.size.height)]


def watch(timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> list[Region]:
    painted: list[Region] = []
    monkeypatch.setattr(timeline, "refresh", lambda *regions, **_: painted.extend(regions))
    return painted


async def test_axis_and_rows() -> None:
    app = Stage()
    async with app.run_test(size=(60, 8)) as pilot:
        app.timeline.show(Rows(2, marks=[(1, 3)]), 3)
        await pilot.pause()
        assert app.drawn() == [
            "       Sat 2026-11-21                            03:00",
            "        03:00",
            "r0     ........................................",
            "r1     ...#....................................  held",
            *[""] * 4,
        ]


async def test_what_is_said_where_there_are_no_rows() -> None:
    app = Stage()
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.pause()
        assert app.drawn()[AXIS : AXIS + 3] == ["no rows", "at all", ""]
        assert app.timeline.cursor is None
        assert not app.timeline.move(1, 1)


async def test_the_cursor_moves_in_two_dimensions_and_stops_at_the_edges() -> None:
    app = Stage()
    async with app.run_test(size=(60, 8)) as pilot:
        app.timeline.show(Rows(50), 0)
        assert app.timeline.move(2, 1)
        assert app.timeline.cursor == ("r1", 2)
        assert not app.timeline.move(0, 0)
        assert app.timeline.move(-9, -9)
        assert not app.timeline.move(-1, 0)
        app.timeline.end()
        await pilot.pause()
        assert app.timeline.cursor == ("r49", 0)
        assert app.drawn()[-1].startswith("r49")
        app.timeline.page(-1)
        assert app.timeline.cursor == ("r44", 0)
        app.timeline.home()
        app.timeline.choose()
        await pilot.pause()
        assert app.said[-1] == ("Chosen", "r0", 0)
        assert app.drawn()[AXIS].startswith("r0")


async def test_only_lines_that_differ_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        app.timeline.show(Rows(50), 5)
        await pilot.pause()
        app.drawn()
        painted = watch(app.timeline, monkeypatch)
        app.timeline.show(Rows(50, marks=[(4, 9), (5, 9), (40, 9)]))
        assert [(region.y, region.height) for region in painted] == [(0, 2), (AXIS + 4, 2)]
        app.drawn()
        painted.clear()
        app.timeline.move(0, 1)
        assert [(region.y, region.height) for region in painted] == [(AXIS, 2)]
        painted.clear()
        app.timeline.move(4, 0)  # onto the slot in which two rows are held: what is said behind them changes
        assert [(region.y, region.height) for region in painted] == [(0, 2), (AXIS + 1, 1), (AXIS + 4, 2)]


async def test_the_cursor_keeps_its_row_when_rows_come_and_go() -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)):
        app.timeline.show(Rows(10), 7)
        app.timeline.go("r4")
        chart = Rows(10)
        chart.keys = tuple(reversed(chart.keys))
        app.timeline.show(chart)
        assert app.timeline.cursor == ("r4", 7)
        app.timeline.show(Rows(3), 99)
        assert app.timeline.cursor == ("r2", 39)
        app.timeline.show(Rows(0))
        app.timeline.show(Rows(10))
        assert app.timeline.cursor == ("r2", 39)
        assert not app.timeline.go("nobody")


async def test_thousands_of_rows_cost_a_screen() -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        chart = Rows(5000)
        app.timeline.show(chart, 5)
        await pilot.pause()
        app.timeline.end()
        await pilot.pause()
        assert app.drawn()[-1].startswith("r4999")
        assert len(chart.made) <= 80
        assert list(app.timeline.seen) == list(range(5000 - 18, 5000))
        assert app.seen >= 2


async def test_the_mouse_moves_the_cursor_and_enters() -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        app.timeline.show(Rows(50), 5)
        await pilot.pause()
        await pilot.click(Timeline, offset=(7 + 11, AXIS + 3))
        assert app.timeline.cursor == ("r3", 11)
        await pilot.click(Timeline, offset=(1, AXIS + 6))
        assert app.timeline.cursor == ("r6", 11)
        await pilot.click(Timeline, offset=(7 + 20, 1))
        assert app.timeline.cursor == ("r6", 20)
        await pilot.click(Timeline, offset=(7 + 20, AXIS + 6), times=2)
        await pilot.pause()
        assert ("Chosen", "r6", 20) in app.said


async def test_a_smaller_screen_keeps_the_cursor_in_sight() -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        app.timeline.show(Rows(50), 5)
        await pilot.pause()
        app.timeline.go("r15")
        await pilot.resize_terminal(60, 9)
        await pilot.pause()
        assert any(line.startswith("r15") for line in app.drawn())
