"""Tiles: what is drawn at which width, where the cursor goes, and what a click means."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from themes.glyphs import UNICODE
from themes.palettes import DARK
from widgets.styles import styles, theme
from widgets.tiles import Band, Tile, Tiles

BANDS = (
    Band("GPUs", (Tile("a", "7", "busy", "of 9"), Tile("b", "120", "free"), Tile("c", "0", "broken"))),
    Band("jobs", (Tile("d", "38", "running", "on 221 GPUs"),)),
)


class Room(App[None]):
    """The tiles alone."""

    def __init__(self) -> None:
        super().__init__()
        self.tiles = Tiles(styles(DARK), UNICODE)
        self.chosen: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.tiles

    def on_mount(self) -> None:
        self.register_theme(theme(DARK))
        self.theme = theme(DARK).name
        self.tiles.show(BANDS)

    def on_tiles_chosen(self, event: Tiles.Chosen) -> None:
        self.chosen.append(event.key)


@contextlib.asynccontextmanager
async def room(size: tuple[int, int] = (80, 10)) -> AsyncIterator[tuple[Room, Pilot[Any]]]:
    app = Room()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


def lines(tiles: Tiles) -> list[str]:
    return [tiles.render_line(y).text.rstrip() for y in range(tiles.size.height)]


async def test_figures_stand_below_each_other_with_their_names() -> None:
    async with room() as (app, _pilot):
        drawn = lines(app.tiles)
        assert drawn[0].split() == ["GPUs", "7", "busy", "120", "free", "0", "broken"]
        assert drawn[1].strip() == "of 9"
        assert drawn[2] == ""
        assert drawn[3].split() == ["jobs", "38", "running"]
        assert drawn[4].strip() == "on 221 GPUs"


async def test_every_line_is_as_wide_as_the_screen() -> None:
    for width in (20, 41, 200):
        async with room((width, 10)) as (app, _pilot):
            assert {app.tiles.render_line(y).cell_length for y in range(10)} == {app.tiles.wide}


async def test_the_cursor_stops_at_the_edges_and_finds_a_shorter_row() -> None:
    async with room() as (app, _pilot):
        tiles = app.tiles

        def at() -> str:
            assert tiles.cursor is not None
            return tiles.cursor.key

        tiles.move(-1, 0)
        assert at() == "a"
        tiles.move(1, 0)
        tiles.move(1, 0)
        tiles.move(1, 0)
        assert at() == "c"
        tiles.move(0, 1)
        assert at() == "d"
        tiles.move(0, 1)
        assert at() == "d"
        tiles.go("b")
        assert at() == "b"


async def test_a_second_click_enters() -> None:
    async with room() as (app, pilot):
        await pilot.click(app.tiles, offset=(35, 0))
        await pilot.pause()
        assert app.tiles.cursor is not None
        assert app.tiles.cursor.key == "b"
        assert not app.chosen
        await pilot.click(app.tiles, offset=(35, 0), times=2)
        await pilot.pause()
        assert app.chosen == ["b"]
        app.tiles.choose()
        await pilot.pause()
        assert app.chosen == ["b", "b"]


async def test_other_figures_keep_the_cursor_where_it_was() -> None:
    async with room() as (app, _pilot):
        app.tiles.go("c")
        app.tiles.show((Band("GPUs", (Tile("a", "8", "busy"), Tile("b", "1", "free"), Tile("c", "2", "broken"))),))
        assert app.tiles.cursor is not None
        assert app.tiles.cursor.figure == "2"
        app.tiles.show(())
        assert app.tiles.cursor is None
        app.tiles.move(1, 1)
        app.tiles.choose()
        assert not app.chosen
