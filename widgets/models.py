"""The plain values that widgets show: frozen, comparable, and free of any toolkit, so that pure code can make them.

A style is a name (``"critical"``, ``"dim"``, ``"heat.7"``), several with spaces between; `widgets.styles` says what it
looks like. No text is ever read as markup.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

Align = Literal["left", "right", "center"]

KEEP = 100
"""From this priority on a part is never dropped; what stands left of it is cut instead."""


class Span(msgspec.Struct, frozen=True):
    """A piece of text in one style."""

    text: str
    style: str = ""
    """Names of styles; empty is the style of what it stands in."""
    target: str | None = None
    """What a click on it means to the caller; None is not clickable."""
    priority: int = 0
    """Which parts go first where there is no room: the lowest."""


Spans = tuple[Span, ...]
Cell = str | Span | Spans


class Column(msgspec.Struct, frozen=True):
    """A column of a table."""

    key: str
    title: str
    width: int
    """Cells it needs to be of use; it is dropped rather than made narrower."""
    align: Align = "left"
    priority: int = 0
    """The lowest is dropped first; the highest stays, cut if it must be."""
    grow: int = 0
    """Its share of what is left over; 0 keeps its width."""
    most: int | None = None
    """Cells beyond which it does not grow."""
    middle: bool = False
    """Whether what is too long is cut in its middle: names whose ends differ."""


class Row(msgspec.Struct, frozen=True):
    """A row of a table. Its key stays the same while its cells change."""

    key: str
    cells: tuple[Cell, ...]
    """One per column, in the order of the columns; what is missing at the end is left empty."""
    style: str = ""


class Completion(msgspec.Struct, frozen=True):
    """One way to go on with what was typed."""

    text: str
    """The whole input after it was taken."""
    label: str = ""
    """What is listed; empty lists the text."""


class Choice(msgspec.Struct, frozen=True):
    """One line of a chooser."""

    key: str
    title: str
    detail: str = ""
    words: str = ""
    """Found by these as well: aliases, other languages, initials. Not shown."""
    style: str = ""


class Fact(msgspec.Struct, frozen=True):
    """A label and what is known of it; the caller says in words what is not known."""

    label: str
    value: Cell


class Bar(msgspec.Struct, frozen=True):
    """A part of a whole, drawn and said."""

    label: str
    value: float | None
    """0 to 1; None draws no bar at all, which is not the same as an empty one."""
    text: Cell = ""
    style: str = "accent"


class Spark(msgspec.Struct, frozen=True):
    """A small plot of one series."""

    label: str
    values: tuple[float | None, ...]
    """Oldest first; None is a gap."""
    top: float | None = None
    """The value of a full bar; None takes the highest of the values."""
    text: Cell = ""
    style: str = "accent"


class Grid(msgspec.Struct, frozen=True):
    """A small table of text, as wide as it needs to be."""

    titles: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    right: frozenset[int] = frozenset()
    """Columns that are aligned right."""


class Paragraph(msgspec.Struct, frozen=True):
    """Running text, wrapped."""

    text: Cell


class Plot(msgspec.Struct, frozen=True):
    """A series over time: a band from the lowest to the highest, and the mean as a line in it. None is a gap."""

    title: str
    low: tuple[float | None, ...]
    mean: tuple[float | None, ...]
    """Oldest first, in slots of equal length; a gap here is a gap of all three."""
    high: tuple[float | None, ...]
    bottom: float
    """The value of the lowest line of dots."""
    top: float
    """The value of the highest; what is beyond either is drawn at the edge."""
    levels: tuple[tuple[float, str], ...] = ()
    """Values that are named at the left edge; where two share a line the first is."""
    times: tuple[tuple[float, str], ...] = ()
    """Places that are named below, 0 to 1, from left to right; where there is no room for all, for every second one."""
    text: Cell = ""
    """What is said of it in words, at the right of its title."""
    height: int = 5
    """Lines of dots."""
    style: str = "accent"
    """Of the line; that of the band is ``band``."""


Item = Fact | Bar | Spark | Grid | Paragraph | Plot


class Section(msgspec.Struct, frozen=True):
    """A titled part of a page."""

    title: str
    items: tuple[Item, ...]
    wide: bool = False
    """It needs the whole width, and stands below the others where those stand in two columns."""
    aside: bool = False
    """Where there are two columns it stands at the top of the right one."""


class Block(msgspec.Struct, frozen=True):
    """A row of cells that belong together, with a name and a word about them."""

    key: str
    """Unique among the blocks shown together; the cursor and the marks hold on to it."""
    label: str
    """Its name as it is shown; cut to its column."""
    cells: bytes
    """One code per cell; empty for a block that has none, on which the cursor then stands as a whole (index -1)."""
    note: str = ""
    """What is said about it where there is room; cut to its column."""
    note_style: str = ""
    """The name of a style of `Dress.words`."""
    label_style: str = ""
    """The name of a style of `Dress.words`."""
    group: str = ""
    """The heading under which the dense picture puts it; none where empty."""


class Signs(Protocol):
    """The signs that widgets draw with; any value with these attributes will do."""

    @property
    def ellipsis(self) -> str: ...  # noqa: D102 - the names say it
    @property
    def mark(self) -> str: ...  # noqa: D102
    @property
    def up(self) -> str: ...  # noqa: D102
    @property
    def down(self) -> str: ...  # noqa: D102
    @property
    def caret(self) -> str: ...  # noqa: D102
    @property
    def full(self) -> str: ...  # noqa: D102
    @property
    def empty(self) -> str: ...  # noqa: D102
    @property
    def spark(self) -> str: ...  # noqa: D102
    @property
    def gap(self) -> str: ...  # noqa: D102
    @property
    def horizontal(self) -> str: ...  # noqa: D102
    @property
    def vertical(self) -> str: ...  # noqa: D102


class AsciiSigns(msgspec.Struct, frozen=True):
    """Signs that every terminal has: what a widget draws with until it is given others."""

    ellipsis: str = "~"
    mark: str = "*"
    up: str = "^"
    down: str = "v"
    caret: str = "v"
    full: str = "#"
    empty: str = "-"
    spark: str = "_.-=+*#@"
    gap: str = " "
    horizontal: str = "-"
    vertical: str = "|"


def spans_of(cell: Cell) -> Sequence[Span]:
    """Return any cell as spans."""
    if isinstance(cell, str):
        return (Span(cell),)
    return (cell,) if isinstance(cell, Span) else cell


def text_of(cell: Cell) -> str:
    """Return the text of any cell."""
    return cell if isinstance(cell, str) else "".join(span.text for span in spans_of(cell))
