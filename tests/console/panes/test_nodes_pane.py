"""The list of nodes: what it shows at each size, how it is sorted and narrowed, and that it never stands still."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import pytest
import stage
from textual.pilot import Pilot

from backends.demo.shape import Shape
from backends.demo.source import LabFeed
from backends.record import Trouble
from backends.records import AnyRecord, LinkState, NodeLink, NodeSample
from console.panes.nodes import Nodes
from console.rules.filters import parse
from console.screens.main import Main
from console.services import turns

STEP_MOST = 16
"""Things that may be looked at between two turns."""


class Room:
    """A console that shows the list of nodes."""

    def __init__(self, pilot: Pilot[Any], main: Main) -> None:
        self.pilot, self.main = pilot, main

    @property
    def pane(self) -> Nodes:
        pane = self.main.pane
        assert isinstance(pane, Nodes)
        return pane

    @property
    def nodes(self) -> list[str]:
        return list(getattr(self.pane.table.rows, "keys", ()))

    def lines(self) -> list[str]:
        table = self.pane.table
        return [table.render_line(y).text.rstrip() for y in range(table.size.height)]

    def said(self) -> str:
        return "".join(span.text for span in self.main.said[-1])

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def apply(self, *records: AnyRecord) -> None:
        self.main.scene.fleet.apply(records)
        self.main.look()


@contextlib.asynccontextmanager
async def nodes(lab: Sequence[AnyRecord], size: tuple[int, int] = (80, 24)) -> AsyncIterator[Room]:
    app = stage.console(lab)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app._main.command("no")
        await pilot.pause()
        await pilot.pause()
        yield Room(pilot, app._main)


@pytest.mark.parametrize(
    ("size", "there", "missing"),
    [
        ((60, 15), {"NODE↑", "STATE", "GPUS", "UTIL", "IDLE", "TROUBLE"}, {"CPU", "USERS"}),
        ((80, 24), {"NODE↑", "STATE", "GPUS", "UTIL", "BUSY", "IDLE", "CPU", "MEM", "USERS", "TROUBLE"}, {"LOAD"}),
        ((200, 60), {"HELD", "GMEM", "HOT", "POWER", "LOAD", "FULL", "DISK", "RACK"}, {"DRIVER"}),
    ],
)
async def test_columns_are_dropped_by_what_they_are_worth(
    lab: Sequence[AnyRecord], size: tuple[int, int], there: set[str], missing: set[str]
) -> None:
    async with nodes(lab, size) as room:
        header = set(room.lines()[0].split())
        assert there <= header
        assert not missing & header
        assert room.pane.has_class("beside") is (size[0] >= 120)


async def test_each_state_is_said_with_its_sign_its_word_and_its_age(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab, (120, 40)) as room:
        by_name = {line.split()[0]: line for line in room.lines()[1:] if line.strip()}
        assert "● ok" in by_name["gpu-02"]
        assert "◌ stale 5m" in by_name["gpu-09"]
        assert "?/8" in by_name["gpu-09"], "nobody knows whether they work"
        assert "✖ down 17m" in by_name["gpu-29"]
        assert "✖ critical    7/8" in by_name["gpu-16"]
        assert "n/a" in by_name["gpu-15"], "MIG has no utilisation"
        assert by_name["cpu-01"].split()[3:7] == ["-", "n/a", "n/a", "n/a"]


async def test_wide_takes_the_whole_width_for_all_columns_and_gives_it_back(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab, (250, 40)) as room:
        await room.press("w")
        assert not room.pane.has_class("beside")
        assert {"DRIVER", "KERNEL", "IOW", "UPTIME", "AGE", "TROUBLE"} <= set(room.lines()[0].split())
        await room.press("w")
        assert room.pane.has_class("beside")
        assert "DRIVER" not in room.lines()[0]


async def test_sorting_goes_from_column_to_column_and_the_cursor_stays_on_its_node(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        inventory = room.nodes
        await room.press("j", "j")
        await room.press("s", "s", "s")
        assert room.pane.table.cursor == "gpu-03"
        assert "UTIL↓" in room.lines()[0]
        falling = room.nodes
        assert {"cpu-01", "cpu-02", "gpu-09", "gpu-15", "gpu-28", "gpu-29"} == set(falling[-6:]), (
            "what has none is last"
        )
        await room.press("S")
        assert "UTIL↑" in room.lines()[0]
        assert room.pane.table.cursor == "gpu-03"
        assert room.nodes == [*falling[:-6][::-1], *falling[-6:]]
        room.main.command("sort node")
        await room.pilot.pause()
        assert room.nodes == inventory
        room.main.command("sort nothing")
        await room.pilot.pause()
        assert "Cannot sort by nothing" in room.said()


async def test_a_title_that_is_clicked_sorts_and_turns_round(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        at = room.lines()[0].index("UTIL")
        for sign in "↓↑":
            await room.pilot.click(room.pane.table, offset=(at + 1, 0))
            await room.pilot.pause()
            assert f"UTIL{sign}" in room.lines()[0]


async def test_a_filter_narrows_counts_and_is_kept_through_a_refresh(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        await room.press("slash", *"idle>0", "enter")
        assert room.nodes == ["gpu-06", "gpu-08", "gpu-30"]
        await room.press("j", "space")
        room.main.look()
        assert room.nodes == ["gpu-06", "gpu-08", "gpu-30"]
        assert room.pane.table.cursor == "gpu-08"
        state = "".join(span.text for span in room.pane.state())
        assert "1 marked" in state
        assert "3 of 32 nodes" in state
        await room.press("escape")
        assert len(room.nodes) == 32
        assert room.pane.table.marks == {"gpu-08"}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("rack=A01 & util<1", ["gpu-06"]),
        ("status=down", ["gpu-29"]),
        ("full>80 & gpus=0", ["cpu-01", "cpu-02"]),
        ("usable<8 & usable>0", ["gpu-16", "gpu-23"]),
        ("type~L40S & problem~throttle", ["gpu-22"]),
        ("cpu=none", ["gpu-09", "gpu-29"]),
    ],
)
async def test_every_figure_can_be_asked_for(lab: Sequence[AnyRecord], expression: str, found: list[str]) -> None:
    async with nodes(lab) as room:
        room.main.command(f"filter {expression}")
        await room.pilot.pause()
        assert room.nodes == found


async def test_columns_are_chosen_by_name_or_from_a_list(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        room.main.command("columns uptime")
        await room.pilot.pause()
        assert "UPTIME" in room.lines()[0], "a column that was asked for drives out others"
        room.main.command("columns uptime")
        room.main.command("columns util")
        await room.pilot.pause()
        assert not {"UPTIME", "UTIL"} & set(room.lines()[0].split())
        room.main.command("columns node")
        assert "NODE" in room.lines()[0]
        await room.press("c", *"util", "enter")
        assert "UTIL" in room.lines()[0]


async def test_a_view_that_is_left_is_as_it_was_when_one_comes_back(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        await room.press("s", "s", "s", "G", "space", "k", "enter")
        assert room.main.history.here.view == "node"
        await room.press("escape")
        assert "UTIL↓" in room.lines()[0]
        assert len(room.pane.table.marks) == 1
        assert room.pane.table.cursor == room.nodes[-2]


async def test_marks_and_the_cursor_are_copied_and_exported(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        assert room.pane.copied() == "gpu-01"
        assert len(room.pane.listed()[1]) == 32
        await room.press("space", "j", "j", "V")
        assert room.pane.copied() == "gpu-01\ngpu-02\ngpu-03"
        assert [row["node"] for row in room.pane.listed()[1]] == ["gpu-01", "gpu-02", "gpu-03"]
        await room.press("asterisk")
        assert len(room.pane.table.marks) == 32
        await room.press("asterisk")
        assert not room.pane.table.marks


async def test_it_leads_to_the_page_the_heatmap_the_users_and_each_card(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        targets = [target for target, _title in room.pane.jumps()]
        assert targets[:2] == ["node:gpu-01", 'filter:node="gpu-01"']
        assert "filter:user=garcia" in targets
        assert "gpu:gpu-01:7" in targets
        await room.press("o")
        shown = [choice.key for choice in room.pilot.app.screen._choices]  # type: ignore[attr-defined]
        views = {target.removeprefix("in:").partition(":")[0] for target in shown}
        assert views <= {*room.main.panes, "filter"}, "no view that is not"
        await room.press("escape", "v")
        assert room.main.history.here.view == "raw"
        room.main.follow('in:time:node="gpu-01"')
        await room.pilot.pause()
        await room.pilot.pause()
        assert room.main.history.here.view == "time"
        assert room.main.filters["time"].text == 'node="gpu-01"'
        room.main.follow("in:nodes:idle>0")
        await room.pilot.pause()
        await room.pilot.pause()
        assert room.nodes == ["gpu-06", "gpu-08", "gpu-30"]


async def test_what_is_wrong_with_the_way_to_a_node_is_said_with_the_next_try(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab, (200, 30)) as room:
        wall, mono = room.main.scene.wall, room.main.scene.mono
        trouble = Trouble("{host} refuses: permission denied", "", {"host": "[b]gpu-02\x1b[31m"})
        link = NodeLink("gpu-02", wall, mono, "ssh", LinkState.DOWN, wall - 240, trouble, wall + 30)
        room.apply(link)
        await room.press("w")
        line = next(line for line in room.lines() if "gpu-02" in line)
        assert "✖ down 4m" in line
        assert "\x1b" not in line
        assert "[b]gpu-02" in "".join(span.text for span in _trouble(room, "gpu-02"))
        assert "next try in 30s" in "".join(span.text for span in _trouble(room, "gpu-02"))


def _trouble(room: Room, name: str) -> Any:
    row = room.pane.table.rows[room.nodes.index(name)]
    return row.cells[-1]


async def test_a_node_that_moves_takes_the_cursor_with_it(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        room.main.command("sort util")
        await room.pilot.pause()
        first = room.nodes[0]
        await room.press("g")
        assert room.pane.table.cursor == first
        sample = room.main.scene.fleet.nodes[first].sample
        assert isinstance(sample, NodeSample)
        still = tuple(msgspec.structs.replace(gpu, util=0.0) for gpu in sample.gpus)
        room.apply(msgspec.structs.replace(sample, gpus=still))
        assert room.nodes[0] != first
        assert room.pane.table.cursor == first


async def test_help_and_palette_name_the_columns(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        await room.press("question_mark")
        screen: Any = room.pilot.app.screen
        lines = {choice.title: choice.detail for choice in screen._choices}
        assert lines["IDLE"] == "GPUs that somebody holds and that are under 5 %"
        assert "w            wide" in lines
        assert not any("density" in title for title in lines)
        await room.press("escape", "ctrl+p")
        keys = {choice.key for choice in screen.app.screen._choices}
        assert {":nodes", ":sort util", ":columns kernel"} <= keys
        assert not any(key.startswith((":metric", ":density")) for key in keys)


async def test_chinese_words_find_it(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        await room.press("-")
        room.main.command("节点")
        await room.pilot.pause()
        assert isinstance(room.main.pane, Nodes)


async def test_2048_nodes_are_drawn_in_steps_and_only_what_is_seen_is_formatted() -> None:
    shape = Shape(nodes=2048, gpus=1, seed=7)
    feed = LabFeed(shape, stage.OPENED, 1000.0)
    records = await feed.batch(stage.OPENED, 1000.0)
    async with nodes(records, (120, 40)) as room:
        pane = room.pane
        looked: list[int] = []
        count = 0

        def passes(_thing: object, _wanted: object) -> bool:
            nonlocal count
            count += 1
            return True

        class Counted(turns.Turns):
            async def give(self) -> None:
                nonlocal count
                looked.append(count)
                count = 0
                await asyncio.sleep(0)

        pane._filter = parse("node!=none", pane.fields())
        pane._passes = passes  # type: ignore[method-assign]
        await pane.look_between(Counted())
        assert sum(looked) == 2048
        assert max(looked) <= STEP_MOST
        assert len(room.nodes) == 2048
        await room.pilot.pause()
        assert len(pane.table.rows._made) < 100  # type: ignore[attr-defined]


async def test_a_drawing_that_was_overtaken_is_not_shown(lab: Sequence[AnyRecord]) -> None:
    async with nodes(lab) as room:
        pane = room.pane

        class Slow(turns.Turns):
            async def give(self) -> None:
                pane.arrangement.do_sort("util")

        await pane.look_between(Slow())
        await room.pilot.pause()
        assert "UTIL↓" in room.lines()[0]
        first = room.nodes[0]
        pane.look()
        assert room.nodes[0] == first, "the older drawing, in the older order, came too late"
