"""What is offered while a filter is typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.fields import Field, Kind
from console.rules.filter_completion import complete, describe
from console.rules.filters import parse

FIELDS = {
    field.name: field
    for field in (
        Field("util", Kind.PERCENT, "Utilisation"),
        Field("user", Kind.TEXT, "Owner", choices=("wang", "li (guest)")),
        Field("mem", Kind.BYTES, "Memory", aliases=("memory",)),
        Field("elapsed", Kind.DURATION, "Elapsed"),
        Field("power", Kind.NUMBER, "Power", unit="W"),
        Field("mig", Kind.BOOL, "MIG"),
        Field("state", Kind.CHOICE, "State", choices=("ok", "lost")),
        Field("started", Kind.TIME, "Started"),
    )
}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", "util"),
        ("ut", "util"),
        ("owner", "user"),
        ("wang & !(st", "wang & !(state"),
        ("memory", "memory<"),
        ("state", "state="),
        ("state=l", "state=lost"),
        ("a mig != ", "a mig != yes"),
        ("user=li", 'user="li (guest)"'),
    ],
)
def test_offers(text: str, first: str) -> None:
    assert complete(text, FIELDS)[0][0] == first or first in [offer for offer, _ in complete(text, FIELDS)]


@pytest.mark.parametrize("text", ['user="wa', "nothing=", "zzzz"])
def test_offers_nothing_where_nothing_is_known(text: str) -> None:
    assert complete(text, FIELDS) == []


@settings(deadline=None)
@given(st.text(alphabet="utilserma=<>!~&|() \"'", max_size=25))
def test_only_adds_to_the_last_part(text: str) -> None:
    for offer, meaning in complete(text, FIELDS):
        assert meaning
        assert offer != text


def test_offered_values_are_understood() -> None:
    for field in FIELDS.values():
        assert describe(field)
        if field.kind is Kind.TIME:
            continue
        for text, _ in complete(field.name, FIELDS):
            for whole, _ in complete(text, FIELDS):
                parse(whole, FIELDS)
