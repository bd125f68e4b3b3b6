"""What the heatmap shows, and what it refuses."""

import pytest
from heatmap_room import LOOKS, fleet, picture, screen, shown
from rich.style import Style

from widgets.cells import Dress, Look
from widgets.heatmap import Heatmap
from widgets.models import Block


async def test_it_looks_like_the_picture() -> None:
    blocks = [
        Block("a", "gpu-01", b"\4\4\4\4\4\4\4\4", "wang   llama-sft-2"),
        Block("b", "gpu-02", b"\4\4\4\4\3\3\0\0", "li     eval"),
        Block("c", "gpu-03", b"\5\4\4\4\4\4\4\4", "wang"),
        Block("d", "login-1", b"", "no gpus"),
    ]
    async with shown(blocks, size=(111, 10)) as (heatmap, pilot):
        expected = [
            "gpu-01   ▇▇▇▇▇▇▇▇  wang   llama-sf…   gpu-02   ▇▇▇▇▅▅··  li     eval        gpu-03   ✖▇▇▇▇▇▇▇  wang",
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
