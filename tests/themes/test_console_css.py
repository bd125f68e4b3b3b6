"""The style sheet of the frame: it is read under every palette, and the body keeps its height."""

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.widget import Widget

import themes
from themes.glyphs import UNICODE
from themes.palettes import PALETTES
from widgets.line import Line
from widgets.models import Column, Row
from widgets.prompt import Prompt
from widgets.quiet import QuietScreen
from widgets.sheet import Sheet
from widgets.styles import styles, theme
from widgets.table import Table


class Frame(App[None]):
    CSS_PATH = Path(themes.__path__[0]) / "console.tcss"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.register_theme(theme(PALETTES[name]))
        self.theme = theme(PALETTES[name]).name
        self.look = styles(PALETTES[name])

    def get_default_screen(self) -> QuietScreen[None]:
        return QuietScreen(id="_default")

    def compose(self) -> ComposeResult:
        yield Line(self.look, UNICODE, id="status")
        yield Line(self.look, UNICODE, id="path")
        with Container(id="body"):
            yield Table(self.look, UNICODE)
            detail = Sheet(self.look, UNICODE)
            detail.add_class("detail")
            yield detail
        with Container(id="foot"):
            yield Line(self.look, UNICODE, id="message")
            yield Line(self.look, UNICODE, id="keys")
            yield Prompt(self.look, UNICODE, id="prompt")


@pytest.mark.parametrize(("name", "size"), [*((name, (60, 15)) for name in PALETTES), ("dark", (250, 80))])
async def test_the_frame_takes_four_lines_with_and_without_the_prompt(name: str, size: tuple[int, int]) -> None:
    app = Frame(name)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.query_one("#body", Widget).region == (0, 2, size[0], size[1] - 4)
        assert app.query_one("#keys", Widget).region == (0, size[1] - 1, size[0], 1)
        app.query_one("#foot").add_class("prompting")
        app.query_one(Prompt).open(":")
        await pilot.pause()
        assert app.query_one("#body", Widget).region == (0, 2, size[0], size[1] - 4)
        assert app.query_one(Prompt).region == (0, size[1] - 2, size[0], 2)


async def test_the_prompt_comes_and_goes_without_painting_the_body() -> None:
    app = Frame("dark")
    async with app.run_test(size=(140, 50)) as pilot:
        table, prompt, foot = app.query_one(Table), app.query_one(Prompt), app.query_one("#foot")
        table.show([Column("a", "A", 9)], [Row(str(at), (str(at),)) for at in range(99)])
        await pilot.pause()
        painted: list[int] = []
        draw = table.render_line
        table.render_line = lambda y: (painted.append(y), draw(y))[1]  # type: ignore[method-assign]
        foot.add_class("prompting")
        prompt.open(":")
        await pilot.press("x")
        assert prompt.text == "x"
        assert app.focused is prompt
        prompt.close()
        foot.remove_class("prompting")
        await pilot.pause()
        assert app.focused is None
        assert not painted


async def test_the_detail_stands_beside_the_list_when_wide() -> None:
    app = Frame("dark")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.query_one(Table).region.width == 120
        app.query_one("#body").add_class("wide")
        await pilot.pause()
        table, sheet = app.query_one(Table).region, app.query_one(Sheet).region
        assert sheet.x == table.right
        assert 70 <= table.width <= 80
        assert table.width + sheet.width == 120


async def test_without_unicode_nothing_of_the_frame_is_drawn_with_it() -> None:
    app = Frame("mono")
    async with app.run_test(size=(120, 40)) as pilot:
        app.add_class("ascii")
        app.query_one("#body").add_class("wide")
        await pilot.pause()
        drawn = "".join(segment.text for strip in app.screen._compositor.render_strips() for segment in strip)
        assert drawn.isascii()
