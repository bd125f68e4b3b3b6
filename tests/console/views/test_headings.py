"""How a list sorts, and which of its columns are shown."""

from hypothesis import given
from hypothesis import strategies as st

from console.model.fields import UNSUPPORTED
from console.views.headings import WANTED, Choice, Heading, columns, order


def heading(key: str, priority: int, *, wide: bool = False) -> Heading[int]:
    return Heading(key, key.upper(), key, 4, lambda thing, _present: str(thing), float, priority=priority, wide=wide)


HEADINGS = (heading("name", 100), heading("load", 50), heading("kernel", 10, wide=True))


def test_what_has_no_value_comes_last_in_either_direction() -> None:
    values: list[object] = [3, None, 1.5, UNSUPPORTED, float("nan"), 2]
    assert order("abcdef", values, reverse=False) == ["c", "f", "a", "b", "d", "e"]
    assert order("abcdef", values, reverse=True) == ["a", "f", "c", "b", "d", "e"]


def test_texts_sort_without_regard_to_case_and_equals_stay_as_they_were() -> None:
    assert order("abcd", ["Wang", "li", "wang", None], reverse=False) == ["b", "a", "c", "d"]
    assert order("abcd", ["Wang", "li", "wang", None], reverse=True) == ["a", "c", "b", "d"]


@given(st.lists(st.none() | st.integers() | st.text()), st.booleans())
def test_nothing_is_lost(values: list[object], reverse: bool) -> None:
    assert sorted(order(range(len(values)), values, reverse)) == list(range(len(values)))


def test_wide_columns_are_left_out_until_they_are_asked_for() -> None:
    assert [column.key for column in columns(HEADINGS, Choice())] == ["name", "load"]
    assert [column.key for column in columns(HEADINGS, Choice(wide=True))] == ["name", "load", "kernel"]


def test_a_column_is_hidden_where_it_is_shown_and_wanted_where_it_is_not() -> None:
    hidden = Choice().turned("load", shown=True)
    assert [column.key for column in columns(HEADINGS, hidden)] == ["name"]
    again = hidden.turned("load", shown=False)
    assert {column.key: column.priority for column in columns(HEADINGS, again)} == {"name": 100, "load": WANTED}
    wanted = again.turned("kernel", shown=False)
    assert [column.key for column in columns(HEADINGS, wanted)] == ["name", "load", "kernel"]
    assert wanted.turned("kernel", shown=True).wanted == {"load"}
