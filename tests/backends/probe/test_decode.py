"""Times, skew, protocol, what is refused, and what is let through."""

import json
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backends.ports import Unavailable
from backends.probe.decode import Malformed
from backends.probe.line import _KINDS, ending, excerpt
from backends.probe.wire import Message
from backends.records import (
    Event,
    Filesystem,
    MountState,
    NodeFacts,
    NodeMounts,
    NodeProcesses,
    NodeSample,
    ReaderState,
)

HOSTILE = ["[bold]x[/]", "\x1b[31mred\x1b]0;t\x07", "日本語" * 70, "a\x00b\r\nc", "'; DROP TABLE", "\u202egnp.exe"]


def one(records, kind):
    (found,) = [record for record in records if type(record) is kind]
    return found


def test_hello_says_who_the_node_is_before_any_driver_is_touched(new_node):
    node = new_node()
    line = [
        "h",
        [1, 1],
        "0.1",
        "gpu01.lab",
        "b-1",
        node.wall,
        1000.0,
        2.0,
        "6.1",
        "Debian 12",
        "3.6",
        "EPYC",
        128,
        2**40,
    ]
    facts = one(node.say(*line), NodeFacts)
    assert (facts.node, facts.host, facts.boot, facts.kernel) == ("gpu01", "gpu01.lab", "b-1", "6.1")
    assert (facts.system, facts.cpu, facts.cpus, facts.memory) == ("Debian 12", "EPYC", 128, 2**40)
    assert (facts.interval, facts.probe, facts.skew, facts.driver) == (2.0, "0.1", 0.0, None)
    assert (facts.at, facts.mono) == (node.clock.wall(), node.clock.mono())


def test_everything_is_stamped_with_our_clock_on_arrival(node):
    node.wait(7)
    sample = one(node.tick(), NodeSample)
    assert (sample.at, sample.mono) == (node.clock.wall(), node.clock.mono())


def test_a_driver_that_comes_late_is_told_when_it_comes_and_only_then(node):
    assert one(node.cards(["0000:01:00.0", "GPU-a"]), NodeFacts).driver == "580.1"
    assert node.cards(["0000:01:00.0", "GPU-a"]) == []


def test_facts_of_the_driver_outlive_a_restart_of_the_probe_but_not_of_the_node(node):
    node.cards(["0000:01:00.0", "GPU-a"])
    assert one(node.hello(), NodeFacts).driver == "580.1"
    assert one(node.hello(boot="boot-2"), NodeFacts).driver is None


@pytest.mark.parametrize("theirs", [[2, 3], [0, 0], [3, 1]])
def test_a_protocol_that_we_do_not_speak_is_refused_with_both_ranges(new_node, theirs):
    with pytest.raises(Unavailable) as refused:
        new_node().hello(protocol=theirs)
    assert refused.value.trouble.values == {"theirs": f"{theirs[0]}-{theirs[1]}", "ours": "1-1"}
    assert refused.value.trouble.text.format(**refused.value.trouble.values)


def test_a_newer_probe_that_still_speaks_ours_is_welcome(new_node):
    assert one(new_node().hello(protocol=[1, 7]), NodeFacts)


def test_a_kind_of_line_that_only_a_newer_probe_knows_is_passed_over(new_node):
    node = new_node()
    node.hello(protocol=[1, 2])
    assert node.say("z", 1, "of tomorrow") == []
    for line in (b'["s",1', b'["s","x"]', b"{}", b"[]", b'["z"', b"login:"):
        with pytest.raises(Malformed):
            node.decoder.feed(line)
    node.hello()
    with pytest.raises(Malformed):
        node.say("z", 1)


def test_every_kind_of_line_is_known():
    assert {kind.__struct_config__.tag for kind in get_args(Message)} == _KINDS


def test_skew_is_that_of_the_quickest_line(new_node):
    node = new_node(ahead=5.0)
    line = json.dumps(["h", [1, 1], "0.1", "h", "b", node.wall, node.mono, 1.0]).encode()
    node.wait(3)  # the hello was three seconds on its way
    assert one(node.decoder.feed(line), NodeFacts).skew == pytest.approx(2.0)
    assert one(node.tick(), NodeFacts).skew == pytest.approx(5.0)
    late = json.dumps(["s", node.mono, node.wall, []]).encode()
    node.wait(4)
    assert [type(record) for record in node.decoder.feed(late)] == [NodeSample]


def test_skew_is_told_again_only_when_it_moves_by_more_than_half_a_second(node):
    node.ahead = 0.4
    assert [type(record) for record in node.tick()] == [NodeSample]
    node.ahead = 0.9
    assert one(node.tick(), NodeFacts).skew == pytest.approx(0.9)


def test_a_clock_set_back_is_noticed_once_the_window_has_passed(new_node):
    node = new_node(ahead=30.0)
    node.hello()
    node.ahead = 0.0
    told = []
    for _ in range(61):
        node.wait(1)
        told += [record.skew for record in node.tick() if type(record) is NodeFacts]
    assert told == [pytest.approx(0.0)]


def test_a_stalled_reader_says_since_when_in_utc_and_does_not_tremble(node):
    began = node.mono
    at = node.clock.wall()
    for seconds in (4, 1.25):
        node.wait(seconds)
        sample = one(node.tick(reader=["stalled", began, "nvmlDeviceGetName"]), NodeSample)
        assert sample.reader is ReaderState.STALLED
        assert sample.reader_since == pytest.approx(at)
        assert sample.reader_detail == "nvmlDeviceGetName"


def test_a_state_of_the_reader_that_we_do_not_know_is_not_taken_for_health(node):
    assert one(node.tick(reader=["meditating"]), NodeSample).reader is ReaderState.STARTING


def test_mounts_with_since_in_utc(node):
    began = node.mono
    at = node.clock.wall()
    node.wait(30)
    mounts = [
        ["/", "/dev/sda1", "ext4", "ok", None, 100, 40, 55],
        ["/nfs", "s:/x", "nfs4", "hung", began],
        ["/y", None, None, "odd"],
    ]
    root, nfs, odd = one(node.say("f", node.mono, mounts), NodeMounts).filesystems
    assert root == Filesystem("/", "/dev/sda1", "ext4", MountState.OK, None, 100, 40, 55)
    assert (nfs.state, nfs.since, nfs.size) == (MountState.HUNG, pytest.approx(at), None)
    assert odd.state is MountState.ERROR
    node.wait(10)
    assert one(node.say("f", node.mono, mounts), NodeMounts).filesystems[1].since == nfs.since


def test_an_event_is_told_at_our_time_with_its_slot(new_node):
    node = new_node(ahead=100.0)
    node.hello()
    node.cards(["0000:01:00.0", "GPU-a"], ["0000:3b:00.0", "GPU-b"])
    node.wait(10)
    happened = one(node.say("x", node.mono, node.wall - 4, "xid", 79, "00000000:3B:00", "NVRM: …", "kernel"), Event)
    assert (happened.kind, happened.code, happened.slot, happened.pci) == ("xid", 79, 1, "0000:3b:00.0")
    assert happened.at == pytest.approx(node.clock.wall() - 4)
    assert happened.mono == pytest.approx(node.clock.mono() - 4)
    assert happened.origin == "kernel"


def test_an_event_is_as_old_on_the_monotonic_clock_as_it_was_there(new_node):
    node = new_node()
    node.clock.speed = 60.0
    node.hello()
    happened = one(node.say("x", node.mono, node.wall - 120, "xid", 79), Event)
    assert happened.at == pytest.approx(node.clock.wall() - 120)
    assert happened.mono == pytest.approx(node.clock.mono() - 2)


def test_nothing_has_happened_in_the_future(node):
    assert one(node.say("x", node.mono, node.wall + 999, "xid", 13), Event).at == node.clock.wall()


def test_an_event_of_a_card_that_nobody_knows_has_no_slot(node):
    assert one(node.say("x", node.mono, node.wall, "xid", 13, "0000:99:00.0"), Event).slot is None


def test_a_fault_of_the_probe_is_an_event(node):
    event = one(node.say("!", node.mono, "mounts", "PermissionError"), Event)
    assert (event.kind, event.origin, event.text) == ("fault", "probe", "mounts: PermissionError")


def test_elements_that_we_do_not_know_at_the_end_are_ignored_and_missing_ones_are_unknown(node):
    node.cards(["0000:01:00.0"])
    sample = one(node.say("s", node.mono, node.wall, [], "ok", None, None, [["ok"]]), NodeSample)
    assert sample.gpus[0].util is None
    assert sample.host.cpu is None
    new = [*["ok", None, 50.0], *[None] * 12, [], "of tomorrow", {"a": [1]}]
    sample = one(
        node.say("s", node.mono, node.wall, [], "ok", None, None, [new], None, "of tomorrow", [[]]), NodeSample
    )
    assert sample.gpus[0].util == 50.0


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_data_and_passes_through_unharmed(node, text):
    node.cards(["0000:01:00.0", text, text])
    assert node.decoder.cards[0].name == text
    node.say("p", node.mono, [[1, 2, 0, text, text, text]], [[1, 2, 0]])
    process = one(node.say("p", node.mono, [], [[1, 2, 0]]), NodeProcesses).processes[0]
    assert (process.user, process.command, process.job) == (text, text, text)
    assert one(node.say("f", node.mono, [[text]]), NodeMounts).filesystems[0].mount == text
    assert one(node.say("x", node.mono, node.wall, text, None, text, text), Event).text == text


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Last login: Sat Nov 21",
        b'["s",1,2',
        b'["z"]',
        b"{}",
        b'["s","x",1,[]]',
        b"[" * 100_000,
        b'["!",1,"\xff","x"]',
        b'["!",1e999,"x","x"]',
        b'["s",1,1,[' + b"9" * 30 + b"]]",
        b'["s",1,1,[null,null,-9223372036854775809]]',
        b'["p",1,[],[[1,1,0,null,18446744073709551616]]]',
    ],
)
def test_a_line_that_is_none_is_malformed(node, line):
    with pytest.raises(Malformed):
        node.decoder.feed(line)


def test_it_is_told_where_a_line_is_wrong(node):
    with pytest.raises(Malformed, match=r"Expected `float`, got `str` - at `\$\[1\]`") as refused:
        node.say("s", "\x1b[31m", 1, [])
    assert str(refused.value).isprintable()


def test_long_digits_that_are_no_integer_are_fine(node):
    assert one(node.say("!", node.mono, "job", "9" * 40), Event).text == "job: " + "9" * 40
    assert (
        one(node.say("f", 0.0, [["/", None, None, "ok", None, 2**63 - 1]]), NodeMounts).filesystems[0].size == 2**63 - 1
    )


def test_a_line_before_the_hello_is_malformed(new_node):
    node = new_node()
    with pytest.raises(Malformed, match="before the hello"):
        node.tick()
    node.hello()
    node.tick()
    node.decoder.hang_up()
    with pytest.raises(Malformed, match="before the hello"):
        node.tick()


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 9000])
def test_an_excerpt_is_short_and_has_no_control_characters(text):
    shown = excerpt(text.encode())
    assert len(shown) <= 120
    assert shown.isprintable()


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 9000, "日\n" * 900])
def test_of_a_long_text_the_end_is_shown(text):
    shown = ending(text.encode() + b"\n\n  Error: the end\r\n", 100)
    assert shown.endswith("Error: the end")
    assert len(shown) <= 100
    assert shown.isprintable()


@given(st.binary(max_size=300))
def test_random_bytes_are_malformed_and_nothing_else(new_node, line):
    node = new_node()
    node.hello()
    with pytest.raises(Malformed):
        node.decoder.feed(line)


NUMBERS = st.one_of(
    st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([1e308, -1e308, 2**64])
)
VALUES = st.recursive(
    NUMBERS | st.text("a日\x1b", max_size=5) | st.booleans(), lambda v: st.lists(v, max_size=16), max_leaves=40
)


def shaped(tag):
    """Make lines that have the shape of a tick, and any numbers."""
    host = st.lists(NUMBERS, max_size=14).map(
        lambda h: [*h, *[None] * (14 - len(h)), [["sda", 1, 2, 3]], [["e", 1, 2, 3, 4]]]
    )
    reader = st.sampled_from(["ok", "stalled", "failed", "?"])
    cards = st.lists(st.tuples(st.just("ok"), NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=4)
    return st.tuples(st.just(tag), NUMBERS, NUMBERS, host, reader, NUMBERS, st.none(), cards, NUMBERS)


ANY = st.tuples(st.sampled_from("hcswpfx!"), st.lists(VALUES, max_size=10)).map(lambda line: [line[0], *line[1]])


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])  # of the machine, not of the strategy
@given(st.lists(shaped("s") | ANY, max_size=6))
def test_random_lines_of_the_right_shape_never_raise_anything_else(new_node, lines):
    node = new_node()
    node.hello()
    node.cards(["0000:01:00.0"], ["0000:02:00.0"])
    for line in lines:
        try:
            node.decoder.feed(json.dumps(line).encode())
        except (Malformed, Unavailable):
            continue
