"""Lines of a timeline as strips: exact widths, notes over slots, the cursor seen on every ground, nothing obeyed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from themes.glyphs import ASCII, UNICODE
from themes.palettes import DARK, MONO
from widgets.models import KEEP, Span
from widgets.styles import styles
from widgets.timeline.brush import Brush
from widgets.timeline.models import Lane, Note, Scale, Tile

TILES = (Tile(" "), Tile("·", "dim"), Tile("▅", "owner.1"), Tile("─", "warning reverse"))
SCALE = Scale(6, 2, label=6, number=2, beside=9, corner="UTC", names=tuple(f"1{n}:00" for n in range(6)))
SAID = ((Span("wang"),), (Span("3 h", priority=KEEP),))
HOSTILE = [
    "[bold red]x[/]",
    "\x1b[31mred\x1b[0m\x1b]52;c;aGk=\x07",
    "数据中心" * 10,
    "שלום",
    "x" * 200,
    "a\nb\x00",
    "e\u0301\u0301",
]


def brush(palette=DARK, glyphs=UNICODE) -> Brush:
    return Brush(styles(palette), glyphs, TILES, Style())


def test_label_number_slots_and_what_is_said_stand_in_their_columns() -> None:
    lane = Lane("gpu-01", bytes([1, 2, 2, 3, 9]), number="3")
    assert brush().lane(lane, SCALE, SAID, None, 40).text == "gpu-01  3 ··▅▅▅▅──??    wang  3 h       "


def test_without_labels_the_slots_begin_at_the_edge() -> None:
    assert brush().lane(Lane("", b"\1\2"), Scale(2), ((), ()), None, 4).text == "·▅  "


def test_what_has_no_room_behind_the_slots_is_left_out() -> None:
    assert brush().lane(Lane("gpu-01", b"\1" * 6), SCALE, SAID, None, 24).text == "gpu-01    " + "·" * 12 + "  "
    assert brush().lane(Lane("gpu-01", b"\1" * 6), SCALE, SAID, None, 15).text == "gpu-01    ·····"


def test_a_note_lies_over_the_slots_and_is_cut_to_its_room() -> None:
    lane = Lane("", b"\3" * 12, (Note(1, "zhao ", 5), Note(8, "garcia", 4)))
    assert brush().lane(lane, Scale(12), ((), ()), None, 12).text == "─zhao ──gar…"


def test_a_wide_name_is_never_cut_through_by_the_cursor() -> None:
    lane = Lane("", b"\3" * 8, (Note(1, "周敏", 6),))
    for slot in range(8):
        strip = brush().lane(lane, Scale(8), ((), ()), slot, 8)
        assert (strip.text, strip.cell_length) == ("─周敏───", 8)


def test_a_note_over_half_of_a_wide_character_leaves_a_blank() -> None:
    scale = Scale(8, upper=(Note(0, "周六周日", 8), Note(3, "x", 1)))
    strip = brush().axis(scale, ((), ()), None, False, 8)
    assert (strip.text, strip.cell_length) == ("周 x周日", 8)


def test_the_cursor_is_on_its_slot_and_its_label() -> None:
    strip = brush().lane(Lane("gpu-01", b"\2" * 6), SCALE, SAID, 2, 40)
    selection = styles(DARK)["selection"]
    lit = [segment.text for segment in strip if segment.style and segment.style.bgcolor == selection.bgcolor]
    assert lit == ["gpu-01   ", "▅▅"]


@pytest.mark.parametrize("palette", [DARK, MONO])
@pytest.mark.parametrize("code", [1, 2, 3])
def test_the_cursor_differs_from_its_neighbours_on_every_tile(palette, code: int) -> None:
    strip = brush(palette).lane(Lane("", bytes([code] * 3)), Scale(3), ((), ()), 1, 3)
    assert len(list(strip)) == 3


def test_the_axis_names_the_slot_of_the_cursor_and_keeps_no_half_of_a_tick() -> None:
    scale = Scale(30, lower=(Note(0, "|10:00", 7), Note(8, "|11:00", 7), Note(16, "|12:00", 7)), names=("10:40",) * 30)
    assert brush().axis(scale, ((), ()), None, True, 30).text.rstrip() == "|10:00  |11:00  |12:00"
    assert brush().axis(scale, ((), ()), 6, True, 30).text.rstrip() == "    10:40       |12:00"
    assert brush().axis(scale, ((), ()), 0, True, 30).text.rstrip() == " 10:40  |11:00  |12:00"
    assert brush().axis(scale, ((), ()), 29, True, 30).text.rstrip() == "|10:00  |11:00  |12:00  10:40"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_nothing_of_a_name_is_obeyed(text: str, glyphs) -> None:
    lane = Lane(text, b"\3" * 6, (Note(2, text, 9, "warning"),), text)
    strip = brush(glyphs=glyphs).lane(lane, SCALE, ((Span(text),), (Span(text),)), 3, 40)
    assert strip.cell_length == 40
    assert not [character for character in strip.text if ord(character) < 32]


def test_a_tile_that_is_not_one_cell_is_refused() -> None:
    for glyph in ("", "ab", "数"):
        with pytest.raises(ValueError, match="not one character"):
            Brush(styles(DARK), UNICODE, (Tile(glyph),), Style())


@given(
    st.integers(0, 12),
    st.integers(0, 3),
    st.integers(0, 20),
    st.integers(1, 3),
    st.integers(0, 12),
    st.integers(0, 70),
    st.text("ab数·é \x1b", max_size=12),
    st.integers(0, 25),
)
def test_every_line_has_its_width(label, number, slots, wide, beside, width, text, at) -> None:
    scale = Scale(slots, wide, label, number, beside, text, (Note(at, text, 9),), (Note(at, text, 5),), (text,) * slots)
    lane = Lane(text, b"\1\2\3" * 5, (Note(at, text, 7),), text)
    one = brush()
    for strip in (
        one.lane(lane, scale, ((Span(text),), (Span(text),)), min(at, max(slots - 1, 0)), width),
        one.axis(scale, ((Span(text),), ()), at, True, width),
        one.axis(scale, ((Span(text),), ()), at, False, width),
        one.text(text, width),
    ):
        assert strip.cell_length == width == cell_len(strip.text)
