"""Rows of what jobs made of their cards: written, read back, pruned, and forgotten with their person."""

from pathlib import Path

import pytest

from console.model.history import Holder, Kind
from console.model.intervals import Fact, Key
from console.store import job_use, people, spans
from console.store.database import Database
from console.store.job_use import Row

AT = 1_795_000_000.0


def row(job: str, seen: float = AT, source: str = "slurm") -> Row:
    return Row(source, job, AT - 90, seen, 2, 90.0, 180.0, 9000.0, 1 << 36, AT - 30, [(1_794_999_900, 180.0, 9000.0)])


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "lab.db")


def test_a_row_comes_back_as_it_was_and_the_last_one_stands(database: Database) -> None:
    with database.writing() as db:
        job_use.put(db, [row("1"), row("2", AT + 5), row("1", source="other")])
        job_use.put(db, [row("1", AT + 9)])
        assert job_use.latest(db, 9) == [row("1", AT + 9), row("2", AT + 5), row("1", source="other")]
        assert job_use.latest(db, 1) == [row("1", AT + 9)]
        assert job_use.oldest(db) == AT


def test_half_a_character_and_a_damaged_hour_do_no_harm(database: Database) -> None:
    with database.writing() as db:
        job_use.put(db, [row("a\udce9b"), row("2")])
        db.execute("UPDATE job_use SET hour = x'ff00' WHERE job = '2'")
        assert {one.job: one.hour for one in job_use.latest(db, 9)}["2"] == []


def test_what_is_too_old_goes(database: Database) -> None:
    with database.writing() as db:
        assert job_use.oldest(db) is None
        job_use.put(db, [row("1", AT - 10), row("2", AT)])
        job_use.prune(db, AT)
        assert [one.job for one in job_use.latest(db, 9)] == ["2"]


def test_the_jobs_of_a_forgotten_person_go(database: Database) -> None:
    writer = spans.Writer()
    with database.writing() as db:
        for number, user in (("1", "wang"), ("2", "li")):
            writer.put(db, Key(Kind.JOB, number), Fact("running", Holder(user, "nlp", number)), AT, None)
        job_use.put(db, [row("1"), row("2")])
    people.forget(database, ["wang"])
    with database.writing() as db:
        assert [one.job for one in job_use.latest(db, 9)] == ["2"]
