"""A growing text: how it is cut into lines, what of a progress bar is left, and that it stays within its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from widgets.transcript import LONGEST, SPARE, Transcript, settled


def taken(*pieces: bytes, lines: int = 20_000, size: int = 8 << 20) -> Transcript:
    found = Transcript(lines, size)
    for piece in pieces:
        found.take(piece)
    return found


def test_a_line_that_is_not_finished_is_shown_and_goes_on() -> None:
    found = Transcript()
    assert found.take(b"one\ntw") == 0
    assert found.lines == ["one", "tw"]
    assert found.take(b"o\nthree") == 1, "the second line is another now"
    assert found.lines == ["one", "two", "three"]


def test_a_progress_bar_is_what_it_was_at_last() -> None:
    found = taken(b"step 1\rstep 2\rstep 3", b"\rstep 4\r", b"\ndone\r\n")
    assert found.lines == ["step 4", "done"]
    assert settled("\r") == ""


def test_a_character_that_comes_in_two_pieces_is_one() -> None:
    text = "训练".encode()
    assert taken(text[:2], text[2:]).lines == ["训练"]
    assert taken(b"\xff\xfe\n").lines == ["\ufffd\ufffd"]


def test_the_oldest_lines_go_where_there_are_too_many() -> None:
    found = Transcript(10, 1 << 20)
    first = found.take(b"".join(b"%d\n" % number for number in range(10 + SPARE + 5)))
    assert found.lines == [str(number) for number in range(SPARE + 5, SPARE + 15)]
    assert found.dropped == SPARE + 5
    assert first == 0
    assert found.size == sum(map(len, found.lines))


def test_the_size_is_bounded_too() -> None:
    found = taken(*[b"x" * 100 + b"\n"] * 50, size=1000)
    assert found.size <= 1000
    assert found.dropped == 40


def test_a_line_without_an_end_does_not_grow_for_ever() -> None:
    found = taken(*[b"y" * 10_000] * 200)
    assert len(found.lines) == 1
    assert len(found.lines[0]) == LONGEST + 1
    bar = taken(*[b"\r%d" % number for number in range(100_000)])
    assert bar.lines == ["99999"]


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_the_pieces_do_not_matter(pieces: list[bytes]) -> None:
    apart, whole = taken(*pieces), taken(b"".join(pieces))
    assert apart.lines == whole.lines
    assert apart.size == sum(map(len, apart.lines))


@given(st.lists(st.text(st.sampled_from("ab\r\n"), max_size=30), max_size=10), st.integers(1, 5))
def test_what_is_said_to_be_new_is_all_that_changed(pieces: list[str], lines: int) -> None:
    found, before = Transcript(lines, 40), []
    for piece in pieces:
        gone = found.dropped
        first = found.take(piece.encode())
        before = before[found.dropped - gone :]
        assert found.lines[:first] == before[:first]
        before = list(found.lines)
