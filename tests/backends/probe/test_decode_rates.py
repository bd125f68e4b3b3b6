"""Rates come from the node's own clock, and a counter that falls is no rate."""

import pytest

from backends.records import NodeHealth, NodeSample


def sample(records):
    (found,) = [record for record in records if type(record) is NodeSample]
    return found


def host(busy=None, iowait=None, total=None, disks=(), nets=()):
    return [busy, iowait, total, *[None] * 11, list(disks), list(nets)]


def test_the_first_tick_has_gauges_and_no_rates(node):
    line = [
        100,
        10,
        1000,
        1.5,
        None,
        None,
        64,
        32,
        None,
        None,
        None,
        None,
        None,
        77.0,
        [["sda", 1, 1, 1]],
        [["eth0", 1, 1, 1, 1, 25000, True]],
    ]
    at = sample(node.tick(host=line)).host
    assert (at.cpu, at.iowait, at.disks[0].read, at.nets[0].sent) == (None, None, None, None)
    assert (at.load1, at.memory_total, at.memory_available, at.uptime) == (1.5, 64, 32, 77.0)
    assert (at.disks[0].name, at.nets[0].name, at.nets[0].speed, at.nets[0].up) == ("sda", "eth0", 25000, True)


def test_rates_are_by_the_clock_of_the_node_and_not_by_the_arrival(node):
    node.tick(host=host(100, 10, 1000, [["sda", 0, 500, 0]], [["eth0", 0, 1000, 0, 5]]))
    later = [
        "s",
        node.mono + 2.0,
        node.wall + 2.0,
        host(150, 20, 1200, [["sda", 4096, 500, 1000]], [["eth0", 8, 3000, 2, 5]]),
    ]
    node.wait(9)  # the line was seven seconds on its way
    at = sample(node.say(*later)).host
    assert (at.cpu, at.iowait) == (pytest.approx(25.0), pytest.approx(5.0))
    assert (at.disks[0].read, at.disks[0].write, at.disks[0].busy) == (2048.0, 0.0, 50.0)
    assert (at.nets[0].received, at.nets[0].sent, at.nets[0].errors, at.nets[0].drops) == (4.0, 1000.0, 1.0, 0.0)


def test_a_counter_that_falls_is_unknown_for_that_interval_only(node):
    node.tick(host=host(100, 10, 1000, [["sda", 9000, 9000, 10]]))
    node.wait(1)
    at = sample(node.tick(host=host(110, 5, 1100, [["sda", 10, 9100, 20]]))).host
    assert (at.cpu, at.iowait) == (pytest.approx(10.0), None)
    assert (at.disks[0].read, at.disks[0].write) == (None, 100.0)
    node.wait(1)
    at = sample(node.tick(host=host(120, 6, 1200, [["sda", 20, 9100, 20]]))).host
    assert (at.iowait, at.disks[0].read) == (pytest.approx(1.0), 10.0)


def test_a_counter_that_cannot_be_read_is_unknown_and_not_zero(node):
    node.tick(host=host(None, None, 1000, [["sda", 1, 1, 1]]))
    node.wait(1)
    at = sample(node.tick(host=host(5, None, 1100, [["sdb", 1, 1, 1]]))).host
    assert (at.cpu, at.iowait, at.disks[0].read) == (None, None, None)


def test_shares_never_pass_a_hundred(node):
    node.tick(host=host(0, 0, 0, [["sda", 0, 0, 0]]))
    node.wait(1)
    at = sample(node.tick(host=host(500, 0, 100, [["sda", 0, 0, 5000]]))).host
    assert (at.cpu, at.disks[0].busy) == (100.0, 100.0)


def test_no_time_no_rate(node):
    node.tick(host=host(1, 1, 10, [["sda", 1, 1, 1]]))
    at = sample(node.tick(host=host(2, 2, 20, [["sda", 2, 2, 2]]))).host
    assert (at.cpu, at.disks[0].read) == (None, None)


def test_a_hello_begins_anew_even_when_the_counters_grew(node):
    node.tick(host=host(100, 10, 1000, [["sda", 1, 1, 1]]))
    node.wait(1)
    node.hello(boot="boot-2")
    at = sample(node.tick(host=host(200, 20, 2000, [["sda", 5000, 1, 1]]))).host
    assert (at.cpu, at.disks[0].read) == (None, None)


def card(sent=None, power=None, software=None, hardware=None, brake=None, links=()):
    return [
        1,
        2,
        3,
        4,
        5,
        6,
        True,
        False,
        7,
        8,
        False,
        2,
        5,
        16,
        9,
        sent,
        None,
        power,
        software,
        hardware,
        brake,
        list(links),
        3,
        0,
        True,
    ]


def health(records):
    (found,) = records
    assert type(found) is NodeHealth
    return found


def test_health_gauges_rates_and_shares(node):
    node.cards(["0000:02:00.0", "GPU-b"], ["0000:01:00.0", "GPU-a"])
    second = 10**9
    first = health(node.say("w", node.mono, [card(0, 0, 0, 0, 0), card(5, 0, 0, 0, 0)], "not permitted"))
    assert first.kernel_log == "not permitted"
    assert [c.slot for c in first.cards] == [0, 1]
    assert first.cards[0].pcie_sent is None
    assert first.cards[0].throttled_thermal is None
    node.wait(10)
    links = [[0, True, 1, 2, 3], [1, False]]
    lines = [card(1000, second, second, 3 * second, 99 * second, links), card(4, None, None, second, None)]
    a, b = health(node.say("w", node.mono, lines)).cards
    assert (b.pcie_sent, b.pcie_received) == (100.0, None)
    assert (b.throttled_power, b.throttled_thermal, b.throttled_brake) == (10.0, 30.0, 100.0)
    assert (b.ecc_corrected, b.remap_pending, b.recovery, b.pcie_width, b.pcie_replays) == (1, True, 2, 16, 9)
    assert (b.fabric, b.fabric_status, b.persistence) == (3, 0, True)
    assert [(link.index, link.up, link.crc) for link in b.links] == [(0, True, 3), (1, False, None)]
    assert (a.pcie_sent, a.throttled_power, a.throttled_thermal) == (None, None, 10.0)


def test_a_replaced_card_does_not_inherit_the_counters_of_the_one_before(node):
    node.cards(["0000:01:00.0", "GPU-a"], ["0000:02:00.0", "GPU-b"])
    node.say("w", node.mono, [card(100), card(100)])
    node.wait(10)
    node.cards(["0000:02:00.0", "GPU-b"], ["0000:01:00.0", "GPU-new"])
    new, same = health(node.say("w", node.mono, [card(300), card(500)])).cards
    assert (new.slot, new.pcie_sent) == (0, None)
    assert (same.slot, same.pcie_sent) == (1, 20.0)


def test_more_lines_than_cards_are_not_guessed_at(node):
    node.cards(["0000:01:00.0", "GPU-a"])
    assert len(health(node.say("w", node.mono, [card(), card(), card()])).cards) == 1
