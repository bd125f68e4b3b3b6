"""An archive with the numeric history of one node, told look by look by a clock that is set by hand."""

import sqlite3
from pathlib import Path

from backends.records import CardState, GpuSample, HostSample, NodeSample, ReaderState
from console.model.config import Retention
from console.model.fleet import Fleet
from console.model.history import Curves, CurvesOf
from console.services.archive import Archive, Work
from console.store.series.ledger import Series

BEGIN = 1_795_003_200.0
ROOMY = Retention(spare=0)


class Hand:
    """A clock that is set by hand."""

    speed = 1.0

    def __init__(self) -> None:
        self.now = BEGIN
        self.running = 0.0

    def wall(self) -> float:
        return self.now

    def mono(self) -> float:
        return self.running

    def go(self, seconds: float) -> None:
        self.now += seconds
        self.running += seconds


def made(path: Path, clock: Hand, kept: Retention = ROOMY) -> tuple[Archive, Series]:
    series = Series()
    return Archive(path, clock, ledgers=(series,), kept=kept), series


def look(archive: Archive, clock: Hand, util: float = 50.0, beat: bool = False) -> bool:
    """One look of the archive's own, with one sample that came before it."""
    gpus = tuple(GpuSample(slot, CardState.OK, None, util, power=300.0) for slot in range(8))
    said = NodeSample("n", clock.wall(), clock.mono(), HostSample(cpu=3.0), ReaderState.OK, gpus=gpus)
    fleet = Fleet()
    fleet.apply([said])
    archive.add([said])
    work: Work = archive._gather(fleet, beat)
    written = archive._write(work)
    if not written:
        archive._give_back(work)
    return written


def curve(path: Path, series: Series, since: float, until: float, points: int = 100) -> list[float | None]:
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        answer = series.curves(db, CurvesOf(("util",), since, until, points, "n", 0))
    finally:
        db.close()
    assert isinstance(answer, Curves)
    return list(answer.curves[0].mean)


def filled(path: Path, clock: Hand, minutes: int, kept: Retention = ROOMY) -> tuple[Archive, Series]:
    archive, series = made(path, clock, kept)
    for number in range(minutes * 4):
        look(archive, clock, float(number % 100), beat=number % 4 == 3)
        clock.go(15.0)
    return archive, series
