"""What a program writes in pieces: the terminal shows the same wherever they are cut, and obeys nothing of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.views.printout import LONGEST, Printout


def terminal(said: str) -> list[str]:
    """The rows of a terminal without end at its right."""
    rows, column = [""], 0
    for character in said:
        if character == "\n":
            rows.append("")
            column = 0
        elif character == "\r":
            column = 0
        else:
            rows[-1] = rows[-1][:column].ljust(column) + character + rows[-1][column + 1 :]
            column += 1
    return [row.rstrip() for row in rows]


def written(*pieces: str, columns: int = 20) -> str:
    printout = Printout(columns)
    return "".join(map(printout.take, pieces)) + printout.end()


BAR = (
    "load\r\nstep 1/3\rstep 2/3\rstep 3/3\r\n\r"
    "next: 日本\tx\n\x1b[2J\x9b\u202e\n 9%|#   \r10%|##\r        \r\nend of a line that is long"
)
SHOWN = ["load", "step 3/3", "next: 日本\tx", "␛[2J��", "10%|##", "end of a line that is long"]


@pytest.mark.parametrize("at", range(len(BAR) + 1))
def test_where_a_text_is_cut_does_not_matter(at: int) -> None:
    assert terminal(written(BAR[:at], BAR[at:])) == SHOWN


def test_a_text_may_come_by_the_letter() -> None:
    assert terminal(written(*BAR)) == SHOWN


@given(st.lists(st.text("ab \r\n\t", max_size=6), max_size=12), st.integers(1, 9))
def test_any_pieces_show_what_the_whole_shows(pieces: list[str], columns: int) -> None:
    assert terminal(written(*pieces, columns=columns)) == terminal(written("".join(pieces), columns=columns))


@given(st.lists(st.text(max_size=20), max_size=5))
def test_nothing_reaches_the_terminal_that_it_obeys_but_line_ends_and_tabs(pieces: list[str]) -> None:
    said = written(*pieces)
    assert all(character.isprintable() or character in "\r\n\t�" for character in said)


def test_a_line_that_is_not_at_its_end_stays_in_its_row_and_is_shown_at_once() -> None:
    printout = Printout(8)
    assert printout.take("12345678901") == "123456…"
    assert printout.take("2\r50%") == "\r       \r50%"
    assert printout.take(" x") == " x"
    assert printout.take("\r\n") == "\n"


def test_a_line_without_an_end_is_cut_and_may_still_be_written_over() -> None:
    assert terminal(written("x" * LONGEST, "x" * LONGEST, "\r", "y\n"))[0] == "y"
    assert len(written("x" * LONGEST, "x" * LONGEST, "\n").splitlines()[-1].rsplit("\r")[-1]) == LONGEST + 1
