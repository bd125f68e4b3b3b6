"""Where the heatmap's cursor stays, moves and is seen."""

from heatmap_room import LOOKS, fleet, heard, shown
from msgspec.structs import replace
from textual.events import MouseScrollDown
from textual.geometry import Region

from widgets.cells import Dress
from widgets.heatmap import Heatmap
from widgets.models import Block


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
        assert [event.key for event in heard(pilot)] == ["n0", "n5", "n5"]


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
        assert [(event.key, event.index) for event in heard(pilot)] == [
            ("n0", 0),
            ("n5", 3),
            ("n4", 3),
            ("n7", 3),
            ("x", -1),
        ]


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
        assert lit.style is not None
        assert lit.style.color == heatmap.rich_style.color  # not the colour of the cell, which may be a dark one
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
        chosen = [event for event in heard(pilot) if isinstance(event, Heatmap.Chosen)]
        assert [(event.key, event.index) for event in chosen] == [("n9", 0)]
        await pilot.press("right", "enter")
        await pilot.pause()
        last = heard(pilot)[-1]
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
        heatmap.post_message(MouseScrollDown(heatmap, 5, 5, 0, 1, 0, False, False, False))
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
