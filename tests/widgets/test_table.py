"""The table: the cursor survives, only what differs is painted, and nothing hostile is obeyed."""

from collections.abc import Sequence

import pytest
from textual import events, on
from textual.app import App, ComposeResult
from textual.geometry import Region

from themes.glyphs import ASCII, UNICODE
from themes.palettes import DARK, LIGHT
from widgets.models import Column, Row, Span
from widgets.styles import styles
from widgets.table import Table
from widgets.text import width_of

COLUMNS = (
    Column("job", "JOB", 6, "right", 9),
    Column("name", "NAME", 10, priority=8, grow=1),
    Column("user", "USER", 8, priority=2),
    Column("node", "NODES", 30, priority=1),
)
HOSTILE = ["[bold red]x[/]", "\x1b[31mred\x1b[0m", "数据中心" * 10, "שלום", "x" * 200, "a\nb\x00", "\u202egnol"]


def rows(*keys: int | str) -> list[Row]:
    return [Row(str(key), (str(key), Span(f"name {key}", "ok"), "wang", "gpu-01")) for key in keys]


class Stage(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield Table(styles(DARK), UNICODE, empty=Span("no [b]jobs", "dim"))

    @property
    def table(self) -> Table:
        return self.query_one(Table)

    @on(Table.Moved)
    @on(Table.Chosen)
    @on(Table.Headed)
    def note(self, event: Table.Said) -> None:
        self.said.append((type(event).__name__, event.key))

    def drawn(self) -> list[str]:
        return [self.table.render_line(y).text.rstrip() for y in range(self.table.size.height)]


def watch(table: Table, monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Region]]:
    painted: list[Sequence[Region]] = []
    monkeypatch.setattr(table, "refresh", lambda *regions, **_: painted.append(regions))
    return painted


async def test_header_rows_and_sort_sign() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.show(COLUMNS, rows(8, 9))
        app.table.sort("job", reverse=True)
        await pilot.pause()
        lines = app.drawn()
        assert lines[0].split() == ["JOB↓", "NAME", "USER", "NODES"]
        assert lines[1].split() == ["8", "name", "8", "wang", "gpu-01"]
        assert lines[3] == ""


async def test_the_cursor_stays_on_its_row_and_scrolling_stays_where_it_is() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.table.show(COLUMNS, rows(*range(100)))
        await pilot.pause()
        app.table.move(20)
        await pilot.pause()
        top = app.table.top
        assert app.table.cursor == "20"
        app.table.show(COLUMNS, rows(*range(1, 100)))
        await pilot.pause()
        assert (app.table.cursor, app.table.top) == ("20", top)
        app.table.show(COLUMNS, rows(*range(99, -1, -1)))
        await pilot.pause()
        assert app.table.cursor == "20"
        assert app.table.top <= 79 < app.table.top + 14
        assert app.said == [("Moved", "0"), ("Moved", "20")]


async def test_a_cursor_that_was_scrolled_out_of_sight_does_not_pull_the_view_back() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.table.show(COLUMNS, rows(*range(100)))
        await pilot.pause()
        app.table.jump(50)
        app.table.show(COLUMNS, rows(*range(100, -1, -1)))
        await pilot.pause()
        assert app.table.top == 50


async def test_where_the_row_is_gone_its_neighbour_is_taken_and_said() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.table.show(COLUMNS, rows("a", "b", "c"))
        app.table.go("b")
        app.table.show(COLUMNS, rows("a", "c"))
        assert app.table.cursor == "c"
        app.table.show(COLUMNS, rows("a"))
        assert app.table.cursor == "a"
        app.table.show(COLUMNS, ())
        assert app.table.cursor is None
        await pilot.pause()
        assert "no [b]jobs" in app.drawn()[1]
        app.table.move(1)
        app.table.choose()
        app.table.toggle()
        app.table.extend()
        await pilot.pause()
        assert app.said == [("Moved", key) for key in "abca"]


async def test_only_lines_that_differ_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        before = rows(*range(1000))
        app.table.show(COLUMNS, before)
        await pilot.pause()
        painted = watch(app.table, monkeypatch)
        app.table.show(COLUMNS, rows(*range(1000)))
        assert not painted
        after = list(before)
        after[3], after[4], after[7], after[900] = rows("x", "y", "z", "far")
        app.table.show(COLUMNS, after)
        assert painted == [(Region(0, 4, 59, 2), Region(0, 8, 59, 1))]
        painted.clear()
        app.table.move(1)
        assert painted == [(Region(0, 1, 59, 2),)]
        painted.clear()
        app.table.mark(["5"])
        assert painted == [(Region(0, 6, 59, 1),)]


async def test_a_row_more_paints_that_row_alone() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.table.show(COLUMNS, rows(*range(5)))
        await pilot.pause()
        painted: list[int] = []
        draw = app.table.render_line
        app.table.render_line = lambda y: (painted.append(y), draw(y))[1]  # type: ignore[method-assign]
        app.table.show(COLUMNS, rows(*range(6)))
        await pilot.pause()
        assert painted == [6]


async def test_a_list_that_shrinks_below_the_view_scrolls_back() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.table.show(COLUMNS, rows(*range(100)))
        await pilot.pause()
        app.table.end()
        app.table.show(COLUMNS, rows(*range(20)))
        await pilot.pause()
        assert (app.table.top, app.table.cursor) == (6, "19")
        assert app.drawn()[-1].split()[0] == "19"


async def test_keys_of_the_table_move_and_stop_at_the_ends() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.table.show(COLUMNS, rows(*range(100)))
        await pilot.pause()
        app.table.end()
        await pilot.pause()
        assert (app.table.cursor, app.drawn()[-1].split()[0]) == ("99", "99")
        app.table.page(-1)
        assert app.table.cursor == "86"
        app.table.move(500)
        assert app.table.cursor == "99"
        app.table.home()
        await pilot.pause()
        assert (app.table.cursor, app.table.top) == ("0", 0)
        assert not app.table.go("nowhere")


async def test_marks_survive_and_ranges_begin_at_the_last_toggle() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.table.show(COLUMNS, rows(*range(9)))
        app.table.move(2)
        app.table.toggle()
        app.table.move(2)
        app.table.extend()
        assert app.table.marks == {"2", "3", "4"}
        app.table.show(COLUMNS, rows(3, 2))
        assert app.table.marks == {"2", "3", "4"}
        await pilot.pause()
        assert app.drawn()[1].startswith(UNICODE.mark)
        app.table.mark(())
        assert "3" in app.drawn()[1]
        assert UNICODE.mark not in app.drawn()[1]


async def test_the_mouse_does_what_keys_do() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.table.show(COLUMNS, rows(*range(100)))
        await pilot.pause()
        await pilot.click(Table, offset=(5, 3))
        await pilot.click(Table, offset=(5, 4), times=2)
        await pilot.click(Table, offset=(12, 0))
        await pilot.pause()
        assert app.said == [("Moved", "0"), ("Moved", "2"), ("Moved", "3"), ("Chosen", "3"), ("Headed", "name")]
        await pilot._post_mouse_events([events.MouseScrollDown], Table, offset=(5, 5))
        await pilot.pause()
        assert (app.table.top, app.table.cursor) == (3, "3")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (250, 80), (12, 3)])
async def test_hostile_texts_in_every_field_at_every_size(size: tuple[int, int]) -> None:
    app = Stage()
    async with app.run_test(size=size) as pilot:
        for hostile in HOSTILE:
            columns = [Column(hostile, hostile, 8, align, grow=1) for align in ("left", "right", "center")]
            cells = (hostile, Span(hostile, hostile), (Span(hostile), Span(hostile, "ok")))
            app.table.show(columns, [Row(hostile, cells, hostile), Row("short", (hostile,))], empty=hostile)
            app.table.sort(hostile)
            app.table.toggle()
            await pilot.pause()
            for y in range(size[1]):
                strip = app.table.render_line(y)
                assert strip.cell_length == width_of(strip.text) == size[0] - 1
                assert not any(ord(character) < 32 or character == "\u202e" for character in strip.text)


async def test_it_may_change_its_clothes_and_its_size() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.table.show(COLUMNS, rows(*range(100)))
        await pilot.pause()
        app.table.move(13)
        app.table.toggle()
        app.table.dress(styles(LIGHT), ASCII)
        await pilot.pause()
        assert app.drawn()[-1].startswith(ASCII.mark)
        await pilot.resize_terminal(40, 8)
        await pilot.pause()
        assert any(line.startswith(ASCII.mark) for line in app.drawn())


async def test_a_name_is_cut_where_its_column_says() -> None:
    app = Stage()
    async with app.run_test(size=(40, 8)) as pilot:
        columns = (Column("name", "NAME", 11, middle=True),)
        app.table.show(
            columns, [Row("1", ((Span("bert-finetune-7f3a", "accent"),),)), Row("2", ("bert-finetune-9c11",))]
        )
        await pilot.pause()
        assert [line.strip() for line in app.drawn()[1:3]] == ["bert-…-7f3a", "bert-…-9c11"]
