"""The prompt: editing as in a shell, completion, history, complaints, and no key gets out of it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Offset

from themes.glyphs import UNICODE
from themes.palettes import DARK
from widgets.edit import KEYS, LONGEST, Edit
from widgets.entry import Entry
from widgets.models import Completion
from widgets.prompt import Prompt
from widgets.styles import styles
from widgets.text import width_of

WORDS = ("drain gpu-07", "drain gpu-08", "nodes", "jobs")
HOSTILE = ["[bold red]x[/]", "\x1b[31mred\x1b[0m", "数据中心" * 10, "שלום", "x" * 200, "a\nb\x00", "\u202egnol"]


def complete(text: str) -> Sequence[Completion]:
    return [Completion(word) for word in WORDS if word.startswith(text)]


class Stage(App[None]):
    BINDINGS = [Binding(key, "leaked", key) for key in ("q", "j", "tab", "ctrl+t", "f5", "escape", "enter")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def compose(self) -> ComposeResult:
        yield Prompt(styles(DARK), UNICODE)

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    def action_leaked(self) -> None:
        self.said.append("leaked")

    @on(Prompt.Changed)
    def changed(self, event: Entry.Changed) -> None:
        self.said.append(f"changed {event.text}")

    @on(Prompt.Done)
    def done(self, event: Prompt.Done) -> None:
        self.said.append(f"done {event.text}")

    @on(Prompt.Left)
    def left(self) -> None:
        self.said.append("left")

    def drawn(self) -> list[str]:
        return [self.prompt.render_line(y).text.rstrip() for y in range(2)]


async def test_it_edits_like_a_shell() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.prompt.open(":", "drain gpu-07 now")
        await pilot.press("ctrl+w", "ctrl+a", "x", "ctrl+e", "1", "left", "left", "delete", "right", "backspace")
        assert app.prompt.text == "xdrain gpu-07"
        await pilot.press("ctrl+left", "ctrl+k", "home", "ctrl+right", "ctrl+u")
        assert app.prompt.text == " "


async def test_cjk_is_typed_and_the_terminals_cursor_follows() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.prompt.open(":")
        await pilot.press("数", "据", "x", "left", "left", "backspace", "空")
        await pilot.pause()
        assert app.prompt.text == "空据x"
        assert app.cursor_position == app.prompt.region.offset + Offset(3, 1)
        assert app.drawn() == ["", ":空据x"]


async def test_no_key_gets_out() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.prompt.open("/")
        await pilot.press("q", "j", "ctrl+t", "f5", "tab", "enter", "escape", "ctrl+z")
        await pilot.pause()
        assert app.said == ["changed q", "changed qj", "done qj", "left"]
        assert app.prompt.display
        app.prompt.close()
        await pilot.press("q")
        assert app.said[-1] == "leaked"


async def test_tab_goes_round_and_right_takes_what_is_suggested() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.prompt.open(":", "dr", complete=complete)
        await pilot.pause()
        assert app.drawn() == [" drain gpu-07  drain gpu-08", ":drain gpu-07"]
        assert app.prompt.text == "dr"
        await pilot.press("tab")
        assert app.prompt.text == "drain gpu-07"
        await pilot.press("tab")
        assert app.prompt.text == "drain gpu-08"
        await pilot.press("tab", "shift+tab")
        assert app.prompt.text == "drain gpu-08"
        app.prompt.open(":", "n", complete=complete)
        await pilot.press("right")
        assert app.prompt.text == "nodes"
        assert app.said[-1] == "changed nodes"


async def test_history_gives_back_the_draft_and_remembers_each_once() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.prompt.open(":", "dra", history=["jobs", "nodes"])
        await pilot.press("up", "up", "up")
        assert app.prompt.text == "jobs"
        await pilot.press("down", "down", "down")
        assert app.prompt.text == "dra"
        await pilot.press("up", "up", "enter")
        assert app.prompt.history == ("nodes", "jobs")
        app.prompt.open(":", " ")
        await pilot.press("enter")
        assert app.prompt.history == ()


async def test_a_complaint_points_at_its_column_and_goes_with_the_next_key() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.prompt.open("/", "数 & mem>4X")
        app.prompt.complain("unknown [unit] 'X'", 9)
        await pilot.pause()
        assert app.drawn() == [" " * 11 + "▾ unknown [unit] 'X'", "/数 & mem>4X"]
        app.prompt.complain("m" * 300, 9)
        assert width_of(app.drawn()[0]) == 60
        await pilot.press("backspace")
        assert app.drawn()[0] == ""
        app.prompt.open("/", "a" * 55)
        app.prompt.complain("far to the right", 54)
        await pilot.pause()
        assert app.drawn()[0].endswith("far to the right ▾")
        assert width_of(app.drawn()[0]) == 56


@pytest.mark.parametrize("size", [(60, 15), (5, 3)])
async def test_hostile_texts_are_pasted_completed_and_complained_about(size: tuple[int, int]) -> None:
    app = Stage()
    async with app.run_test(size=size) as pilot:
        for hostile in HOSTILE:
            app.prompt.open(":", complete=lambda text: [Completion(text + hostile, hostile)], history=[hostile])  # noqa: B023
            for act in range(3):
                if act == 1:
                    app.prompt.post_message(events.Paste(hostile))
                    await pilot.press("up", "tab", "x")
                if act == 2:
                    app.prompt.complain(hostile, 3)
                await pilot.pause()
                for y in range(2):
                    strip = app.prompt.render_line(y)
                    assert strip.cell_length == width_of(strip.text) == size[0]
                    assert not any(ord(character) < 32 or character == "\u202e" for character in strip.text)
            assert "\n" not in app.prompt.text


@given(st.lists(st.sampled_from([*KEYS, "type"])), st.text(max_size=12))
def test_the_cursor_never_leaves_the_text(keys: list[str], text: str) -> None:
    edit = Edit()
    for key in keys:
        edit = edit.insert(text) if key == "type" else KEYS[key](edit)
        assert 0 <= edit.at <= len(edit.text) <= LONGEST
        assert edit.at == len(edit.text) or width_of(edit.text[edit.at]) > 0


async def test_what_is_hidden_is_not_shown_not_remembered_and_gone_when_it_is_closed():
    app = Stage()
    async with app.run_test(size=(30, 4)) as pilot:
        prompt = app.prompt
        prompt.open("Code: ", history=("earlier",), note="gw asks", hidden=True)
        await pilot.press("a", "b", "left", "c")
        assert prompt.text == "acb"
        assert app.drawn() == ["gw asks", "Code: ***"]
        await pilot.press(*("x" * 40))
        assert set(app.drawn()[1].removeprefix("Code: ")) == {"*"}
        await pilot.press("enter")
        assert prompt.history == ("earlier",)
        prompt.close()
        assert prompt.text == ""
        assert "acb" not in repr(vars(prompt))
        prompt.open(":", "seen")
        assert app.drawn()[1] == ":seen"
