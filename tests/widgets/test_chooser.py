"""The chooser: typing narrows, Enter answers, Esc answers with nothing."""

import pytest
from textual.app import App

from themes.glyphs import UNICODE
from themes.palettes import DARK
from widgets.chooser import Chooser
from widgets.entry import Entry
from widgets.models import Choice
from widgets.styles import styles
from widgets.table import Table

HOSTILE = [
    "[bold red]x[/]",
    "\x1b[31mred\x1b[0m",
    "数据中心" * 10,
    "שלום",
    "x" * 200,
    "a\nb\x00",
    "\u202egnol",
    "\\[b]",
]
CHOICES = (
    Choice("nodes", "Nodes", ":nodes", "节点 jd"),
    Choice("drain", "Drain node", "a", "排空 pk"),
    *(Choice(f"gpu-{at}", f"Go to gpu-{at:02}") for at in range(40)),
)


async def asked(*keys: str, size: tuple[int, int] = (60, 15)) -> str | None:
    app: App[None] = App()
    answers: list[str | None] = []
    async with app.run_test(size=size) as pilot:
        app.push_screen(Chooser(CHOICES, styles(DARK), UNICODE, title="Jump [to]", empty="none"), answers.append)
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
    assert len(answers) <= 1
    return answers[0] if answers else "open"


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("enter",), "nodes"),
        (("down", "enter"), "drain"),
        (("d", "n", "enter"), "drain"),
        (("j", "d", "enter"), "nodes"),
        (("排", "enter"), "drain"),
        (("g", "3", "9", "enter"), "gpu-39"),
        (("pagedown", "up", "down", "pageup", "enter"), "nodes"),
        (("escape",), None),
        (("ctrl+c",), None),
        (("z", "z", "z", "enter"), "open"),
        (("z", "backspace", "enter"), "nodes"),
    ],
)
async def test_keys_answer(keys: tuple[str, ...], answer: str | None) -> None:
    assert await asked(*keys) == answer


async def test_a_double_click_answers_and_the_list_fits_small_and_large() -> None:
    for size in [(60, 15), (250, 80)]:
        app: App[None] = App()
        answers: list[str | None] = []
        async with app.run_test(size=size) as pilot:
            app.push_screen(Chooser(CHOICES, styles(DARK), UNICODE), answers.append)
            await pilot.pause()
            table = app.screen.query_one(Table)
            assert 3 < table.region.height <= size[1] - 5
            assert app.screen.region.contains_region(table.region)
            await pilot.click(Table, offset=(5, 1), times=2)
            await pilot.pause()
        assert answers == ["drain"]


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_texts_are_listed_as_text(hostile: str) -> None:
    app: App[None] = App()
    async with app.run_test(size=(60, 15)) as pilot:
        chooser = Chooser([Choice("k", hostile, hostile, hostile, hostile)], styles(DARK), title=hostile, empty=hostile)
        app.push_screen(chooser)
        await pilot.pause()
        assert chooser.query_one(Table).cursor == "k"
        drawn = "".join(segment.text for strip in app.screen._compositor.render_strips() for segment in strip)
        assert "\x1b" not in drawn
        assert "\u202e" not in drawn
        if hostile.startswith(("[", "\\")):
            assert drawn.count(hostile) == 3


async def test_keys_typed_before_it_has_gone_answer_nothing_more() -> None:
    app: App[None] = App()
    answers: list[str | None] = []
    async with app.run_test(size=(60, 15)) as pilot:
        chooser = Chooser(CHOICES, styles(DARK), UNICODE)
        app.push_screen(chooser, answers.append)
        await pilot.pause()
        for key in ("escape", "enter", "enter"):
            chooser.query_one(Entry).post_message(Entry.Pressed(chooser.query_one(Entry), key))
        await pilot.pause()
        await pilot.pause()
        assert answers == [None]
        assert len(app.screen_stack) == 1
