"""The past of a simulated lab: filled by what writes the present, piece by piece, and only what is missing."""

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.demo.lab import Lab
from backends.demo.past import said
from backends.demo.shape import Shape
from backends.jobs import JobState
from console.model.history import NO_HOLDER, UNKNOWN_UTIL, CurvesOf, Kind, Rows, SpansOf, TimelineOf
from console.services.retrace import DAY, HOUR, Piece, Retrace, missing, pieces
from console.store import past, recall, timeline
from console.store.database import Database, Superseded
from console.store.series.ledger import Series

NOW = 1_795_305_300.0
"""Some minutes after an hour."""
SHAPE = Shape(nodes=5, gpus=4, cpu_nodes=1)


def simulate(piece: Piece) -> Iterator[tuple[float, object]]:
    return said(SHAPE, NOW, piece.since, piece.until, piece.step)  # type: ignore[return-value]


def filled(path: Path, since: float, now: float = NOW) -> Database:
    database = Database(path)
    retrace = Retrace(database, simulate, now)  # type: ignore[arg-type]
    retrace.leave((since, now))
    list(retrace.run())
    return database


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A lab of five nodes that was opened a moment ago, with its last 36 hours."""
    database = filled(tmp_path_factory.mktemp("past") / "lab.db", NOW - 36 * HOUR)
    yield database
    database.close()


@given(st.floats(60.0, 25 * DAY), st.floats(0.0, 5 * DAY))
def test_the_pieces_are_the_whole_the_newest_first_and_cut_at_hours(length: float, ago: float) -> None:
    until = NOW - ago
    found = list(pieces(until - length, until, NOW))
    if found:
        assert found[0].until == until
        assert found[-1].since - (until - length) <= 60.0
    for piece, older in itertools.pairwise(found):
        assert older.until == piece.since
        assert math.isclose(piece.since % HOUR, 0.0)
        assert older.step >= piece.step


def test_what_is_missing_is_what_nobody_watched() -> None:
    assert missing(None, NOW) == (NOW - 30 * DAY, NOW)
    assert missing(NOW - 100.0, NOW) == (NOW - 100.0, NOW)
    assert missing(NOW - 90 * DAY, NOW) == (NOW - 30 * DAY, NOW)
    assert missing(NOW - 10.0, NOW) is None
    assert missing(NOW + 900.0, NOW) is None


def test_yesterday_at_14_it_names_who_held_each_card(day: Database) -> None:
    at = (NOW // DAY - 1) * DAY + 14 * HOUR
    with day.writing() as db:
        found = recall.spans(db, SpansOf((Kind.OWNER,), at + 1.0, at + 2.0, most=5000))
    told = {(one.node, one.slot): one.holder.job for one in found.spans if one.holder is not None}
    lab = Lab(SHAPE, NOW, 36 * HOUR)
    running = [job for job in lab.jobs(at) if job.state is JobState.RUNNING]
    listed = {(held.node, slot): job.id for job in running for held in job.held for slot in held.slots or ()}
    counted = {held.node for job in running for held in job.held if held.slots is None}
    assert len(listed) > 4
    assert {place: told.get(place) for place in listed} == listed
    assert {node for node, _slot in told.keys() - listed.keys()} <= counted  # the listing tells no slots there


def test_a_timeline_of_the_day_has_no_hole_and_names_the_same(day: Database) -> None:
    with day.writing() as db:
        found = timeline.timeline(db, TimelineOf(Rows.CARDS, NOW - DAY, NOW, 200), Series().utils())
        users = timeline.timeline(db, TimelineOf(Rows.USERS, NOW - DAY, NOW, 24), Series().utils())
    assert len(found.rows) == 16
    answering = [row for row in found.rows if UNKNOWN_UTIL not in row.util]
    assert len(answering) >= 12  # what a story did to the others
    held = [int.from_bytes(row.holders[at : at + 2], "little") for row in found.rows for at in range(0, 400, 2)]
    assert any(number != NO_HOLDER for number in held)
    by_user = sum(sum(cards or 0.0 for cards in row.cards) for row in users.rows) / 24
    spans = sum(number != NO_HOLDER for number in held) / 200
    assert by_user == pytest.approx(spans, rel=0.2)


def test_what_was_used_has_no_hole_where_pieces_meet(day: Database) -> None:
    with day.writing() as db:
        rows = timeline.timeline(db, TimelineOf(Rows.USERS, NOW - 1.3 * DAY, NOW, 300), Series().utils()).rows
        by_card = timeline.timeline(db, TimelineOf(Rows.CARDS, NOW - 1.3 * DAY, NOW, 300), Series().utils()).rows
    held = [sum(row.holders[2 * slot : 2 * slot + 2] != bytes(2) for row in by_card) for slot in range(300)]
    used = [sum(row.cards[slot] or 0.0 for row in rows) for slot in range(300)]
    assert sum(used) == pytest.approx(sum(held), rel=0.05)
    bad = [(slot, one, other) for slot, (one, other) in enumerate(zip(used, held, strict=True)) if one <= 0.4 * other]
    assert not bad


def test_curves_of_the_past_are_there(day: Database) -> None:
    with day.writing() as db:
        found = Series().curves(db, CurvesOf(("util", "temperature"), NOW - DAY, NOW - 600, 100, "gpu-01", 0))
        whole = Series().curves(db, CurvesOf(("util", "held"), NOW - DAY, NOW - 600, 100))
    assert all(value is not None for value in found.curves[1].mean)  # type: ignore[union-attr]
    assert all(value is not None for value in whole.curves[0].mean)  # type: ignore[union-attr]


def test_pieces_are_joined_without_seams(day: Database) -> None:
    with day.writing() as db:
        found = recall.spans(db, SpansOf((Kind.INVENTORY,), NOW - 36 * HOUR, NOW, "gpu-01", 0))
    assert [(one.since, one.until) for one in found.spans] == [(NOW - 36 * HOUR, NOW)]


def test_nothing_is_left_to_be_filled_and_a_second_run_adds_nothing(day: Database) -> None:
    with day.writing() as db:
        assert past.unfilled(db) == []
        before = db.execute("SELECT count(*), sum(since) FROM span").fetchone()
    assert list(Retrace(day, simulate, NOW).run()) == []  # type: ignore[arg-type]
    with day.writing() as db:
        assert db.execute("SELECT count(*), sum(since) FROM span").fetchone() == before


def test_what_a_killed_process_left_is_filled_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "lab.db"
    first = Database(path)
    retrace = Retrace(first, simulate, NOW)  # type: ignore[arg-type]
    retrace.leave((NOW - 30 * HOUR, NOW))
    done = next(retrace.run())
    first.close()
    second = Database(path)
    with second.writing() as db:
        assert past.unfilled(db) == [(NOW - 30 * HOUR, done.since)]
    rest = list(Retrace(second, simulate, NOW).run())  # type: ignore[arg-type]
    assert rest[0].until == done.since
    assert rest[-1].since == NOW - 30 * HOUR
    second.close()


def test_a_lab_that_ran_on_while_nobody_watched_shows_no_seam(tmp_path: Path) -> None:
    path = tmp_path / "lab.db"
    filled(path, NOW - 3 * HOUR, NOW - HOUR).close()
    second = filled(path, NOW - HOUR)
    with second.writing() as db:
        found = recall.spans(db, SpansOf((Kind.INVENTORY,), NOW - 3 * HOUR, NOW, "gpu-01", 0))
    assert [(one.since, one.until) for one in found.spans] == [(NOW - 3 * HOUR, NOW)]
    second.close()


def test_another_collectors_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "lab.db"
    collector = Database(path)
    child = Database.beside(path, collector.generation)
    Database(path).close()
    with pytest.raises(Superseded):
        Retrace(child, simulate, NOW).leave((NOW - HOUR, NOW))  # type: ignore[arg-type]
    child.close()
    collector.close()


def test_what_began_before_it_was_watched_is_one_with_what_goes_on(tmp_path: Path) -> None:
    database = Database(tmp_path / "lab.db")
    with database.writing() as db:
        for place, name in ((1, "n1"), (2, "n2")):
            db.execute("INSERT INTO place VALUES (?, ?, 0)", (place, name))
        db.execute("INSERT INTO word VALUES (1, 'ok'), (2, 'lost')")
        early = "INSERT INTO span (kind, place, value, since, until, size) VALUES (3, ?, 1, ?, ?, 1)"
        db.execute(early, (1, NOW - 500.0, NOW))
        db.execute(early, (2, NOW - 500.0, NOW))
        db.execute(
            "INSERT INTO span (kind, place, value, since, size) VALUES (3, 1, 1, ?, 0), (3, 2, 2, ?, 0)",
            (NOW + 3, NOW + 3),
        )
        past.join(db, NOW, 60.0)
        found = recall.spans(db, SpansOf((Kind.STATE,), NOW - 900, NOW + 900))
    told = {(one.node, one.value): (one.since, one.until) for one in found.spans}
    assert told == {
        ("n1", "ok"): (NOW - 500.0, None),
        ("n2", "ok"): (NOW - 500.0, NOW),
        ("n2", "lost"): (NOW + 3, None),
    }
    database.close()
