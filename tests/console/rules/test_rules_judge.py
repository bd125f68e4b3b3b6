"""Judging cards and nodes: lost, broken, silent, stale, down and unknown are told apart."""

import msgspec
import pytest

from backends.jobs import Held, Job, Jobs, JobState
from backends.records import (
    Card,
    CardHealth,
    CardState,
    Event,
    Filesystem,
    GpuSample,
    HostSample,
    Link,
    LinkState,
    MountState,
    NodeFacts,
    NodeHealth,
    NodeLink,
    NodeMounts,
    NodeSample,
    ReaderState,
)
from console.model.fleet import Fleet, Node
from console.model.judged import JudgedNode, Status
from console.model.severity import Severity
from console.rules import health
from console.rules.judge import Judge
from console.rules.owners import Claims
from console.views.words import say

PCI = ("0000:1b:00.0", "0000:3d:00.0", "0000:4e:00.0", "0000:5f:00.0", "0000:9a:00.0")
NOW = 1000.0


def node(*gpus: GpuSample, mono: float = NOW, name: str = "H100", **parts: object) -> Node:
    cards = tuple(Card(gpu.slot, f"GPU-{gpu.slot}", name, pci=PCI[gpu.slot]) for gpu in gpus)
    facts = NodeFacts("n", NOW, mono, cards=cards, interval=2.0)
    sample = NodeSample("n", NOW, mono, HostSample(), ReaderState.OK, gpus=gpus)
    return msgspec.structs.replace(Node("n", facts, sample), **parts)


def judged(given: Node, mono: float = NOW, wall: float = NOW, judge: Judge | None = None) -> JudgedNode:
    return (judge or Judge()).node(given, Claims(), mono, wall)


def gpu(slot: int = 0, state: CardState = CardState.OK, **values: object) -> GpuSample:
    return msgspec.structs.replace(GpuSample(slot, state), **values)


def codes(found: JudgedNode, slot: int = 0) -> list[str]:
    return [point.code for point in found.cards[slot].points]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (CardState.OK, Status.OK),
        (CardState.LOST, Status.LOST),
        (CardState.BROKEN, Status.BROKEN),
        (CardState.SILENT, Status.SILENT),
        (CardState.UNKNOWN, Status.UNKNOWN),
    ],
)
def test_the_states_of_a_card_are_told_apart(state: CardState, status: Status) -> None:
    assert judged(node(gpu(state=state))).cards[0].status is status


def test_what_is_too_old_is_stale_after_three_intervals_and_not_before() -> None:
    one = node(gpu(state=CardState.LOST))
    assert judged(one, NOW + 6.0).cards[0].status is Status.LOST
    old = judged(one, NOW + 6.1)
    assert (old.status, old.cards[0].status, old.stale) == (Status.STALE, Status.STALE, True)


def test_a_node_that_is_down_goes_before_everything_else() -> None:
    link = NodeLink("n", NOW, NOW, "ssh", LinkState.DOWN, NOW)
    found = judged(node(gpu(state=CardState.LOST), link=link), NOW + 60)
    assert (found.status, found.cards[0].status) == (Status.DOWN, Status.DOWN)
    assert [point.code for point in found.points] == ["down"]


def test_a_card_that_no_sample_names_is_unknown_not_healthy() -> None:
    one = node(gpu(0), gpu(1))
    assert one.sample is not None
    cut = msgspec.structs.replace(one, sample=msgspec.structs.replace(one.sample, gpus=one.sample.gpus[:1]))
    assert [card.status for card in judged(cut).cards] == [Status.OK, Status.UNKNOWN]
    assert judged(msgspec.structs.replace(one, sample=None)).status is Status.UNKNOWN


def test_a_stalled_driver_is_said_by_the_node() -> None:
    one = node(gpu(state=CardState.SILENT))
    assert one.sample is not None
    stalled = msgspec.structs.replace(one.sample, reader=ReaderState.STALLED)
    found = judged(msgspec.structs.replace(one, sample=stalled))
    assert found.status is Status.SILENT
    assert codes(found) == ["silent"]


@pytest.mark.parametrize("reason", [0x01, 0x02, 0x04, 0x10, 0x100, 0x01 | 0x04])
def test_idle_and_the_power_cap_are_no_fault(reason: int) -> None:
    assert judged(node(gpu(throttle=reason))).cards[0].status is Status.OK


@pytest.mark.parametrize(
    ("reason", "code"), [(0x20, "throttle"), (0x40, "throttle"), (0x08, "slowdown"), (0x80, "slowdown")]
)
def test_heat_and_the_power_brake_are_warned_of(reason: int, code: str) -> None:
    found = judged(node(gpu(throttle=reason)))
    assert (found.cards[0].status, codes(found)) == (Status.WARNING, [code])


@pytest.mark.parametrize(("degrees", "found"), [(None, []), (86, []), (87, ["hot"])])
def test_hot_begins_at_the_slowdown_threshold(degrees: int | None, found: list[str]) -> None:
    assert codes(judged(node(gpu(temperature=degrees)))) == found


def test_one_card_slower_than_its_equals_is_named_and_only_that() -> None:
    cards = [gpu(slot, util=98.0, clock=1980 if slot != 2 else 1600) for slot in range(4)]
    found = judged(node(*cards))
    assert [codes(found, slot) for slot in range(4)] == [[], [], ["slow"], []]


@pytest.mark.parametrize(
    "cards",
    [
        [gpu(slot, util=98.0, clock=1980 if slot else 1000) for slot in range(3)],
        [gpu(slot, util=98.0 if slot else 20.0, clock=1980 if slot else 1000) for slot in range(5)],
        [gpu(slot, util=98.0, clock=1980 if slot else None) for slot in range(5)],
        [gpu(slot, util=98.0, clock=1980 if slot else 1690) for slot in range(5)],
    ],
    ids=["too few equals", "not under the same load", "clock unknown", "within 15 %"],
)
def test_nothing_is_called_slow_without_equals_under_the_same_load(cards: list[GpuSample]) -> None:
    found = judged(node(*cards))
    assert not any(codes(found, slot) for slot in range(len(cards)))


def test_cards_of_another_kind_are_no_equals() -> None:
    kinds = ["A100", *["H100"] * 4]
    pairs = [
        (Card(slot, name=kinds[slot]), gpu(slot, util=99.0, clock=1410 if not slot else 1980)) for slot in range(5)
    ]
    assert health.slower((card for card, _ in pairs), (sample for _, sample in pairs)) == frozenset()


@pytest.mark.parametrize(
    ("values", "code", "severity"),
    [
        ({"recovery": 1}, "recovery", Severity.CRITICAL),
        ({"recovery": 99}, "recovery", Severity.CRITICAL),
        ({"remap_failed": True}, "remap", Severity.CRITICAL),
        ({"remap_pending": True}, "remap", Severity.WARNING),
        ({"retired_pending": True}, "remap", Severity.WARNING),
        ({"ecc_uncorrected": 2}, "ecc", Severity.WARNING),
        ({"pcie_width": 8}, "pcie", Severity.WARNING),
        ({"links": (Link(0, False), Link(1, True))}, "nvlink", Severity.WARNING),
        ({"links": (Link(0, True, crc=3),)}, "nvlink", Severity.WARNING),
    ],
)
def test_what_the_slow_group_says_against_a_card(values: dict[str, object], code: str, severity: Severity) -> None:
    card = Card(0, pcie_width=16)
    (point,) = health.of_health(card, msgspec.structs.replace(CardHealth(0), **values))
    assert (point.code, point.severity) == (code, severity)
    assert "{" not in point.text.format(**point.values)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"recovery": 0, "remap_failed": False, "ecc_uncorrected": 0, "ecc_corrected": 5},
        {"pcie_width": 16},
        {"links": (Link(0, False), Link(1, False))},
        {"links": (Link(0, None), Link(1, None, 0, 0, 0))},
    ],
    ids=["all unknown", "all good", "full width", "no bridge", "links unknown"],
)
def test_what_is_unknown_or_normal_is_no_fault(values: dict[str, object]) -> None:
    assert health.of_health(Card(0, pcie_width=16), msgspec.structs.replace(CardHealth(0), **values)) == ()


def test_events_count_for_their_card_and_for_a_day() -> None:
    events = tuple(Event("n", NOW - age, 0, "xid", 79, pci=PCI[1]) for age in (10, 100, 86_500))
    found = judged(node(gpu(0), gpu(1), events=events))
    assert codes(found, 0) == []
    assert codes(found, 1) == ["xid79"]
    assert found.cards[1].points[0].values == {"code": "79", "count": "2"}


def test_an_unknown_xid_is_shown_with_its_number() -> None:
    found = judged(node(gpu(0), events=(Event("n", NOW, 0, "xid", 9999, pci=PCI[0]),)))
    assert codes(found) == ["xid9999"]
    assert "9999" in say_point(found)


def say_point(found: JudgedNode) -> str:
    return say(found.cards[0].points[0])


def test_mounts_clock_and_driver_are_said_of_the_node() -> None:
    mounts = NodeMounts(
        "n", NOW, NOW, (Filesystem("/data", state=MountState.HUNG), Filesystem("/", state=MountState.OK))
    )
    one = node(gpu(0), mounts=mounts)
    assert one.facts is not None
    skewed = msgspec.structs.replace(one, facts=msgspec.structs.replace(one.facts, skew=-2.5))
    assert [point.code for point in judged(skewed).points] == ["mount", "skew"]
    assert judged(skewed).status is Status.WARNING
    assert judged(skewed).cards[0].status is Status.OK


def test_what_is_remembered_changes_with_what_it_was_made_from() -> None:
    judge = Judge()
    one = node(gpu(0))
    assert codes(judged(one, judge=judge)) == []
    sick = msgspec.structs.replace(one, health=NodeHealth("n", NOW, NOW, (CardHealth(0, remap_failed=True),)))
    assert codes(judged(sick, judge=judge)) == ["remap"]
    assert codes(judged(one, judge=judge)) == []


def test_an_xid_that_grows_a_day_old_stops_counting_though_nothing_new_came() -> None:
    judge = Judge()
    one = node(gpu(0), events=(Event("n", NOW, 0, "xid", 79, pci=PCI[0]),))
    assert codes(judged(one, judge=judge)) == ["xid79"]
    assert codes(judged(one, wall=NOW + health.RECENT + 60, judge=judge)) == []


def test_the_scheduler_goes_before_processes_and_a_new_listing_replaces_the_old() -> None:
    fleet = Fleet()
    one = node(gpu(0))
    fleet.apply([part for part in (one.facts, one.sample) if part is not None])
    job = Job("8812", "sft", "wang", "nlp", state=JobState.RUNNING, held=(Held("n", (0,)),))
    fleet.apply([Jobs("slurm", NOW, NOW, (job,))])
    judge = Judge()
    (found,) = judge.fleet(fleet, NOW, NOW)
    owner = found.cards[0].owner
    assert owner is not None
    assert (owner.user, owner.job, owner.allocated) == ("wang", "8812", True)
    fleet.apply([Jobs("slurm", NOW, NOW, ())])
    (found,) = judge.fleet(fleet, NOW, NOW)
    assert found.cards[0].owner is None


def test_another_listing_is_another_one_even_where_the_old_one_lay_in_memory() -> None:
    fleet, judge = Fleet(), Judge()
    fleet.nodes["n1"] = Node("n1")
    for number in range(50):
        job = Job(str(number), user="ada", state=JobState.RUNNING, held=(Held("n1", (0,), 1),))
        fleet.apply([Jobs("slurm", 0.0, 0.0, ())])
        fleet.apply([Jobs("slurm", 0.0, 0.0, (job,))])  # the one that was judged is freed by now
        assert judge.held(fleet).cards["n1", 0].job == str(number)
