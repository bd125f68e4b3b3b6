"""The columns of a list: what each says of a thing, how it sorts, and which of them a person wants to see."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from types import NoneType
from typing import Generic, TypeVar

import msgspec

from console.views.cells import width
from themes.glyphs import Glyphs
from widgets.models import Align, Cell, Column, Row

T = TypeVar("T")
WANTED = 90
"""The priority of a column that a person has asked for: only the first ones are kept longer."""


class Present(msgspec.Struct, frozen=True):
    """The moment that is shown, and the signs it is drawn with."""

    glyphs: Glyphs
    mono: float
    """Monotonic, from which ages are told."""
    wall: float
    """UTC."""


class Heading(msgspec.Struct, Generic[T], frozen=True):
    """One column of a list of things."""

    key: str
    """What ``:sort`` and ``:columns`` take."""
    title: str
    """Translated; as short as its column."""
    meaning: str
    """Translated, for the help."""
    width: int
    """Cells for what stands in it; its title, with the sign of the sort, finds room in any case."""
    cell: Callable[[T, Present], Cell]
    value: Callable[[T], object] | None = None
    """What it is sorted by: numbers or texts; anything else comes last. None is the order in which things are given."""
    align: Align = "left"
    priority: int = 0
    grow: int = 0
    most: int | None = None
    falling: bool = False
    """Whether the largest comes first when it is chosen."""
    wide: bool = False
    """Left out unless the whole width is asked for."""
    middle: bool = False
    """Whether what is too long is cut in its middle."""


class Choice(msgspec.Struct, frozen=True):
    """Which columns a person wants beyond what the width decides."""

    wide: bool = False
    """Those of wide lists too."""
    hidden: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()

    def shows(self, heading: Heading[T]) -> bool:
        """Whether a column may be shown where there is room."""
        if heading.key in self.hidden:
            return False
        return self.wide or not heading.wide or heading.key in self.wanted

    def turned(self, key: str, shown: bool) -> "Choice":
        """The choice after a column was hidden that is shown, or wanted that is not."""
        if shown:
            return Choice(self.wide, self.hidden | {key}, self.wanted - {key})
        return Choice(self.wide, self.hidden - {key}, self.wanted | {key})


def columns(headings: Iterable[Heading[T]], choice: Choice) -> tuple[Column, ...]:
    """The columns as the table takes them, wide enough for their titles; it drops those for which there is no room."""
    return tuple(
        Column(
            heading.key,
            heading.title,
            max(heading.width, width(heading.title) + (1 if heading.value is not None else 0)),
            heading.align,
            max(heading.priority, WANTED) if heading.key in choice.wanted else heading.priority,
            heading.grow,
            heading.most,
            heading.middle,
        )
        for heading in headings
        if choice.shows(heading)
    )


_TEXTS, _NUMBERS = frozenset({str, NoneType}), frozenset({int, float, NoneType})
"""Kinds of values that a column of thousands has: they are sorted without a look at each."""


def row(key: str, thing: T, headings: Sequence[Heading[T]], present: Present, style: str = "") -> Row:
    """A thing as a row of the table."""
    return Row(key, tuple(heading.cell(thing, present) for heading in headings), style)


def order(things: Sequence[T], values: Sequence[object], reverse: bool) -> list[T]:
    """Sort things by their values; what has none comes last in either direction, equals stay as they were."""
    kinds = set(map(type, values))
    if kinds <= _TEXTS:
        return _by_text(things, values, reverse)
    by = [value if value == value else None for value in values] if kinds <= _NUMBERS else _mixed(values)
    known = [place for place, key in enumerate(by) if key is not None]
    rest = [things[place] for place, key in enumerate(by) if key is None] if len(known) < len(by) else []
    known.sort(key=by.__getitem__, reverse=reverse)  # type: ignore[arg-type] # all texts, or all numbers
    return [things[place] for place in known] + rest


def _by_text(things: Sequence[T], values: Sequence[object], reverse: bool) -> list[T]:
    """Gather the things of each text, then sort the texts, which are few."""
    folded = {value: value.casefold() if isinstance(value, str) else None for value in set(values)}
    groups: defaultdict[str | None, list[T]] = defaultdict(list)
    for thing, value in zip(things, values, strict=True):
        groups[folded[value]].append(thing)
    rest = groups.pop(None, [])
    return [thing for text in sorted(groups, key=str, reverse=reverse) for thing in groups[text]] + rest


def _mixed(values: Sequence[object]) -> list[object]:
    """By what values of any kinds are sorted: numbers, or texts where there are some; None for what has no order."""
    found: list[float | str | None] = []
    for value in values:
        if isinstance(value, str):
            found.append(value.casefold())
        else:
            found.append(value if isinstance(value, int | float) and value == value else None)
    if not any(isinstance(key, str) for key in found):
        return list(found)
    return [None if key is None else str(key) for key in found]
