"""Text from the world: nothing a terminal obeys comes through, and no text is wider than it may be."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.models import Span
from widgets.text import cut, fit, head, middle, plain, width_of
from widgets.wrap import wrap


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07name", "name"),
        ("\x1b]52;c;QUFB\x1b\\name", "name"),
        ("\x1b]0;no end", "0;no end"),
        ("\x9b31mred", "red"),
        ("two\nlines\tand\r\nmore", "two lines and more"),
        ("bell\x07\x00", "bell??"),
        ("[bold]kept[/]", "[bold]kept[/]"),
        ("abc\u202edcba", "abcdcba"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("e" + "\u0301" * 50, "e\u0301\u0301"),
        ("\u0301first", "first"),
        ("\ud800", "?"),
        ("数据中心", "数据中心"),
        ("שלום", "שלום"),
    ],
)
def test_plain_defuses(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_cut_counts_cells_and_never_splits_a_character() -> None:
    assert plain("数据中心", 5) == "数据…"
    assert plain("数据中心", 4) == "数…"
    assert plain("数据", 4) == "数据"
    assert plain("x" * 10**6, 4, "~") == "xxx~"
    assert plain("\x1b" * 10**5, 4) == "???…"
    assert cut("abc", 0) == ""
    assert head("数据", 3) == ("数", "据")
    assert fit("数", 5, "right") == "   数"
    assert fit("ab", 5, "center") == " ab  "


@given(st.text(), st.integers(0, 30))
def test_what_is_plain_is_harmless_and_fits(text: str, width: int) -> None:
    shown = plain(text, width)
    assert cell_len(shown) <= width
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    assert plain(shown) == shown
    assert width_of(fit(plain(text), width)) == width


@given(st.text(), st.integers(2, 20))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap([Span(text, "dim")], width)
    assert lines
    assert all(sum(width_of(span.text) for span in line) <= width for line in lines)
    kept = "".join(span.text for line in lines for span in line)
    assert "".join(kept.split()) == "".join("".join(plain(part) for part in text.split("\n")).split())


def test_wrap_breaks_between_words_and_keeps_styles() -> None:
    lines = wrap([Span("one two ", "a"), Span("three\nfour", "b")], 8)
    assert ["".join(span.text for span in line).rstrip() for line in lines] == ["one two", "three", "four"]
    assert {span.style for span in lines[1]} == {"b"}


def test_what_is_cut_in_its_middle_keeps_its_end() -> None:
    assert middle("bert-finetune-7f3a", 11) == "bert-…-7f3a"
    assert middle("short", 11) == "short"
    assert middle("ab", 1) == "…"
    assert middle("训练任务-7f3a", 8) == "训练…f3a"


@given(st.text(max_size=40), st.integers(0, 20))
def test_what_is_cut_in_its_middle_fits(text: str, width: int) -> None:
    assert width_of(middle(plain(text), width)) <= width
