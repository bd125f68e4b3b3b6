"""A question that is asked again and again: what is kept, what is dropped, and how seldom it is asked."""

import asyncio
from collections.abc import Callable

import pytest

from backends.record import Trouble
from console.model.history import Answer, Curves, CurvesOf, Question, Spans
from console.services.inquiry import RETRY, Inquiry
from console.services.link.asking import Unanswered

ASK = CurvesOf(("cpu",), 0.0, 60.0, 10, "n")


class Collector:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self._waiting: list[asyncio.Future[Answer]] = []
        self.told = 0

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return await future

    def changed(self) -> None:
        self.told += 1

    async def answer(self, answer: Answer | Exception) -> None:
        await settled(lambda: self._waiting)
        future = self._waiting.pop(0)
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        before = self.told
        await settled(lambda: self.told > before)


async def settled(holds: Callable[[], object]) -> None:
    for _ in range(20):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError


def curves(since: float) -> Curves:
    return Curves(since, 20.0, (), 0.0)


@pytest.fixture
def collector() -> Collector:
    return Collector()


async def test_it_asks_once_and_again_when_the_answer_is_old(collector: Collector) -> None:
    inquiry = Inquiry(collector.ask, Curves, collector.changed)
    for mono in (0.0, 1.0, 5.0):
        inquiry.want("n", "hour", ASK, 20.0, mono)
    await settled(lambda: collector.asked)
    assert len(collector.asked) == 1, "one is under way"
    await collector.answer(curves(1.0))
    assert inquiry.answer == curves(1.0)
    inquiry.want("n", "hour", ASK, 20.0, 19.0)
    assert not inquiry.asking
    inquiry.want("n", "hour", ASK, 20.0, 20.0)
    assert inquiry.asking
    assert inquiry.answer == curves(1.0), "the last stays while the next comes"
    await collector.answer(curves(2.0))
    assert inquiry.answer == curves(2.0)


async def test_another_part_is_asked_for_at_once_and_another_thing_drops_the_answer(collector: Collector) -> None:
    inquiry = Inquiry(collector.ask, Curves, collector.changed)
    inquiry.want("n", "hour", ASK, 20.0, 0.0)
    await collector.answer(curves(1.0))
    inquiry.want("n", "day", ASK, 20.0, 0.5)
    assert inquiry.asking
    assert inquiry.answer == curves(1.0)
    inquiry.want("m", "day", ASK, 20.0, 0.6)
    assert inquiry.answer is None, "no curve of one node on the page of another"
    await collector.answer(curves(2.0))
    assert inquiry.answer is None, "that was the answer about the other"
    inquiry.want("m", "day", ASK, 20.0, 0.7)
    await collector.answer(curves(3.0))
    assert inquiry.answer == curves(3.0)


async def test_where_nobody_answers_it_says_why_keeps_what_it_has_and_tries_again(collector: Collector) -> None:
    inquiry = Inquiry(collector.ask, Curves, collector.changed)
    inquiry.want("n", "hour", ASK, 60.0, 0.0)
    await collector.answer(curves(1.0))
    inquiry.want("n", "hour", ASK, 60.0, 60.0)
    await collector.answer(Unanswered(Trouble("No collector answers at present.")))
    assert inquiry.trouble == Trouble("No collector answers at present.")
    assert inquiry.answer == curves(1.0)
    inquiry.want("n", "hour", ASK, 60.0, 60.0 + RETRY - 1)
    assert not inquiry.asking
    inquiry.want("n", "hour", ASK, 60.0, 60.0 + RETRY)
    await collector.answer(curves(2.0))
    assert (inquiry.answer, inquiry.trouble) == (curves(2.0), None)


@pytest.mark.parametrize("wrong", [Spans(()), RuntimeError("no such column")])
async def test_what_is_no_answer_is_said_and_asked_again(collector: Collector, wrong: Answer | Exception) -> None:
    inquiry = Inquiry(collector.ask, Curves, collector.changed)
    inquiry.want("n", "hour", ASK, 20.0, 0.0)
    await collector.answer(wrong)
    assert inquiry.answer is None
    assert inquiry.trouble is not None
    inquiry.want("n", "hour", ASK, 20.0, 25.0)
    assert inquiry.asking
    inquiry.close()


async def test_closed_it_waits_for_nothing_and_tells_nobody(collector: Collector) -> None:
    inquiry = Inquiry(collector.ask, Curves, collector.changed)
    inquiry.want("n", "hour", ASK, 20.0, 0.0)
    await settled(lambda: collector.asked)
    inquiry.close()
    await settled(lambda: not inquiry.asking)
    assert collector.told == 0
