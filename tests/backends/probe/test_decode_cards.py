"""Slots through losses, replacements and renumbering, and how a card is said to be that was not read."""

import pytest

from backends.probe.cards import address
from backends.records import Card, CardState, NodeFacts, NodeSample, PartSample

A, B, C = "0000:01:00.0", "0000:3b:00.0", "0000:af:00.0"
KNOWN = (Card(0, "GPU-a", "H100", pci=A, memory=80), Card(1, "GPU-b", "H100", pci=B, memory=80))


def sample(records):
    (found,) = [record for record in records if type(record) is NodeSample]
    return found


def states(records):
    found = sample(records)
    assert [gpu.slot for gpu in found.gpus] == list(range(len(found.gpus)))
    return [gpu.state.value for gpu in found.gpus]


def names(node):
    assert [card.slot for card in node.decoder.cards] == list(range(len(node.decoder.cards)))
    return [(card.pci, card.uuid) for card in node.decoder.cards]


def test_slots_are_in_the_order_of_addresses_and_not_of_the_driver(node):
    node.cards([C, "GPU-c"], [A, "GPU-a"], [None, "GPU-y"], [None, "GPU-x"], ["10000:01:00.0", "GPU-v"])
    assert names(node) == [(A, "GPU-a"), (C, "GPU-c"), ("10000:01:00.0", "GPU-v"), (None, "GPU-y"), (None, "GPU-x")]
    gpus = sample(node.tick(["ok", None, 30.0], ["ok", None, 10.0], ["lost", 15])).gpus
    assert [gpu.util for gpu in gpus] == [10.0, 30.0, None, None, None]
    assert [gpu.state.value for gpu in gpus] == ["ok", "ok", "unknown", "lost", "unknown"]
    assert gpus[3].error == 15


def test_every_gauge_comes_through(node):
    node.cards([A, "GPU-a"])
    line = ["broken", 999, 1.0, 2.0, 3, 4, 5, 6.5, 7, 8, 9, 10, 11, 12.0, 13.0]
    gpu = sample(node.tick(line)).gpus[0]
    assert (gpu.state, gpu.error, gpu.util, gpu.memory_util, gpu.memory_used) == (CardState.BROKEN, 999, 1.0, 2.0, 3)
    assert (gpu.temperature, gpu.memory_temperature, gpu.power, gpu.clock, gpu.memory_clock) == (4, 5, 6.5, 7, 8)
    assert (gpu.throttle, gpu.pstate, gpu.fan, gpu.encoder, gpu.decoder) == (9, 10, 11, 12.0, 13.0)


def test_a_card_that_is_no_longer_listed_is_lost_and_still_known(node):
    node.cards([A, "GPU-a", "H100"], [B, "GPU-b", "H100"], bus=[A, B])
    node.cards([B, "GPU-b", "H100"], bus=[B])
    assert names(node) == [(A, "GPU-a"), (B, "GPU-b")]
    assert states(node.tick(["ok"])) == ["lost", "ok"]


def test_a_card_that_the_driver_lost_while_the_bus_still_shows_it_is_lost(node):
    node.cards([A, "GPU-a"], [B, "GPU-b"], bus=[A, B])
    node.cards([B, "GPU-b"], bus=[A, B])
    assert states(node.tick(["ok"])) == ["lost", "ok"]


def test_a_card_that_was_known_before_we_began_is_missed(new_node):
    node = new_node(KNOWN)
    assert node.hello()[0].cards == KNOWN
    assert states(node.tick()) == ["unknown", "unknown"]
    node.cards([B, "GPU-b", "H100"])
    assert states(node.tick(["ok"])) == ["lost", "ok"]
    assert node.decoder.cards[0].memory == 80


def test_a_replaced_card_is_new_in_the_same_slot(new_node):
    node = new_node(KNOWN)
    node.hello()
    (facts,) = node.cards([A, "GPU-new"], [B, "GPU-b"])
    assert [(card.slot, card.uuid) for card in facts.cards] == [(0, "GPU-new"), (1, "GPU-b")]
    assert facts.cards[0].memory is None


def test_a_new_card_takes_its_place_in_the_order(new_node):
    node = new_node(KNOWN)
    node.hello()
    node.cards([A, "GPU-a"], [B, "GPU-b"], ["0000:02:00.0", "GPU-n"])
    assert names(node) == [(A, "GPU-a"), ("0000:02:00.0", "GPU-n"), (B, "GPU-b")]


def test_a_listed_card_that_cannot_say_who_it_is_keeps_what_was_known(node):
    node.cards([A, "GPU-a", "H100", "nvidia", "123", None, 80, None, None, None, None, True, [[0, "MIG-1"]], ["fan"]])
    node.cards([A])
    card = node.decoder.cards[0]
    assert (card.uuid, card.name, card.serial, card.memory, card.mig) == ("GPU-a", "H100", "123", 80, True)
    assert (card.parts[0].uuid, card.unsupported) == ("MIG-1", ("fan",))


def test_a_card_that_only_the_bus_shows_is_broken_and_nameless(node):
    node.cards([A, "GPU-a"], bus=[A, B])
    assert (node.decoder.cards[1].pci, node.decoder.cards[1].name) == (B, None)
    assert states(node.tick(["ok"])) == ["ok", "broken"]
    node.cards([A, "GPU-a"], bus=[A])
    assert states(node.tick(["ok"])) == ["ok", "lost"]


def test_the_bus_makes_no_ghosts_of_cards_whose_address_is_unknown(node):
    node.cards([None, "GPU-a"], bus=[A])
    assert names(node) == [(None, "GPU-a")]


def test_a_renumbered_node_has_no_ghosts(new_node):
    node = new_node(KNOWN)
    node.hello()
    node.cards([B, "GPU-a"], [C, "GPU-b"], bus=[B, C])
    assert names(node) == [(B, "GPU-a"), (C, "GPU-b")]


def test_a_renumbered_node_that_lost_a_card_misses_just_one(new_node):
    node = new_node([*KNOWN, Card(2, "GPU-c", pci=C)])
    node.hello()
    node.cards([B, "GPU-a"], [C, "GPU-b"], bus=[B, C])
    assert names(node) == [(A, None), (B, "GPU-a"), (C, "GPU-b")]
    assert states(node.tick(["ok"], ["ok"])) == ["lost", "ok", "ok"]


def test_a_card_that_moved_leaves_no_ghost_beside_one_that_is_lost(new_node):
    node = new_node(KNOWN)
    node.hello()
    node.cards([C, "GPU-a"], bus=[C])
    assert names(node) == [(B, "GPU-b"), (C, "GPU-a")]
    assert states(node.tick(["ok"])) == ["lost", "ok"]


def test_a_card_put_into_another_known_slot_leaves_its_own_empty(new_node):
    node = new_node(KNOWN)
    node.hello()
    node.cards([B, "GPU-a"], bus=[B])
    assert names(node) == [(A, None), (B, "GPU-a")]
    assert states(node.tick(["ok"])) == ["lost", "ok"]


def test_cards_with_the_same_address_are_two(node):
    node.cards([A, "GPU-a"], [A, "GPU-b"])
    assert names(node) == [(A, "GPU-a"), (A, "GPU-b")]
    assert states(node.tick(["ok"], ["ok"])) == ["ok", "ok"]


def test_a_stalled_driver_makes_its_cards_silent_but_what_was_gone_stays_gone(new_node):
    node = new_node(KNOWN)
    node.hello()
    assert states(node.tick(reader=["stalled", 1.0])) == ["silent", "silent"]
    node.cards([B, "GPU-b"], [C, "GPU-c"], bus=[B, C])
    gpus = sample(node.tick(["ok", None, 99.0], reader=["stalled", 1.0])).gpus
    assert [gpu.state.value for gpu in gpus] == ["lost", "silent", "silent"]
    assert {gpu.util for gpu in gpus} == {None}


@pytest.mark.parametrize(
    ("reader", "told"),
    [("failed", ["silent", "lost"]), ("absent", ["silent", "lost"]), ("starting", ["unknown", "lost"])],
)
def test_without_a_driver_the_bus_decides(new_node, reader, told):
    node = new_node(KNOWN)
    node.hello()
    node.cards(bus=[A], reader=None)
    assert states(node.tick(reader=[reader])) == told


@pytest.mark.parametrize(
    ("reader", "told"), [("failed", "silent"), ("absent", "lost"), ("starting", "unknown"), ("stalled", "silent")]
)
def test_an_empty_list_without_a_bus_proves_nothing(new_node, reader, told):
    node = new_node(KNOWN)
    node.hello()
    node.cards(reader=None)
    assert states(node.tick(reader=[reader])) == [told, told]


def test_a_new_session_waits_for_its_own_list(node):
    node.cards([A, "GPU-a"])
    node.hello()
    assert states(node.tick(["ok", None, 50.0])) == ["unknown"]


def test_a_node_without_cards_has_none(node):
    assert sample(node.tick(reader=["absent"])).gpus == ()


def test_parts_stand_under_their_card(node):
    parts = [[3, "MIG-3", "1g.10gb", 7, 0, 10], [5, "MIG-5", "2g.20gb", 3, 0, 20]]
    (facts,) = node.cards([A, "GPU-a", *[None] * 0, "H100", "nvidia", *[None] * 7, True, parts])
    assert facts.cards[0].mig is True
    assert [(part.index, part.uuid, part.memory) for part in facts.cards[0].parts] == [
        (3, "MIG-3", 10),
        (5, "MIG-5", 20),
    ]
    gpu = sample(node.tick(["ok", *[None] * 14, [111, None, 333]])).gpus[0]
    assert gpu.parts == (PartSample(3, 111), PartSample(5, None))


def test_a_node_that_claims_no_end_of_cards_is_cut_short(node):
    for start in range(0, 2048, 512):
        node.cards(*[[f"{n:04x}:00:00.0", f"GPU-{n}"] for n in range(start, start + 512)])
    assert len(node.decoder.cards) == 256
    assert node.decoder.cards[0].uuid == "GPU-1536"


def test_facts_are_said_when_cards_change_and_only_then(node):
    assert [type(record) for record in node.cards([A, "GPU-a"])] == [NodeFacts]
    assert node.cards([A, "GPU-a"]) == []
    assert [type(record) for record in node.cards([A, "GPU-new"])] == [NodeFacts]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("00000000:3B:00.0", B),
        ("0000:3b:00", B),
        ("0:3b:00.0", B),
        ("10000:E1:00.0", "10000:e1:00.0"),
        ("Nonsense\x1b", "nonsense\x1b"),
    ],
)
def test_addresses_are_written_one_way(said, meant):
    assert address(said) == meant


def test_cards_of_which_not_one_is_left_are_another_machine_and_not_all_lost(node):
    node.cards([A, "GPU-a"], [B, "GPU-b"])
    node.cards(["0000:d0:00.0", "GPU-x"], ["0000:d1:00.0", "GPU-y"])
    assert names(node) == [("0000:d0:00.0", "GPU-x"), ("0000:d1:00.0", "GPU-y")]


def test_a_lost_card_that_tells_nothing_takes_the_place_where_it_is_listed(node):
    node.cards([A, "GPU-a"], [None, None], [C, "GPU-c"])
    assert names(node) == [(A, "GPU-a"), (None, None), (C, "GPU-c")]


def test_a_lost_card_that_tells_nothing_gets_the_address_that_is_missed_there(node):
    node.cards([A, "GPU-a"], [B, "GPU-b"], [C, "GPU-c"])
    node.cards([A, "GPU-a"], [None, None], [C, "GPU-c"])
    assert names(node) == [(A, "GPU-a"), (B, "GPU-b"), (C, "GPU-c")]
