"""The plain values that a timeline shows; it knows of rows and slots, not of what they stand for."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from widgets.models import Spans


class Tile(msgspec.Struct, frozen=True):
    """How a slot of one code is drawn."""

    glyph: str
    """One character, one terminal cell wide."""
    style: str = ""


class Note(msgspec.Struct, frozen=True):
    """A text that lies over the slots of a row, or stands on the axis."""

    at: int
    """Its first terminal cell, counted from the first slot."""
    text: str
    room: int
    """Terminal cells that it may take; what is longer is cut."""
    style: str = ""


class Lane(msgspec.Struct, frozen=True):
    """One row: what stands before it, and a code for each slot."""

    label: str
    codes: bytes
    """One per slot; what is missing at the end is left blank."""
    notes: tuple[Note, ...] = ()
    """From left to right, none over another."""
    number: str = ""
    """Stands right-aligned behind the label, and is never cut for it."""
    style: str = ""
    """Of the label."""


class Scale(msgspec.Struct, frozen=True):
    """What all rows have in common: the axis and the widths. All widths in terminal cells."""

    slots: int
    wide: int = 1
    """Of one slot."""
    label: int = 0
    number: int = 0
    beside: int = 0
    """Of what is said behind a row; 0 says nothing."""
    corner: str = ""
    """Stands over the labels."""
    upper: tuple[Note, ...] = ()
    """The first line of the axis, from left to right; where one lies over another the later is seen."""
    lower: tuple[Note, ...] = ()
    """The second."""
    names: tuple[str, ...] = ()
    """What each slot is called on the axis while the cursor is on it."""

    @property
    def lead(self) -> int:
        """Cells from the left edge to the first slot."""
        return self.label + (self.number + 1 if self.number else 0) + (1 if self.label or self.number else 0)

    @property
    def cells(self) -> int:
        """Cells of all slots."""
        return self.slots * self.wide


Beside = tuple[Spans, Spans]
"""What is said behind a row: parts from the left, and parts from the right that are dropped where room is short."""


class Chart(Protocol):
    """Everything that is shown. Rows are asked for when they are drawn, so that thousands cost nothing."""

    @property
    def scale(self) -> Scale:
        """The axis and the widths."""

    @property
    def keys(self) -> Sequence[str]:
        """The rows in their order; each key once. The cursor holds on to its key."""

    def lane(self, index: int) -> Lane:
        """One row."""

    def beside(self, index: int, slot: int) -> Beside:
        """What is said behind a row while the cursor is on a slot."""

    def heading(self, slot: int) -> Beside:
        """What stands above that."""


class Blank(msgspec.Struct, frozen=True):
    """A chart of nothing."""

    scale: Scale = Scale(0)
    keys: Sequence[str] = ()

    def lane(self, index: int) -> Lane:
        """There is none."""
        raise IndexError(index)

    def beside(self, index: int, slot: int) -> Beside:  # noqa: ARG002 - the protocol's
        """Nothing."""
        return (), ()

    def heading(self, slot: int) -> Beside:  # noqa: ARG002 - the protocol's
        """Nothing."""
        return (), ()
