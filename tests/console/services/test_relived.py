"""What jobs made of their cards before a lab was opened, and that its collector takes it in before it writes."""

from pathlib import Path

from backends.demo.past import said
from backends.demo.shape import Shape
from console.model.fleet import Fleet
from console.rules.jobs.lives import Life
from console.services.job_use import PATIENCE, JobAccounts
from console.services.relived import relive, write
from console.store import job_use
from console.store.database import Database
from console.store.ledger import Round

NOW = 1_795_305_300.0


class Clock:
    speed = 1.0

    def wall(self) -> float:
        return NOW

    def mono(self) -> float:
        return 100.0


def found(mono: float) -> Round:
    return Round(NOW, mono, [], Fleet().all_jobs(), [], lambda: [])


def test_a_job_that_idles_has_idled_for_hours() -> None:
    shape = Shape(nodes=16, gpus=8, seed=7)
    lives = relive(lambda piece: said(shape, NOW, piece.since, piece.until, piece.step), NOW)
    now = [life.tell(NOW) for life in lives if NOW - life.seen < 300.0]
    assert len(now) > 10
    assert any(use.idle_since is not None and NOW - use.idle_since > 1800.0 for use in now)
    assert any(use.life is not None and use.life > 80.0 and (use.measured or 0.0) > 3600.0 for use in now)


def test_the_collector_waits_for_it_and_writes_nothing_before(tmp_path: Path) -> None:
    database = Database(tmp_path / "lab.db")
    accounts = JobAccounts(Clock(), NOW)
    with database.writing() as db:
        accounts.write(db, found(1.0))
    assert not accounts._recalled
    write(database, [Life("slurm", "1", NOW - 500.0, NOW - 60.0, 2, 400.0, 800.0, 40_000.0)])
    with database.writing() as db:
        accounts.write(db, found(2.0))
        assert [row.job for row in job_use.latest(db, 9)] == ["1"]
    assert accounts._recalled
    database.close()


def test_it_does_not_wait_for_ever(tmp_path: Path) -> None:
    database = Database(tmp_path / "lab.db")
    accounts = JobAccounts(Clock(), NOW)
    for mono in (1.0, 1.0 + PATIENCE):
        with database.writing() as db:
            accounts.write(db, found(mono))
    assert accounts._recalled
    database.close()
