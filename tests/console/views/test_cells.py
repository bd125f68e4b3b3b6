"""Widths of text in a terminal, and text that is harmless there."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from console.views import cells


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("大模型", 6), ("e\u0301", 1), ("한국", 4), ("▇●", 2), ("🚀", 2), ("ｱ", 1), ("－", 2)],
)
def test_width(text: str, width: int) -> None:
    assert cells.width(text) == width
    assert wcswidth(text) == width


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("plain [bold]text[/]", "plain [bold]text[/]"),
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("two\nlines\r\ttab", "two␊lines␍␉tab"),
        ("\x9b2J", "\ufffd2J"),
        ("a\u202eb\u200bc\u2028d", "a\ufffdb\ufffdc\ufffdd"),
        ("\udcff", "\ufffd"),
        ("☁\ufe0f", "☁"),
        ("no\u00a0break", "no break"),
        ("\x7f", "␡"),
    ],
)
def test_harmless(text: str, harmless: str) -> None:
    assert cells.harmless(text) == harmless


@given(st.text())
def test_harmless_text_has_nothing_that_a_terminal_obeys(text: str) -> None:
    harmless = cells.harmless(text)
    assert not {unicodedata.category(character) for character in harmless} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert cells.harmless(harmless) == harmless
    harmless.encode()


@given(st.text(), st.integers(0, 30), st.booleans())
def test_fitted_text_has_exactly_its_cells(text: str, room: int, right: bool) -> None:
    harmless = cells.harmless(text)
    assert cells.width(cells.fitted(harmless, room, right=right)) == room
    assert cells.width(cells.clip(harmless, room)) <= room


def test_wide_characters_are_not_cut_in_half() -> None:
    assert cells.clip("大模型", 5) == "大模…"
    assert cells.clip("大模型", 4) == "大…"
    assert cells.fitted("大模型", 4) == "大… "
