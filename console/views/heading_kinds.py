"""Columns of the usual kinds, words and figures, for lists of anything: what a list's own view need not write again."""

from collections.abc import Callable
from typing import TypeVar

from console.model.fields import UNSUPPORTED
from console.views import units
from console.views.headings import Heading, Present
from widgets.models import Cell, Span

T = TypeVar("T")


def words(
    key: str,
    title: str,
    meaning: str,
    width: int,
    value: Callable[[T], str | None],
    priority: int,
    *,
    grow: int = 1,
    most: int | None = None,
    wide: bool = False,
    style: str = "",
) -> Heading[T]:
    """A column of words; where there are none stands ``-``."""

    def cell(thing: T, _present: Present) -> Cell:
        found = value(thing)
        return Span(found, style) if found else Span("-", "dim")

    return Heading(key, title, meaning, width, cell, value, "left", priority, grow, most or width, wide=wide)


def figure(
    key: str,
    title: str,
    meaning: str,
    width: int,
    value: Callable[[T], object],
    priority: int,
    write: Callable[[object], str] = units.number,
    *,
    absent: str | None = None,
    cell: Callable[[T, Present], Cell] | None = None,
    wide: bool = False,
    falling: bool = True,
) -> Heading[T]:
    """A column of figures; `absent` stands where there is none, the sign of the unknown where it is None."""

    def drawn(thing: T, present: Present) -> Cell:
        found = value(thing)
        if found is None:
            return Span(present.glyphs.unknown, "unknown") if absent is None else Span(absent, "dim")
        return Span(write(found), "dim") if found is UNSUPPORTED else write(found)

    return Heading(key, title, meaning, width, cell or drawn, value, "right", priority, falling=falling, wide=wide)
