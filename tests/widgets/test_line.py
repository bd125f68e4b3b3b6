"""The line: what is dropped, what is cut, and what a click means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import on
from textual.app import App, ComposeResult

from themes.glyphs import UNICODE
from themes.palettes import DARK
from widgets.line import Line, arrange
from widgets.models import KEEP, Span
from widgets.styles import styles
from widgets.text import width_of

HOSTILE = ["[bold red]x[/]", "\x1b[31mred", "数据中心" * 10, "שלום", "x" * 200, "a\nb\x00", "\u202egnol"]

LEFT = (Span("lab-a", "bold", "cluster"), Span(" alice"))
RIGHT = (
    Span("2 findings ", priority=5, target="findings"),
    Span("3 tickets ", priority=1),
    Span("14:02", priority=KEEP),
)


def text(width: int, left: tuple[Span, ...] = LEFT) -> str:
    return "".join(span.text for span in arrange(left, RIGHT, width, "…"))


def test_the_right_is_dropped_by_priority_then_the_left_is_cut() -> None:
    assert text(45) == "lab-a alice        2 findings 3 tickets 14:02"
    assert text(30) == "lab-a alice   2 findings 14:02"
    assert text(20) == "lab-a alice    14:02"
    assert text(14) == "lab-a …  14:02"
    assert text(4) == "14:…"


def test_a_long_name_on_the_left_leaves_what_is_kept() -> None:
    assert text(20, (Span("n" * 200),)) == "nnnnnnnnnnnn…  14:02"


spans = st.lists(st.builds(Span, st.text(), priority=st.integers(0, KEEP)), max_size=6)


@given(spans, spans, st.integers(0, 120))
def test_it_fills_the_line_exactly(left: list[Span], right: list[Span], width: int) -> None:
    assert sum(width_of(span.text) for span in arrange(left, right, width, "…")) == width


class Stage(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.clicked: list[str] = []

    def compose(self) -> ComposeResult:
        yield Line(styles(DARK), UNICODE, id="line")

    @on(Line.Clicked, "#line")
    def note(self, event: Line.Clicked) -> None:
        self.clicked.append(event.target)


async def test_a_click_tells_its_target_and_nothing_where_there_is_none() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.query_one(Line).show(LEFT, RIGHT)
        await pilot.pause()
        for x in (2, 8, 36):
            await pilot.click(Line, offset=(x, 0))
    assert app.clicked == ["cluster", "findings"]


async def test_the_same_spans_are_not_painted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        line = app.query_one(Line)
        line.show(LEFT, RIGHT)
        await pilot.pause()
        painted: list[object] = []
        monkeypatch.setattr(line, "refresh", lambda *regions, **_: painted.append(regions))
        line.show(list(LEFT), list(RIGHT))
        assert not painted
        line.show(LEFT, RIGHT[:-1])
        assert len(painted) == 1


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_texts_are_shown_as_text(hostile: str) -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.query_one(Line).show([Span(hostile, hostile, hostile)], [Span(hostile)])
        await pilot.pause()
        strip = app.query_one(Line).render_line(0)
        assert strip.cell_length == width_of(strip.text) == 60
        assert "\x1b" not in strip.text


def test_the_left_is_dropped_by_priority_too_pairs_together() -> None:
    keys = (
        Span("Esc ", priority=50),
        Span("leave  ", priority=50),
        Span("v ", priority=10),
        Span("raw  ", priority=10),
        Span("? ", priority=99),
        Span("help", priority=99),
    )
    shown = ["".join(span.text for span in arrange(keys, (), width, "…")).rstrip() for width in (24, 20, 8)]
    assert shown == ["Esc leave  v raw  ? help", "Esc leave  ? help", "? help"]
