"""A small plot of one series over time: a band with the mean in it, levels at the left, times below. Pure.

Braille has two by four dots in a cell; a terminal without it gets one of three signs in each cell of the line.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Final

import msgspec

from widgets.line import arrange
from widgets.models import Plot, Signs, Span, Spans, spans_of
from widgets.text import fit, plain, width_of

NARROW: Final = 8
"""Cells without which there is no room for dots, and the title stands alone."""
_BAND: Final = "band"
_BLANK: Final = "\u2800"
_LEFT: Final = (0x40, 0x04, 0x02, 0x01)
_RIGHT: Final = (0x80, 0x20, 0x10, 0x08)
"""Bits of a braille character for the dots of its two columns, the lowest first."""
_ASCII_LINE: Final = ("", "_", "-", "|", "'", "|", "|", "|")
"""The sign for each set of the three heights in a cell, the lowest in bit 0."""
_ASCII_BAND: Final = ":"


class _Column(msgspec.Struct, frozen=True):
    """One column of dots: bits from the lowest up."""

    line: int = 0
    band: int = 0


def plot(item: Plot, width: int, signs: Signs) -> list[Spans]:
    """Return the lines of a plot: its title, `Plot.height` lines of dots, and the axis of time."""
    lines: list[Spans] = [tuple(arrange([Span(item.title)], spans_of(item.text), width, signs.ellipsis))]
    names = [plain(name) for _value, name in item.levels]
    margin = max(map(width_of, names), default=0) + 1
    room = width - margin
    if room < NARROW:
        return lines
    rows, known = _drawn(item, room, signs.spark.isascii())
    at = _level_lines(item)
    for number, row in enumerate(rows):
        name = fit(at.get(number, ""), margin - 1, "right")
        lines.append((Span(name + signs.vertical, "dim"), *row))
    lines.append((Span(" " * margin + _axis(item.times, known, signs), "dim"),))
    return lines


@lru_cache(32)
def _drawn(item: Plot, room: int, bare: bool) -> tuple[tuple[Spans, ...], tuple[bool, ...]]:
    """The lines of dots, and in which cells something was measured; a page is laid out more often than plots change."""
    dots = 1 if bare else 2
    columns = _columns(item, room * dots, 3 if bare else 4)
    rows = _ascii_rows(columns, item.height) if bare else _braille_rows(columns, item.height)
    known = (any(column.line for column in columns[cell * dots : (cell + 1) * dots]) for cell in range(room))
    return tuple(_spans(row, item.style) for row in rows), tuple(known)


def _level_lines(item: Plot) -> dict[int, str]:
    """The names of levels by the line of dots, from the top, at which they stand."""
    found: dict[int, str] = {}
    for value, name in item.levels:
        part = (value - item.bottom) / (item.top - item.bottom) if item.top > item.bottom else 0.0
        found.setdefault(round((1 - max(0.0, min(1.0, part))) * (item.height - 1)), plain(name))
    return found


def _columns(item: Plot, count: int, per_line: int) -> list[_Column]:
    """Fold or spread the series into so many columns of dots."""
    most = item.height * per_line - 1
    span = item.top - item.bottom

    def dot(value: float) -> int:
        part = (value - item.bottom) / span if span > 0 else 0.0
        return round(max(0.0, min(1.0, part)) * most)

    columns: list[_Column] = []
    before: int | None = None
    for slot in _slots(item, count):
        if slot is None:
            columns.append(_Column())
            before = None
            continue
        low, mean, high = (dot(value) for value in slot)
        band = _run(low, high)
        line = _run(mean, mean) if before is None else _run(*_joint(before, mean))
        columns.append(_Column(line, band))
        before = mean
    return columns


def _joint(before: int, now: int) -> tuple[int, int]:
    """The dots of a column whose line comes from another height: from beside the last dot to this one."""
    if now > before:
        return before + 1, now
    return (now, before - 1) if now < before else (now, now)


def _run(low: int, high: int) -> int:
    return ((1 << (high - low + 1)) - 1) << low if high >= low else 0


def _slots(item: Plot, count: int) -> list[tuple[float, float, float] | None]:
    """Lowest, mean and highest of what falls into each column; None where nothing was measured."""
    size = len(item.mean)
    folded: list[tuple[float, float, float] | None] = []
    for column in range(count if size else 0):
        first = column * size // count
        part = range(first, max(first + 1, (column + 1) * size // count))
        means = [mean for at in part if (mean := _number(item.mean, at)) is not None]
        if not means:
            folded.append(None)
            continue
        lows = [low for at in part if (low := _number(item.low, at)) is not None]
        highs = [high for at in part if (high := _number(item.high, at)) is not None]
        folded.append((min(lows + means), sum(means) / len(means), max(highs + means)))
    return folded or [None] * count


def _number(values: Sequence[float | None], at: int) -> float | None:
    value = values[at] if at < len(values) else None
    return value if value is not None and math.isfinite(value) else None


def _braille_rows(columns: Sequence[_Column], height: int) -> list[list[tuple[str, bool]]]:
    """Each line of dots, from the top, as characters; the flag says that the mean goes through it."""
    rows: list[list[tuple[str, bool]]] = []
    for row in range(height):
        shift = 4 * (height - 1 - row)
        cells: list[tuple[str, bool]] = []
        for left, right in zip(columns[::2], columns[1::2], strict=True):
            line = _BRAILLE[(left.line >> shift & 15) | (right.line >> shift & 15) << 4]
            # A cell has one colour: where the mean goes through it, the band stands back.
            found = line if line != _BLANK else _BRAILLE[(left.band >> shift & 15) | (right.band >> shift & 15) << 4]
            cells.append((" " if found == _BLANK else found, line != _BLANK))
        rows.append(cells)
    return rows


def _braille(bits: int) -> str:
    code = sum(_LEFT[height] for height in range(4) if bits >> height & 1)
    code += sum(_RIGHT[height] for height in range(4) if bits >> height + 4 & 1)
    return chr(ord(_BLANK) + code)


_BRAILLE: Final = tuple(map(_braille, range(256)))
"""By the four dots of the left column and, times 16, those of the right."""


def _ascii_rows(columns: Sequence[_Column], height: int) -> list[list[tuple[str, bool]]]:
    rows: list[list[tuple[str, bool]]] = []
    for row in range(height):
        shift = 3 * (height - 1 - row)
        cells: list[tuple[str, bool]] = []
        for column in columns:
            line = _ASCII_LINE[column.line >> shift & 7]
            cells.append((line or (_ASCII_BAND if column.band >> shift & 7 else " "), bool(line)))
        rows.append(cells)
    return rows


def _spans(row: Sequence[tuple[str, bool]], style: str) -> Spans:
    return tuple(
        Span("".join(character for character, _ in part), style if line else _BAND)
        for line, part in groupby(row, key=lambda cell: cell[1])
    )


def _axis(times: Sequence[tuple[float, str]], known: Sequence[bool], signs: Signs) -> str:
    """A rule with names in it, every second or third of them where there is no room; broken where nothing was seen."""
    cells = [signs.horizontal if measured else signs.gap for measured in known]
    spots = [_spot(place, f" {plain(name)} ", len(known)) for place, name in times]
    for stride in range(1, len(spots) + 1):
        kept = spots[::stride]
        if all(one[1] <= other[0] for one, other in pairwise(kept)):
            break
    else:
        kept = []
    for start, end, text in kept:
        if start >= 0 and end <= len(known):
            # What is two cells wide leaves an empty string behind it, so that every cell keeps its place.
            cells[start:end] = [text, *[""] * (end - start - 1)]
    return "".join(cells)


def _spot(place: float, text: str, width: int) -> tuple[int, int, str]:
    """Where a name stands, its first cell and the one behind its last."""
    start = round(place * width) - width_of(text) // 2
    return start, start + width_of(text), text
