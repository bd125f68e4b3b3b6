"""A terminal for benchmarks: runs a command in a pty of a size, answers what a real terminal would, and counts bytes.

Not a test; imported by the programs beside it, which are run by hand and by ``make bench``.
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Self

import pyte

_QUERY = re.compile(
    rb"\x1b\[(?:(?P<cursor>6n)|(?P<status>5n)|(?P<device>0?c)|(?P<second>>0?c)|(?P<kitty>\?u)|\?(?P<mode>\d+)\$p)"
    rb"|\x1b\](?P<colour>1[01]);\?(?:\x07|\x1b\\)"
)
_PART = re.compile(rb"\x1b(?:[\[\]][0-9;?>$]*)?$")
"""The beginning of a query that was cut by the end of a read."""
_KNOWN_MODES = {b"2026": 2, b"2004": 2, b"1006": 2}
"""Synchronised output, bracketed paste, SGR mouse: known and switched off. What is not here is unknown (0)."""
_ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}

_NOT_INHERITED = {"NO_COLOR", "LINES", "COLUMNS", "TMUX", "STY", "PYTHONDONTWRITEBYTECODE"}
"""What the terminal around us says about itself; it is not this one. And byte code is kept, as for everybody."""


class Terminal:
    """A command in a terminal of its own; use it as a context manager, which ends the command.

    Args:
        argv: The command and its arguments.
        columns: The width of the screen.
        rows: Its height.
        environment: Laid over this process's environment; a truecolour xterm and UTF-8 by default.
        screen: Keep the picture with pyte (needed by `wait_for` and `text`; costs this process CPU, not the command).
    """

    def __init__(
        self,
        argv: Sequence[str],
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
        screen: bool = True,
    ) -> None:
        self.received = 0
        """Bytes the command has written so far."""
        self.latest = b""
        """The last read's bytes and a little of those before, so that a word cut in two is found."""
        self._screen = pyte.Screen(columns, rows) if screen else None
        self._stream = pyte.ByteStream(self._screen) if self._screen else None
        self._rest = b""
        self.started = time.perf_counter()
        """When the command was started, by `time.perf_counter`."""
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                self._become(argv, columns, rows, {**inherited, **_ENVIRONMENT, **(environment or {})})
            finally:
                os._exit(127)
        self.resize(columns, rows)
        self.status: int | None = None
        """How the command ended, as `os.waitpid` says; None while it runs."""

    @staticmethod
    def _become(argv: Sequence[str], columns: int, rows: int, environment: dict[str, str]) -> None:
        """Turn the child into the command, at the right size from its first moment on."""
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execvpe(argv[0], list(argv), environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def resize(self, columns: int, rows: int) -> None:
        """Give the screen another size; the command is told by the kernel."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if self._screen is not None:
            self._screen.resize(rows, columns)

    def send(self, keys: str | bytes) -> None:
        """Type."""
        os.write(self._fd, keys.encode() if isinstance(keys, str) else keys)

    def read(self, timeout: float) -> float | None:
        """Take what the command writes, and answer its queries.

        Returns:
            When it came, by `time.perf_counter`; None when nothing came within `timeout` seconds, or the command ended.
        """
        try:
            if not select.select([self._fd], [], [], max(0.0, timeout))[0]:
                return None
            chunk = os.read(self._fd, 1 << 16)
        except OSError:  # the command has closed its end: Linux says EIO
            chunk = b""
        at = time.perf_counter()
        if not chunk:
            self._reap(os.WNOHANG)
            time.sleep(0.005)
            return None
        self.received += len(chunk)
        self.latest = self.latest[-64:] + chunk
        self._take(self._rest + chunk)
        return at

    def _take(self, data: bytes) -> None:
        part = _PART.search(data)
        data, self._rest = (data[: part.start()], data[part.start() :]) if part else (data, b"")
        done = 0
        for query in _QUERY.finditer(data):
            self._draw(data[done : query.start()])
            done = query.end()
            with contextlib.suppress(OSError):
                os.write(self._fd, self._answer(query))
        self._draw(data[done:])

    def _draw(self, data: bytes) -> None:
        if self._stream is not None and data:
            # pyte does not know private sequences such as CSI > 1 u, and would print their ends
            self._stream.feed(re.sub(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]", b"", data))

    def _answer(self, query: "re.Match[bytes]") -> bytes:
        found = query.groupdict()
        if found["cursor"]:
            cursor = self._screen.cursor if self._screen else None
            return b"\x1b[%d;%dR" % ((cursor.y + 1, cursor.x + 1) if cursor else (1, 2))
        if found["mode"]:
            return b"\x1b[?%s;%d$y" % (found["mode"], _KNOWN_MODES.get(found["mode"], 0))
        if found["colour"]:
            value = b"ffff/ffff/ffff" if found["colour"] == b"10" else b"0000/0000/0000"
            return b"\x1b]%s;rgb:%s\x1b\\" % (found["colour"], value)
        fixed = {"status": b"\x1b[0n", "device": b"\x1b[?62;22c", "second": b"\x1b[>1;10;0c", "kitty": b"\x1b[?0u"}
        return next(answer for name, answer in fixed.items() if found[name])

    def drain(self, seconds: float) -> int:
        """Read for so long; the bytes that came."""
        before, end = self.received, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)
        return self.received - before

    def settle(self, quiet: float = 0.2, timeout: float = 10.0) -> int:
        """Read until nothing came for `quiet` seconds; the bytes that came."""
        before, end = self.received, time.perf_counter() + timeout
        while time.perf_counter() < end and self.read(quiet) is not None:
            pass
        return self.received - before

    @property
    def text(self) -> str:
        """The screen as text, one line per row."""
        if self._screen is None:
            raise ValueError("this terminal keeps no screen; make it with screen=True")
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, wanted: str, timeout: float = 10.0) -> float:
        """Read until the screen shows a text; when it did, by `time.perf_counter`.

        Raises:
            TimeoutError: It did not, or the command ended before; the message carries the screen.
        """
        end = time.perf_counter() + timeout
        while True:
            at = self.read(min(0.5, end - time.perf_counter()))
            if at is not None and wanted in self.text:
                return at
            if self.status is not None or time.perf_counter() >= end:
                how = "has ended" if self.status is not None else f"did not within {timeout:g} s"
                raise TimeoutError(f"the command should show {wanted!r}; it {how}; its screen:\n{self.text}")

    def wait(self, timeout: float = 10.0) -> int:
        """Read until the command ends; its exit code.

        Raises:
            TimeoutError: It still runs.
        """
        end = time.perf_counter() + timeout
        while self.status is None:
            if time.perf_counter() >= end:
                raise TimeoutError(f"process {self.pid} still runs after {timeout:g} s")
            self.read(0.1)
            self._reap(os.WNOHANG)
        return os.waitstatus_to_exitcode(self.status)

    def _reap(self, options: int) -> None:
        if self.status is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.status = status

    def close(self) -> None:
        """End the command and give the terminal back."""
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._reap(0)
        with contextlib.suppress(OSError):
            os.close(self._fd)


def end(process: "subprocess.Popen[bytes]", patience: float = 10.0) -> None:
    """End a process that was started; one that does not go in time is killed."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def first_frame(argv: Sequence[str], text: str, columns: int = 80, rows: int = 24, timeout: float = 30.0) -> float:
    """Start a command and take the time until its screen shows a text, in milliseconds of wall time."""
    with Terminal(argv, columns, rows) as terminal:
        return (terminal.wait_for(text, timeout) - terminal.started) * 1000


def key_latency(terminal: Terminal, key: str, text: str, timeout: float = 5.0) -> float:
    """Type a key and take the time until the screen shows a text that it did not, in milliseconds of wall time.

    Raises:
        ValueError: The text is there already, so that nothing could be measured.
        TimeoutError: The screen does not show it in time.
    """
    if text in terminal.text:
        raise ValueError(f"{text!r} is on the screen before the key {key!r}")
    start = time.perf_counter()
    terminal.send(key)
    return (terminal.wait_for(text, timeout) - start) * 1000
