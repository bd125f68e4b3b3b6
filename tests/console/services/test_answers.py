"""Answers about the past: bounded, in time, on a connection that cannot write, and plain about what is wrong."""

import math
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from console.model.history import Answer, Curves, CurvesOf, Kind, Question, Rows, SpansOf, TimelineOf
from console.services import answers as module
from console.services.answers import Answers, Reader
from console.services.link.asking import Unanswered
from console.store.database import Database
from console.store.series.ledger import Series
from console.store.series.pack import Unreadable

DAY = 86_400.0
FINE = CurvesOf(("util",), 1000.0, 2000.0, 100, "n", 0)


class Room:
    """Answers on a file, and the damage that they told of."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lab [1] %41?.db"
        self.database = Database(self.path)
        self.damage: list[sqlite3.Error] = []
        self.made: list[Answers] = []

    def answers(self, reader: Reader) -> Answers:
        """Answers of which one reader answers everything about curves."""
        self.made.append(Answers(self.path, {CurvesOf: reader}, self.damage.append))
        return self.made[-1]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    room = Room(tmp_path)
    yield room
    for each in room.made:
        each.close()
    room.database.close()


async def refused(answers: Answers, question: Question) -> str:
    with pytest.raises(Unanswered) as caught:
        await answers.answer(question, None)
    return caught.value.trouble.text.format(**caught.value.trouble.values)


async def test_a_question_is_answered_from_the_file(room: Room):
    answer = await room.answers(Series().curves).answer(FINE, None)
    assert isinstance(answer, Curves)
    assert set(answer.curves[0].mean) == {None}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (CurvesOf(("util",), 5.0, 5.0, 10), "does not lie before"),
        (CurvesOf(("util",), math.nan, 5.0, 10), "does not lie before"),
        (CurvesOf(("util",), 0.0, math.inf, 10), "does not lie before"),
        (CurvesOf(("util",), -1.0, 5.0, 10), "does not lie before"),
        (CurvesOf(("util",), 0.0, 401 * DAY, 10), "spans 401 days; at most 400"),
        (CurvesOf(("util",), 0.0, 5.0, 0), "asks for 0 values; 1 to 2000"),
        (CurvesOf(("util",), 0.0, 5.0, 2001), "asks for 2001 values"),
        (CurvesOf((), 0.0, 5.0, 10), "asks for 0 metrics"),
        (CurvesOf(("util",) * 11, 0.0, 5.0, 10), "asks for 11 metrics"),
        (CurvesOf(("util); DROP TABLE chunk; --",), 0.0, 5.0, 10), "No history of util); DROP"),
        (CurvesOf(("util",), 0.0, 5.0, 10, "n"), "No history of util"),
        (CurvesOf(("cpu",), 0.0, 5.0, 10, "n", 3), "No history of cpu"),
        (CurvesOf(("util",), 0.0, 5.0, 10, "n", -1), "asks for"),
        (CurvesOf(("util",), 0.0, 5.0, 10, "n", 256), "asks for"),
        (TimelineOf(Rows.CARDS, 0.0, 5.0, 501), "asks for 501 values; 1 to 500"),
        (SpansOf((Kind.OWNER,), 0.0, 5.0, most=5001), "asks for 5001 values"),
        (SpansOf((Kind.OWNER,), 0.0, 5.0), "cannot answer that question"),
    ],
)
async def test_what_asks_for_too_much_or_for_nothing_is_refused_in_words(room: Room, question: Question, said: str):
    def never(db: sqlite3.Connection, question: Question) -> Answer:
        raise AssertionError("it was asked")

    assert said in await refused(room.answers(never), question)


async def test_the_bounds_themselves_may_be_asked(room: Room):
    answers = room.answers(Series().curves)
    for question in (
        CurvesOf(("cpu",), 0.0, 400 * DAY, 2000, "n"),
        CurvesOf(("util",), 0.0, 400 * DAY, 1),
        CurvesOf(("util",), 1000.0, 1000.5, 2000, "n", 255),
    ):
        answer = await answers.answer(question, None)
        assert isinstance(answer, Curves)
        assert 1 <= len(answer.curves[0].mean) <= question.points


async def test_one_that_takes_too_long_is_given_up_and_the_next_is_answered(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "PATIENCE", 0.02)

    def endless(db: sqlite3.Connection, question: Question) -> Answer:
        assert isinstance(question, CurvesOf)
        if question.points == 1:
            db.execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n")
        return Curves(0.0, 1.0, ())

    answers = room.answers(endless)
    assert "longer than 0.02 s" in await refused(answers, CurvesOf(("util",), 0.0, 5.0, 1))
    assert await answers.answer(FINE, None) == Curves(0.0, 1.0, ())


async def test_who_reads_cannot_write_and_keeps_nothing_open(room: Room):
    def write(db: sqlite3.Connection, question: Question) -> Answer:
        db.execute("DELETE FROM meta")
        raise AssertionError

    assert "readonly" in await refused(room.answers(write), FINE)
    series = Series()
    await room.answers(series.curves).answer(FINE, None)
    room.database.beat(5.0)
    ((busy, pages, folded),) = room.database.read("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (busy, pages, folded) == (0, 0, 0), "no read is left open that keeps the log from being folded in"


@pytest.mark.parametrize("hidden", [False, True])
async def test_damage_that_reading_finds_is_told(room: Room, hidden: bool):
    room.database.close()
    if not hidden:
        text = room.path.read_bytes()
        room.path.write_bytes(text[:4096] + b"\xa5" * (len(text) - 4096))

    def read(db: sqlite3.Connection, question: Question) -> Answer:
        if hidden:
            raise Unreadable("a blob that was cut")
        return Series().curves(db, question)

    assert "cannot be read" in await refused(room.answers(read), FINE)
    assert len(room.damage) == 1


async def test_a_file_that_is_not_there_is_no_damage(room: Room):
    room.database.close()
    room.path.unlink()
    assert "unable to open" in await refused(room.answers(Series().curves), FINE)
    assert room.damage == []
