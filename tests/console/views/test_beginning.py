"""The end of a text does not begin within a line, unless there is but one."""

from hypothesis import given
from hypothesis import strategies as st

from console.views.beginning import Beginning


def shown(text: bytes, back: int, size: int) -> bytes:
    """What is shown of the end of a text that comes in pieces."""
    end, before = text[-(back + 1) :], Beginning(back, grows=False)
    pieces = [before.take(end[at : at + size]) for at in range(0, len(end), size)]
    return b"".join(pieces) + before.end()


def test_a_cut_line_is_dropped() -> None:
    assert shown(b"one\ntwo\nthree\n", 8, 3) == b"three\n"
    assert shown(b"one\ntwo\nthree\n", 10, 100) == b"two\nthree\n", "it begins with a line, which is whole"
    assert shown(b"one\ntwo\n", 100, 3) == b"one\ntwo\n"
    assert shown(b"abcdef", 3, 2) == b"def"


def test_what_is_followed_is_not_kept_back() -> None:
    before = Beginning(8, grows=True)
    assert before.take(b"on") == b"on"
    assert before.take(b"e\ntwo\nthree\n") == b"e\ntwo\nthree\n"
    assert Beginning(4, grows=True).take(b"wo\ntwo\n") == b"two\n"


@given(st.lists(st.binary(max_size=5).map(lambda each: each.replace(b"\n", b"")), max_size=9), st.integers(1, 30),
       st.integers(1, 9))  # fmt: skip
def test_whole_lines_are_shown(lines: list[bytes], back: int, size: int) -> None:
    text = b"".join(line + b"\n" for line in lines)
    found = shown(text, back, size)
    assert text.endswith(found)
    assert len(found) <= back
    cut = text[: len(text) - len(found)]
    assert not cut or cut.endswith(b"\n") or b"\n" not in text[-(back + 1) : -1]
