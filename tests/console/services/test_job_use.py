"""The ledger of what jobs make of their cards: it survives a restart, and tells the lab every twenty seconds."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from backends.jobs import Held, Job, Jobs, JobState, JobUse, JobUses
from backends.records import AnyRecord, Card, CardState, GpuSample, HostSample, NodeFacts, NodeSample, ReaderState
from console.model.config import Retention
from console.model.fleet import Fleet
from console.services import job_use as accounts
from console.services.archive import Archive
from console.services.job_use import JobAccounts

BEGIN = 1_795_000_000.0


class Hand:
    """A clock that is set by hand."""

    speed = 1.0

    def __init__(self) -> None:
        self.gone = 0.0

    def wall(self) -> float:
        return BEGIN + self.gone

    def mono(self) -> float:
        return self.gone


class Lab:
    """A node with two cards, a job on both, and a collector's archive."""

    def __init__(self, path: Path, clock: Hand) -> None:
        self.clock, self.fleet, self.accounts = clock, Fleet(), JobAccounts(clock)
        self.told: list[JobUse] = []
        """What the lab was told last."""
        self._turn = 0
        self.archive = Archive(path, clock, ledgers=(self.accounts,), kept=Retention(spare=0))
        self.util, self.state = 60.0, JobState.RUNNING

    def go(self, seconds: float, *, writable: bool = True) -> None:
        """Look every two seconds."""
        self.archive._database._db.execute(f"PRAGMA query_only={int(not writable)}")
        for _ in range(int(seconds / 2)):
            self.clock.gone += 2.0
            at, mono = self.clock.wall(), self.clock.mono()
            cards = tuple(Card(slot, f"u{slot}", "H100") for slot in range(2))
            gpus = tuple(GpuSample(slot, CardState.OK, None, self.util) for slot in range(2))
            held = (Held("n", (0, 1), 2),) if self.state is JobState.RUNNING else ()
            job = Job("8812", "sft", "wang", state=self.state, held=held, started=BEGIN)
            sample = NodeSample("n", at, mono, HostSample(), ReaderState.OK, gpus=gpus)
            self.fleet.apply(
                [NodeFacts("n", at, mono, cards=cards, interval=2.0), sample, Jobs("slurm", at, mono, (job,))]
            )
            if self._turn % 5 == 0:
                for record in self.accounts.look(self.fleet.nodes, self.fleet.jobs):
                    self.told = list(record.uses)
            self._turn += 1
            assert self.archive._write(self.archive._gather(self.fleet, beat=False)) is writable

    def rows(self) -> list[tuple[object, ...]]:
        return self.archive._database.read("SELECT job, measured, work FROM job_use")


def test_the_lab_is_told_and_the_file_has_it(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab.db", Hand())
    lab.go(2)
    assert [use.id for use in lab.told] == ["8812"]
    lab.told = []
    lab.go(18)
    assert lab.told == []
    lab.go(62)
    (use,) = lab.told
    assert (use.cards, use.busy, use.life, use.hour, use.measured) == (2, 2, 60.0, 60.0, 80.0)
    assert lab.rows() == [("8812", 60.0, 7200.0)]


def test_a_collector_that_starts_anew_goes_on(tmp_path: Path) -> None:
    clock = Hand()
    lab = Lab(tmp_path / "lab.db", clock)
    lab.go(64)
    lab.archive._database.close()
    clock.gone += 20.0
    other = Lab(tmp_path / "lab.db", clock)
    other.util = 0.0
    other.go(22)
    (use,) = other.told
    assert use.life is not None
    assert use.measured == 60.0 + 20.0  # the last row is of the first minute, and the new one looks for 20 s
    assert round(use.life) == 45


def test_what_a_job_made_stays_when_it_has_ended(tmp_path: Path) -> None:
    clock = Hand()
    lab = Lab(tmp_path / "lab.db", clock)
    lab.go(32)
    lab.state = JobState.COMPLETED
    lab.go(12)
    assert lab.rows() == [("8812", 30.0, 3600.0)]
    lab.archive._database.close()
    other = Lab(tmp_path / "lab.db", clock)
    other.state = JobState.COMPLETED
    other.go(22)
    (use,) = other.told
    assert (use.id, use.life, use.busy) == ("8812", 60.0, None)


def test_live_goes_on_while_nothing_can_be_written(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab.db", Hand())
    lab.go(42, writable=False)
    (use,) = lab.told
    assert (use.measured, use.life) == (40.0, 60.0)
    lab.go(10)
    assert lab.rows() == [("8812", 40.0, 4800.0)]


async def test_the_collector_hands_over_what_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "BEFORE", 0.0)
    lab = Lab(tmp_path / "lab.db", Hand())
    lab.go(2)
    came: asyncio.Future[Sequence[AnyRecord]] = asyncio.get_running_loop().create_future()
    fresh = JobAccounts(lab.clock)
    task = asyncio.ensure_future(fresh.run(lab.fleet, came.set_result))
    (record,) = await asyncio.wait_for(came, 10.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert isinstance(record, JobUses)
    assert [use.id for use in record.uses] == ["8812"]


def test_what_is_too_old_is_pruned_and_nothing_is_lost_before_somebody_is_forgotten(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab.db", Hand())
    lab.go(30)
    database = lab.archive._database
    with database.writing() as db:
        lab.accounts.settle(db)
        assert lab.accounts.oldest(db) == BEGIN + 22.0
        lab.accounts.prune(db, BEGIN + 1000.0, Retention(spans=5000.0))
    assert lab.rows() != []
    with database.writing() as db:
        lab.accounts.prune(db, BEGIN + 1000.0, Retention(spans=500.0))
    assert lab.rows() == []
