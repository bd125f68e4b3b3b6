"""The lab's file: migrated, written by one generation only, refused when newer, set aside when damaged."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from backends.records import Card, CardState, Event, GpuSample, HostSample, NodeFacts, NodeSample, ReaderState
from console.model.fleet import SAME_WITHIN, Fleet, Node
from console.services.archive import Archive
from console.services.clock import LabClock
from console.store import cards, events
from console.store.database import Database, Foreign, Superseded
from console.store.schema import MIGRATIONS, SCHEMA

CLOCK = LabClock(1000.0, 0.0, 0.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lab.db"


def meta(path: Path, key: str) -> int:
    with sqlite3.connect(path) as db:
        (value,) = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    db.close()
    assert isinstance(value, int)
    return value


def test_a_new_file_is_migrated_and_nobody_elses_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        Database(path).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert meta(path, "schema") == SCHEMA == len(MIGRATIONS)


def test_a_file_that_others_could_read_becomes_its_users_alone_with_its_companions(path: Path) -> None:
    database = Database(path)
    database.beat(1.0)
    names = ("lab.db", "lab.db-wal", "lab.db-shm")
    for name in names:
        path.with_name(name).chmod(0o644)
    other = Database(path)
    other.beat(2.0)
    assert {stat.S_IMODE(path.with_name(name).stat().st_mode) for name in names} == {0o600}
    other.close()
    database.close()
    path.chmod(0o644)
    again = Database(path)
    again.beat(3.0)
    assert {stat.S_IMODE(path.with_name(name).stat().st_mode) for name in names} == {0o600}
    again.close()


def test_every_opening_is_the_next_generation(path: Path) -> None:
    found = []
    for _ in range(3):
        database = Database(path)
        found.append(database.generation)
        database.close()
    assert found == [1, 2, 3]


def test_who_was_overtaken_cannot_write_and_changes_nothing(path: Path) -> None:
    old = Database(path)
    old.beat(100.0)
    new = Database(path)
    with pytest.raises(Superseded, match="generation 1"):
        old.beat(200.0)
    with pytest.raises(Superseded):
        events.add(old, [Event("n", 1.0, 1.0, "xid", 79)])
    assert meta(path, "heartbeat") == 100
    assert events.recent(new, 0.0, 0.0) == []
    new.beat(300.0)
    assert meta(path, "heartbeat") == 300


def test_an_error_within_a_transaction_leaves_nothing_behind(path: Path) -> None:
    database = Database(path)

    def stumble() -> None:
        with database.writing() as db:
            db.execute("UPDATE meta SET value = 7 WHERE key = 'heartbeat'")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert meta(path, "heartbeat") == 0
    database.beat(5.0)
    assert meta(path, "heartbeat") == 5


def test_a_file_of_a_newer_program_is_refused_in_words_and_left_alone(path: Path) -> None:
    Database(path).close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = ? WHERE key IN ('schema', 'oldest_writer')", (SCHEMA + 1,))
    db.close()
    with pytest.raises(Foreign, match=f"schema {SCHEMA + 1}; this program writes {SCHEMA}"):
        Database(path)
    with pytest.raises(Foreign):
        Archive(path, CLOCK)
    assert meta(path, "generation") == 1
    assert [each.name for each in path.parent.iterdir() if "damaged" in each.name] == []


def test_a_newer_file_that_still_lets_this_program_write_is_written(path: Path) -> None:
    Database(path).close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (SCHEMA + 1,))
    db.close()
    Database(path).close()
    assert meta(path, "schema") == SCHEMA + 1
    assert meta(path, "generation") == 2


@pytest.mark.parametrize("at", ["head", "page"])
def test_a_damaged_file_is_set_aside_and_never_overwritten(path: Path, at: str) -> None:
    database = Database(path)
    events.add(database, [Event("n", 900.0 + 10 * number, 0.0, "xid", 79, text="x" * 500) for number in range(60)])
    database.close()
    text = bytearray(path.read_bytes())
    start = 0 if at == "head" else 4096
    text[start : start + 12_000] = b"\xa5" * min(12_000, len(text) - start)
    path.write_bytes(text)
    archive = Archive(path, CLOCK)
    (aside,) = [each for each in path.parent.iterdir() if ".damaged-" in each.name and each.suffix != ".db-wal"]
    assert aside.read_bytes() == bytes(text)
    assert archive.generation == 1
    assert [trouble.values["name"] for trouble in archive.troubles] == [aside.name]


def test_a_file_that_is_only_locked_is_not_damaged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Database(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **options: connect(path, **{**options, "timeout": 0.05}))
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Archive(path, CLOCK)
    holder.execute("ROLLBACK")
    holder.close()
    assert [each.name for each in path.parent.iterdir() if "damaged" in each.name] == []


async def test_what_cannot_be_written_is_said_and_kept_for_later(path: Path) -> None:
    archive = Archive(path, CLOCK)
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE event RENAME TO away")
    db.close()
    archive.add([Event("n", 999.0, 0.0, "xid", 79)])
    work = archive._gather(Fleet(), beat=False)
    assert not archive._write(work)
    archive._give_back(work)
    (trouble,) = archive.troubles
    assert "cannot be written" in trouble.text
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE away RENAME TO event")
    db.close()
    assert archive._write(archive._gather(Fleet(), beat=False))
    assert archive.troubles == ()
    assert [event.code for event in Archive(path, CLOCK).events] == [79]


def test_events_are_written_once_and_come_back_as_they_were(path: Path) -> None:
    database = Database(path)
    hostile = Event("n\x1b[2J", 900.0, 5.0, "xid", 79, 3, "0000:3b:00.0", "NVRM: [bold]Xid[/] '; DROP TABLE event; --")
    events.add(database, [hostile, hostile])
    events.add(database, [hostile])
    (found,) = events.recent(database, 0.0, 5.0)
    assert found == hostile
    assert events.recent(database, 901.0, 5.0) == []


def test_events_of_another_time_are_others(path: Path) -> None:
    database = Database(path)
    times = (900.0, 900.0 + SAME_WITHIN - 0.1, 900.0 + SAME_WITHIN, 900.0 - SAME_WITHIN, 900.1 - SAME_WITHIN)
    for at in times:
        events.add(database, [Event("n", at, 0.0, "xid", 79)])
    assert [event.at for event in events.recent(database, 0.0, 0.0)] == [900.0, 903.0, 897.0]


def test_whether_an_event_was_told_is_found_by_the_index(path: Path) -> None:
    """Else each event of a storm reads all that is kept of its node."""
    database = Database(path)
    values = (None,) * events._ADD.count("?")
    plan = [str(row[3]) for row in database.read(f"EXPLAIN QUERY PLAN {events._ADD}", values)]
    assert any("USING INDEX event_node (node=? AND at>? AND at<?)" in step for step in plan), plan


def test_a_storm_does_not_fill_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "KEPT", 50)
    database = Database(path)
    events.add(database, [Event("n", 10.0 * number, 0.0, "xid", 13) for number in range(200)])
    kept = events.recent(database, 0.0, 0.0)
    assert len(kept) == 50
    assert kept[-1].at == 1990.0


def node(at: float, found: tuple[Card, ...], *states: CardState, said: float = 500.0) -> Node:
    """A node with its cards as they were at a time; its facts are older."""
    known = dict(enumerate(states))
    gpus = tuple(GpuSample(card.slot, known.get(card.slot, CardState.OK)) for card in found)
    sample = NodeSample("n", at, 0.0, HostSample(), ReaderState.OK, gpus=gpus)
    return Node("n", NodeFacts("n", said, 0.0, cards=found), sample)


def test_a_card_is_seen_when_it_answers_however_long_ago_its_facts_were_said(path: Path) -> None:
    database = Database(path)
    now = 500.0 + 2 * cards.REMEMBERED
    cards.remember(database, [node(now, (Card(0, "GPU-a", pci="0000:1b:00.0"),))])
    assert [card.uuid for card in cards.known(database, now + 1)["n"]] == ["GPU-a"]


@pytest.mark.parametrize("state", [state for state in CardState if state is not CardState.OK])
def test_a_card_that_does_not_answer_is_not_written_down_again(path: Path, state: CardState) -> None:
    database = Database(path)
    both = (Card(0, "GPU-a", pci="0000:1b:00.0"), Card(1, "GPU-b", pci="0000:3d:00.0"))
    cards.remember(database, [node(1000.0, both)])
    cards.remember(database, [node(2000.0, both, CardState.OK, state), Node("m", NodeFacts("m", 1.0, 0.0, cards=both))])
    assert database.read("SELECT node, uuid, last_seen FROM card") == [("n", "GPU-a", 2000), ("n", "GPU-b", 1000)]


def test_cards_are_expected_until_they_were_gone_for_long(path: Path) -> None:
    database = Database(path)
    cards.remember(
        database,
        [node(1000.0, (Card(0, "GPU-a", "H100", pci="0000:1b:00.0"), Card(1, None, pci="0000:3d:00.0")))],
    )
    (card,) = cards.known(database, 1000.0)["n"]
    assert (card.uuid, card.name, card.pci) == ("GPU-a", "H100", "0000:1b:00.0")
    assert cards.known(database, 1000.0 + cards.REMEMBERED + 1) == {}


def test_who_only_looks_does_not_read_what_a_newer_program_keeps_for_itself(path: Path) -> None:
    database = Database(path)
    cards.remember(database, [node(1000.0, (Card(0, "GPU-a", pci="0000:1b:00.0"),))])
    assert [card.uuid for card in cards.glanced(path, 1000.0)["n"]] == ["GPU-a"]
    with database.writing() as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'oldest_reader'", (SCHEMA + 1,))
    assert cards.glanced(path, 1000.0) == {}
    with database.writing() as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'oldest_reader'", (SCHEMA,))
    assert list(cards.glanced(path, 1000.0)) == ["n"]


def test_a_replaced_card_is_a_new_one_in_the_same_place(path: Path) -> None:
    database = Database(path)
    for at, uuid in ((1000.0, "GPU-a"), (2000.0, "GPU-a"), (3000.0, "GPU-b")):
        cards.remember(database, [node(at, (Card(0, uuid, pci="0000:1b:00.0"),))])
    assert database.read("SELECT uuid, first_seen, last_seen FROM card") == [("GPU-b", 3000, 3000)]
