"""A person's names leave the file with the last of what tells of them, and with the log when they are removed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from console.model.history import Holder, Kind
from console.model.intervals import Fact, Key
from console.store import people, spans, usage
from console.store.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    found, writer = Database(tmp_path / "lab.db"), spans.Writer()
    with found.writing() as db:
        for number, user in enumerate(("wang", "li")):
            since = number * 10_000.0
            fact = Fact(user, Holder(user, "nlp", "7", f"{user}-sft"))
            writer.put(db, Key(Kind.OWNER, "gpu-01", 0), fact, since, since + 100.0)
            usage.add(db, {int(since): {(user, "nlp"): (10.0, 10.0, 5.0)}})
        writer.put(db, Key(Kind.STATE, "gpu-01", 0), Fact("ok"), 0.0, 100.0)
        writer.put(db, Key(Kind.STATE, "gpu-01", 0), Fact("ok"), 10_000.0, None)
    return found


def names(database: Database) -> set[object]:
    rows = database.read("SELECT text FROM word UNION SELECT user FROM holder UNION SELECT user FROM person")
    return {name for (name,) in rows}


def test_what_is_too_old_takes_its_names_along(database: Database) -> None:
    assert names(database) == {"wang", "li", "ok"}
    with database.writing() as db:
        spans.prune(db, 5000.0)
        usage.prune(db, (5000.0, 5000.0))
    assert names(database) == {"li", "ok"}
    with database.writing() as db:
        spans.prune(db, 50_000.0)
        usage.prune(db, (50_000.0, 50_000.0))
    assert names(database) == {"ok"}, "what still holds keeps its word"


def test_whose_holders_are_gone_is_removed_by_name(database: Database, tmp_path: Path) -> None:
    with database.writing() as db:
        db.execute("UPDATE span SET holder = NULL")
        db.execute("DELETE FROM holder")
    people.forget(database, ("wang",))
    assert "wang" not in names(database)
    assert b"wang" not in (tmp_path / "lab.db").read_bytes()


def test_while_somebody_reads_the_log_it_is_not_said_to_be_gone(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "lab.db"
    database._db.execute("PRAGMA busy_timeout=20")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM span").fetchone()
        with pytest.raises(sqlite3.OperationalError, match="try again"):
            people.forget(database, ("wang",))
        assert b"wang" in path.with_name("lab.db-wal").read_bytes()
        reader.execute("COMMIT")
        people.forget(database, ("wang",))
    assert path.with_name("lab.db-wal").read_bytes() == b""
    assert b"wang" not in path.read_bytes()
