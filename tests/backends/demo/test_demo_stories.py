"""Every staged story is seen in what the source delivers."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from backends.demo.lab import Lab
from backends.demo.shape import EPOCH, Shape
from backends.demo.source import LabFeed
from backends.demo.stories import HOSTILE, INTRUDER, Story
from backends.jobs import Job, Jobs, JobState
from backends.records import (
    AnyRecord,
    Card,
    CardHealth,
    CardState,
    Event,
    GpuSample,
    LinkState,
    MountState,
    NodeFacts,
    NodeHealth,
    NodeLink,
    NodeMounts,
    NodeProcesses,
    NodeSample,
    ReaderState,
)

ORIGIN = EPOCH + 20 * 86_400
TICKS = 21
_R = TypeVar("_R")


class Seen:
    """Everything that the source said in 40 seconds."""

    def __init__(self, lab: Lab, records: list[AnyRecord]) -> None:
        self.lab = lab
        self.records = records

    def of(self, kind: type[_R], node: str | None = None) -> list[_R]:
        return [r for r in self.records if isinstance(r, kind) and (node is None or getattr(r, "node", None) == node)]

    def story(self, title: str) -> Story:
        return next(story for story in self.lab.stories() if story.title == title)

    def gpus(self, node: str) -> tuple[GpuSample, ...]:
        return self.of(NodeSample, node)[-1].gpus

    def cards(self, node: str) -> tuple[Card, ...]:
        return self.of(NodeFacts, node)[-1].cards

    def health(self, node: str) -> tuple[CardHealth, ...]:
        return self.of(NodeHealth, node)[-1].cards

    def jobs_on(self, node: str) -> list[Job]:
        jobs = [job for record in {record.source: record for record in self.of(Jobs)}.values() for job in record.jobs]
        return [j for j in jobs if j.state is JobState.RUNNING and any(held.node == node for held in j.held)]


@pytest.fixture(scope="module")
def seen() -> Seen:
    import asyncio

    feed = LabFeed(Shape(), ORIGIN, 5000.0)

    async def watch() -> list[AnyRecord]:
        return [r for step in range(TICKS) for r in await feed.batch(ORIGIN + 2 * step, 5000.0 + 2 * step)]

    return Seen(feed.lab, asyncio.run(watch()))


def test_a_default_lab_has_every_story(seen: Seen) -> None:
    titles = [story.title for story in seen.lab.stories()]
    assert len(titles) == len(set(titles)) == 15
    shared = {"card lost", "Xid 79", "process outside any job", "hostile name"}
    alone = [story.node for story in seen.lab.stories() if story.title not in shared]
    assert len(alone) == len(set(alone))


def test_idle_allocation(seen: Seen) -> None:
    story = seen.story("idle allocation")
    (job,) = seen.jobs_on(story.node)
    assert job.held[0].slots == story.slots == tuple(range(8))
    assert job.started is not None
    assert ORIGIN - job.started > 3 * 3600
    assert {gpu.util for sample in seen.of(NodeSample, story.node) for gpu in sample.gpus} == {0.0}


def test_idle_cards(seen: Seen) -> None:
    story = seen.story("multi-GPU job with idle cards")
    (job,) = seen.jobs_on(story.node)
    assert job.gpus == 8
    utils = [gpu.util or 0 for gpu in seen.gpus(story.node)]
    assert [slot for slot, util in enumerate(utils) if util < 1] == list(story.slots)
    assert min(utils[:2]) > 90


def test_card_lost_with_xid(seen: Seen) -> None:
    story = seen.story("card lost")
    (slot,) = story.slots
    assert seen.gpus(story.node)[slot].state is CardState.LOST
    assert seen.gpus(story.node)[slot].util is None
    assert seen.cards(story.node)[slot].uuid is None
    assert all(gpu.state is CardState.OK for gpu in seen.gpus(story.node) if gpu.slot != slot)
    events = seen.of(Event, story.node)
    assert [(event.kind, event.code, event.slot) for event in events] == [("xid", 79, slot), ("bus", None, slot)]
    assert "fallen off the bus" in (events[0].text or "")
    assert ORIGIN - events[0].at > 600


def test_nvlink_errors_grow(seen: Seen) -> None:
    story = seen.story("NVLink errors")
    (slot,) = story.slots
    over_time = [health.cards[slot].links for health in seen.of(NodeHealth, story.node)]
    bad = [index for index, link in enumerate(over_time[-1]) if link.crc]
    assert len(bad) == 1
    crc = [links[bad[0]].crc or 0 for links in over_time]
    assert crc == sorted(set(crc))
    assert len(crc) > 3


def test_thermal_throttling(seen: Seen) -> None:
    story = seen.story("thermal throttling")
    (slot,) = story.slots
    gpus = seen.gpus(story.node)
    assert (gpus[slot].throttle or 0) & 0x60 == 0x60
    assert (gpus[slot].temperature or 0) >= 88
    others = [gpu for gpu in gpus if gpu.slot != slot]
    assert (gpus[slot].clock or 0) < 0.7 * min(gpu.clock or 0 for gpu in others)
    assert (seen.health(story.node)[slot].throttled_thermal or 0) > 50


def test_one_card_slower_than_its_equals(seen: Seen) -> None:
    story = seen.story("card slower than its equals")
    (slot,) = story.slots
    gpus = seen.gpus(story.node)
    others = [gpu for gpu in gpus if gpu.slot != slot]
    assert gpus[slot].util == 99
    assert min(gpu.util or 0 for gpu in others) > 90
    assert (gpus[slot].clock or 0) < 0.8 * min(gpu.clock or 0 for gpu in others)
    assert (gpus[slot].power or 0) < 0.8 * min(gpu.power or 0 for gpu in others)


def test_node_down(seen: Seen) -> None:
    story = seen.story("node down")
    links = seen.of(NodeLink, story.node)
    assert {link.state for link in links} == {LinkState.DOWN}
    assert links[0].trouble is not None
    assert links[0].trouble.values == {"node": story.node}
    assert links[0].since < ORIGIN - 600
    assert (links[0].next_try or 0) > links[0].at
    assert len(links) == 2
    assert [sample.at for sample in seen.of(NodeSample, story.node)] == [links[0].since]
    others = {link.state for link in seen.of(NodeLink) if link.node != story.node}
    assert others == {LinkState.UP}


def test_hung_mount(seen: Seen) -> None:
    story = seen.story("hung mount")
    systems = {fs.mount: fs for fs in seen.of(NodeMounts, story.node)[-1].filesystems}
    assert systems["/data"].state is MountState.HUNG
    assert systems["/data"].size is None
    assert systems["/data"].since == pytest.approx(ORIGIN - 780, abs=1)
    assert systems["/home"].state is MountState.OK


def test_stale_node(seen: Seen) -> None:
    story = seen.story("stale node")
    (sample,) = seen.of(NodeSample, story.node)
    assert (sample.at, sample.mono) == (ORIGIN - 300, 5000.0 - 300)
    assert [link.state for link in seen.of(NodeLink, story.node)] == [LinkState.UP]


def test_driver_that_does_not_answer(seen: Seen) -> None:
    story = seen.story("driver does not answer")
    samples = seen.of(NodeSample, story.node)
    assert {sample.reader for sample in samples} == {ReaderState.STALLED}
    assert samples[-1].reader_since == pytest.approx(ORIGIN - 460, abs=1)
    assert {gpu.state for gpu in samples[-1].gpus} == {CardState.SILENT}
    assert len(samples[-1].gpus) == 8
    assert (samples[-1].host.cpu or 0) > 5


def test_uncorrected_memory_error(seen: Seen) -> None:
    story = seen.story("uncorrected memory error")
    (slot,) = story.slots
    health = seen.health(story.node)
    assert (health[slot].ecc_uncorrected, health[slot].remap_pending, health[slot].recovery) == (2, True, 4)
    assert all(card.ecc_uncorrected == 0 and card.recovery == 0 for card in health if card.slot != slot)
    assert {event.code for event in seen.of(Event, story.node)} == {63, 94}


def test_mig_is_under_its_card_and_not_beside_it(seen: Seen) -> None:
    story = seen.story("MIG node")
    cards, gpus = seen.cards(story.node), seen.gpus(story.node)
    assert len(cards) == len(gpus) == 8
    assert {len(card.parts) for card in cards} == {2, 7}
    for card, gpu in zip(cards, gpus, strict=True):
        assert card.mig
        assert gpu.util is None
        assert "util" in card.unsupported
        assert len(gpu.parts) == len(card.parts)
        used = [part.memory_used or 0 for part in gpu.parts]
        assert sum(used) <= (gpu.memory_used or 0) <= (card.memory or 0)
        assert all(u <= (part.memory or 0) for u, part in zip(used, card.parts, strict=True))
    parts = [
        use.part for p in seen.of(NodeProcesses, story.node)[-1].processes for use in p.uses if use.part is not None
    ]
    assert len(parts) >= 8


def test_a_process_outside_any_job(seen: Seen) -> None:
    story = seen.story("process outside any job")
    strangers = [p for p in seen.of(NodeProcesses, story.node)[-1].processes if p.job is None]
    assert [(p.user, p.command, [use.slot for use in p.uses]) for p in strangers] == [
        ("guest7", INTRUDER[:200], list(story.slots))
    ]
    assert not any(set(story.slots) & set(held.slots or ()) for job in seen.jobs_on(story.node) for held in job.held)


def test_hostile_name(seen: Seen) -> None:
    story = seen.story("hostile name")
    job = next(job for job in seen.jobs_on(story.node) if job.held[0].slots == story.slots)
    assert job.name == HOSTILE[:200]
    assert len(job.name) == 200
    assert "\x1b[31m" in job.name
    assert "[bold red]" in job.name
    commands = [p.command or "" for p in seen.of(NodeProcesses, story.node)[-1].processes if p.job == job.id]
    assert len(commands) == 1
    assert "\x1b[31m" in commands[0]
    assert len(commands[0]) == 200


@pytest.mark.parametrize("shape", [Shape(nodes=1, gpus=1), Shape(nodes=4, gpus=2), Shape(nodes=9, gpus=1)])
def test_a_small_lab_leaves_out_what_does_not_fit(shape: Shape) -> None:
    lab = Lab(shape, ORIGIN)
    cards = shape.nodes - shape.plain
    assert len({story.node for story in lab.stories()}) <= (cards + 1) // 2
    assert all(slot < shape.gpus for story in lab.stories() for slot in story.slots)


@pytest.mark.parametrize("seed", [0, 1, 99])
def test_every_seed_has_every_story(seed: int) -> None:
    assert len(Lab(Shape(seed=seed), ORIGIN).stories()) == 15


@pytest.mark.parametrize("later", [0.0, 600.0, 86_400.0, 10 * 86_400.0])
def test_the_stories_go_on(later: float) -> None:
    lab = Lab(Shape(), ORIGIN)
    idle: Callable[[Story], bool] = lambda story: story.title == "idle allocation"  # noqa: E731 - a name for a test
    node = next(filter(idle, lab.stories())).node
    jobs = [job for job in lab.jobs(ORIGIN + later) if job.held and job.held[0].node == node]
    assert [job.state for job in jobs] == [JobState.RUNNING]
