"""Which density the heatmap takes, and how much fits."""

from heatmap_room import fleet, picture, screen, shown
from rich.cells import cell_len


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
        seen = [heatmap.shown_density]
        for width, height in ((60, 15), (60, 10), (120, 30)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            seen.append(heatmap.shown_density)
        assert seen == ["named", "compact", "dense", "named"]


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
