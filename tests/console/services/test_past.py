"""The past as a view holds it: asked for in the background, in batches, never twice, and the last answer stays."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from backends.record import Trouble
from console.model.history import Answer, Question, Row, Rows, Spans, Timeline, TimelineOf
from console.services.link.asking import Unanswered
from console.services.past import AGAIN, BATCH, LIVE, YOUNG, Past
from console.views.window import Window

SHOWN = Window(0.0, 600.0, 4)
LATER = Window(600.0, 600.0, 4)


class Collector:
    """Answers with a row for every node that it was asked about, when it is let."""

    def __init__(self) -> None:
        self.asked: list[TimelineOf] = []
        self.now = 100.0
        self.changes = 0
        self.let = asyncio.Event()
        self.let.set()
        self.fails: Exception | None = None
        self.other: Answer | None = None

    async def ask(self, question: Question) -> Answer:
        assert isinstance(question, TimelineOf)
        self.asked.append(question)
        await self.let.wait()
        if self.fails is not None:
            raise self.fails
        names = question.nodes or ("wang",)
        util = bytes([len(self.asked)] * question.slots)
        rows = tuple(Row(name, util, b"") for name in names if name != "silent")
        step = (question.until - question.since) / question.slots
        return self.other or Timeline(question.since, step, rows, (), -5.0)

    def changed(self) -> None:
        self.changes += 1

    def past(self) -> Past:
        return Past(self.ask, lambda: self.now, self.changed)


async def settle(past: Past) -> None:
    for _turn in range(10):
        await asyncio.sleep(0)
    assert not past.asking


async def test_what_comes_after_now_counts_for_nothing() -> None:
    lab = Collector()
    past = lab.past()
    row = Row("wang", bytes(4), b"", (6.0,) * 4)
    lab.other = Timeline(0.0, 600.0, (row,), (), 0.0)
    past.want(Rows.USERS, SHOWN, [], live=True, now=1_900.0)
    await settle(past)
    assert past.tracks["wang"].hours == pytest.approx(6.0 * 1_900 / 3_600)


async def test_while_older_time_comes_to_it_the_past_is_being_filled() -> None:
    lab = Collector()
    past = lab.past()
    found = []
    for kept in (9_000.0, 5_000.0, 1_000.0, 990.0, 990.0):
        lab.other = Timeline(0.0, 600.0, (), (), kept)
        past.want(Rows.USERS, SHOWN, [])
        await settle(past)
        found.append(past.filling)
        lab.now += YOUNG
    assert found == [False, True, True, True, False]


async def test_what_is_known_is_not_asked_again() -> None:
    lab = Collector()
    past = lab.past()
    past.want(Rows.NODES, SHOWN, ["a", "b", "silent"])
    assert past.asking
    assert not past.answered
    await settle(past)
    assert lab.asked == [TimelineOf(Rows.NODES, 0.0, 2400.0, 4, ("a", "b", "silent"))]
    assert (sorted(past.tracks), past.kept_since, past.version, lab.changes) == (["a", "b"], -5.0, 1, 1)
    past.want(Rows.NODES, SHOWN, ["b", "silent", "c"])
    await settle(past)
    past.want(Rows.NODES, SHOWN, ["a", "b", "c"])
    assert [question.nodes for question in lab.asked] == [("a", "b", "silent"), ("c",)]


async def test_many_are_asked_for_in_batches_the_first_first() -> None:
    lab = Collector()
    past = lab.past()
    names = [f"n{number}" for number in range(BATCH + 3)]
    past.want(Rows.CARDS, SHOWN, names)
    past.want(Rows.CARDS, SHOWN, names[::-1])  # one question at a time
    await settle(past)
    past.want(Rows.CARDS, SHOWN, names)
    await settle(past)
    assert [question.nodes for question in lab.asked] == [tuple(names[:BATCH]), tuple(names[BATCH:])]


async def test_the_last_answer_stays_until_the_next_one_comes() -> None:
    lab = Collector()
    past = lab.past()
    past.want(Rows.NODES, SHOWN, ["a"])
    await settle(past)
    lab.let.clear()
    past.want(Rows.NODES, LATER, ["a"])
    await asyncio.sleep(0)
    assert past.tracks["a"].since == 0.0
    lab.let.set()
    await settle(past)
    assert past.tracks["a"].since == 600.0


async def test_an_answer_to_other_rows_than_are_shown_by_now_is_not_taken() -> None:
    lab = Collector()
    past = lab.past()
    lab.let.clear()
    past.want(Rows.NODES, SHOWN, ["a"])
    await asyncio.sleep(0)
    past.want(Rows.USERS, SHOWN, [])
    lab.let.set()
    await settle(past)
    assert past.tracks == {}
    past.want(Rows.USERS, SHOWN, [])
    await settle(past)
    assert list(past.tracks) == ["wang"]
    assert lab.asked[-1].nodes == ()


async def test_a_window_with_now_in_it_grows_old() -> None:
    lab = Collector()
    past = lab.past()
    past.want(Rows.NODES, SHOWN, ["a"], live=True)
    await settle(past)
    lab.now += LIVE - 1
    past.want(Rows.NODES, SHOWN, ["a"], live=True)
    assert not past.asking
    lab.now += 1
    past.want(Rows.NODES, SHOWN, ["a"])
    assert not past.asking
    past.want(Rows.NODES, SHOWN, ["a"], live=True)
    assert past.asking
    past.close()


async def test_a_question_that_fails_is_said_and_asked_again_after_a_while() -> None:
    lab = Collector()
    past = lab.past()
    lab.fails = Unanswered(Trouble("No collector answers at present."))
    past.want(Rows.NODES, SHOWN, ["a"])
    await settle(past)
    assert past.trouble is not None
    assert (past.trouble.text, past.answered, lab.changes) == ("No collector answers at present.", False, 1)
    past.want(Rows.NODES, SHOWN, ["a"])
    assert not past.asking
    lab.now, lab.fails = lab.now + AGAIN, None
    past.want(Rows.NODES, SHOWN, ["a"])
    await settle(past)
    assert (past.trouble, past.answered) == (None, True)


@pytest.mark.parametrize(
    "spoil", [lambda lab: setattr(lab, "other", Spans(())), lambda lab: setattr(lab, "fails", KeyError(1))]
)
async def test_an_answer_that_is_none_leaves_the_picture_and_is_said(
    spoil: Callable[[Collector], Awaitable[None]],
) -> None:
    lab = Collector()
    past = lab.past()
    past.want(Rows.NODES, SHOWN, ["a"])
    await settle(past)
    spoil(lab)
    past.want(Rows.NODES, LATER, ["a"])
    await settle(past)
    assert past.trouble is not None
    assert list(past.tracks) == ["a"]


async def test_who_leaves_waits_for_nothing() -> None:
    lab = Collector()
    past = lab.past()
    lab.let.clear()
    past.want(Rows.NODES, SHOWN, ["a"])
    await asyncio.sleep(0)
    past.close()
    await settle(past)
    assert lab.changes == 0
