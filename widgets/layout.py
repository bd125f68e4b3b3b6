"""Where each cell of a heatmap lies, at a given size: pure arithmetic, no Textual.

A plan is made anew when the blocks come, go or move, or the size changes; never because a value changed.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from widgets.cells import width
from widgets.models import Block

Density = Literal["named", "compact", "dense"]
"""From the richest to the tightest: label, cells and note; label and cells; cells alone under their group."""

DENSITIES: Final[tuple[Density, ...]] = ("named", "compact", "dense")
LABEL: Final = 24
"""A label's column grows no wider; longer names are cut."""
CELLS: Final = 32
"""A block's cells go on in the next line after so many, so that one huge block does not widen every column."""
NOTE: Final = 16
"""A note gets at least so many terminal cells wherever the screen is wide enough."""
NOTE_MOST: Final = 60
_GAPS: Final = {"named": (2, 3), "compact": (1, 2)}
"""Blanks after a label (and before a note), and between two columns."""


class Place(NamedTuple):
    """The part of one block that lies on one line."""

    block: int
    """Its position among the blocks."""
    x: int
    """Its left edge: of the label where there is one, else of the first cell."""
    start: int
    """Its first cell."""
    stop: int
    """The cell after its last; equal to `start` for a block without cells."""


class Line(NamedTuple):
    """One line of the picture: a group's heading, or parts of blocks from left to right."""

    places: tuple[Place, ...]
    title: str = ""


class Spot(NamedTuple):
    """Where a cell is: its line, its column, and whether it is the lower one of two in that character."""

    y: int
    x: int
    low: bool = False


class Plan(msgspec.Struct, frozen=True):
    """A picture without colours; made by `arrange`."""

    density: Density
    width: int
    halves: bool
    """Two cells share a character: the upper row of a block's cells over its lower row."""
    label: int
    """Terminal cells of a label; 0 where none is shown."""
    lead: int
    """Terminal cells from a block's left edge to its first cell."""
    cells: int
    """Cells of a block on one line; 0 in the dense picture, where each takes what it needs."""
    note: int
    """Terminal cells of a note; 0 where none is shown."""
    lines: tuple[Line, ...]
    reach: tuple[range, ...]
    """For each block its lines, which follow each other."""

    def columns(self, place: Place) -> int:
        """How many characters a place's cells take; one for a block that has none."""
        count = place.stop - place.start
        return max(1, (count + 1) // 2 if self.halves else count)

    def extent(self, place: Place) -> int:
        """How many characters a place takes with its label and note."""
        if not self.cells:
            return self.columns(place)
        return self.lead + self.cells + (self.lead - self.label + self.note if self.note else 0)

    def parts(self, block: int) -> Iterator[tuple[int, Place]]:
        """A block's places with their lines, from the first on."""
        for y in self.reach[block]:
            yield y, next(place for place in self.lines[y].places if place.block == block)

    def spot(self, block: int, index: int) -> Spot:
        """Where a cell is; for index -1 where its block begins."""
        spot = Spot(0, 0)
        for y, place in self.parts(block):
            offset = index - place.start
            if index < 0 or place.start <= index < place.stop:
                wide = self.columns(place)
                low = self.halves and offset >= wide
                return Spot(y, place.x + self.lead + max(0, offset - wide if low else offset), low)
            spot = Spot(y, place.x + self.lead)
        return spot

    def stops(self, y: int, low: bool = False) -> list[tuple[int, int, int]]:
        """Where a cursor can stand on a line, from left to right: (column, block, index)."""
        found: list[tuple[int, int, int]] = []
        for place in self.lines[y].places:
            left = place.x + self.lead
            wide = self.columns(place)
            if place.start == place.stop:
                if not low:
                    found.append((left, place.block, -1))
            elif low:
                found += [
                    (left + i - wide, place.block, place.start + i) for i in range(wide, place.stop - place.start)
                ]
            else:
                stop = min(place.stop, place.start + wide)
                found += [(left + i, place.block, place.start + i) for i in range(stop - place.start)]
        return found

    def hit(self, x: int, y: int) -> tuple[int, int] | None:
        """The block and cell at a character; a label or note stands for the line's first cell; None beside them.

        Of two cells in one character it is the upper one.
        """
        if not 0 <= y < len(self.lines):
            return None
        for place in self.lines[y].places:
            if place.x <= x < place.x + self.extent(place):
                if place.start == place.stop:
                    return place.block, -1
                offset = x - place.x - self.lead
                return place.block, place.start + (offset if 0 <= offset < self.columns(place) else 0)
        return None


class _Columns(NamedTuple):
    """The widths of a picture with labels."""

    label: int
    lead: int
    cells: int
    note: int
    pitch: int
    across: int


def _columns(blocks: Sequence[Block], density: Density, room: int) -> _Columns:
    near, far = _GAPS[density]
    cells = min(CELLS, max((len(block.cells) for block in blocks), default=0) or 1)
    label = min(LABEL, max((width(block.label) for block in blocks), default=0))
    if label + near + cells > room:
        label = max(min(label, room // 3), min(label, room - near - cells))
    if room < near + 6:
        label = 0
    lead = label + near if label else 0
    cells = max(1, min(cells, room - lead))
    body = lead + cells
    if density == "compact":
        return _Columns(label, lead, cells, 0, body + far, max(1, (room + far) // (body + far)))
    count = max(1, min(len(blocks), (room + far) // (body + near + NOTE + far)))
    note = min(NOTE_MOST, (room - far * (count - 1)) // count - body - near)
    if note < 4 or not label:  # nothing can be said in less
        note = 0
    return _Columns(label, lead, cells, note, body + (near + note if note else 0) + far, count)


def _rows(blocks: Sequence[Block], columns: _Columns) -> Iterator[int]:
    """How many lines each row of blocks takes."""
    for start in range(0, len(blocks), columns.across):
        most = max(len(block.cells) for block in blocks[start : start + columns.across])
        yield max(1, -(-most // columns.cells))


def _grid(blocks: Sequence[Block], density: Density, room: int) -> Plan:
    columns = _columns(blocks, density, room)
    lines: list[Line] = []
    reach: list[range] = []
    step = columns.cells
    for row, height in enumerate(_rows(blocks, columns)):
        first = row * columns.across
        members = blocks[first : first + columns.across]
        reach += [range(len(lines), len(lines) + max(1, -(-len(block.cells) // step))) for block in members]
        for part in range(height):
            start = part * step
            places = tuple(
                Place(first + i, i * columns.pitch, start, min(len(block.cells), start + step))
                for i, block in enumerate(members)
                if part == 0 or start < len(block.cells)
            )
            lines.append(Line(places))
    label, lead, cells, note, _, _ = columns
    return Plan(density, room, False, label, lead, cells, note, tuple(lines), tuple(reach))


def _dense(blocks: Sequence[Block], room: int, gap: int, halves: bool) -> Plan:
    groups: dict[str, list[int]] = {}
    for i, block in enumerate(blocks):
        groups.setdefault(block.group, []).append(i)
    lines: list[Line] = []
    reach = [range(0)] * len(blocks)
    chunk = room * 2 if halves else room
    for title, members in groups.items():
        if title:
            lines.append(Line((), title))
        flow: list[Place] = []
        x = 0
        for i in members:
            count = len(blocks[i].cells)
            for start in range(0, max(count, 1), chunk):
                stop = min(count, start + chunk)
                wide = max(1, (stop - start + 1) // 2 if halves else stop - start)
                if x + wide > room:
                    lines.append(Line(tuple(flow)))
                    flow, x = [], 0
                reach[i] = range(reach[i].start if start else len(lines), len(lines) + 1)
                flow.append(Place(i, x, start, stop))
                x += wide + gap
        lines.append(Line(tuple(flow)))
    return Plan("dense", room, halves, 0, 0, 0, 0, tuple(lines), tuple(reach))


def arrange(blocks: Sequence[Block], density: Density, room: int, height: int, halves: bool) -> Plan:
    """Lay the blocks out in `room` columns; the dense picture parts its blocks by a blank where all still fit."""
    room = max(1, room)
    if not blocks:
        return Plan(density, room, False, 0, 0, 0, 0, (), ())
    if density != "dense":
        return _grid(blocks, density, room)
    apart = _dense(blocks, room, 1, halves)
    return apart if len(apart.lines) <= height else _dense(blocks, room, 0, halves)


def richest(blocks: Sequence[Block], room: int, height: int) -> Density:
    """The richest density that shows every cell within so many lines; the tightest where none does."""
    for density in DENSITIES[:-1]:
        if not blocks or sum(_rows(blocks, _columns(blocks, density, max(1, room)))) <= height:
            return density
    return DENSITIES[-1]
