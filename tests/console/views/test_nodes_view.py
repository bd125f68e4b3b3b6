"""The columns of nodes, and what a node says in a filter."""

import pytest

from backends.records import Card, GpuSample, HostSample, NodeFacts, NodeListed, NodeSample
from console import language
from console.model.fields import UNSUPPORTED
from console.model.fleet import Node
from console.model.judged import JudgedCard, JudgedNode, Owner, Status
from console.views import node_figures as figures
from console.views import node_rows
from console.views.headings import Choice, Present, columns
from console.views.nodes import headings
from themes.glyphs import UNICODE
from widgets.models import text_of
from widgets.text import width_of

PRESENT = Present(UNICODE, 1010.0, 2010.0)


def node(*loads: float | None, stale: bool = False, unsupported: tuple[str, ...] = (), held: bool = True) -> JudgedNode:
    cards = tuple(
        JudgedCard(
            Card(slot, memory=100, unsupported=unsupported),
            GpuSample(slot, util=load),
            None,
            Status.OK,
            (),
            Owner("wang") if held else None,
        )
        for slot, load in enumerate(loads)
    )
    sample = NodeSample("n", 2000.0, 1000.0, HostSample(cpu=7.0))
    return JudgedNode(
        Node("n", NodeFacts("n", 0.0, 0.0), sample), Status.STALE if stale else Status.OK, (), cards, stale
    )


def cells(judged: JudgedNode) -> dict[str, str]:
    return {heading.key: text_of(heading.cell(judged, PRESENT)) for heading in headings()}


def test_unknown_unsupported_and_nothing_are_three_things() -> None:
    assert cells(node(0.0, 0.0))["util"] == "0%"
    assert cells(node(None, None))["util"] == "?"
    assert cells(node(None, unsupported=("util",)))["util"] == "n/a"
    assert cells(node())["util"] == "n/a"


def test_what_nobody_holds_does_not_idle() -> None:
    assert figures.idle(node(0.0, 4.9, 5.0)) == 2
    assert figures.idle(node(0.0, held=False)) == 0
    assert figures.idle(node()) is UNSUPPORTED


def test_a_stale_node_shows_what_was_last_seen_and_counts_for_nothing() -> None:
    old = node(90.0, stale=True)
    assert cells(old)["util"] == "90%"
    assert cells(old)["gpus"] == "?/1"
    assert cells(old)["state"] == "◌ stale 10s"
    values = {heading.key: heading.value(old) for heading in headings() if heading.value is not None}
    assert values["util"] is None
    row = node_rows.row(old, 1010.0)
    assert (row["util"], row["cpu"], row["age"]) == (None, None, 10.0)
    assert node_rows.row(node(90.0), 1010.0)["util"] == 90.0


def test_cards_that_are_expected_and_not_there_are_missed() -> None:
    listed = NodeListed("n", 0.0, 0.0, cards=8, rack="A1", group="a100", labels={"室": "b2"})
    bare = JudgedNode(Node("n", listed=listed), Status.UNKNOWN, (), (), stale=False)
    assert cells(bare)["gpus"] == "0/8"
    assert cells(bare)["rack"] == "A1"
    row = node_rows.row(bare, 0.0)
    assert (row["rack"], row["group"], row["labels"]) == ("A1", ("a100",), ("室=b2",))


def test_every_field_of_the_filter_is_a_value_of_the_row() -> None:
    assert set(node_rows.fields()) <= set(node_rows.row(node(1.0), 0.0))


@pytest.mark.parametrize("name", ["en", "zh"])
def test_a_column_has_room_for_its_title_and_the_sign_of_the_sort(name: str) -> None:
    language.choose(name)
    try:
        made = columns(headings(), Choice(wide=True))
        for column, heading in zip(made, headings(), strict=True):
            assert width_of(column.title) + (heading.value is not None) <= column.width, column.title
        assert len({column.key for column in made}) == len(made)
    finally:
        language.choose("en")
