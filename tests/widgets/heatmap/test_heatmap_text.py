"""What the heatmap does with text that means harm, and with wide text."""

import pytest
from heatmap_room import picture, screen, shown
from rich.cells import cell_len

from widgets.cells import clean, fit
from widgets.models import Block

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
