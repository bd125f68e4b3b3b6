"""The terminal that the benchmarks stand on answers, counts and waits as it says."""

import sys
import time

import pytest
from terminal import Terminal, key_latency

ASK = """
import os, sys, termios, tty
tty.setraw(0)
print("before", end="", flush=True)
for part in sys.argv[1:]:
    os.write(1, part.encode())
heard = b""
while not heard.endswith(b"!"):
    heard += os.read(0, 100)
print("\\r\\n" + repr(heard), end="", flush=True)
os.read(0, 1)
print("\\r\\npressed " + "key", end="", flush=True)
os.read(0, 1)
sys.exit(7)
"""


@pytest.mark.parametrize(
    ("parts", "answer"),
    [
        (["\x1b[6n"], "\\x1b[1;7R"),
        (["\x1b", "[", "6n"], "\\x1b[1;7R"),
        (["\x1b[c"], "\\x1b[?62;22c"),
        (["\x1b[?2026$p"], "\\x1b[?2026;2$y"),
        (["\x1b[?2048$", "p"], "\\x1b[?2048;0$y"),
        (["\x1b[?u"], "\\x1b[?0u"),
        (["\x1b]11;?\x07"], "\\x1b]11;rgb:0000/0000/0000\\x1b\\\\"),
    ],
)
def test_it_answers_what_a_terminal_answers(parts: list[str], answer: str) -> None:
    with Terminal([sys.executable, "-c", ASK, *parts], 60, 5) as terminal:
        terminal.wait_for("before")
        terminal.drain(0.05)
        terminal.send("!")
        assert terminal.wait_for(answer + "!") >= terminal.started
        assert key_latency(terminal, "x", "pressed key") > 0
        with pytest.raises(ValueError, match="before the key"):
            key_latency(terminal, "x", "pressed key")
        terminal.send("y")
        assert terminal.wait() == 7


def test_it_counts_bytes_and_tells_the_size() -> None:
    code = "import os; os.write(1, b'x' * 1000); print(*os.get_terminal_size(), end='')"
    with Terminal([sys.executable, "-c", code], 123, 45) as terminal:
        terminal.wait_for("123 45")
        assert terminal.wait() == 0
        assert terminal.received == 1006


def test_it_says_what_is_on_the_screen_when_the_wait_was_in_vain() -> None:
    command = [sys.executable, "-c", "print('something else')"]
    with Terminal(command) as terminal, pytest.raises(TimeoutError, match=r"(?s)has ended.*something else"):
        terminal.wait_for("this", 5)


def test_leaving_it_ends_the_command() -> None:
    with Terminal(["sleep", "60"]) as terminal:
        start = time.monotonic()
    assert terminal.status is not None
    assert time.monotonic() - start < 30
