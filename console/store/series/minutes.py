"""Minutes summed up: the least, the mean and the most of every column, ten minutes of a node in a row of the file.

A summary is ``[samples, low, mean, high of the first metric, low, …]`` in the order of a chunk's columns.
The columns of a row are the minute within its ten, then those of the summaries. The key is ``tens << 32 | node``.
"""

import sqlite3
from array import array
from collections.abc import Mapping, Sequence

from console.store.series.chunks import key
from console.store.series.columns import NONE, OF_CARD, OF_NODE, Column, unknown
from console.store.series.pack import packed, unpacked

TEN = 10
"""Minutes in a row: what a reader must put together from chunks is never more than that."""
CARDS = 1 + 3 * OF_NODE
"""Where slot 0 begins in a summary."""


def summary(columns: Sequence[Column]) -> Column:
    """Sum up the columns of a chunk."""
    found = array("f", (len(columns[0]),))
    for column in columns[1:]:
        known = column.tolist()
        low, high = min(known), max(known)
        if low == high:
            found.extend((low, low, low))
            continue
        if low == NONE:
            known = [value for value in known if value != NONE]
            low = min(known)
        found.extend((low, sum(known) / len(known), high))
    return found


def slots_of(summary: Column) -> int:
    """How many cards a summary is about."""
    return (len(summary) - CARDS) // (3 * OF_CARD)


def put(db: sqlite3.Connection, tens: int, node: int, summaries: Mapping[int, Column]) -> None:
    """Write ten minutes of a node; what was there is replaced."""
    width = max(map(len, summaries.values()))
    rows = [(minute - tens * TEN, *widened(summaries[minute], width)) for minute in sorted(summaries)]
    columns = [array("f", column) for column in zip(*rows, strict=True)]
    db.execute("INSERT OR REPLACE INTO minutes VALUES (?, ?)", (key(tens, node), packed(columns, 6)))


def widened(summary: Column, width: int) -> Column:
    """A summary that has more cards, of which nothing is known."""
    lacking = width - len(summary)
    return summary + unknown(lacking) if lacking else summary


def taken(tens: int, blob: bytes) -> dict[int, Column]:
    """The summaries in a row, by minute.

    Raises:
        console.store.series.pack.Unreadable: the row is damaged.
    """
    within, *columns = unpacked(blob)
    rows = zip(*columns, strict=True)
    return {tens * TEN + int(minute): array("f", row) for minute, row in zip(within, rows, strict=True)}
