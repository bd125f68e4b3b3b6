"""Makes ``lab-vN.db`` of the schema that this program writes: six hours of a node with two cards, left by a crash.

Run as ``python tests/store/make.py`` before a release; a file that was released is never made again.
"""

import random
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from backends.jobs import Held, Job, Jobs, JobState
from backends.records import (
    AnyRecord,
    Card,
    CardState,
    Event,
    GpuSample,
    HostSample,
    NodeFacts,
    NodeSample,
    ReaderState,
)
from console.model.config import Retention
from console.model.fleet import Fleet
from console.services.archive import Archive
from console.services.job_use import JobAccounts
from console.store.schema import SCHEMA
from console.store.series.ledger import Series

END = 1_795_000_000.0
EVERY = 30.0
TICKS = 720
UUID = "GPU-6f1c2f0e-0000-4000-8000-00000000000"
LOST = "NVRM: Xid (PCI:0000:3d:00): 79, GPU has fallen off the bus."


class Hand:
    """A clock that is set by hand."""

    speed = 1.0

    def __init__(self) -> None:
        self.gone = 0.0

    def wall(self) -> float:
        return END - TICKS * EVERY + self.gone

    def mono(self) -> float:
        return self.gone


def said(number: int, at: float, mono: float, chance: random.Random) -> list[AnyRecord]:
    """What the node says at one tick."""
    cards = tuple(
        Card(
            slot,
            f"GPU-6f1c2f0e-0000-4000-8000-00000000000{slot}",
            "NVIDIA H100 80GB HBM3",
            pci=pci,
            memory=85_520_809_984,
        )
        for slot, pci in enumerate(("0000:1b:00.0", "0000:3d:00.0"))
    )
    util = 97.0 if number // 40 % 3 else 0.0
    first = GpuSample(0, CardState.OK, None, util, 50.0, 70 << 30, 60 + chance.randrange(5), None, 600.0, 1980)
    second = GpuSample(1, CardState.OK, None, 3.0) if number < 600 else GpuSample(1, CardState.LOST, 15)
    host = HostSample(cpu=12.5, load1=3.0, memory_total=1 << 40, memory_available=1 << 39)
    found: list[AnyRecord] = [NodeSample("gpu01", at, mono, host, ReaderState.OK, gpus=(first, second))]
    if number % 10 == 0:
        state = JobState.RUNNING if number < 700 else JobState.COMPLETED
        ended = None if number < 700 else at
        held = (Held("gpu01", (0, 1), 2),) if number < 700 else ()
        job = Job("8812", "llama-sft", "wang", "nlp", "a100", state, None, 2, held, at, END - TICKS * EVERY, ended)
        found.append(Jobs("slurm", at, mono, (job,), interval=300.0))
    if number == 0:
        found.append(NodeFacts("gpu01", at, mono, cards=cards, interval=EVERY))
    if number == TICKS - 2:
        found.append(Event("gpu01", at, mono, "xid", 79, 1, "0000:3d:00.0", LOST))
        found.append(Event("gpu01", at + 30, mono, "bus", None, 1, "0000:3d:00.0"))
    return found


def make(path: Path) -> None:
    """Collect for six hours, and be gone."""
    clock, chance, fleet = Hand(), random.Random(5), Fleet()
    accounts = JobAccounts(clock)
    archive = Archive(path, clock, ledgers=(Series(), accounts), kept=Retention(spare=0))
    for number in range(TICKS):
        records: Sequence[AnyRecord] = said(number, clock.wall(), clock.mono(), chance)
        fleet.apply(records)
        archive.add(records)
        accounts.look(fleet.nodes, fleet.jobs)
        assert archive._write(archive._gather(fleet, beat=number % 15 == 0))
        clock.gone += EVERY


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        make(Path(name) / "lab.db")
        target = Path(__file__).parent / f"lab-v{SCHEMA}.db"
        target.unlink(missing_ok=True)
        source = sqlite3.connect(Path(name) / "lab.db")
        source.execute("VACUUM INTO ?", (str(target),))
        print(target, target.stat().st_size)
