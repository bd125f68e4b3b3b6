"""What is new in an output since the last look, however it grew."""

from console.rules.progress.tail import MARK, Tail, fresh

BACK = 1000


def test_only_whole_new_lines_are_read() -> None:
    first = fresh(Tail(), b"step 1\nstep 2\nst", BACK)
    assert (first.text, first.whole, first.grown) == ("step 1\nstep 2\n", False, True)
    later = fresh(first.tail, b"step 1\nstep 2\nstep 3\n", BACK)
    assert (later.text, later.whole, later.grown) == ("step 3\n", True, True)
    same = fresh(later.tail, b"step 1\nstep 2\nstep 3\n", BACK)
    assert (same.text, same.whole, same.grown) == ("", True, False)


def test_an_unfinished_line_is_read_once_it_stands_still() -> None:
    data = b"\r 1/9\r 2/9"
    first = fresh(Tail(), data, BACK)
    assert first.text == "\r 1/9\r"
    second = fresh(first.tail, data, BACK)
    assert (second.text, second.grown) == (" 2/9", False)
    assert fresh(second.tail, data, BACK).text == ""


def test_a_text_may_begin_in_the_midst_of_a_line() -> None:
    data = b"00/5000 loss 1\n" + b"step 1300\n" * 200
    assert fresh(Tail(), data[:BACK], BACK).text.startswith("step 1300\n")


def test_a_gap_and_a_file_that_began_anew_are_noticed() -> None:
    first = fresh(Tail(), b"".join(b"step %04d\n" % step for step in range(50)), BACK)
    gap = fresh(first.tail, b"".join(b"step %04d\n" % step for step in range(900, 1000)), BACK)
    assert not gap.whole
    assert gap.text.startswith("step 0901")
    anew = fresh(first.tail, b"begin\nstep 1\n", BACK)
    assert (anew.text, anew.whole) == ("begin\nstep 1\n", False)


def test_what_is_kept_is_short() -> None:
    found = fresh(Tail(), b"x" * 500 + b"\n", BACK)
    assert found.tail.mark is not None
    assert len(found.tail.mark) == MARK


def test_an_output_that_was_empty_is_read_whole() -> None:
    empty = fresh(Tail(), b"", BACK)
    assert (empty.text, empty.grown) == ("", True)
    begun = fresh(empty.tail, b"step 1\n", BACK)
    assert (begun.text, begun.whole) == ("step 1\n", True)
