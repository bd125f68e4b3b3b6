"""A plot says what was measured, and nothing where nothing was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from themes.glyphs import ASCII, UNICODE, Glyphs
from widgets.models import Plot, Section
from widgets.page import balance, page
from widgets.plot import plot
from widgets.text import width_of

LEVELS = ((100.0, "100%"), (0.0, "0%"), (50.0, "50%"))


def drawn(mean: list[float | None], width: int = 25, signs: Glyphs = UNICODE, **more: object) -> list[str]:
    given = Plot("CPU", tuple(mean), tuple(mean), tuple(mean), 0.0, 100.0, LEVELS, **more)  # type: ignore[arg-type]
    return ["".join(span.text for span in line) for line in plot(given, width, signs)]


def test_a_flat_line_lies_at_its_height_and_the_axis_names_it() -> None:
    lines = drawn([100.0] * 40)
    assert lines[0] == "CPU" + " " * 22
    assert lines[1] == "100%│" + "⠉" * 20
    assert lines[2:6] == ["    │" + " " * 20, " 50%│" + " " * 20, "    │" + " " * 20, "  0%│" + " " * 20]
    assert lines[6] == "     " + "─" * 20


def test_nothing_is_drawn_where_nothing_was_measured_and_zero_is_not_nothing() -> None:
    lines = drawn([0.0] * 20 + [None] * 20)
    assert lines[5] == "  0%│" + "⣀" * 10 + " " * 10
    assert lines[6] == "     " + "─" * 10 + "·" * 10
    assert all(not line[5:].strip() for line in lines[1:5])


def test_a_jump_is_joined_and_a_gap_is_not() -> None:
    def columns(lines: list[str]) -> list[int]:
        """Dots in each cell, over all lines."""
        return [
            sum((ord(line[at]) - 0x2800).bit_count() for line in lines[1:6] if line[at] > "⠀") for at in range(5, 25)
        ]

    jump = columns(drawn([0.0] * 20 + [100.0] * 20))
    assert jump[9] == 2
    assert jump[10] == 19 + 1, "the first column of the step goes all the way up"
    assert columns(drawn([0.0] * 19 + [None] + [100.0] * 20))[10] == 2


def test_the_band_reaches_from_lowest_to_highest_and_stands_back_behind_the_mean() -> None:
    made = Plot("x", (0.0,) * 40, (50.0,) * 40, (100.0,) * 40, 0.0, 100.0, LEVELS)
    lines = plot(made, 25, UNICODE)
    assert [[(span.text, span.style) for span in line[1:]] for line in lines[1:6]] == [
        [("⣿" * 20, "band")],
        [("⣿" * 20, "band")],
        [("⠒" * 20, "accent")],
        [("⣿" * 20, "band")],
        [("⣿" * 20, "band")],
    ]


def test_many_points_fold_to_their_extremes() -> None:
    mean = tuple(50.0 for _ in range(400))
    high = tuple(100.0 if at == 205 else 50.0 for at in range(400))
    lines = plot(Plot("x", mean, mean, high, 0.0, 100.0, LEVELS), 25, UNICODE)
    top = "".join(span.text for span in lines[1])
    assert top.index("⡇") == 5 + 10, "one second at 100 % is seen"


def test_ascii_tells_three_heights_in_a_line_and_leaves_gaps() -> None:
    lines = drawn([0.0, 50.0, 100.0, None], width=9, signs=ASCII)
    assert lines == ["CPU      "]
    lines = drawn([0.0] * 5 + [50.0] * 5 + [100.0] * 5 + [None] * 5, signs=ASCII)
    assert all(line.isascii() for line in lines)
    assert lines[1][5:] == "          |''''     "
    assert lines[3][5:] == "     |----'         "
    assert lines[5][5:] == "_____|              "
    assert lines[6][5:] == "---------------     "


def test_times_stand_at_their_places_and_never_touch() -> None:
    times = tuple((number / 8, f"{12 + number}:00") for number in range(9))
    axis = drawn([1.0] * 80, width=76, times=times)[6]
    assert [word for word in axis.split() if ":" in word] == [f"{hour}:00" for hour in range(13, 20)]
    assert drawn([1.0] * 80, width=45, times=times)[6] == "     ─────── 14:00 ─── 16:00 ─── 18:00 ──────"
    assert drawn([1.0] * 80, width=13, times=times)[6] == "     " + "─" * 8


def test_what_is_said_stands_right_and_is_cut_before_it_breaks_the_line() -> None:
    assert drawn([1.0], text="mean 1%")[0] == "CPU               mean 1%"
    assert width_of(drawn([1.0], width=10, text="mean 1%, most 100%")[0]) == 10


@given(
    st.lists(st.none() | st.floats(allow_nan=True, allow_infinity=True), max_size=60),
    st.integers(0, 60),
    st.sampled_from([ASCII, UNICODE]),
    st.text(max_size=6),
)
def test_any_series_at_any_width_fills_whole_lines(
    mean: list[float | None], width: int, signs: Glyphs, name: str
) -> None:
    values = tuple(mean)
    made = Plot(f"显存{name}", values, values, values, 0.0, 10.0, ((10.0, "满"), (0.0, name)), ((0.5, "时间"),))
    for line in plot(made, width, signs):
        text = "".join(span.text for span in line)
        assert width_of(text) == width
        assert not any(ord(character) < 32 for character in text)


@pytest.mark.parametrize(("bottom", "top"), [(0.0, 0.0), (5.0, 1.0)])
def test_a_scale_without_height_draws_at_the_bottom(bottom: float, top: float) -> None:
    made = Plot("x", (3.0,) * 40, (3.0,) * 40, (3.0,) * 40, bottom, top, ((top, "t"),))
    assert "".join(span.text for span in plot(made, 22, UNICODE)[5]).endswith("⣀" * 20)


def test_sections_that_stand_aside_open_the_right_column() -> None:
    sections = [Section(title, (), aside=title == "plots") for title in ("state", "now", "plots", "disks", "node")]
    split = balance(sections, 120, UNICODE)
    lines = ["".join(span.text for span in line) for line in page(sections, 120, UNICODE, split)]
    assert lines[0].startswith("state ")
    assert lines[0][61:].startswith("plots ")
    narrow = ["".join(span.text for span in line) for line in page(sections, 80, UNICODE, None)]
    assert [line.split()[0] for line in narrow if line] == ["state", "now", "plots", "disks", "node"]
