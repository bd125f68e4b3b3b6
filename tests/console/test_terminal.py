"""The question how wide the terminal draws our glyphs, put to real ptys with every kind of other end."""

import contextlib
import os
import pty
import select
import subprocess
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from console.terminal import GLYPHS, Question, colours, encoding_can

XTERM = {"TERM": "xterm-256color"}


@dataclass
class Ends:
    """Both ends of a pty; the far one is played by a thread."""

    far: int
    near: int
    seen: bytearray = field(default_factory=bytearray)
    over: threading.Event = field(default_factory=threading.Event)
    player: threading.Thread | None = None

    def play(self, reply: Callable[[int], bytes]) -> None:
        """Answer the n-th cursor query with what `reply` says."""

        def run() -> None:
            asked = 0
            with contextlib.suppress(OSError):
                while not self.over.is_set():
                    if not select.select([self.far], [], [], 0.02)[0]:
                        continue
                    self.seen += os.read(self.far, 1024)
                    while asked < self.seen.count(b"\x1b[6n"):
                        os.write(self.far, reply(asked))
                        asked += 1

        self.player = threading.Thread(target=run, daemon=True)
        self.player.start()

    def stop(self) -> None:
        """End the thread before its descriptor's number is given to somebody else."""
        self.over.set()
        if self.player is not None:
            self.player.join(5)


@pytest.fixture
def ends() -> Iterator[Ends]:
    far, near = pty.openpty()
    both = Ends(far, near)
    yield both
    both.stop()
    for fd in (near, far):
        os.close(fd)


@pytest.fixture
def question(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> Question:
    # the pty is not our controlling terminal; the test of the foreground has a process of its own below
    monkeypatch.setattr(os, "tcgetpgrp", lambda fd: os.getpgrp())
    return Question(ends.near, ends.near, XTERM, "utf-8")


def ask(question: Question, ends: Ends, reply: Callable[[int], bytes], timeout: float = 2) -> bool | None:
    before = termios.tcgetattr(ends.near)
    ends.play(reply)
    assert question.ask()
    during = termios.tcgetattr(ends.near)
    assert not during[3] & (termios.ECHO | termios.ICANON)
    assert during[3] & termios.ISIG
    answer = question.answer(timeout)
    assert termios.tcgetattr(ends.near) == before
    return answer


def test_width_one_is_safe(question: Question, ends: Ends) -> None:
    assert ask(question, ends, lambda n: b"\x1b[7;2R") is True
    assert question.typed == b""
    assert bytes(ends.seen).decode().endswith("\r\x1b[K")
    assert all(glyph in bytes(ends.seen).decode() for glyph in GLYPHS)


def test_width_two_of_a_single_glyph_is_not(question: Question, ends: Ends) -> None:
    assert ask(question, ends, lambda n: b"\x1b[7;3R" if n == 3 else b"\x1b[7;2R") is False


def test_bytes_drawn_one_by_one_are_not(question: Question, ends: Ends) -> None:
    assert ask(question, ends, lambda n: b"\x1b[7;4R") is False


@pytest.mark.parametrize(
    "reply",
    [
        lambda n: b"",
        lambda n: b"qwerty\x1b[A\xff\xfe;;R",
        lambda n: b"\x1b[1;0R",
        lambda n: b"\x1b[7;2R" if n < 2 else b"\x1b[7;" if n == 2 else b"",
    ],
    ids=["never", "garbage", "nonsense", "half"],
)
def test_no_answer_that_makes_sense_is_none(question: Question, ends: Ends, reply: Callable[[int], bytes]) -> None:
    assert ask(question, ends, reply, timeout=0.15) is None


def test_half_an_answer_that_is_wide_is_enough(question: Question, ends: Ends) -> None:
    assert ask(question, ends, lambda n: b"\x1b[7;3R" if n == 0 else b"", timeout=0.15) is False


def test_the_cut_end_of_a_report_is_not_taken_for_keys(question: Question, ends: Ends) -> None:
    ask(question, ends, lambda n: b"\x1b[7;2Rk" if n == 0 else b"\x1b[7;" if n == 1 else b"", timeout=0.15)
    assert question.typed == b"k"


def test_keys_typed_meanwhile_are_kept_in_order(question: Question, ends: Ends) -> None:
    assert ask(question, ends, lambda n: b"j\x1b[7;2R\x1b[A" if n in (1, 4) else b"\x1b[7;2R") is True
    assert question.typed == b"j\x1b[Aj\x1b[A"


def test_enter_typed_meanwhile_stays_enter(question: Question, ends: Ends) -> None:
    assert ask(question, ends, lambda n: b"\r\x1b[7;2R" if n == 0 else b"\x1b[7;2R") is True
    assert question.typed == b"\r"


def test_keys_that_come_after_the_answer_stay_in_the_kernel(question: Question, ends: Ends) -> None:
    assert ask(question, ends, lambda n: b"\x1b[7;2R") is True
    os.write(ends.far, b"later\n")
    assert select.select([ends.near], [], [], 2)[0]
    assert os.read(ends.near, 64) == b"later\n"


def test_it_gives_the_terminal_back_when_nobody_takes_the_answer(question: Question, ends: Ends) -> None:
    before = termios.tcgetattr(ends.near)
    with question:
        assert question.ask()
    assert termios.tcgetattr(ends.near) == before
    question.close()
    assert question.answer(0) is None


def test_it_gives_the_terminal_back_when_reading_fails(
    question: Question, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = termios.tcgetattr(ends.near)
    assert question.ask()
    real = os.read

    def broken(fd: int, size: int) -> bytes:
        if fd == ends.near:
            raise OSError(5, "gone")
        return real(fd, size)

    monkeypatch.setattr(os, "read", broken)
    os.write(ends.far, b"x")
    assert question.answer(1) is None
    assert termios.tcgetattr(ends.near) == before


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"TERM": ""}, {}])
def test_a_dumb_terminal_is_not_asked(ends: Ends, environ: dict[str, str]) -> None:
    question = Question(ends.near, ends.near, environ, "utf-8")
    assert not question.ask()
    assert question.answer() is False
    assert not select.select([ends.far], [], [], 0)[0]


@pytest.mark.parametrize("encoding", ["ascii", "iso8859-1", "no-such-encoding"])
def test_an_encoding_without_the_glyphs_is_not_asked(ends: Ends, encoding: str) -> None:
    question = Question(ends.near, ends.near, XTERM, encoding)
    assert not question.ask()
    assert question.answer() is False
    assert not select.select([ends.far], [], [], 0)[0]


def test_what_is_no_terminal_is_not_asked() -> None:
    source, sink = os.pipe()
    question = Question(source, sink, XTERM, "utf-8")
    assert not question.ask()
    assert question.answer() is None
    assert not select.select([source], [], [], 0)[0]
    os.close(source)
    os.close(sink)
    assert not Question(source, sink, XTERM, "utf-8").ask()


def test_a_screen_that_takes_no_text_is_not_asked(question: Question, ends: Ends) -> None:
    os.set_blocking(ends.near, False)
    tty.setraw(ends.near)
    # the kernel moves what was written to the far end by and by, and then has room again
    while select.select([], [ends.near], [], 0.1)[1]:
        with contextlib.suppress(BlockingIOError):
            os.write(ends.near, b"x" * 4096)
    os.set_blocking(ends.near, True)
    assert not question.ask()
    assert question.answer() is None


def test_a_terminal_that_is_not_ours_is_not_asked(ends: Ends) -> None:
    question = Question(ends.near, ends.near, XTERM, "utf-8")
    assert not question.ask()  # this pty is not the controlling terminal of the tests
    assert question.answer() is None


PROGRAM = """
import sys, termios
from console.terminal import Question
question = Question(encoding="utf-8")
asked = question.ask()
assert "textual" not in sys.modules
if sys.argv[1] == "answer":
    print("RESULT", asked, question.answer(5), flush=True)
else:
    sys.exit(3)
"""


@pytest.mark.parametrize("way", ["answer", "leave"])
def test_in_a_process_with_a_terminal_of_its_own(way: str) -> None:
    pid, far = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM, way])
    ends = Ends(far, far)
    ends.play(lambda n: b"\x1b[1;2R")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == (0 if way == "answer" else 3)
    # on Linux the far end tells the same settings
    assert termios.tcgetattr(far)[3] & (termios.ECHO | termios.ICANON) == termios.ECHO | termios.ICANON
    if way == "answer":
        for _ in range(200):
            if b"RESULT True True" in ends.seen:
                break
            threading.Event().wait(0.01)
        assert b"RESULT True True" in ends.seen
    ends.stop()
    os.close(far)


def test_it_knows_nothing_of_textual() -> None:
    code = "import sys, console.terminal; sys.exit(any(m.split('.')[0] in ('textual', 'rich') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_encodings() -> None:
    assert encoding_can("●", "utf-8")
    assert not encoding_can("●", "ascii")
    assert encoding_can("abc", "ascii")
    assert not encoding_can("abc", "klingon")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "screen", "STY": "1.x"}, "16"),
        ({"TERM": "screen.xterm-256color", "STY": "1.x", "COLORTERM": "truecolor"}, "256"),
        ({"TERM": "tmux-256color", "TMUX": "x", "STY": "1.x", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-kitty"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "vt100"}, "none"),
        ({"TERM": "xterm-mono"}, "none"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none"),
        ({}, "none"),
    ],
)
def test_colours(environ: dict[str, str], expected: str) -> None:
    assert colours(environ) == expected
