"""What the driver says in fewer bytes draws the same picture."""

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.driver import lean

COLOURS = st.sampled_from([None, "#141820", "#f0f0f0", "#10a0c0"])
STYLES = st.builds(
    lambda ink, ground, bold, reverse: Style(
        color=ink and Color.parse(ink), bgcolor=ground and Color.parse(ground), bold=bold, reverse=reverse
    ),
    COLOURS,
    COLOURS,
    st.sampled_from([None, None, True]),
    st.sampled_from([None, None, True]),
)
TEXT = st.text("ab ▇界", max_size=4)
LINES = st.lists(st.lists(st.builds(Segment, TEXT, STYLES), max_size=6), max_size=4)
CONSOLE = Console(color_system="truecolor", force_terminal=True)
LINK = "\x1b]8;;http://x\x1b\\y\x1b]8;;\x1b\\"


def drawn(data: str) -> list[object]:
    screen = pyte.Screen(30, 6)
    pyte.Stream(screen).feed(data)
    cells = [screen.buffer[y][x] for y in range(6) for x in range(30)]
    return [*cells, screen.cursor.x, screen.cursor.y, screen.cursor.attrs]


def written(lines: list[list[Segment]]) -> str:
    said = (f"\x1b[{y + 1};1H" + Strip(segments).render(CONSOLE) for y, segments in enumerate(lines))
    return "\r\n".join(said)


@given(LINES)
def test_the_picture_is_the_same(lines: list[list[Segment]]) -> None:
    data = written(lines)
    assert drawn(lean(data)) == drawn(data)
    assert len(lean(data)) <= len(data)


def test_a_colour_that_stays_is_said_once() -> None:
    styles = [Style.parse("#ffffff on #000000"), Style.parse("#00ff00 on #000000")]
    data = written([[Segment("ab", styles[0]), Segment("cd", styles[1]), Segment("ef", styles[1])]])
    assert lean("\x1b[0m" + data.removeprefix("\x1b[1;1H")) == (
        "\x1b[0m\x1b[38;2;255;255;255;48;2;0;0;0mab\x1b[38;2;0;255;0mcdef\x1b[0m"
    )


def test_what_it_does_not_know_is_passed_on() -> None:
    data = f"\x1b[1;31mx\x1b[0m{LINK}\x1b[?2026l\x1b[38;2;1;2;3;48;2;4;5;6m"
    assert lean(data) == data
