"""The collector with sources that fail: what it says of them, on its own clock, and that the others go on."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from backends.jobs import Progress, Progresses
from backends.ports import Clock, Sink
from backends.record import Trouble
from backends.records import AnyRecord, HostSample, NodeSample, SourceStatus
from console.model.fleet import Fleet
from console.model.history import ListAnew, Listed
from console.services import collector as module
from console.services.archive import Archive
from console.services.clock import LabClock
from console.services.collector import Beside, Collector, Opened
from console.services.follower import Glance, glance
from console.services.link.once import wish
from console.services.link.protocol import Welcome
from console.store.folder import Folder


class Failing:
    """A source whose complaint names a file whose name is no text."""

    async def run(self, sink: Sink) -> None:
        """Fail."""
        raise ValueError("no such card: /data/\udcff")


class Steady:
    """A source that says the same for ever, and once something that cannot be sent."""

    async def run(self, sink: Sink) -> None:
        """Say it."""
        sink([NodeSample("bad\udcff", 1.0, 1.0, HostSample())])
        while True:
            sink([NodeSample("good", 1.0, 1.0, HostSample())])
            await asyncio.sleep(0.01)


def collector(tmp_path: Path, clock: Clock, sources: Sequence[Opened], beside: Beside | None = None) -> Collector:
    folder = Folder(tmp_path / "lab")
    folder.make()
    welcome = Welcome(1, "0", 7, "lab", False, 0, 0.0, 0.0, interval=0.05)
    return Collector(folder, Archive(folder.database, clock), sources, clock, welcome, beside=(beside,))


async def looked(path: Path, fleet: Fleet) -> Glance:
    """A look by a client, once the collector knows what is waited for."""
    async with asyncio.timeout(10):
        while not (fleet.sources and fleet.nodes):  # noqa: ASYNC110 - a fleet tells of nothing
            await asyncio.sleep(0.01)
        found = await glance(path)
    assert found is not None
    return found[1]


async def test_what_cannot_be_said_ends_neither_the_collector_nor_a_look(tmp_path: Path) -> None:
    one = collector(tmp_path, LabClock(1000.0, 0.0), [Opened("bad", Failing()), Opened("good", Steady())])
    running = asyncio.ensure_future(one.run())
    try:
        seen = await looked(tmp_path / "lab" / "lab.sock", one.fleet)
        assert list(seen.fleet.nodes) == ["good"]
        trouble = seen.fleet.sources["bad"].trouble
        assert trouble is not None
        assert trouble.values["error"] == "ValueError: no such card: /data/?"
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class Finder:
    """Something beside the sources that finds the progress of a job."""

    troubles = (Trouble("A pattern is wrong."),)

    async def run(self, fleet: Fleet, take: Sink) -> None:
        """Find it once a source has said something."""
        while not fleet.nodes:  # noqa: ASYNC110 - a fleet tells of nothing
            await asyncio.sleep(0.01)
        take([Progresses("slurm", 1.0, 1.0, (Progress("7", 1.0, step=3),))])
        await asyncio.sleep(60)


async def test_what_runs_beside_the_sources_is_told_with_its_troubles(tmp_path: Path) -> None:
    one = collector(tmp_path, LabClock(1000.0, 0.0), [Opened("good", Steady())], Finder())
    running = asyncio.ensure_future(one.run())
    try:
        async with asyncio.timeout(10):
            while not one.fleet.progress:  # noqa: ASYNC110 - a fleet tells of nothing
                await asyncio.sleep(0.01)
        seen = await looked(tmp_path / "lab" / "lab.sock", one.fleet)
        assert seen.fleet.progress["slurm"].jobs[0].step == 3
        assert Finder.troubles[0] in one._troubles()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("speed", [1.0, 60.0])
async def test_the_next_try_is_told_in_the_labs_time(tmp_path: Path, speed: float) -> None:
    one = collector(tmp_path, LabClock(1000.0, 0.0, speed), [Opened("bad", Failing())])
    told: list[AnyRecord] = []
    one._server.push = told.extend  # type: ignore[method-assign]
    running = asyncio.ensure_future(one.run())
    async with asyncio.timeout(10):
        while not any(isinstance(one, SourceStatus) and one.trouble is not None for one in told):  # noqa: ASYNC110 - a list tells of nothing
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    status = told[-1]
    assert isinstance(status, SourceStatus)
    assert status.next_try is not None
    assert status.next_try - status.at == pytest.approx(module.RETRY[0] * speed)


class Lister(Steady):
    """A source of jobs that is asked to list anew."""

    def __init__(self) -> None:
        self.asked = 0

    async def list_anew(self) -> None:
        """Take a moment for it."""
        self.asked += 1
        await asyncio.sleep(0.02)


async def test_who_has_changed_something_has_that_scheduler_listed_and_no_other(tmp_path: Path) -> None:
    socket = tmp_path / "lab" / "lab.sock"
    assert await wish(socket, ListAnew("slurm"), 5.0) is None, "nobody listens: whoever looks reads by itself"
    slurm, other = Lister(), Lister()
    sources = [Opened("slurm", slurm), Opened("other", other), Opened("kubernetes", Steady())]
    one = collector(tmp_path, LabClock(1000.0, 0.0), sources)
    running = asyncio.ensure_future(one.run())
    try:
        await looked(socket, one.fleet)
        for source in ("slurm", "kubernetes", "gone"):  # one that tells of changes by itself needs nothing
            told = await wish(socket, ListAnew(source), 5.0)
            assert told is not None
            assert told.answer == Listed()
        assert (slurm.asked, other.asked) == (1, 0)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
