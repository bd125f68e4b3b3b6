"""The source `demo`: batches, pace, settings, and its clock."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence

import pytest

from backends.catalog import load, names
from backends.demo.clock import DemoClock
from backends.demo.shape import EPOCH, Shape
from backends.demo.source import LabFeed
from backends.jobs import Jobs
from backends.ports import Opening, Unavailable
from backends.records import AnyRecord, NodeFacts, NodeLink, NodeSample, SourceStatus

ORIGIN = EPOCH + 20 * 86_400


class Enough(Exception):  # noqa: N818 - it ends a test
    pass


async def batches(count: int, settings: dict[str, object], clock: DemoClock) -> list[Sequence[AnyRecord]]:
    got: list[Sequence[AnyRecord]] = []

    def sink(batch: Sequence[AnyRecord]) -> None:
        got.append(batch)
        if len(got) == count:
            raise Enough

    with pytest.raises(Enough):
        await load("demo").open_source(Opening(clock, 0.05, settings)).run(sink)
    return got


def of(batch: Sequence[AnyRecord], kind: type[AnyRecord]) -> list[AnyRecord]:
    return [record for record in batch if type(record) is kind]


async def test_a_batch_a_tick_with_everything_in_the_first() -> None:
    clock = DemoClock(wall=lambda: ORIGIN)
    first, *rest = await batches(4, {"nodes": 6, "gpus": 2, "seed": 3}, clock)
    for kind in (NodeLink, NodeSample):
        assert len(of(first, kind)) == 6
    assert len({record.node for record in of(first, NodeFacts) if isinstance(record, NodeFacts)}) == 6
    assert [record.source for record in of(first, Jobs) if isinstance(record, Jobs)] == ["slurm", "k8s"]
    for batch in rest:
        assert len(of(batch, SourceStatus)) == 1
        assert not of(batch, NodeFacts)
        assert len({(r.at, r.mono) for r in of(batch, NodeSample) if isinstance(r, NodeSample)}) == 1


async def test_facts_carry_racks() -> None:
    (batch,) = await batches(1, {"nodes": 20}, DemoClock(wall=lambda: ORIGIN))
    assert {r.rack for r in of(batch, NodeFacts) if isinstance(r, NodeFacts)} == {"A01", "A02", "A03"}


async def test_a_fast_clock_moves_the_lab_and_leaves_mono() -> None:
    clock = DemoClock(speed=10_000, wall=lambda: ORIGIN)
    got = await batches(5, {"nodes": 4, "gpus": 2, "speed": 10_000}, clock)
    statuses = [r for batch in got for r in of(batch, SourceStatus) if isinstance(r, SourceStatus)]
    assert statuses[-1].at - statuses[0].at == pytest.approx(10_000 * (statuses[-1].mono - statuses[0].mono), rel=1e-3)


@pytest.mark.parametrize(
    "settings",
    [{"nodes": 0}, {"nodes": 4096}, {"gpus": 17}, {"speed": 0}, {"nodes": "many"}, {"colour": "red"}, {"seed": -1}],
)
async def test_wrong_settings_are_told(settings: dict[str, object]) -> None:
    source = load("demo").open_source(Opening(DemoClock(), 2.0, settings))
    with pytest.raises(Unavailable) as told:
        await source.run(lambda _batch: None)
    told.value.trouble.text.format(**told.value.trouble.values)
    told.value.trouble.hint.format(**told.value.trouble.values)


async def test_the_loop_gets_its_turn_while_a_large_lab_ticks() -> None:
    feed = LabFeed(Shape(nodes=300, gpus=8), ORIGIN, 0.0)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await feed.batch(ORIGIN, 0.0)
    task.cancel()
    assert turns > 3


async def test_jobs_are_listed_when_one_starts_or_ends() -> None:
    feed = LabFeed(Shape(), ORIGIN, 0.0)
    listed = [await feed.batch(ORIGIN + 600 * step, 2.0 * step) for step in range(8)]
    assert sum(len(of(batch, Jobs)) for batch in listed) >= 6


def test_two_feeds_say_the_same() -> None:
    async def watch() -> list[Sequence[AnyRecord]]:
        feed = LabFeed(Shape(nodes=8), ORIGIN, 0.0)
        return [await feed.batch(ORIGIN + 2 * step, 2.0 * step) for step in range(4)]

    assert asyncio.run(watch()) == asyncio.run(watch())


def test_the_clock() -> None:
    mono = 100.0
    clock = DemoClock(speed=60, wall=lambda: ORIGIN, mono=lambda: mono)
    assert (clock.wall(), clock.mono()) == (ORIGIN, 100.0)
    mono = 110.0
    assert (clock.wall(), clock.mono()) == (ORIGIN + 600, 110.0)


def test_the_catalogue_knows_it_and_naming_it_imports_little() -> None:
    assert "demo" in names()
    code = "import sys; from backends.catalog import load; load('demo'); print('backends.demo.lab' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
