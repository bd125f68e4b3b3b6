"""Which columns of a table fit into a width, and how wide each of them is then. Pure arithmetic, no drawing."""

from collections.abc import Sequence

import msgspec

from widgets.models import Column


class Place(msgspec.Struct, frozen=True):
    """Where a column stands."""

    index: int
    """In the sequence of all columns."""
    x: int
    width: int


def place(columns: Sequence[Column], width: int, gap: int = 1) -> tuple[Place, ...]:
    """Return the columns that fit, left to right.

    The lowest priority goes first, among equals the rightmost. What is left over goes to those that grow, by their
    shares. One column is always left, cut to the width.
    """
    kept = list(range(len(columns)))
    while len(kept) > 1 and _needed(columns, kept, gap) > width:
        lowest = min(columns[index].priority for index in kept)
        kept.remove(max(index for index in kept if columns[index].priority == lowest))
    widths = {index: columns[index].width for index in kept}
    if len(kept) == 1:
        widths[kept[0]] = min(widths[kept[0]], max(width, 0))
    _grow(columns, widths, width - sum(widths.values()) - gap * (len(kept) - 1))
    places: list[Place] = []
    x = 0
    for index in kept:
        places.append(Place(index, x, widths[index]))
        x += widths[index] + gap
    return tuple(places)


def _needed(columns: Sequence[Column], kept: Sequence[int], gap: int) -> int:
    return sum(columns[index].width for index in kept) + gap * (len(kept) - 1)


def _grow(columns: Sequence[Column], widths: dict[int, int], spare: int) -> None:
    """Share out the spare cells; a column that has reached its most leaves its part to the others."""
    growing = [index for index in widths if columns[index].grow > 0]
    while spare > 0 and growing:
        total = sum(columns[index].grow for index in growing)
        given = 0
        for index in tuple(growing):
            part = max(1, spare * columns[index].grow // total)
            most = columns[index].most
            if most is not None and part >= most - widths[index]:
                part = max(0, most - widths[index])
                growing.remove(index)
            part = min(part, spare - given)
            widths[index] += part
            given += part
        spare -= given
