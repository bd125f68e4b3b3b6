"""What is free and in which pieces, against counting by hand."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.jobs import Asked, Capacity, Job, Pod, Queue, Queues, Reservation
from console.rules.jobs import need, queues, room, short
from console.rules.jobs.need import Need
from console.rules.jobs.room import Spot
from console.views.words import say

AT = 1000.0


def spot(name: str, used: int = 0, cards: int = 8, bad: int = 0, **values: object) -> Spot:
    return Spot(msgspec.structs.replace(Capacity(name, usable=True, gpus=cards, gpus_used=used), **values), bad)


def lab(*used: int) -> list[Spot]:
    return [spot(f"gpu-{number:02d}", each) for number, each in enumerate(used, 1)]


def job(**values: object) -> Job:
    return msgspec.structs.replace(Job("1"), **values)


@pytest.mark.parametrize(
    ("given", "pieces", "cards"),
    [
        (job(gpus=1), 1, 1),
        (job(gpus=8), 1, 8),
        (job(gpus=64), 8, 8),
        (job(gpus=12), 2, 6),
        (job(gpus=16, asked=Asked(nodes=4)), 4, 4),
        (job(gpus=16, asked=Asked(gpus_per_node=4)), 4, 4),
        (job(asked=Asked(nodes=2, gpus_per_node=8)), 2, 8),
        (job(asked=Asked(nodes=3)), 3, 0),
        (job(), 1, 0),
        (job(kind="Job", gpus=6, pods=(Pod("a", "a", phase="Pending", gpus=2),) * 3), 3, 2),
    ],
)
def test_what_a_job_needs_at_once(given: Job, pieces: int, cards: int) -> None:
    found = need.of_job(given, 8)
    assert (found.pieces, found.cards, found.apart) == (pieces, cards, given.kind == "batch")


def test_cpus_and_memory_lie_evenly() -> None:
    found = need.of_job(job(gpus=16, asked=Asked(nodes=2, cpus=33, memory=100)), 8)
    assert (found.cpus, found.memory) == (17, 50)


def said(wanted: Need, where: list[Spot]) -> tuple[str, str]:
    why = short.verdict(wanted, where, AT).why
    assert why is not None
    return why.code, say(why)


@pytest.mark.parametrize(
    ("wanted", "used", "code", "text"),
    [
        (Need(8, 8), (0, 0, 0, *[4] * 7), "resources", "needs 8 whole nodes, 3 are free"),
        (Need(8, 8), (0, *[4] * 9), "resources", "needs 8 whole nodes, 1 is free"),
        (Need(2, 1), (8, 7), "resources", "needs 1 GPU on each of 2 nodes; 1 has one free"),
        (Need(2, 1), (7, 7), "priority", "needs 1 GPU on each of 2 nodes, which are free: waits for those before it"),
        (Need(2, 4), (4, 6), "resources", "needs 4 GPUs on each of 2 nodes; 1 has as many free"),
        (Need(1, 4), (7, 8), "resources", "needs 4 GPUs, 1 is free"),
        (Need(1, 1), (8, 6), "priority", "needs 1 GPU: 2 free on gpu-02, waits for those before it"),
        (Need(1, 4), (8, 2), "priority", "needs 4 GPUs: 6 free on gpu-02, waits for those before it"),
        (Need(1, 4), (6, 5), "fragmented", "needs 4 GPUs on one node: 5 are free, but at most 3 on one"),
        (Need(1, 4), (6, 8), "resources", "needs 4 GPUs, 2 are free"),
        (Need(1, 4), (8, 8), "resources", "needs 4 GPUs, none is free"),
        (Need(1, 1), (8, 8), "resources", "needs 1 GPU, none is free"),
        (Need(1, 8), (1, 1), "resources", "needs 1 whole node, none is free"),
        (Need(2, 8), (0, 0), "priority", "needs 2 whole nodes, which are free: waits for those before it"),
        (Need(2, 4), (4, 4), "priority", "needs 4 GPUs on each of 2 nodes, which are free: waits for those before it"),
        (Need(3, 4), (4, 4, 6), "resources", "needs 4 GPUs on each of 3 nodes; 2 have as many free"),
        (Need(3, 8), (0, 0), "constraints", "needs 3 nodes; even if all were free, only 2 could take it"),
        (Need(1, 9), (0, 0), "constraints", "needs 9 GPUs on one node; no node has more than 8"),
        (Need(1, 1, kind="h100"), (0,), "constraints", "no node that takes jobs has what it asks for"),
        (Need(1), (0,), "priority", "what it needs is free on gpu-01: waits for those before it"),
    ],
)
def test_what_is_needed_against_what_is_free(wanted: Need, used: tuple[int, ...], code: str, text: str) -> None:
    where = lab(*used)
    for each in where:
        each.capacity = msgspec.structs.replace(each.capacity, gpu_kind="a100")
    assert said(wanted, where) == (code, text)


def test_cards_without_cpus_beside_them_are_no_room() -> None:
    where = [spot("a", 0, cpus=64, cpus_used=60)]
    assert said(Need(1, 1, cpus=8), where)[1] == "GPUs are free, but not enough CPUs or memory beside them"
    (cpu,) = [one for one in short.verdict(Need(1, 1, cpus=8), where, AT).short if one.resource == "cpu"]
    assert (cpu.needed, cpu.free, cpu.fitting) == (8.0, 4.0, 0.0)


def test_cpus_that_lack_on_every_node_are_counted() -> None:
    where = [spot("a", 0, cpus=8, cpus_used=1), spot("b", 0, cpus=8, cpus_used=3)]
    assert said(Need(1, cpus=8), where) == ("resources", "needs 8 CPUs on one node; at most free on one: 7")


SHUT = {"usable": False, "states": ("IDLE", "DRAIN"), "reason_by": "root", "reason_at": AT - 60}


def test_a_node_that_a_job_names_and_that_is_drained_is_named_with_who_why_and_what_helps() -> None:
    where = [spot("a", reason="ECC errors", **SHUT), spot("b")]
    found = short.verdict(Need(1, 1, only=("a",)), where, AT)
    assert found.why is not None
    assert [say(why) for why in (found.why, *found.more)] == [
        "needs a, which is out of service: ECC errors",
        "a has been drained since {until}, by root: ECC errors",
        "It can start when a is back in service: scontrol update nodename=a state=resume",
        "It could start elsewhere if it named no node: scontrol update jobid=JOB reqnodelist=",
    ]
    assert found.more[0].until == AT - 60
    assert [(one.resource, one.needed, one.free) for one in found.short] == [("node", 1.0, 0.0)]
    assert short.verdict(Need(2, 1, only=("a",)), where, AT).why == found.why
    assert said(Need(1, 1), where)[0] == "priority"


def test_nodes_out_of_service_are_told_apart_by_how_they_are() -> None:
    drained = [spot(name, reason="power", **SHUT) for name in "abcdefgh"]
    down = spot("i", usable=False, states=("DOWN",), reason="Not responding")
    busy = spot("j", usable=False, states=("MIXED", "DRAIN"))
    found = short.verdict(Need(1, 8), [*drained, down, busy], AT)
    assert found.why is not None
    assert [say(why) for why in (found.why, *found.more)] == [
        "all 10 nodes that it could use are out of service: a, b, c, d, e, f (+4)",
        "a, b, c, d, e, f (+2) have been drained since {until}, by root: power",
        "i is down.",
        "i: Not responding",
        "j is being drained: what runs there goes on, and nothing new starts.",
        "It can start when a, b, c, d, e, f (+4) are back in service.",
        "Or it waits in another queue: quarterdeck move JOB --to QUEUE",
    ]
    few = [spot("a", reason="power", **SHUT), spot("b", 8), spot("c", 8)]
    assert said(Need(3, 8), few) == ("node", "needs 3 nodes; of the 3 that it could use, 1 is out of service: a")
    assert said(Need(1, 9), few)[0] == "constraints"
    cordon = spot("k1", usable=False, states=("Ready", "SchedulingDisabled"))
    told = [say(why) for why in short.verdict(Need(1, 8), [cordon], AT).more]
    assert told[0] == "k1 is cordoned: it takes no new pods."
    assert told[1] == "It can start when k1 is back in service: kubectl uncordon k1"


def test_figures_say_what_is_free_and_what_of_it_fits() -> None:
    (gpu,) = short.verdict(Need(1, 4), lab(6, 5), AT).short
    assert (gpu.resource, gpu.needed, gpu.free, gpu.fitting) == ("gpu", 4.0, 5.0, 0.0)
    (node,) = short.verdict(Need(8, 8), lab(0, 0, 0, *[4] * 7), AT).short
    assert (node.resource, node.needed, node.free, node.fitting) == ("node", 8.0, 3.0, 3.0)


def test_drained_nodes_and_other_kinds_are_no_room() -> None:
    where = [spot("a", usable=False), spot("b", gpu_kind="A100"), spot("c", features=("ib", "nvme"))]
    names = [each.capacity.node for each in room.allowed(Need(1, 1), where, AT)]
    assert names == ["b", "c"]
    assert [each.capacity.node for each in room.allowed(Need(1, 1, kind="a100"), where, AT)] == ["b", "c"]
    assert [each.capacity.node for each in room.allowed(Need(1, 1, never=("b",)), where, AT)] == ["c"]
    assert [each.capacity.node for each in room.allowed(Need(1, 1, only=("b",)), where, AT)] == ["b"]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ("ib", True),
        ("ib&nvme", True),
        ("ib&hbm", False),
        ("hbm|nvme", True),
        ("hbm", False),
        ("[a|b]*2", True),
        ("ib&a|b", True),
    ],
)
def test_an_expression_of_features_that_is_not_understood_excludes_nobody(wanted: str, fits: bool) -> None:
    assert room.features(wanted, ("ib", "nvme")) is fits


def test_a_reservation_keeps_others_out_before_they_would_end() -> None:
    rest = Reservation("maint", since=AT + 3600, until=AT + 7200, nodes=("a",))
    where = list(
        room.spots(Queues("s", 0, 0, (), (Capacity("a", usable=True, gpus=8, gpus_used=0),), (rest,)), {}).values()
    )
    assert short.verdict(Need(1, 1, limit=1800.0), where, AT).fits
    assert said(Need(1, 1, limit=7200.0), where) == (
        "reserved",
        "its nodes are reserved for others before it would end",
    )
    assert said(Need(1, 1, limit=None), where)[0] == "reserved"
    assert said(Need(1, 1, reservation="maint"), where)[0] == "reservation"
    assert short.verdict(Need(1, 1, reservation="maint"), where, AT + 4000).fits
    assert short.verdict(Need(1, 1, limit=1e6), where, AT + 8000).fits


def test_the_nodes_of_a_queue_are_those_that_it_names_or_that_name_it() -> None:
    every = {each.capacity.node: each for each in (spot("a", queues=("q",)), spot("b"))}
    assert room.of_queue(Queue("q", nodes=("b", "gone")), "q", every) == [every["b"]]
    assert room.of_queue(Queue("q"), "q", every) == [every["a"]]
    assert room.of_queue(None, "other", every) == [every["a"], every["b"]]


_USED = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.booleans()), max_size=8)


@given(_USED)
def test_every_card_is_held_or_free_or_nobodys(nodes: list[tuple[int, int, bool]]) -> None:
    where = [spot(str(number), used, bad=bad, usable=usable) for number, (used, bad, usable) in enumerate(nodes)]
    cards, held, free = queues.cards_of(where)
    assert cards == 8 * len(nodes)
    assert held == sum(min(8, used) for used, _bad, _usable in nodes)
    assert free == sum(max(0, 8 - min(8, used) - bad) for used, bad, usable in nodes if usable)
    assert cards - held - free >= 0


@given(_USED)
def test_fragments_are_as_many_as_can_be_put_there_one_by_one(nodes: list[tuple[int, int, bool]]) -> None:
    where = [spot(str(number), used) for number, (used, _bad, _usable) in enumerate(nodes)]
    for size, count in queues.fits(where).items():
        left = [max(0, 8 - used) for used, _bad, _usable in nodes]
        put = 0
        while any(free >= size for free in left):
            left[next(number for number, free in enumerate(left) if free >= size)] -= size
            put += 1
        assert put == count
    assert queues.whole(where) == sum(used == 0 for used, _bad, _usable in nodes)


@given(_USED, st.integers(1, 6), st.integers(0, 9), st.booleans())
def test_a_job_fits_where_putting_it_there_piece_by_piece_succeeds(
    nodes: list[tuple[int, int, bool]], pieces: int, cards: int, apart: bool
) -> None:
    where = [spot(str(number), used, usable=usable) for number, (used, _bad, usable) in enumerate(nodes)]
    left = [max(0, 8 - used) if usable else -1 for used, _bad, usable in nodes]
    taken: set[int] = set()
    put = 0
    for _ in range(pieces):
        place = next((n for n, free in enumerate(left) if free >= cards and not (apart and n in taken)), None)
        if place is not None:
            left[place] -= cards
            taken.add(place)
            put += 1
    verdict = short.verdict(Need(pieces, cards, apart=apart), where, AT)
    assert verdict.fits is (put == pieces)
    assert verdict.why is not None or not where
