"""Minutes summed up: the least, the mean and the most of every column, ten minutes of a node in a row of the file.

A summary is ``[samples, low, mean, high of the first metric, low, …]`` in the order of a chunk's columns.
The columns of a row are the minute within its ten, then those of the summaries. The key is ``tens << 32 | node``.
"""

import sqlite3
from array import array
from collections.abc import Mapping, Sequence

from console.store.series.chunks import key
from console.store.series.columns import NONE, OF_CARD, OF_NODE, Column, unknown
from console.store.series.pack import packed, some, unpacked

TEN = 10
"""Minutes in a row: what a reader must put together from chunks is never more than that."""
CARDS = 1 + 3 * OF_NODE
"""Where slot 0 begins in a summary."""


def summary(columns: Sequence[Column]) -> Column:
    """Sum up the columns of a chunk, or some of them; of one that is empty nothing is known."""
    found = array("f", (len(columns[0]),))
    for column in columns[1:]:
        if not column:
            found += unknown(3)
            continue
        text = column.tobytes()
        if text[4:] == text[:-4]:  # it stood still, as most do
            found += column[:1] * 3
            continue
        known = column.tolist()
        known.sort()  # quicker than to look for the least and for the most
        if known[0] == NONE:
            known = known[known.count(NONE) :]
        found.extend((known[0], sum(known) / len(known), known[-1]))
    return found


def slots_of(summary: Column) -> int:
    """How many cards a summary is about."""
    return (len(summary) - CARDS) // (3 * OF_CARD)


def put(db: sqlite3.Connection, tens: int, node: int, summaries: Mapping[int, Column]) -> None:
    """Write ten minutes of a node; what was there is replaced."""
    width = max(map(len, summaries.values()))
    rows = [array("f", (minute - tens * TEN,)) + widened(summaries[minute], width) for minute in sorted(summaries)]
    whole = array("f", b"".join(rows))
    columns = [whole[number :: width + 1] for number in range(width + 1)]
    db.execute("INSERT OR REPLACE INTO minutes VALUES (?, ?)", (key(tens, node), packed(columns)))


def widened(summary: Column, width: int) -> Column:
    """A summary that has more cards, of which nothing is known."""
    lacking = width - len(summary)
    return summary + unknown(lacking) if lacking else summary


def taken(tens: int, blob: bytes, wanted: Sequence[int] | None = None) -> dict[int, Column]:
    """The summaries in a row, by minute.

    Args:
        tens: the row's ten minutes.
        blob: the row.
        wanted: some columns of a chunk, for summaries of these; None for all.

    Raises:
        console.store.series.pack.Unreadable: the row is damaged.
    """
    if wanted is None:
        within, *columns = unpacked(blob)
    else:
        places = [3 * (column - 1) + 2 + part for column in wanted for part in range(3)]
        within, *columns = some(blob, [0, 1, *places])
        columns = [column or unknown(len(within)) for column in columns]
    whole = array("f", b"".join(columns))
    return {tens * TEN + int(minute): whole[row :: len(within)] for row, minute in enumerate(within)}
