"""Whether a node has the cards that the inventory says, and nothing claimed where nobody has counted."""

import pytest

from backends.records import Card, CardState, GpuSample, HostSample, NodeFacts, NodeListed, NodeSample, ReaderState
from console.model.fleet import Node
from console.model.severity import Severity
from console.rules import health


def node(expected: int | None, found: int, lost: int = 0, reader: ReaderState = ReaderState.OK) -> Node:
    cards = tuple(Card(slot, name="H100") for slot in range(found + lost))
    states = [CardState.OK] * found + [CardState.LOST] * lost
    gpus = tuple(GpuSample(slot, state=state) for slot, state in enumerate(states))
    return Node(
        "n",
        facts=NodeFacts("n", 0, 0, cards=cards),
        sample=NodeSample("n", 0, 0, HostSample(), reader, gpus=gpus),
        listed=NodeListed("n", 0, 0, cards=expected),
    )


@pytest.mark.parametrize(
    ("one", "severity"),
    [
        (node(8, 7), Severity.CRITICAL),
        (node(8, 6, lost=1), Severity.CRITICAL),
        (node(8, 0, reader=ReaderState.ABSENT), Severity.CRITICAL),
        (node(0, 2), Severity.INFO),
        (node(4, 8), Severity.INFO),
        (node(8, 8), None),
        (node(8, 7, lost=1), None),  # the lost one is told of by itself
        (node(8, 8, lost=1), None),  # one was replaced
        (node(0, 0, reader=ReaderState.ABSENT), None),
        (node(None, 3), None),
        (node(8, 0, reader=ReaderState.STARTING), None),
        (node(8, 0, reader=ReaderState.STALLED), None),
        (Node("n", listed=NodeListed("n", 0, 0, cards=8)), None),
    ],
)
def test_cards_are_counted(one: Node, severity: Severity | None) -> None:
    points = [point for point in health.of_node(one) if point.code == "cards"]
    assert [point.severity for point in points] == ([] if severity is None else [severity])
    for point in points:
        assert point.values["expected"] == str(one.listed.cards if one.listed else None)
