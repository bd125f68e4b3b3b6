"""The fleet: the newest of every record, and the same again from its own records."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from backends.jobs import Job, Jobs, JobState
from backends.record import Trouble
from backends.records import (
    AnyRecord,
    Card,
    CardState,
    Event,
    GpuSample,
    HostSample,
    LinkState,
    NodeFacts,
    NodeHealth,
    NodeLink,
    NodeMounts,
    NodeProcesses,
    NodeSample,
    SourceStatus,
)
from console.model.fleet import EVENTS_KEPT, Fleet, Topic

NAMES = st.sampled_from(["gpu-01", "gpu-02", "节点", "a b", ""])
TIMES = st.floats(0, 1e6, allow_nan=False)
TEXTS = st.none() | st.text(max_size=20)
CARDS = st.lists(st.builds(Card, slot=st.integers(0, 7), uuid=TEXTS, name=TEXTS), max_size=3).map(tuple)
SAMPLES = st.lists(st.builds(GpuSample, slot=st.integers(0, 7), state=st.sampled_from(CardState)), max_size=3).map(
    tuple
)
JOBS = st.lists(st.builds(Job, id=st.text(max_size=5), state=st.sampled_from(JobState)), max_size=3).map(tuple)
TROUBLES = st.none() | st.builds(Trouble, st.text(max_size=9))
RECORDS: st.SearchStrategy[AnyRecord] = st.one_of(
    st.builds(NodeFacts, NAMES, TIMES, TIMES, cards=CARDS, host=TEXTS),
    st.builds(NodeSample, NAMES, TIMES, TIMES, st.just(HostSample()), gpus=SAMPLES),
    st.builds(NodeHealth, NAMES, TIMES, TIMES),
    st.builds(NodeProcesses, NAMES, TIMES, TIMES),
    st.builds(NodeMounts, NAMES, TIMES, TIMES),
    st.builds(
        Event, NAMES, st.floats(0, 30), TIMES, st.sampled_from(["xid", "bus"]), code=st.none() | st.integers(1, 3)
    ),
    st.builds(NodeLink, NAMES, TIMES, TIMES, st.text(max_size=3), st.sampled_from(LinkState), TIMES, TROUBLES),
    st.builds(SourceStatus, st.text(max_size=3), TIMES, TIMES, TROUBLES),
    st.builds(Jobs, st.text(max_size=3), TIMES, TIMES, JOBS),
)


@given(st.lists(RECORDS, max_size=30))
def test_another_fleet_becomes_equal_from_its_records(records: list[AnyRecord]) -> None:
    fleet = Fleet()
    fleet.apply(records)
    sent = msgspec.msgpack.encode(fleet.records())
    other = Fleet()
    other.apply(msgspec.msgpack.decode(sent, type=list[AnyRecord]))
    assert other.nodes == fleet.nodes
    assert list(other.nodes) == list(fleet.nodes)
    assert other.jobs == fleet.jobs
    assert other.sources == fleet.sources


def test_apply_says_which_topics_it_touched() -> None:
    fleet = Fleet()
    assert fleet.apply([]) == set()
    assert fleet.apply([Jobs("s", 0, 0)]) == {Topic.JOBS}
    assert fleet.apply([SourceStatus("s", 0, 0), NodeHealth("n", 0, 0)]) == {Topic.SOURCES, Topic.NODES}
    assert fleet.apply([Event("n", 0, 0, "xid")]) == {Topic.EVENTS}


def test_nodes_keep_the_order_in_which_they_were_first_named() -> None:
    fleet = Fleet()
    fleet.apply([NodeHealth(name, 0, 0) for name in ("b", "a", "c")])
    fleet.apply([NodeHealth(name, 1, 1) for name in ("c", "a", "b")])
    assert list(fleet.nodes) == ["b", "a", "c"]


def test_one_event_told_twice_is_one() -> None:
    fleet = Fleet()
    told = Event("n", 100.0, 0, "xid", 79, pci="0000:3b:00.0")
    again = msgspec.structs.replace(told, at=101.5, mono=9.0)
    later = msgspec.structs.replace(told, at=160.0)
    elsewhere = msgspec.structs.replace(told, pci="0000:5e:00.0")
    fleet.apply([told, NodeHealth("n", 0, 0), again, later, elsewhere])
    assert fleet.nodes["n"].events == (told, later, elsewhere)


def test_a_storm_of_events_is_bounded_and_keeps_the_newest() -> None:
    fleet = Fleet()
    fleet.apply([Event("n", 10.0 * number, 0, "xid", 13) for number in range(EVENTS_KEPT * 3)])
    fleet.apply([NodeHealth("n", 0, 0)])
    kept = fleet.nodes["n"].events
    assert len(kept) == EVENTS_KEPT
    assert kept[-1].at == 10.0 * (EVENTS_KEPT * 3 - 1)


def test_arrange_drops_the_others_and_orders() -> None:
    fleet = Fleet()
    fleet.apply([NodeHealth(name, 0, 0) for name in ("a", "b", "c")])
    assert fleet.arrange(["c", "never seen", "a"])
    assert list(fleet.nodes) == ["c", "a"]
    assert not fleet.arrange(["c", "a"])


def test_a_fleet_answers_where_each_source_reaches_a_node() -> None:
    def link(node: str, source: str, state: LinkState) -> NodeLink:
        return NodeLink(node, 1.0, 1.0, source, state, 0.0)

    fleet = Fleet()
    assert fleet.answers()
    fleet.apply([link("a", "ssh", LinkState.DOWN), link("b", "ssh", LinkState.UP), link("c", "local", LinkState.UP)])
    assert fleet.answers()
    fleet.apply([link("b", "ssh", LinkState.DOWN)])
    assert not fleet.answers(), "it reaches none of its nodes"
    fleet.apply([link("b", "ssh", LinkState.CONNECTING)])
    assert fleet.answers()
    fleet.apply([SourceStatus("local", 1.0, 1.0, Trouble("failed"))])
    assert not fleet.answers()
