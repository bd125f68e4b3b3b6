"""The pages of a node and of a GPU: plots that are asked for aside, zoomed and panned, and what happened."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import lately
import pytest
import stage
from textual.pilot import Pilot

from backends.record import Trouble
from backends.records import AnyRecord
from console import language
from console.model.history import Answer, Curve, Curves, CurvesOf, Question, Rows, Spans, SpansOf, TimelineOf
from console.panes.history import HistoryPage
from console.screens.main import Main
from console.services.link.asking import Unanswered
from console.views.period import DAY, HOUR
from widgets.text import width_of

Ask = Callable[[Question], Awaitable[Answer]]


class Room:
    """A console on the page of one thing."""

    def __init__(self, pilot: Pilot[Any], main: Main) -> None:
        self.pilot, self.main = pilot, main

    @property
    def page(self) -> HistoryPage:
        pane = self.main.pane
        assert isinstance(pane, HistoryPage)
        return pane

    def text(self) -> str:
        return "\n".join("".join(span.text for span in line).rstrip() for line in self.page._sheet.lines)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(3):
            await self.pilot.pause()


@contextlib.asynccontextmanager
async def shown(
    lab: Sequence[AnyRecord], view: str, argument: str, past: Ask | None, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Room]:
    class Following(stage.Still):
        async def ask(self, question: Question) -> Answer:
            return await (past or super().ask)(question)

    app = stage.console(lab, following=Following)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app._main.go(view, argument)
        room = Room(pilot, app._main)
        await room.settle()
        yield room


class Recorder:
    """Answers from the fixture, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    async def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        return await lately.answer(question)


async def test_a_node_is_asked_for_with_its_cards_and_shows_all_of_it(lab: Sequence[AnyRecord]) -> None:
    past = Recorder()
    async with shown(lab, "node", "gpu-04", past) as room:
        curves, row, spans = past.asked
        wall = room.main.scene.wall
        assert isinstance(curves, CurvesOf)
        assert (curves.node, curves.slot, curves.until - curves.since, curves.until) == ("gpu-04", None, HOUR, wall)
        assert isinstance(row, TimelineOf)
        assert (row.rows, row.nodes, row.since) == (Rows.NODES, ("gpu-04",), curves.since)
        assert isinstance(spans, SpansOf)
        assert (spans.node, spans.slot, spans.until - spans.since) == ("gpu-04", None, DAY)
        text = room.text()
        for title in ("Last hour, times in UTC", "GPU utilisation, mean", "host memory", "network, out"):
            assert title in text
        assert "xid79 nvlink" in text
        for title in ("State", "Now", "GPUs", "Processes on GPUs", "File systems", "Disks", "Network", "Node"):
            assert f"\n{title} ─" in f"\n{text}", title


async def test_a_card_shows_its_plots_and_who_held_it(lab: Sequence[AnyRecord]) -> None:
    past = Recorder()
    async with shown(lab, "gpu", "gpu-04:3", past) as room:
        assert [(q.node, q.slot) for q in past.asked if isinstance(q, CurvesOf | SpansOf)] == [("gpu-04", 3)] * 2
        text = room.text()
        for title in ("utilisation", "memory", "temperature", "power", "clock"):
            assert sum(line.count(f"  {title}  ") for line in text.splitlines()) >= 1, title
        assert "眼底分割" in text
        assert text.count(" li ") == 1, "two spans of one owner, a minute apart, are one"


async def test_the_same_is_not_asked_again_at_each_look_and_later_it_is(lab: Sequence[AnyRecord]) -> None:
    past = Recorder()
    async with shown(lab, "gpu", "gpu-04:3", past) as room:
        for _ in range(3):
            room.main.look()
            await room.settle()
        assert len(past.asked) == 2
        clock = room.main.scene.follower.clock
        room.main.scene.follower.clock = stage.Frozen(clock.wall() + 25, clock.mono() + 25)
        room.main.look()
        await room.settle()
        assert [type(question) for question in past.asked[2:]] == [CurvesOf], "a point is 20 s; spans are good for 60"


async def test_zoom_and_pan_ask_for_another_time_and_say_it(lab: Sequence[AnyRecord]) -> None:
    past = Recorder()
    async with shown(lab, "gpu", "gpu-04:3", past) as room:
        await room.press("_", "_")
        assert "Last 24 hours, times in UTC" in room.text()
        await room.press("<")
        last = past.asked[-1]
        assert isinstance(last, CurvesOf)
        assert room.main.scene.wall - last.until == DAY / 2
        assert "2026-11-19 22:00 to 11-20 22:00 UTC" in room.text()
        assert "11-20 ──" in room.text()
        await room.press("<", "full_stop", "+", "+")
        assert "Last hour, times in UTC" in room.text()
        await room.press("_", "_", "l", "escape")
        room.main.go("gpu", "gpu-05:0")
        await room.settle()
        assert "Last 24 hours" in room.text(), "the next page shows the same time"


async def test_the_page_of_a_neighbour_shows_no_curve_of_the_one_before(lab: Sequence[AnyRecord]) -> None:
    release = asyncio.Event()

    async def past(question: Question) -> Answer:
        if getattr(question, "slot", None) == 4:
            await release.wait()
        return await lately.answer(question)

    async with shown(lab, "gpu", "gpu-04:3", past) as room:
        assert "mean " in room.text()
        await room.press("l")
        assert "asking for the history" in room.text()
        assert "mean " not in room.text()
        release.set()
        await room.settle()
        assert "mean " in room.text()


async def test_where_nobody_answers_the_page_says_so_and_shows_what_is_now(lab: Sequence[AnyRecord]) -> None:
    async with shown(lab, "node", "gpu-04", None) as room:
        assert room.text().count("No collector answers at present.") == 1
        assert "Now" in room.text()


async def test_the_last_answer_stays_when_the_next_does_not_come(lab: Sequence[AnyRecord]) -> None:
    working = True

    async def past(question: Question) -> Answer:
        if not working:
            raise Unanswered(Trouble("The database is {how}.", "", {"how": "[b]locked\x1b[0m"}))
        return await lately.answer(question)

    async with shown(lab, "gpu", "gpu-04:3", past) as room:
        working = False
        await room.press("_")
        text = room.text()
        assert "The database is [b]locked" in text
        assert "\x1b" not in text
        assert "09:30" in text, "the hour that was answered"


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (None, "There is no history yet."),
        (100.0, "Nothing was recorded in this time; the history begins"),
    ],
)
async def test_no_history_is_said_in_words(lab: Sequence[AnyRecord], kept: float | None, said: str) -> None:
    async def past(question: Question) -> Answer:
        if isinstance(question, CurvesOf):
            empty = tuple(Curve(name, (None,), (None,), (None,)) for name in question.metrics)
            return Curves(question.since, HOUR, empty, None if kept is None else question.until - kept)
        return Spans(())

    async with shown(lab, "gpu", "gpu-04:3", past) as room:
        joined = " ".join(room.text().split())
        assert said in joined
        assert "mean " not in joined


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 60)])
async def test_it_fits_every_size_and_plots_stand_beside_where_there_is_room(
    lab: Sequence[AnyRecord], size: tuple[int, int]
) -> None:
    async with shown(lab, "node", "gpu-04", lately.answer, size) as room:
        lines = room.text().splitlines()
        beside = "Last hour" in lines[0]
        assert beside is (size[0] >= 120)
        if not beside:
            titles = [line.split(" ─")[0] for line in lines if " ──────" in line]
            assert titles[:4] == ["State", "Now", "GPUs", "Last hour, times in UTC"]


async def test_it_speaks_chinese_without_breaking_its_columns(lab: Sequence[AnyRecord]) -> None:
    language.choose("zh")
    try:
        async with shown(lab, "gpu", "gpu-04:3", lately.answer, (80, 24)) as room:
            width = room.page._sheet.wide
            lines = room.page._sheet.lines
            assert all(sum(width_of(span.text) for span in line) <= width for line in lines)
    finally:
        language.choose("en")
