"""The heatmap in an app: what it repaints, where its cursor stays, and what it does with text that means harm."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.style import Style
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from widgets.cells import Block, Dress, Look, clean, fit
from widgets.heatmap import Heatmap

LOOKS = tuple(Look(glyph, Style(color=f"color({16 + i})")) for i, glyph in enumerate("·▁▃▅▇✖"))
DRESS = Dress(LOOKS, "▀▄", words={"warning": Style(color="yellow")})


class Watched(Heatmap):
    """Writes down what it is asked to paint."""

    def __init__(self, empty: str = "") -> None:
        super().__init__(empty)
        self.calls: list[tuple[Region, ...]] = []
        self.drawn: list[int] = []

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> "Watched":
        if repaint:
            self.calls.append(regions)
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def render_line(self, y: int) -> Strip:
        self.drawn.append(y)
        return super().render_line(y)

    def forget(self) -> None:
        self.calls.clear()
        self.drawn.clear()


class Room(App[None]):
    def __init__(self, heatmap: Heatmap) -> None:
        super().__init__()
        self.heatmap = heatmap
        self.heard: list[Heatmap.Moved | Heatmap.Chosen] = []

    def compose(self) -> ComposeResult:
        yield self.heatmap

    def on_heatmap_moved(self, event: Heatmap.Moved) -> None:
        self.heard.append(event)

    def on_heatmap_chosen(self, event: Heatmap.Chosen) -> None:
        self.heard.append(event)


@asynccontextmanager
async def shown(
    blocks: Sequence[Block], size: tuple[int, int] = (108, 10), dress: Dress = DRESS, empty: str = ""
) -> AsyncIterator[tuple[Watched, Pilot[None]]]:
    heatmap = Watched(empty)
    heatmap.dress(dress)
    heatmap.show(blocks)
    app = Room(heatmap)
    async with app.run_test(size=size) as pilot:
        heatmap.focus()
        await pilot.pause()
        heatmap.forget()
        yield heatmap, pilot


def fleet(nodes: int, gpus: int = 8, groups: int = 0, code: int = 1) -> list[Block]:
    return [
        Block(
            f"n{i}",
            f"gpu-{i:02}",
            bytes([code] * gpus),
            f"user{i}",
            group=f"rack {i * groups // nodes}" if groups else "",
        )
        for i in range(nodes)
    ]


def picture(heatmap: Heatmap) -> list[str]:
    return [heatmap.line_text(y) for y in range(heatmap.virtual_size.height)]


def screen(pilot: Pilot[None]) -> list[str]:
    return ["".join(segment.text for segment in line) for line in pilot.app.screen._compositor.render_strips()]


# What it shows


async def test_it_looks_like_the_picture() -> None:
    blocks = [
        Block("a", "gpu-01", b"\4\4\4\4\4\4\4\4", "wang   llama-sft"),
        Block("b", "gpu-02", b"\4\4\4\4\3\3\0\0", "li     eval"),
        Block("c", "gpu-03", b"\5\4\4\4\4\4\4\4", "wang"),
        Block("d", "login-1", b"", "no gpus"),
    ]
    async with shown(blocks, size=(111, 10)) as (heatmap, pilot):
        expected = [
            "gpu-01   ▇▇▇▇▇▇▇▇  wang   llama-s…   gpu-02   ▇▇▇▇▅▅··  li     eval        gpu-03   ✖▇▇▇▇▇▇▇  wang",
            "login-1            no gpus",
        ]
        assert picture(heatmap) == expected
        assert [line.rstrip() for line in screen(pilot)[:2]] == expected


async def test_dense_puts_two_cells_into_a_character() -> None:
    block = Block("a", "a", b"\1\1\2\2\1\1\1", group="rack")
    async with shown([block]) as (heatmap, pilot):
        heatmap.density = "dense"
        heatmap.go("a", 1)
        await pilot.pause()
        assert screen(pilot)[0].startswith("rack ")
        strip = heatmap.render_line(1)
        drawn = [(segment.text, segment.style) for segment in strip if segment.style]
        one, two = LOOKS[1].color, LOOKS[2].color
        assert drawn[0][0] == " "
        assert drawn[0][1].bgcolor == one
        assert drawn[1][0] == "▀"  # the cursor over the upper half
        assert drawn[1][1].bgcolor == one
        assert drawn[1][1].color not in (one, two)
        assert drawn[2][0] == "▀"
        assert (drawn[2][1].color, drawn[2][1].bgcolor) == (two, one)
        assert drawn[3][0] == "▀"  # seven cells: nothing below the fourth
        assert drawn[3][1].color == two
        assert heatmap.line_text(1) == "▁▁▃▃▁▁▁"


async def test_without_half_blocks_each_cell_has_a_character() -> None:
    ascii_looks = tuple(Look(glyph, Style()) for glyph in ".123X")
    async with shown(fleet(3, groups=1), dress=Dress(ascii_looks, "", ellipsis="~", unprintable="?")) as (
        heatmap,
        pilot,
    ):
        heatmap.density = "dense"
        await pilot.pause()
        assert picture(heatmap) == ["rack 0", "11111111 11111111 11111111"]
        assert all(line.isascii() for line in screen(pilot))
        cursor = next(segment for segment in heatmap.render_line(1))
        assert cursor.text == "1"
        assert cursor.style is not None
        assert cursor.style.reverse


async def test_empty_says_so() -> None:
    async with shown([], empty="No GPU matches\nEsc clears the filter") as (heatmap, pilot):
        assert [line.rstrip() for line in screen(pilot)[:3]] == ["No GPU matches", "Esc clears the filter", ""]
        assert heatmap.cursor is None
        await pilot.press("down", "right", "home", "end", "pageup", "pagedown", "enter")
        assert heatmap.cursor is None
        heatmap.show(fleet(1))
        await pilot.pause()
        assert screen(pilot)[0].startswith("gpu-00")
        heatmap.empty = "Nothing"
        heatmap.show([])
        await pilot.pause()
        assert screen(pilot)[0].rstrip() == "Nothing"


async def test_an_unknown_code_is_a_question_mark() -> None:
    async with shown([Block("a", "a", b"\xff\1")]) as (heatmap, _):
        assert picture(heatmap) == ["a  ?▁"]


@pytest.mark.parametrize("look", ["", "xx", "节", "\x1b"])
def test_a_glyph_that_is_not_one_cell_is_refused(look: str) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Dress((Look(look, Style()),))


def test_two_blocks_of_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="same key"):
        Heatmap().show([Block("a", "a", b""), Block("a", "b", b"")])


# What it repaints


async def test_only_lines_that_differ_are_painted() -> None:
    blocks = fleet(12)
    async with shown(blocks) as (heatmap, pilot):
        heatmap.show(fleet(12))
        await pilot.pause()
        assert heatmap.calls == []
        changed = [*blocks]
        changed[0] = replace(blocks[0], cells=b"\2" * 8)
        changed[4] = replace(blocks[4], note="other")
        changed[11] = replace(blocks[11], cells=b"\3" * 8)
        heatmap.show(changed)
        assert heatmap.calls == [(Region(0, 0, 108, 2), Region(0, 3, 108, 1))]
        await pilot.pause()
        assert sorted(set(heatmap.drawn)) == [0, 1, 3]
        assert [line.rstrip() for line in screen(pilot)[:4]] == picture(heatmap)


async def test_what_this_density_does_not_show_is_not_painted() -> None:
    blocks = fleet(12)
    async with shown(blocks) as (heatmap, pilot):
        heatmap.density = "dense"
        await pilot.pause()
        heatmap.forget()
        heatmap.show([replace(block, note="new", note_style="warning") for block in blocks])
        await pilot.pause()
        assert (heatmap.calls, heatmap.drawn) == ([], [])


async def test_lines_out_of_sight_are_not_painted_but_right_when_they_come() -> None:
    blocks = fleet(90)
    async with shown(blocks) as (heatmap, pilot):
        heatmap.density = "named"
        await pilot.pause()
        heatmap.scroll_to(y=15, animate=False, immediate=True)
        await pilot.pause()
        heatmap.scroll_to(y=0, animate=False, immediate=True)
        await pilot.pause()
        heatmap.forget()
        heatmap.show(
            [
                *blocks[:-1],
                replace(blocks[-1], cells=b"\4" * 8),
            ]
        )
        await pilot.pause()
        assert (heatmap.calls, heatmap.drawn) == ([], [])
        heatmap.end()
        await pilot.pause()
        assert "▇▇▇▇▇▇▇▇" in screen(pilot)[9]


async def test_the_tail_of_a_list_that_grew_shorter_is_wiped() -> None:
    async with shown(fleet(12)) as (heatmap, pilot):
        heatmap.show(fleet(7))
        await pilot.pause()
        assert [line.rstrip() for line in screen(pilot)][:4] == [*picture(heatmap), ""]


async def test_an_exchange_of_two_blocks_paints_their_lines_alone() -> None:
    blocks = fleet(15)
    async with shown(blocks) as (heatmap, pilot):
        blocks[3], blocks[13] = blocks[13], blocks[3]
        heatmap.show(blocks)
        await pilot.pause()
        assert set(heatmap.drawn) <= {0, 1, 4}
        assert {1, 4} <= set(heatmap.drawn)
        assert [line.rstrip() for line in screen(pilot)[:5]] == picture(heatmap)


async def test_the_cursor_costs_two_lines() -> None:
    async with shown(fleet(12)) as (heatmap, pilot):
        await pilot.press("down")
        assert heatmap.calls == [(Region(0, 0, 108, 2),)]
        heatmap.forget()
        await pilot.press("right")
        assert heatmap.calls == [(Region(0, 1, 108, 1),)]


async def test_another_dress_and_another_theme_repaint_all() -> None:
    async with shown(fleet(12)) as (heatmap, pilot):
        heatmap.dress(Dress(tuple(Look("#", Style()) for _ in range(6))))
        await pilot.pause()
        assert "########" in screen(pilot)[3]
        before = heatmap.render_line(0)
        pilot.app.theme = "textual-light"
        await pilot.pause()
        after = heatmap.render_line(0)
        assert before.text == after.text
        assert [s.style for s in before] != [s.style for s in after]


# Density


async def test_auto_takes_the_richest_that_shows_every_cell() -> None:
    async with shown([], size=(200, 56)) as (heatmap, pilot):
        for nodes, density in ((10, "named"), (400, "compact"), (2048, "dense")):
            heatmap.show(fleet(nodes, groups=4))
            await pilot.pause()
            assert heatmap.shown_density == heatmap.richest() == density
            assert not heatmap.show_vertical_scrollbar
            assert heatmap.virtual_size.height <= 56


async def test_auto_follows_the_size() -> None:
    async with shown(fleet(40), size=(120, 30)) as (heatmap, pilot):
        assert heatmap.shown_density == "named"
        await pilot.resize_terminal(60, 15)
        await pilot.pause()
        assert heatmap.shown_density == "compact"
        await pilot.resize_terminal(60, 10)
        await pilot.pause()
        assert heatmap.shown_density == "dense"
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        assert heatmap.shown_density == "named"


async def test_auto_does_not_flap_at_the_edge() -> None:
    async with shown(fleet(30)) as (heatmap, pilot):
        seen = []
        for nodes in (31, 30, 31, 30, 29, 31):
            heatmap.show(fleet(nodes))
            await pilot.pause()
            seen.append(heatmap.shown_density)
        assert seen == ["compact"] * 6
        assert heatmap.richest() == "compact"
        heatmap.show(fleet(20))
        assert heatmap.shown_density == "named"


async def test_2500_cells_on_80_by_24_and_16384_on_200_by_60() -> None:
    for size, nodes, groups in (((80, 20), 313, 4), ((200, 56), 2048, 8)):
        async with shown(fleet(nodes, groups=groups), size=size) as (heatmap, pilot):
            assert heatmap.shown_density == "dense"
            assert not heatmap.show_vertical_scrollbar
            assert sum(line.strip("▀▄ ") == "" for line in screen(pilot)) >= 16
            assert (
                sum(
                    len(heatmap.line_text(y).replace(" ", ""))
                    for y in range(size[1])
                    if y and not heatmap.line_text(y).startswith("rack")
                )
                == nodes * 8
            )


async def test_a_scroll_bar_takes_its_column_from_the_picture() -> None:
    async with shown(fleet(400), size=(80, 10)) as (heatmap, pilot):
        heatmap.density = "compact"
        await pilot.pause()
        assert heatmap.show_vertical_scrollbar
        assert heatmap.virtual_size.width == 79
        assert all(cell_len(heatmap.line_text(y)) <= 79 for y in range(heatmap.virtual_size.height))


async def test_a_resize_storm_ends_in_the_right_picture() -> None:
    async with shown(fleet(100, groups=3)) as (heatmap, pilot):
        for width, height in [(60, 15), (250, 80), (1, 1), (61, 16), (2, 40), (200, 3), (80, 24)] * 4:
            await pilot.resize_terminal(width, height)
        await pilot.pause()
        async with shown(fleet(100, groups=3), size=(80, 24)) as (fresh, other):
            assert screen(pilot) == screen(other)
            assert picture(heatmap) == picture(fresh)


# The cursor


async def test_the_cursor_stays_on_its_cell() -> None:
    blocks = fleet(12)
    async with shown(blocks) as (heatmap, pilot):
        heatmap.go("n5", 3)
        heatmap.show(list(reversed(blocks)))
        assert heatmap.cursor == ("n5", 3)
        heatmap.show([*fleet(3), *blocks[4:6]])
        assert heatmap.cursor == ("n5", 3)
        for density in ("compact", "dense", "named"):
            heatmap.density = density
            assert heatmap.cursor == ("n5", 3)
        heatmap.show([replace(block, cells=b"\1\1") for block in blocks])
        assert heatmap.cursor == ("n5", 1)
        await pilot.pause()
        assert [event.key for event in pilot.app.heard] == ["n0", "n5", "n5"]  # type: ignore[attr-defined]


async def test_the_cursor_falls_to_the_nearest_when_its_block_has_gone() -> None:
    blocks = fleet(12)
    async with shown(blocks) as (heatmap, pilot):
        heatmap.go("n5", 3)
        heatmap.show([*blocks[:5], *blocks[7:]])
        assert heatmap.cursor == ("n4", 3)
        heatmap.show(blocks[7:])
        assert heatmap.cursor == ("n7", 3)
        heatmap.show([])
        assert heatmap.cursor is None
        heatmap.show([Block("x", "x", b""), *blocks])
        assert heatmap.cursor == ("x", -1)
        await pilot.pause()
        heard = pilot.app.heard  # type: ignore[attr-defined]
        assert [(event.key, event.index) for event in heard] == [("n0", 0), ("n5", 3), ("n4", 3), ("n7", 3), ("x", -1)]


async def test_a_refresh_keeps_the_scroll_position() -> None:
    blocks = fleet(90)
    async with shown(blocks) as (heatmap, pilot):
        heatmap.density = "named"
        await pilot.pause()
        heatmap.scroll_to(y=9, animate=False, immediate=True)
        await pilot.pause()
        heatmap.show([replace(block, cells=b"\3" * 8) for block in reversed(blocks)])
        await pilot.pause()
        assert heatmap.scroll_offset.y == 9
        assert heatmap.cursor == ("n0", 0)


async def test_the_cursor_is_scrolled_to() -> None:
    async with shown(fleet(300, groups=3), size=(60, 10)) as (heatmap, pilot):
        await pilot.press("end")
        assert heatmap.cursor == ("n299", 7)
        assert heatmap.scroll_offset.y == heatmap.virtual_size.height - 10
        await pilot.press("home")
        assert (heatmap.cursor, heatmap.scroll_offset.y) == (("n0", 0), 0)
        await pilot.press("pagedown", "pagedown")
        there = heatmap.cursor
        assert heatmap.scroll_offset.y > 0
        await pilot.press("pageup", "pageup")
        assert heatmap.cursor == ("n0", 0)
        assert there != ("n0", 0)


async def test_the_cursor_is_visible_without_colours() -> None:
    async with shown([*fleet(1), Block("cpu", "login", b"", "no gpus")], dress=Dress(LOOKS)) as (heatmap, _):
        [lit] = [s for s in heatmap.render_line(0) if s.style and s.style.reverse]
        assert lit.text == "▁"
        heatmap.go("cpu", 5)
        assert heatmap.cursor == ("cpu", -1)
        [lit] = [s for s in heatmap.render_line(0) if s.style and s.style.reverse]
        assert lit.text == "login "


async def test_clicks_move_and_choose() -> None:
    async with shown(fleet(12)) as (heatmap, pilot):
        await pilot.click(heatmap, offset=(37 + 8 + 2, 1))
        assert heatmap.cursor == ("n4", 2)
        await pilot.click(heatmap, offset=(40, 2))  # the label
        assert heatmap.cursor == ("n7", 0)
        await pilot.click(heatmap, offset=(5, 8))  # nothing there
        assert heatmap.cursor == ("n7", 0)
        await pilot.click(heatmap, offset=(8, 3), times=2)
        chosen = [event for event in pilot.app.heard if isinstance(event, Heatmap.Chosen)]  # type: ignore[attr-defined]
        assert [(event.key, event.index) for event in chosen] == [("n9", 0)]
        await pilot.press("right", "enter")
        await pilot.pause()
        last = pilot.app.heard[-1]  # type: ignore[attr-defined]
        assert (type(last), last.key, last.index) == (Heatmap.Chosen, "n9", 1)


async def test_a_click_counts_from_where_it_is_scrolled_to() -> None:
    async with shown(fleet(90)) as (heatmap, pilot):
        heatmap.density = "named"
        await pilot.pause()
        heatmap.scroll_to(y=9, animate=False, immediate=True)
        await pilot.pause()
        await pilot.click(heatmap, offset=(8, 0))
        assert heatmap.cursor == ("n18", 0)  # two columns beside the scroll bar


async def test_the_wheel_scrolls_and_the_cursor_stays() -> None:
    async with shown(fleet(300), size=(60, 10)) as (heatmap, pilot):
        heatmap.density = "named"
        await pilot.pause()
        wheel = {"x": 5, "y": 5, "delta_x": 0, "delta_y": 1, "button": 0, "shift": False, "meta": False, "ctrl": False}
        heatmap.post_message(MouseScrollDown(heatmap, **wheel))
        await pilot.wait_for_animation()
        await pilot.pause()
        assert heatmap.scroll_offset.y > 0
        assert heatmap.cursor == ("n0", 0)


async def test_marks_are_drawn_and_cost_their_lines() -> None:
    async with shown(fleet(12)) as (heatmap, pilot):
        heatmap.marked = frozenset({("n4", 2), ("n4", 3), ("gone", 1)})
        assert heatmap.calls == [(Region(0, 1, 108, 1),)]
        await pilot.pause()
        assert [s.text for s in heatmap.render_line(1) if s.style and s.style.underline] == ["▁▁"]
        heatmap.go("n4", 2)
        both = next(s for s in heatmap.render_line(1) if s.style and s.style.underline)
        assert both.style is not None
        assert both.style.reverse
        heatmap.marked = frozenset()
        assert not [s for s in heatmap.render_line(1) if s.style and s.style.underline]


async def test_go_to_what_is_not_there() -> None:
    async with shown(fleet(3)) as (heatmap, _):
        assert not heatmap.go("nowhere", 0)
        assert heatmap.go("n1", 99)
        assert heatmap.cursor == ("n1", 7)


# Text from the world

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]52;c;ZXZpbA==\x07",
    "[red]markup[/red] [@click=app.quit]x[/]",
    "a\nb\tc\rd\x00e\x7f\x9b31m",
    "‮evil⁦\u200b\ufeff",
    "x" * 200,
    "节点名称很长很长很长很长很长很长很长很长",
    "é́́́",
    "\ud800lone",
    "▲\ufe0f warn\ufe0f",
    "👩‍👩‍👧 family",
    "",
]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (250, 80)])
async def test_hostile_text_reaches_nobody(size: tuple[int, int]) -> None:
    blocks = [Block(str(i), text, b"\1" * 8, text, group=text) for i, text in enumerate(HOSTILE)]
    async with shown(blocks, size=size) as (heatmap, pilot):
        for density in ("named", "compact", "dense"):
            heatmap.density = density
            await pilot.pause()
            for y in range(heatmap.virtual_size.height):
                strip = heatmap.render_line(y)
                assert cell_len(strip.text) == strip.cell_length == heatmap.virtual_size.width
                assert all(char.isprintable() or char == " " for char in strip.text)
                strip.text.encode()
            assert [cell_len(line) for line in screen(pilot)] == [size[0]] * size[1]


async def test_markup_is_text() -> None:
    async with shown([Block("a", "[b]x[/b]", b"\1", "[red]y[/]")]) as (heatmap, _):
        assert picture(heatmap) == ["[b]x[/b]  ▁  [red]y[/]"]


async def test_wide_labels_are_cut_by_terminal_cells() -> None:
    async with shown([Block("a", "机" * 20, b"\1", "注" * 60), Block("b", "x", b"\2", "y")], size=(60, 5)) as (
        heatmap,
        _,
    ):
        first, second = picture(heatmap)
        assert first.startswith("机" * 11 + "…")
        assert cell_len(first) <= 60
        assert cell_len(first[: first.index("▁")]) == cell_len(second[: second.index("▃")])


@pytest.mark.parametrize(
    ("text", "cells", "expected"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("机架机架", 8, "机架机架"),
        ("机架机架", 7, "机架机…"),
        ("机架机架", 6, "机架… "),
        ("ab cd", 4, "ab… "),
        ("a", 1, "a"),
        ("ab", 1, "…"),
        ("机", 1, "…"),
        ("ab", 0, ""),
        ("a\x1bb", 3, "a�b"),
    ],
)
def test_fit(text: str, cells: int, expected: str) -> None:
    assert fit(text, cells) == expected


def test_clean_keeps_what_people_write() -> None:
    for text in ("gpu-07", "节点 3", "naïve — ½ “q”", "▲ idle 3h12m", "日本語カナ"):
        assert clean(text) == text
    assert clean("a\x1b\u202eb", "?") == "a??b"
