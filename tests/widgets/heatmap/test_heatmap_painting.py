"""What the heatmap repaints: lines that differ, and no more."""

from heatmap_room import fleet, picture, screen, shown
from msgspec.structs import replace
from rich.style import Style
from textual.geometry import Region

from widgets.cells import Dress, Look


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
