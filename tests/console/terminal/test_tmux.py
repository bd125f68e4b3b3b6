"""The console in tmux: the picture, keys, a change of size, and a clean leave."""

import os
import shlex
import shutil
import subprocess
import time

import pytest

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
SIZES = [(80, 24), (120, 40), (200, 60)]


class Tmux:
    """One tmux server of its own with one window."""

    def __init__(self, socket: str, argv: list[str], environment: dict[str, str], columns: int, rows: int) -> None:
        self._base = ["tmux", "-S", socket, "-f", os.devnull]
        values = [f"{name}={value}" for name, value in environment.items()]
        command = shlex.join(["env", *values, *argv]) + "; echo left with $?; cat"
        self.do("new-session", "-d", "-x", str(columns), "-y", str(rows), command)

    def do(self, *words: str) -> str:
        done = subprocess.run([*self._base, *words], capture_output=True, text=True, check=False, timeout=20)
        return done.stdout

    def look(self, shows: str, hides: str = "") -> str:
        end = time.monotonic() + 60
        while True:
            text = self.do("capture-pane", "-p")
            if shows in text and not (hides and hides in text):
                return text
            assert time.monotonic() < end, f"{shows!r} is not on the screen:\n{text}"
            time.sleep(0.05)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_in_tmux(hall, tmp_path, columns: int, rows: int) -> None:  # type: ignore[no-untyped-def]
    # A shell that exports its size, as some do: it must not outlive the change of size below.
    environment = {**hall.environment, "LANG": "C.UTF-8", "COLUMNS": str(columns), "LINES": str(rows)}
    tmux = Tmux(str(tmp_path / "tmux"), hall.argv(), environment, columns, rows)
    try:
        text = tmux.look("gpu-06")
        assert "SIMULATED" in text.split("\n")[0]
        tmux.do("send-keys", "m")
        tmux.look(" mem  ")
        tmux.do("send-keys", "/", "node=gpu-02", "Enter")
        assert "4 of 24" in tmux.look("/node=gpu-02", "gpu-06")
        tmux.do("send-keys", "Escape")
        tmux.look("gpu-06")
        tmux.do("resize-window", "-x", "100", "-y", "20")
        end = time.monotonic() + 60
        while True:
            lines = tmux.look("gpu-06").rstrip("\n").split("\n")
            # The clock stands at the end of the new first line, the keys in the new last one.
            if len(lines) == 20 and 90 < len(lines[0]) <= 100 and lines[-1].lstrip().startswith("Enter"):
                break
            assert time.monotonic() < end, lines
            time.sleep(0.05)
        tmux.do("send-keys", "q")
        left = tmux.look("left with 0")
        assert "SIMULATED" not in left, "what was there before is there again"
    finally:
        tmux.do("kill-server")
