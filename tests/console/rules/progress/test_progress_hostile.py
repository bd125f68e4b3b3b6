"""Texts that nobody meant: no text, number, line or pattern breaks the reading of progress, or makes it long."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.problem import Problem
from console.rules.progress.course import Course
from console.rules.progress.lines import LONGEST, MOST, Reader
from console.rules.progress.numbers import MOST as LARGEST
from console.rules.progress.numbers import count, number
from console.rules.progress.pattern import Known
from console.rules.progress.pattern_file import OURS, PatternFileError, parse
from console.rules.progress.tail import Tail, fresh
from console.rules.progress.tensorboard import frames, scalars

READER = Reader(parse(OURS.read_bytes(), str(OURS)))
PIECES = st.sampled_from(
    [
        *("step ", "1200", "/", "loss", ": ", "nan", "1e400", "\r", "\n", "{'loss': ", "}", '{"step":', "|", "[", "]"),
        *(
            "epoch ",
            "\x1b[31m",
            "\x1b]0;x",
            "█",
            "it/s",
            "<",
            "0" * 400,
            "-",
            "iteration ",
            "Saving checkpoint",
            "实验",
        ),
        "\udcff",
    ]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=60).map("".join))
@settings(max_examples=300, deadline=1000)
def test_no_text_breaks_it(text: str) -> None:
    readings, carried = READER.read(text)
    for reading in readings:
        assert reading.step is None or 0 <= reading.step <= LARGEST
        assert reading.epoch is None or 0 <= reading.epoch <= LARGEST
    READER.read(text, carried)
    course = Course().after(readings, 1000.0, grown=None).after(readings, 2000.0, grown=2000.0)
    found = course.progress("1")
    assert found is None or found.loss is None or found.loss == found.loss
    assert found is None or found.speed is None or found.speed > 0


@given(st.text(max_size=60))
def test_no_text_breaks_a_number(text: str) -> None:
    assert count(text) is None or 0 <= (count(text) or 0) <= LARGEST
    number(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1200", 1200),
        ("1,200", 1200),
        ("1200.", 1200),
        ("1200.0", 1200),
        ("1.2k", 1200),
        ("2e3", 2000),
        ("1.5", None),
        ("-3", None),
        ("12,3", None),
        ("nan", None),
        ("1e400", None),
        ("9" * 30, None),
        ("9" * 5000, None),
        ("٣", None),
    ],
)
def test_what_counts_is_whole(text: str, found: int | None) -> None:
    assert count(text) == found


@given(st.binary(max_size=400))
def test_no_bytes_break_the_events(data: bytes) -> None:
    assert list(frames(data)) is not None
    assert list(scalars(data)) is not None


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_no_file_of_patterns_ends_in_a_traceback(data: bytes) -> None:
    problems: tuple[Problem, ...] | None = None
    try:
        parse(b'[[patterns]]\nname = "x"\nline = "' + data, "x.toml")
    except PatternFileError as error:
        problems = error.problems
    assert problems is None or (all(problem.line >= 1 for problem in problems) and problems)


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 64))
def test_no_output_breaks_the_tail(pieces: list[bytes], back: int) -> None:
    tail, written = Tail(), b""
    for piece in pieces:
        written += piece
        found = fresh(tail, written[-back:], back)
        tail = found.tail
    again = fresh(tail, written[-back:], back)
    assert not again.grown or not pieces
    assert fresh(again.tail, written[-back:], back).text == "" or not pieces


def test_a_long_line_is_looked_at_to_its_bound() -> None:
    line = "x" * LONGEST + " step: 10  loss: 7.1"
    assert READER.read(line)[0] == []
    assert len(READER.read("step: 10  loss: 7.1\n" * (MOST + 100))[0]) == MOST


@pytest.mark.parametrize(
    "text",
    [
        "a" * 65536,
        "step " * 13000,
        ("step 1" + " loss" * 200 + "\n") * 60,
        '{"' * 32000,
        ("{'loss': " * 100 + "\n") * 70,
        "\x1b]" * 32000,
        "1/2 [" * 13000,
        "iteration 1/2 |\n" * 4000,
        ('{"a":' * 200 + "}" + "\n") * 60,
    ],
    ids=range(9),
)
def test_a_full_read_of_hostile_text_is_short(text: str) -> None:
    begin = time.perf_counter()
    READER.read(text)
    assert time.perf_counter() - begin < 2.0


def test_a_catastrophic_pattern_of_the_lab_is_short() -> None:
    mine = parse(b"[[patterns]]\nname = 'x'\nline = '(a+)+(?P<step>\\d+)$'\n", "x.toml")
    reader = Reader(Known(mine.patterns))
    begin = time.perf_counter()
    reader.read(("a" * 1000 + "!\n") * 60)
    assert time.perf_counter() - begin < 2.0
