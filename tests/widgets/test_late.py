"""Rows that are made when they are seen, alone and in a table."""

import pytest
from textual.app import App, ComposeResult

from themes.glyphs import UNICODE
from themes.palettes import DARK
from widgets.late import LateRows, keys_of
from widgets.models import Column, Row
from widgets.styles import styles
from widgets.table import Table

COLUMNS = (Column("name", "NAME", 10, priority=2), Column("value", "VALUE", 30, priority=1))


class Maker:
    def __init__(self, count: int) -> None:
        self.made: list[int] = []
        self.rows = LateRows([f"row{number}" for number in range(count)], self.make)

    def make(self, place: int) -> Row:
        self.made.append(place)
        return Row(f"row{place}", (f"row{place}", str(place)))


class Stage(App[None]):
    def compose(self) -> ComposeResult:
        yield Table(styles(DARK), UNICODE)

    @property
    def table(self) -> Table:
        return self.query_one(Table)


def test_each_row_is_made_once_and_looks_like_a_sequence() -> None:
    maker = Maker(3)
    assert (len(maker.rows), maker.rows[1].key, maker.rows[1].key, maker.rows[-1].key) == (3, "row1", "row1", "row2")
    assert maker.made == [1, 2]
    assert [row.key for row in maker.rows] == [row.key for row in maker.rows[0:3]] == list(keys_of(maker.rows))
    with pytest.raises(IndexError):
        maker.rows[3]


async def test_a_table_makes_what_it_shows_also_when_it_follows_its_cursor_and_marks() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        first = Maker(5000)
        app.table.show(COLUMNS, first.rows)
        await pilot.pause()
        assert len(first.made) <= 20
        app.table.go("row3000")
        app.table.toggle()
        app.table.move(-1000)
        app.table.extend()
        assert len(app.table.marks) == 1001
        await pilot.pause()
        assert len(first.made) <= 60
        second = Maker(4000)
        app.table.show(COLUMNS, second.rows)
        await pilot.pause()
        assert app.table.cursor == "row2000"
        assert len(second.made) <= 40


async def test_it_knows_the_columns_for_which_there_is_room() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.table.show(COLUMNS, Maker(1).rows)
        await pilot.pause()
        assert app.table.shown == {"name", "value"}
        await pilot.resize_terminal(30, 15)
        await pilot.pause()
        assert app.table.shown == {"name"}
