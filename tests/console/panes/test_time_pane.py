"""The pane `time` in the whole console: yesterday 14:00 names who held each card, and nothing waits for an answer."""

import asyncio
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

sys.path.insert(0, str(Path(__file__).parents[2] / "snapshots"))
import stage
from yesterday import PEOPLE, Remembering, moment

from backends.demo.shape import Shape
from backends.record import Trouble
from console.app import Quarterdeck
from console.language import choose
from console.model.history import Answer, Holder, Question, Rows, Timeline
from console.panes.time import Time
from console.services.link.asking import Unanswered
from console.views.held import spells
from console.views.tracks import Moment
from console.views.window import DAY, HOUR, Window

YESTERDAY = stage.OPENED - stage.OPENED % 86_400 - 86_400 + 14 * HOUR


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture(scope="module")
def said() -> list[object]:
    return asyncio.run(stage.lab(Shape(nodes=8, gpus=8, seed=7)))


class Place:
    """A console on the pane `time`."""

    def __init__(self, said: list[object], following: type[Remembering] = Remembering) -> None:
        self.app: Quarterdeck = stage.console(said, following=following)  # type: ignore[arg-type]
        self.main = self.app._main
        self.past: Remembering = self.main.scene.follower  # type: ignore[assignment]

    @property
    def pane(self) -> Time:
        assert isinstance(self.main.pane, Time)
        return self.main.pane

    async def enter(self, pilot: Pilot[int], command: str = "time") -> None:
        await pilot.pause()
        await self.do(pilot, command)

    async def do(self, pilot: Pilot[int], command: str) -> None:
        self.main.command(command)
        for _turn in range(4):
            await pilot.pause()

    def screen(self) -> list[str]:
        return [self.app.screen._compositor.render_strips()[y].text for y in range(self.app.size.height)]

    def line2(self) -> str:
        return self.screen()[1]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 15), (250, 80)])
async def test_it_is_whole_at_every_size(said, size: tuple[int, int]) -> None:
    place = Place(said)
    async with place.app.run_test(size=size) as pilot:
        await place.enter(pilot)
        lines = place.screen()
        assert all(cell_len(line) == size[0] for line in lines)
        assert "gpu-01 0" in lines[5]
        assert lines[1].strip().startswith("time ▸")
        assert "now ▾" in lines[3]
        chart = place.pane._chart
        assert chart is not None
        assert chart.window.slots * chart.window.wide >= size[0] * 0.45
        assert chart.window.until - chart.window.since >= DAY


async def test_yesterday_at_two_names_who_held_each_card(said) -> None:
    place = Place(said)
    async with place.app.run_test(size=(160, 50)) as pilot:
        await place.enter(pilot, "time yesterday 14:00")
        assert "11-20 14:00" in place.line2()
        assert "gpu-01 GPU 0" in place.line2()
        for y, (node, slot) in enumerate([("gpu-01", 0), ("gpu-01", 1), ("gpu-02", 2)], 5):
            if node == "gpu-02":
                y = 5 + 10
            _util, holder = moment(node, slot, YESTERDAY + 300)
            assert (holder.user if holder is not None else "free") in place.screen()[y][100:]


async def test_only_what_is_in_sight_is_asked_for(said) -> None:
    place = Place(said)
    async with place.app.run_test(size=(100, 24)) as pilot:
        await place.enter(pilot)
        assert {question.rows for question in place.past.asked} == {Rows.CARDS}
        first = {name for question in place.past.asked for name in question.nodes}
        assert "gpu-01" in first
        assert len(first) <= 6
        await pilot.press("G")
        await pilot.pause()
        await pilot.pause()
        assert "gpu-08" in {name for question in place.past.asked for name in question.nodes}
        asked = len(place.past.asked)
        await pilot.press("k", "h", "l", "j")
        place.main.look()
        await pilot.pause()
        assert len(place.past.asked) == asked


async def test_keys_pan_zoom_and_come_back_to_now(said) -> None:
    place = Place(said)
    async with place.app.run_test(size=(100, 24)) as pilot:
        await place.enter(pilot)

        def shown() -> Window:
            assert place.pane._chart is not None
            return place.pane._chart.window

        now = shown()
        await pilot.press("less_than_sign")
        assert shown().until == now.since + now.slots // 2 * now.step + (now.slots % 2) * now.step
        await pilot.press("greater_than_sign", "greater_than_sign")
        assert shown() == now
        await pilot.press("plus")
        assert 6 * HOUR <= shown().until - shown().since < DAY
        await pilot.press("underscore", "underscore")
        assert shown().until - shown().since >= 7 * DAY
        await pilot.press(*["less_than_sign"] * 4)
        assert "Nothing is kept before" in place.screen()[-2]
        await pilot.press("full_stop", "plus")
        assert shown() == now
        place.pane._timeline.go("gpu-01:0", 2)
        await pilot.press(*"hhhhhh")
        assert shown().since < now.since
        assert place.pane._timeline.cursor == ("gpu-01:0", shown().slot(now.since - 4 * now.step + 1))


async def test_rows_can_be_nodes_users_and_projects(said) -> None:
    place = Place(said)
    async with place.app.run_test(size=(120, 30)) as pilot:
        await place.enter(pilot)
        await pilot.press("m")
        await pilot.pause()
        assert place.screen()[5].startswith(" gpu-01 ")
        await pilot.press("m")
        await pilot.pause()
        users = {name for name, *_ in PEOPLE}
        assert {line[1:9].split()[0] for line in place.screen()[5 : 5 + len(users)]} <= users
        await place.do(pilot, "time projects")
        assert "projects · 24 h" in place.screen()[2]
        await place.do(pilot, "time 卡")
        assert "gpu-01 0" in place.screen()[5]
        await place.do(pilot, "time soon")
        assert "is no moment" in place.screen()[-2]


async def test_enter_leads_to_the_card_and_back_to_the_same_place(said) -> None:
    place = Place(said)
    async with place.app.run_test(size=(120, 30)) as pilot:
        await place.enter(pilot, "time yesterday 14:00")
        await pilot.press("j", "j", "z")
        before = place.line2()
        await pilot.press("enter")
        await pilot.pause()
        assert place.main.history.here.view == "gpu"
        assert place.main.history.here.argument == "gpu-01:2"
        await pilot.press("escape")
        for _turn in range(4):
            await pilot.pause()
        assert place.line2() == before


async def test_a_filter_asks_for_all_and_keeps_who_held_it(said) -> None:
    place = Place(said)
    async with place.app.run_test(size=(120, 40)) as pilot:
        await place.enter(pilot)
        place.main.narrow("time", "user=wang & idle>1")
        for _turn in range(6):
            await pilot.pause()
        assert {name for question in place.past.asked for name in question.nodes} >= {"gpu-01", "gpu-08"}
        pane = place.pane
        assert pane._chart is not None
        assert 0 < len(pane._chart.keys) < len(pane._keys)
        for key in pane._chart.keys:
            assert "wang" in {moment.holder.user for moment in pane._chart.moments(key) if moment and moment.holder}
        await pilot.press("s")
        idle = [track.idle_hours for key in pane._chart.keys if (track := pane._chart.track(key))]
        assert idle == sorted(idle, reverse=True)


async def test_the_sort_can_be_turned_round(said) -> None:
    place = Place(said)
    async with place.app.run_test(size=(120, 40)) as pilot:
        await place.enter(pilot, "time users")
        await pilot.press("s")
        assert place.pane.order == "idle"
        keys = place.pane._chart.keys
        await pilot.press("S")
        assert place.pane._chart.keys != keys
        assert sorted(place.pane._chart.keys) == sorted(keys)
        await pilot.press("s")
        assert not place.pane.reverse


class Slow(Remembering):
    """Answers when it is let, or fails."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.let = asyncio.Event()
        self.fails: Trouble | None = None

    async def ask(self, question: Question) -> Answer:
        if self.fails is not None:
            raise Unanswered(self.fails)
        await self.let.wait()
        return await super().ask(question)


async def test_keys_do_not_wait_for_an_answer_and_the_last_stays(said) -> None:
    place = Place(said, Slow)
    follower: Slow = place.past  # type: ignore[assignment]
    async with place.app.run_test(size=(120, 30)) as pilot:
        await place.enter(pilot)
        assert "reading" in place.screen()[2]
        await pilot.press("j")
        assert "gpu-01 GPU 1" in place.line2()
        follower.let.set()
        await pilot.pause()
        await pilot.pause()
        first = place.screen()[5:20]
        follower.let.clear()
        await pilot.press("underscore")
        await pilot.pause()
        assert any("▆" in line or "▇" in line for line in place.screen()[5:20])
        assert place.screen()[5:20] != first


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda past: setattr(past, "fails", Trouble("No collector answers at present.")), "No collector answers"),
        (lambda past: setattr(past, "kept", None), "No history is kept yet."),
        (lambda past: setattr(past, "kept", stage.OPENED + 9e5), "Nothing is kept before 2026-12-01"),
    ],
)
async def test_what_is_in_the_way_is_said(said, spoil: Callable[[Slow], None], words: str) -> None:
    place = Place(said, Slow)
    follower: Slow = place.past  # type: ignore[assignment]
    follower.let.set()
    spoil(follower)
    async with place.app.run_test(size=(80, 24)) as pilot:
        await place.enter(pilot)
        assert words in place.screen()[2]


async def test_without_nodes_it_says_so() -> None:
    place = Place([])
    async with place.app.run_test(size=(80, 24)) as pilot:
        await place.enter(pilot)
        assert "No node with GPUs answers yet." in "\n".join(place.screen())
        assert not place.past.asked or place.past.asked[0].rows is not Rows.CARDS


async def test_in_chinese(said) -> None:
    choose("zh")
    try:
        place = Place(said)
        async with place.app.run_test(size=(80, 24)) as pilot:
            await place.enter(pilot, "时间 昨天 14:00")
            assert "11-20 14:00" in place.line2()
    finally:
        choose("en")


async def test_an_export_and_a_copy_hold_what_is_seen(said) -> None:
    place = Place(said)
    async with place.app.run_test(size=(120, 30)) as pilot:
        await place.enter(pilot)
        listed = place.pane.listed()
        assert listed is not None
        listing, rows = listed
        chart = place.pane._chart
        assert chart is not None
        assert rows[: len(list(spells("gpu-01:0", Rows.CARDS, chart.moments("gpu-01:0"), chart.window)))] == list(
            spells("gpu-01:0", Rows.CARDS, chart.moments("gpu-01:0"), chart.window)
        )
        assert listing.kind == "timeline"
        assert "gpu-01 GPU 0" in (place.pane.copied() or "")
        held = place.pane.subject()
        assert isinstance(held, dict)
        assert isinstance(held["moment"], Moment)
        assert [target for target, _ in place.pane.jumps()][:2] == ["gpu:gpu-01:0", "node:gpu-01"]


HOSTILE = (
    "[bold red]x[/]",
    "\x1b[2J\x1b]52;c;aGk=\x07",
    "\u202eevil\u2066שלום",
    "名" * 200,
    "x" * 200,
    "{0} %s",
    "\ud800",
    "",
)


FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Hostile(Remembering):
    """Everybody's name is an attack."""

    async def ask(self, question: Question) -> Answer:
        answer = await super().ask(question)
        assert isinstance(answer, Timeline)
        named = tuple(
            Holder(*(HOSTILE[(number + part) % len(HOSTILE)] for part in range(4)))
            for number in range(len(answer.holders))
        )
        rows = answer.rows
        if question.rows in (Rows.USERS, Rows.PROJECTS):
            rows = tuple(msgspec.structs.replace(row, key=HOSTILE[at]) for at, row in enumerate(rows[: len(HOSTILE)]))
        return msgspec.structs.replace(answer, holders=named, rows=rows)


@pytest.mark.parametrize("glyphs", [stage.UNICODE, stage.ASCII])
async def test_nothing_of_a_name_is_obeyed(said, glyphs) -> None:
    place = Place(said, Hostile)
    place.main.scene.glyphs = glyphs
    async with place.app.run_test(size=(120, 30)) as pilot:
        await place.enter(pilot)
        for rows in ("cards", "nodes", "users", "projects"):
            await place.do(pilot, f"time {rows}")
            await pilot.press("j", "h")
            lines = place.screen()
            assert all(cell_len(line) == 120 for line in lines)
            assert not any(FORBIDDEN.search(line) for line in lines)
            listed = place.pane.listed()
            assert listed is not None
            assert all(target for target, _title in place.pane.jumps())
