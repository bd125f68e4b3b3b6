"""Every key does in a real terminal what the help says, at every size the console promises."""

import base64
import json
import re
from pathlib import Path

import pytest

SIZES = [(80, 24), (120, 40), (200, 60), (60, 15)]


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_picture_appears_and_the_first_keys_work(hall, columns: int, rows: int) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(columns, rows)
    text = seat.look("gpu-06")
    assert "SIMULATED" in seat.line(1)
    assert seat.line(2).lstrip().startswith("gpus")
    assert max(len(line) for line in text.split("\n")) <= columns
    assert re.search(r"\d\d:\d\d:\d\d", seat.line(1)), "the clock is never dropped"
    seat.press("m", " mem  ")
    seat.press("z", "density: ")
    seat.press("?", "Keys of")
    assert "SIMULATED" in seat.line(1)
    seat.press("\x1b", hides="Keys of")
    seat.press(":metric temp\r", " temp  ")
    seat.press("\r", " gpu ▸ gpu-")
    assert "SIMULATED" in seat.line(1)
    seat.press("\x1b", " temp  ")
    seat.send("q")
    assert seat.wait() == 0


def test_moving_marking_and_sorting(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(120, 40)
    seat.look("gpu-06")
    seat.press("l", "gpu-01 ▸ GPU 1")
    seat.press("\x1b[C", "gpu-01 ▸ GPU 2")
    seat.press("h", "gpu-01 ▸ GPU 1")
    seat.press("G", hides="gpu-01 ▸ GPU")
    seat.press("g", "gpu-01 ▸ GPU 0")
    seat.press(" ", "1 marked")
    seat.press("llV", "3 marked")
    seat.press("*", "24 marked")
    seat.press("*", hides="marked")
    first = seat.press("s", "sort util")
    assert "↓" in first or "▾" in first or "▼" in first, "the arrow says which way"
    seat.press("S", "sort util")
    seat.press(":sort node\r", hides="sort util")


def test_densities_and_metrics_go_round(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(120, 40)
    seat.look("gpu-06")
    for name in ("compact", "dense", "named"):
        seat.press("z", f"density: {name}")
    for name in ("mem", "temp", "power", "owner", "health", "util"):
        seat.press("m", f" {name}  ")


def test_the_filter_narrows_shows_itself_and_goes_with_escape(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(80, 24)
    seat.look("gpu-06")
    seat.press("/node=gpu-02\r", hides="gpu-06")
    assert "/node=gpu-02" in seat.line(2), "a filter in force is always on the screen"
    assert "4 of 24" in seat.line(2)
    seat.press("\x1b", "gpu-06")
    assert "/node" not in seat.text


WRONG = [
    ("util<", 5, "missing"),
    ("utl<5", 0, "utl"),
    ("util<5 & (user=wang", 9, "closed"),
    ("user~[", 5, ""),
    ("util<abc", 5, "abc"),
]


def test_a_wrong_filter_is_pointed_at_in_its_column_and_can_be_mended(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(80, 24)
    seat.look("gpu-06")
    for typed, column, said in WRONG:
        seat.press("/" + typed + "\r", "▾")
        pointer, field = seat.line(23), seat.line(24)
        assert field.lstrip().startswith("/" + typed)
        assert pointer.index("▾") == field.index("/") + 1 + column
        assert said in pointer
        seat.press("\x7f" * len(typed) + "node=gpu-03\r", hides="gpu-06")
        assert "gpu-03" in seat.text
        seat.press("\x1b", "gpu-06")


def test_wrong_commands_are_answered_and_nothing_breaks(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(80, 24)
    seat.look("gpu-06")
    for typed, said in [
        ("nonsense", "nonsense"),
        ("gpus util<", "a value is missing"),
        ("filter )", ")"),
        ("leave now", "takes nothing"),
        ("sort beauty", "beauty"),
        ("theme neon", "neon"),
        ("interval soon", "soon"),
        ("gpu gpu-01", "gpu-01"),
        ("node nowhere", "nowhere"),
        ("export pdf", "pdf"),
        ("[bold red]x[/]", "[bold"),
        ("metric \x1bnothing", ""),
    ]:
        seat.press(f":{typed}\r", said)
        seat.press("\x1b", "o jump", hides="\n :")
    seat.press(":messages\r", "beauty")


def test_pages_jumps_and_the_history_of_views(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(120, 40)
    seat.look("gpu-06")
    seat.press("o", "Jump to")
    seat.press("\x1b", hides="Jump to")
    seat.press("\r", " gpu ▸ gpu-01 ▸ GPU 0")
    seat.press("l", " gpu ▸ gpu-01 ▸ GPU 1")
    seat.press("o", "Jump to")
    seat.press("node\r", " node ▸ gpu-01")
    seat.press("-", " gpu ▸ gpu-01 ▸ GPU 1")
    seat.press("-", " node ▸ gpu-01")
    seat.press("[", " gpu ▸")
    seat.press("]", " node ▸ gpu-01")
    seat.press("v", "Record")
    seat.press("\x1b", " node ▸ gpu-01")
    seat.press("q", " gpus ▸")
    seat.press(":node gpu-02\r", " node ▸ gpu-02")
    seat.press("/", "no filter")


def test_pause_holds_the_picture_and_says_so(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(120, 40)
    seat.look("gpu-06")
    seat.press("p", "PAUSED")
    seat.drain(0.3)
    body = seat.text.split("\n")[2:-2]
    seat.drain(2.2)
    assert seat.text.split("\n")[2:-2] == body
    seat.press("p", hides="PAUSED")
    seat.press("i", "5 s")
    seat.press("r", "refreshed")


def test_copy_and_export(hall, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(120, 40, before=("env", "-C", str(tmp_path)))
    seat.look("gpu-06")
    seat.press("Y", "Copied 1 line")
    found = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)", bytes(seat.raw))
    assert found is not None
    assert base64.b64decode(found[1]).decode().startswith("gpu-01\t0\tGPU-")
    seat.press("e", "Export as")
    seat.press("json\r", "24 rows written")
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text())["kind"] == "gpus"


def test_control_c_asks_once_and_the_palette_finds_by_parts(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(80, 24)
    seat.look("gpu-06")
    seat.press("\x10", "Commands")
    assert "SIMULATED" in seat.line(1)
    seat.press("density dense\r", "density: dense", hides="Commands")
    seat.press("\x03", "Ctrl+C")
    seat.send("\x03")
    assert seat.wait() == 0


def test_ctrl_c_in_a_prompt_only_leaves_the_prompt(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(80, 24)
    seat.look("gpu-06")
    seat.press(":met", ":met")
    seat.press("\x03", "o jump")
    assert seat.status is None


def test_keys_typed_in_one_burst_reach_what_they_are_meant_for(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(80, 24)
    seat.look("gpu-06")
    seat.press("/node=gpu-04\rm:density dense\r", "density: dense")
    assert "mem" in seat.text
    assert "/node=gpu-04" in seat.line(2)
    seat.press("\x10quit", "> quit")
    assert seat.status is None


def test_keys_typed_while_it_starts_are_not_lost_or_printed(hall) -> None:  # type: ignore[no-untyped-def]
    seat = hall.sit(80, 24)
    seat.send("m")
    seat.look("gpu-06")
    assert "^" not in seat.text
    seat.send("q")
    assert seat.wait() == 0
