"""Terminals that stall, change their size, know little, draw widely or are left; a collector that dies meanwhile."""

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from console.model.settings import Demo
from console.services.link.socket import reachable

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from lab import holder

SHAPE = ("--demo", "--nodes", "6", "--gpus", "4", "--seed", "7", "--interval", "0.5")

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def _memory(pid: int) -> int:
    (line,) = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def _listens(place: Path) -> bool:
    try:
        with reachable(place) as name, socket.socket(socket.AF_UNIX) as door:
            return door.connect_ex(name) == 0
    except FileNotFoundError:  # not even its folder is there
        return False


def _seconds(line: str) -> int:
    found = re.search(r"(\d\d):(\d\d):(\d\d)", line)
    assert found is not None, line
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])


def test_a_terminal_that_does_not_read_costs_little_and_then_shows_the_newest(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(120, 40)
    seat.look("gpu-06")
    before = _memory(seat.pid)
    for _ in range(61):  # ten times round, and one on
        seat.send("m")
        time.sleep(0.01)
    time.sleep(20.0)  # nobody reads: its 120 × 40 cells a tick and key would be more than a megabyte
    assert _memory(seat.pid) - before < 8_000_000
    seat.look(" mem  ")
    seat.drain(1.0)
    assert "6/6" in seat.line(1), "it follows, and did all the time"
    now = datetime.now().astimezone()
    behind = now.hour * 3600 + now.minute * 60 + now.second - _seconds(seat.line(1))
    assert behind % 86400 <= 4
    seat.press("z", "density")


def test_a_storm_of_sizes_ends_in_the_right_picture(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(80, 24)
    seat.look("gpu-06")
    for columns in [*range(20, 200, 3), *range(200, 20, -7), 1, 2, 5]:
        seat.resize(columns, 1 + columns // 4)
        os.kill(seat.pid, signal.SIGWINCH)
        seat.read(0.002)
    seat.resize(100, 30)
    os.kill(seat.pid, signal.SIGWINCH)
    seat.look("gpu-06")
    seat.drain(1.0)
    assert "SIMULATED" in seat.line(1)
    assert seat.line(30).lstrip().startswith("Enter")
    assert len([line for line in seat.text.split("\n") if "SIMULATED" in line]) == 1


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (300, 90)])
def test_sizes_beyond_what_is_promised_do_not_break_it(hall, columns: int, rows: int) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(columns, rows)
    seat.drain(1.2)
    for key in ("m", "?", "\x1b", "\r", "v", "\x1b", "\x1b", ":x", "\x1b"):
        seat.send(key)
        seat.drain(0.08)
    assert seat.status is None, seat.text
    seat.resize(80, 24)
    os.kill(seat.pid, signal.SIGWINCH)
    seat.look("SIMULATED")


def test_a_dumb_terminal_gets_one_table(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(100, 40, TERM="dumb")
    assert seat.wait(30) == 0
    assert "SIMULATED" in seat.text
    assert seat.text.count("gpu-0") >= 6
    assert b"\x1b" not in seat.raw


def test_no_color_is_obeyed(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(before=("env", "NO_COLOR=1"))
    seat.look("gpu-06")
    assert "✖" in seat.text, "what colour says, a sign says as well"
    painted = re.findall(rb"\x1b\[([0-9;]*)m", bytes(seat.raw))
    colours = {part for part in painted if re.search(rb"(?:^|;)(?:[34][0-7]|[34]8;[25]|9[0-7]|10[0-7])(?:;|$)", part)}
    assert not colours


def test_wide_glyphs_are_answered_with_ascii(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(wide=True)
    text = seat.look("gpu-06")
    assert text.isascii()
    assert seat.press("?", "Keys of").isascii()
    seat.press("\x1b", hides="Keys of")
    assert seat.press("\r", " gpu > ").isascii()


def test_a_locale_without_our_signs_gets_ascii(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert seat.look("gpu-06").isascii()


def test_the_plain_c_locale_still_works(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(LC_ALL="C", LANG="C")
    assert "SIMULATED" in seat.look("gpu-06")


def test_the_chinese_screen_stands(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(options=("--lang", "zh"))
    seat.look("gpu-06")
    seat.send("q")
    assert seat.wait() == 0


@pytest.mark.parametrize("how", ["q", "SIGTERM", "SIGHUP"])
def test_the_terminal_is_given_back_as_it_was(hall, how: str) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(80, 24)
    before = seat.modes()
    seat.look("gpu-06")
    assert seat.modes() != before, "it has the keys"
    if how == "q":
        seat.send("q")
    else:
        os.kill(seat.pid, signal.Signals[how])
    seat.wait()
    assert seat.modes() == before
    last = dict(re.findall(rb"\x1b\[\?(\d+)([hl])", bytes(seat.raw)))
    assert last[b"1049"] == b"l", "the other screen is left"
    assert last[b"25"] == b"h", "the cursor is seen"
    assert {last.get(mouse, b"l") for mouse in (b"1000", b"1002", b"1003", b"1006", b"2004")} == {b"l"}


def test_a_killed_collector_is_replaced_under_an_open_console(hall, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = tmp_path / "own"
    own = ("--data", str(data))
    collector = subprocess.Popen(hall.argv("collect", shape=(*SHAPE, *own)), env={**os.environ, **hall.environment})
    lock, first = Demo(6, 4).folder(data) / "collector.lock", collector.pid
    try:
        _kill_and_stop(hall, own, lock, collector)
    finally:
        for pid in {first, holder(lock)} - {None}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # a stopped one heeds nothing else
        collector.wait()


def _kill_and_stop(hall, own: tuple[str, ...], lock: Path, collector: "subprocess.Popen[bytes]") -> None:  # type: ignore[no-untyped-def]
    first = collector.pid
    end = time.monotonic() + 60
    while not _listens(lock.with_name("lab.sock")):  # else the console starts one of its own, which may be quicker
        assert time.monotonic() < end, "no collector"
        time.sleep(0.05)
    seat = hall.sit(80, 24, options=own)
    seat.look("gpu-06")
    assert holder(lock) == first
    collector.kill()
    collector.wait()
    fewest = 6
    settled, end = None, time.monotonic() + 60
    # The screen may not have drawn yet that the first one is gone: two of its ticks later it has.
    while settled is None or time.monotonic() < settled or "6/6" not in seat.line(1):
        seat.read(0.1)
        fewest = min(fewest, len(re.findall(r"gpu-0\d", "\n".join(seat.text.split("\n")[3:-2]))))
        if settled is None and holder(lock) != first and _listens(lock.with_name("lab.sock")):
            settled = time.monotonic() + 2.5
        assert time.monotonic() < end, seat.text
    assert fewest == 6, "the picture stays while nobody collects"
    second = holder(lock)
    assert second not in (None, first)
    assert second is not None
    os.kill(second, signal.SIGSTOP)
    seat.look("collector silent")
    assert "SIMULATED" in seat.line(1)
    os.kill(second, signal.SIGCONT)
    seat.look("6/6", hides="collector silent")


def test_an_unwritable_place_for_logs_is_said_and_no_traceback(hall, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    wall = tmp_path / "wall"
    wall.write_text("no folder")
    seat = hall.sit(100, 24, XDG_STATE_HOME=str(wall))
    seat.look("gpu-06")
    seat.press(":messages\r", "No log is written")


KEYS = (
    *"mz?vsSodYpir-[]12 V*jkhlgG:x/",
    *("\x1b", "\x1b", "\x1b", "\r", "\r", "\t", "\x10", "\x7f", "\x1b[A", "\x1b[B", "\x1b[5~", "\x1b[6~"),
    *("util<5", ":gpus util<\r", ":node gpu-02\r", ":gpu gpu-01 1\r", ":theme light\r", "/wang\r", "中文"),
    *("\x1b[<0;10;5M\x1b[<0;10;5m", "\x1b[<65;10;5M", "\x1b[<0;30;1M\x1b[<0;30;1m"),
)


@pytest.mark.parametrize(("columns", "rows", "seed"), [(40, 8, 14), (100, 30, 11)])
def test_a_monkey_at_the_keys_does_not_end_it(hall, columns: int, rows: int, seed: int) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(columns, rows)
    seat.drain(1.5)
    chance = random.Random(seed)
    pressed = []
    for _ in range(250):
        pressed.append(chance.choice(KEYS))
        seat.send(pressed[-1])
        seat.drain(chance.choice((0.0, 0.0, 0.01, 0.05)))
        assert seat.status is None, (pressed[-20:], seat.text)
    seat.send("\x1b")
    seat.look("demo")
