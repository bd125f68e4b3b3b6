"""How lists are sorted, against the plain way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.views.headings import order

TEXT = st.text("aAbBÄß9", max_size=2)
NUMBER = st.integers(-2, 2) | st.floats(-2, 2) | st.just(float("nan"))
ANYTHING = st.lists(TEXT | NUMBER | st.none() | st.booleans())
COLUMNS = st.lists(TEXT | st.none()) | st.lists(NUMBER | st.none()) | ANYTHING


def plain(values: list[Any], reverse: bool) -> list[int]:
    """The places of values in their order: what has none last, equals as they were."""
    texts = any(isinstance(value, str) for value in values)

    def key(place: int) -> Any:
        value = values[place]
        return str(value).casefold() if isinstance(value, str) else str(value) if texts else value

    known = [place for place, value in enumerate(values) if value is not None and value == value]
    rest = [place for place in range(len(values)) if place not in known]
    return sorted(known, key=key, reverse=reverse) + rest


@given(COLUMNS, st.booleans())
def test_any_column_is_sorted_as_plainly(values: list[Any], reverse: bool) -> None:
    assert order(list(range(len(values))), values, reverse) == plain(values, reverse)


@pytest.mark.parametrize("reverse", [False, True])
def test_upper_and_lower_case_are_equal_and_stay_as_they_were(reverse: bool) -> None:
    assert order([0, 1, 2, 3], ["b", "A", None, "a"], reverse) == ([0, 1, 3, 2] if reverse else [1, 3, 0, 2])
