"""A defect in a real terminal: a screen of its own, a scrubbed file, and a console that can be opened again."""

import os
import sys
import time

PROGRAM = """
import sys
from console.panes.gpus import Gpus
def broken(self):
    held = "hunter2"
    raise ZeroDivisionError("a test of gpu-03 by wang@10.1.2.3")
Gpus.do_density = broken
from console.__main__ import main
sys.argv[1:5] = []  # python -P -m console
main()
"""


def test_a_defect_has_a_screen_and_the_console_opens_again(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(before=(sys.executable, "-c", PROGRAM), USER="wang")
    seat.look("gpu-06")
    shown = seat.press("z", "r  open the console again")
    assert "ZeroDivisionError" in shown
    assert "hunter2" not in shown
    (path,) = (hall.root / "state" / "quarterdeck" / "demo").glob("crash-*.txt")
    text = path.read_text()
    assert "in broken" in text
    assert "ZeroDivisionError: a test of host-" in text
    assert not any(word in text for word in ("gpu-03", "wang", "10.1.2.3"))
    seat.press("r", "gpu-06")
    seat.press("m", "mem")
    seat.press("z", "q  quit")
    seat.send("q")
    end = time.monotonic() + 15
    while seat.status is None and time.monotonic() < end:
        seat.read(0.1)
    assert seat.status is not None
    assert os.waitstatus_to_exitcode(seat.status) == 1
