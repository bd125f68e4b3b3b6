"""Which node a scheduler means: case and domain do not matter, and what could mean two means none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.records import NodeFacts, NodeListed
from console.model.fleet import Node
from console.rules.jobs.names import Names


def names(*nodes: Node | str) -> Names:
    return Names(node if isinstance(node, Node) else Node(node) for node in nodes)


@pytest.mark.parametrize(
    ("lab", "called", "found"),
    [
        (("gpu-01", "gpu-02"), "gpu-01", "gpu-01"),
        (("gpu-01",), "GPU-01", "gpu-01"),
        (("gpu-01",), "gpu-01.lab.example", "gpu-01"),
        (("gpu-01.lab.example",), "gpu-01", "gpu-01.lab.example"),
        (("gpu-01.lab.example",), "GPU-01.lab.example.", "gpu-01.lab.example"),
        (("gpu-01.a", "gpu-01.b"), "gpu-01", None),
        (("gpu-01.a",), "gpu-01.b", None),
        (("gpu-01.a", "gpu-01.b"), "gpu-01.b", "gpu-01.b"),
        (("10.0.0.1", "10.0.0.2"), "10.0.0.2", "10.0.0.2"),
        (("10.0.0.1",), "10", None),
        (("gpu-01",), "gpu-1", None),
        ((), "gpu-01", None),
    ],
)
def test_a_name_is_found(lab: tuple[str, ...], called: str, found: str | None) -> None:
    assert names(*lab)(called) == found


def test_a_node_is_found_by_what_it_calls_itself_and_by_its_address() -> None:
    node = Node("left", NodeFacts("left", 0, 0, host="dgx7.lab"), listed=NodeListed("right", 0, 0, address="op@h9:22"))
    found = names(node, "other")
    assert (found("dgx7"), found("DGX7.lab"), found("h9"), found("h8")) == ("left", "left", "left", None)


def test_every_machine_that_calls_itself_localhost_is_not_the_same() -> None:
    assert names(Node("a", NodeFacts("a", 0, 0, host="localhost")))("localhost") is None


def test_two_names_of_a_scheduler_are_not_one_node() -> None:
    assert names("gpu-01").all({"gpu-01.a": None, "gpu-01.b": None, "gpu-02": None}) == {}
    assert names("gpu-01").all({"gpu-01": None, "gpu-01.b": None}) == {"gpu-01": "gpu-01"}
    assert names("gpu-01").all({"node7": "gpu-01.lab"}) == {"node7": "gpu-01"}


_LABEL = st.text("ab1-", min_size=1, max_size=3)
_NAME = st.builds(".".join, st.lists(_LABEL, min_size=1, max_size=3))


@given(st.lists(_NAME, max_size=6, unique=True), st.lists(_NAME, max_size=6, unique=True))
def test_no_node_is_ever_two_names_and_an_own_name_is_itself(lab: list[str], called: list[str]) -> None:
    found = names(*lab).all(dict.fromkeys(called))
    assert len(set(found.values())) == len(found)
    assert set(found.values()) <= set(lab)
    assert all(found.get(name, name) == name for name in called if name in lab)
