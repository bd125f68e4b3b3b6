"""What the simulated schedulers say when: jobs often, the rest rarely, and everything soon after somebody acted."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from backends.demo.controller import Controller
from backends.demo.past import said
from backends.demo.shape import EPOCH, Shape
from backends.demo.source import LabFeed
from backends.jobs import Jobs, JobState, Policy, Progresses, Queues, Services
from backends.records import AnyRecord, SourceStatus

ORIGIN = EPOCH + 20 * 86_400
SMALL = Shape(nodes=12, gpus=4)
SCHEDULE = (Jobs, Queues, Policy, Services, Progresses)


def counted(batch: Sequence[AnyRecord]) -> Counter[type[object]]:
    return Counter(type(record) for record in batch if isinstance(record, SCHEDULE))


async def minutes(feed: LabFeed, ticks: int, speed: float = 1.0) -> list[Counter[type[object]]]:
    return [counted(await feed.batch(ORIGIN + 2.0 * speed * tick, 2.0 * tick)) for tick in range(ticks)]


async def test_the_first_batch_has_everything_of_both() -> None:
    batch = await LabFeed(Shape(), ORIGIN, 0.0).batch(ORIGIN, 0.0)
    told = counted(batch)
    assert told == {Jobs: 2, Queues: 2, Policy: 2, Services: 3, Progresses: 2}
    statuses = {record.source: record for record in batch if isinstance(record, SourceStatus)}
    assert statuses.keys() == {"demo", "slurm", "k8s"}
    assert statuses["slurm"].interval == 10.0
    listings = {record.source: record for record in batch if isinstance(record, Jobs)}
    assert listings["slurm"].interval == 10.0
    slow = [one for record in batch if isinstance(record, Services) for one in record.services if one.trouble]
    assert [one.name for one in slow] == ["slurmdbd"]


async def test_what_changes_slowly_is_said_rarely() -> None:
    said = await minutes(LabFeed(SMALL, ORIGIN, 0.0), 300)  # ten minutes
    whole: Counter[type[object]] = sum(said, Counter())
    assert 10 <= whole[Queues] / 2 <= 60
    assert 28 <= whole[Progresses] / 2 <= 31
    assert 9 <= whole[Services] / 3 <= 11
    assert whole[Policy] / 2 == 2
    assert 60 <= whole[Jobs] / 2 <= 110


async def test_a_lab_whose_days_pass_faster_says_no_more() -> None:
    said = await minutes(LabFeed(SMALL, ORIGIN, 0.0), 150, speed=600)
    whole: Counter[type[object]] = sum(said, Counter())
    assert whole[Queues] / 2 <= 31
    assert whole[Services] / 3 <= 6


async def test_an_act_is_said_with_the_next_tick() -> None:
    feed = LabFeed(SMALL, ORIGIN, 0.0)
    await minutes(feed, 2)
    schedule = feed.lab.schedule
    job = next(job for job in schedule.jobs(ORIGIN + 2.0, "slurm") if job.state is JobState.RUNNING and job.gpus)
    assert Controller(schedule).act("slurm", job.id, "cancel") is None
    batch = await feed.batch(ORIGIN + 4.0, 4.0)
    assert counted(batch) == {Jobs: 2, Queues: 2, Progresses: 2}
    (listing,) = [record for record in batch if isinstance(record, Jobs) and record.source == "slurm"]
    assert next(one for one in listing.jobs if one.id == job.id).state is JobState.CANCELLED
    assert not counted(await feed.batch(ORIGIN + 6.0, 6.0))


def test_a_past_is_told_by_jobs_alone() -> None:
    told = [counted(batch) for _at, batch in said(SMALL, ORIGIN, ORIGIN - 7200.0, ORIGIN, 600.0)]
    assert len(told) == 12
    assert set(sum(told, Counter[type[object]]())) == {Jobs}


def test_two_feeds_say_the_same_of_everything() -> None:
    async def watch() -> list[Sequence[AnyRecord]]:
        feed = LabFeed(SMALL, ORIGIN, 0.0)
        return [await feed.batch(ORIGIN + 20 * step, 20.0 * step) for step in range(6)]

    assert asyncio.run(watch()) == asyncio.run(watch())
