"""The page to read: alignment, unknown values, two columns, and hostile texts."""

from collections.abc import Sequence

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.geometry import Region

from themes.glyphs import ASCII, UNICODE
from themes.palettes import DARK
from widgets.models import Bar, Fact, Grid, Item, Paragraph, Section, Span, Spark
from widgets.page import balance, page, spark
from widgets.sheet import Sheet
from widgets.styles import styles
from widgets.text import width_of

HOSTILE = ["[bold red]x[/]", "\x1b[31mred\x1b[0m", "数据中心" * 10, "שלום", "x" * 200, "a\nb\x00", "\u202egnol"]
UNKNOWN = Span("unknown", "unknown")


def lines(items: Sequence[Item], width: int = 40) -> list[str]:
    return ["".join(span.text for span in line).rstrip() for line in page([Section("", tuple(items))], width, UNICODE)]


def test_labels_are_aligned_and_long_values_go_on_below() -> None:
    assert lines([Fact("name", "A100"), Fact("节点", Span("x" * 50)), Fact("owner", "wang li")], 30) == [
        "name  A100",
        "节点  " + "x" * 24,
        "      " + "x" * 24,
        "      xx",
        "owner wang li",
    ]


def test_an_unknown_bar_is_not_an_empty_one() -> None:
    bars = [Bar("mem", 0.5, "half"), Bar("util", 0.0, "0 %"), Bar("sm", 0.001, "little"), Bar("ib", None, UNKNOWN)]
    assert lines(bars) == [
        "mem  █████████░░░░░░░░░ half",
        "util ░░░░░░░░░░░░░░░░░░ 0 %",
        "sm   █░░░░░░░░░░░░░░░░░ little",
        "ib                      unknown",
    ]
    assert lines([Bar("x", float("nan"), UNKNOWN)]) == ["x" + " " * 21 + "unknown"]
    assert lines([Bar("x", 7.0)])[0].count("█") == lines([Bar("x", 1.0)])[0].count("█")


def test_a_gap_is_not_zero_and_a_long_series_keeps_its_peaks() -> None:
    assert spark([0, None, 0.5, 1], 10, UNICODE, 1.0) == "▁·▅█"
    assert spark([0, None, 0.5, 1], 10, ASCII, 1.0) == "_ +@"
    assert spark([0, 0, 9, 0, None, None], 3, UNICODE) == "▁█·"
    assert spark([], 5, UNICODE) == ""
    assert spark([None, float("nan")], 5, UNICODE) == "··"
    assert spark([5, 20, -3], 5, UNICODE, 10.0) == "▅█▁"
    assert lines([Spark("util", (0.0, 1.0), text="now 1")]) == ["util ▁█ now 1"]


def test_small_tables_align_and_are_cut() -> None:
    grid = Grid(("PID", "USER"), (("7", "李[b]"), ("12345",)), frozenset({0}))
    assert lines([grid]) == ["  PID  USER", "    7  李[b]", "12345"]
    assert lines([grid], 9) == ["  PID  U…", "    7  …", "12345"]
    assert lines([Grid((), ())]) == []


def test_sections_stand_beside_each_other_where_there_is_room() -> None:
    sections = [Section(f"S{at}", tuple(Fact(f"f{n}", "v") for n in range(at + 1))) for at in range(4)]
    assert balance(sections, 109, UNICODE) is None
    split = balance(sections, 120, UNICODE)
    assert split == 2
    drawn = page(sections, 120, UNICODE, split)
    assert "S0 " in drawn[0][0].text + " "
    assert any(span.text == "S2" for span in drawn[0])
    assert all(sum(width_of(span.text) for span in line) <= 120 for line in drawn)
    assert len(drawn) < len(page(sections, 119, UNICODE))


def test_a_wide_section_stands_below_the_two_columns() -> None:
    sections = [
        Section("A", (Fact("a", "1"),)),
        Section("W", (Fact("w", "x" * 90),), wide=True),
        Section("B", (Fact("b", "2"),)),
    ]
    split = balance(sections, 120, UNICODE)
    drawn = ["".join(span.text for span in line) for line in page(sections, 120, UNICODE, split)]
    assert "A" in drawn[0]
    assert "B" in drawn[0]
    assert drawn[-1].endswith("x" * 90)


class Stage(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.clicked: list[str] = []

    def compose(self) -> ComposeResult:
        yield Sheet(styles(DARK), UNICODE)

    @property
    def sheet(self) -> Sheet:
        return self.query_one(Sheet)

    @on(Sheet.Clicked)
    def note(self, event: Sheet.Clicked) -> None:
        self.clicked.append(event.target)


def facts(count: int, value: str = "v") -> list[Section]:
    return [Section("Facts", tuple(Fact(f"f{at:02}", Span(value, target=f"t{at}")) for at in range(count)))]


async def test_it_scrolls_keeps_its_place_and_paints_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.sheet.show(facts(50))
        await pilot.pause()
        app.sheet.end()
        assert app.sheet.top == 36
        app.sheet.page(-1)
        assert app.sheet.top == 22
        app.sheet.move(1)
        await pilot.pause()
        assert app.sheet.render_line(0).text.split() == ["f22", "v"]
        painted: list[object] = []
        monkeypatch.setattr(app.sheet, "refresh", lambda *regions, **_: painted.append(regions))
        app.sheet.show(facts(50))
        assert not painted
        sections = facts(50)
        items = list(sections[0].items)
        items[0], items[24] = Fact("f00", "other"), Fact("f24", "other")
        app.sheet.show([Section("Facts", tuple(items))])
        assert painted == [(Region(0, 2, 59, 1),)]
        assert app.sheet.top == 23
        app.sheet.home()
        assert app.sheet.top == 0


async def test_a_click_on_a_value_tells_its_target() -> None:
    app = Stage()
    async with app.run_test(size=(60, 15)) as pilot:
        app.sheet.show(facts(50))
        app.sheet.move(3)
        await pilot.pause()
        await pilot.click(Sheet, offset=(4, 2))
        await pilot.click(Sheet, offset=(1, 2))
        await pilot.pause()
    assert app.clicked == ["t4"]


@pytest.mark.parametrize("size", [(60, 15), (130, 40), (250, 80), (8, 3)])
async def test_hostile_texts_in_every_field_at_every_size(size: tuple[int, int]) -> None:
    app = Stage()
    async with app.run_test(size=size) as pilot:
        for hostile in HOSTILE:
            items: tuple[Item, ...] = (
                Fact(hostile, (Span(hostile, hostile, hostile), Span(hostile))),
                Bar(hostile, 0.5, hostile, hostile),
                Spark(hostile, (1, None) * 50, text=hostile),
                Grid((hostile, hostile), ((hostile, Span(hostile)), (hostile,))),
                Paragraph(hostile * 3),
            )
            app.sheet.show([Section(hostile, items), Section(hostile, items)])
            await pilot.pause()
            for y in range(size[1]):
                strip = app.sheet.render_line(y)
                assert strip.cell_length == width_of(strip.text) == size[0] - 1
                assert not any(ord(character) < 32 or character == "\u202e" for character in strip.text)
            assert all(sum(width_of(span.text) for span in line) <= size[0] - 1 for line in app.sheet.lines)
