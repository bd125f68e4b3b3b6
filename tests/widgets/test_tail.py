"""A text that grows at its end: what is in sight, what is painted again, and where a search stands."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from themes.glyphs import UNICODE
from themes.palettes import DARK
from widgets.models import Span
from widgets.styles import styles, theme
from widgets.tail import Tail


class Room(App[None]):
    """The text alone."""

    def __init__(self) -> None:
        super().__init__()
        self.tail = Tail(styles(DARK), UNICODE)
        self.painted: list[int] = []

    def compose(self) -> ComposeResult:
        yield self.tail

    def on_mount(self) -> None:
        self.register_theme(theme(DARK))
        self.theme = theme(DARK).name


@contextlib.asynccontextmanager
async def room(size: tuple[int, int] = (21, 5)) -> AsyncIterator[tuple[Tail, Pilot[Any]]]:
    app = Room()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app.tail, pilot


def lines(tail: Tail) -> list[str]:
    return [tail.render_line(y).text.rstrip() for y in range(tail.size.height)]


def numbered(first: int, last: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(first, last))


async def test_the_end_is_in_sight_as_long_as_it_follows() -> None:
    async with room() as (tail, pilot):
        tail.take(numbered(0, 9))
        await pilot.pause()
        assert lines(tail) == [f"line {number}" for number in range(4, 9)]
        tail.move(-2)
        assert not tail.following
        tail.take(numbered(9, 30))
        await pilot.pause()
        assert lines(tail) == [f"line {number}" for number in range(2, 7)]
        tail.move(100)
        assert tail.following, "whoever comes to the end follows"
        tail.take(b"last")
        await pilot.pause()
        assert lines(tail)[-1] == "last"


async def test_long_lines_are_wrapped_by_cells() -> None:
    async with room() as (tail, pilot):
        tail.take(b"0123456789" * 4 + b"\n" + "字".encode() * 11 + b"\n")
        await pilot.pause()
        assert tail.rows == 4
        assert lines(tail)[:4] == ["01234567890123456789", "01234567890123456789", "字" * 10, "字"]
        tail.wrap(False)
        await pilot.pause()
        assert lines(tail)[0].endswith("…")
        assert tail.rows == 2


async def test_another_width_wraps_anew() -> None:
    async with room() as (tail, pilot):
        tail.take(b"0123456789" * 4 + b"\n")
        await pilot.pause()
        await pilot.resize_terminal(41, 5)
        await pilot.pause()
        assert tail.rows == 1


async def test_what_is_dropped_does_not_move_what_one_reads() -> None:
    async with room() as (tail, pilot):
        tail.text._most_lines = 50
        tail.take(numbered(0, 1040))
        await pilot.pause()
        tail.move(-20)
        before = lines(tail)
        tail.take(numbered(1040, 1060))
        await pilot.pause()
        assert tail.text.dropped == 1010
        assert lines(tail) == before
        assert tail.rows == 50


async def test_a_search_goes_round_and_stays_when_lines_are_dropped() -> None:
    async with room() as (tail, pilot):
        tail.text._most_lines = 50
        tail.take(numbered(0, 1040))
        await pilot.pause()
        assert tail.search("LINE 103") == 11, "103 and 1030 to 1039"
        assert tail.hit == (11, 11)
        assert tail.next(1)
        assert tail.hit == (1, 11)
        tail.next(-1)
        tail.take(numbered(1040, 1060))
        assert tail.hit == (10, 10), "line 103 has gone"
        assert tail.search("nowhere") == 0
        assert not tail.next(1)


async def test_what_is_found_is_marked_where_it_stands() -> None:
    async with room() as (tail, pilot):
        tail.take(b"the Loss is 1, the loss is 2\n")
        tail.wrap(False)
        tail.search("loss")
        await pilot.pause()
        assert [segment.text for segment in tail.render_line(0) if segment.text.casefold() == "loss"] == ["Loss"]


async def test_nothing_in_it_is_obeyed() -> None:
    async with room() as (tail, pilot):
        tail.take(b"\x1b]52;c;aGk=\x07[bold]x[/bold]\x1b[2J\x00\n")
        await pilot.pause()
        assert lines(tail)[0] == "[bold]x[/bold]?"


async def test_an_empty_one_says_why() -> None:
    async with room((21, 5)) as (tail, pilot):
        tail.say(Span("It cannot be read by you", "warning"))
        await pilot.pause()
        assert " ".join(lines(tail)).rstrip() == "It cannot be read by you"
        tail.take(b"x")
        assert lines(tail)[0] == "x"


@pytest.mark.parametrize("following", [True, False])
async def test_only_what_changed_is_painted(following: bool) -> None:
    async with room((40, 30)) as (tail, pilot):
        tail.take(numbered(0, 9) + b"gro")
        if not following:
            tail.stay()
        await pilot.pause()
        drawn: list[int] = []
        whole = tail.render_line
        tail.render_line = lambda y: (drawn.append(y), whole(y))[1]  # type: ignore[method-assign,func-returns-value]
        tail.take(b"wing\nmore\n")
        await pilot.pause()
        assert min(drawn) == 9, "the nine lines above stay as they are"
