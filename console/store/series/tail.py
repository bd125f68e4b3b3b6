"""The samples that are in no chunk yet, so that a crash loses one round at most: a row a round.

It is read once, when a collector begins; whoever reads history is given the newest from memory.
"""

import sqlite3
import struct
import zlib
from array import array
from collections.abc import Collection
from typing import NamedTuple

from console.store.series.columns import OF_CARD, OF_NODE, RATES, Tick
from console.store.series.pack import Unreadable, packed, unpacked

_HEAD = struct.Struct("<II")
"""The bytes of the first and of the second part: of which node and when, as they are in memory, and what the nodes
measured. The third part is what their cards measured."""


class Written(NamedTuple):
    """Where a tick is written down."""

    row: int
    round: int
    """Which one it is of all that were ever written."""


def add(db: sqlite3.Connection, tick: Tick, written: Written, needed: int) -> None:
    """Write a tick down, over whatever is in that row.

    Rows are used again and never removed: a page that is removed is written once more, for nothing.

    Args:
        db: within a transaction.
        tick: it.
        written: where.
        needed: the first round of which something is in no chunk yet; those before it do not count any more.
    """
    whose = zlib.compress(b"".join((tick.ids, tick.counts, tick.minutes, tick.millis)), 1)
    nodes = packed([tick.node[metric::OF_NODE] for metric in range(OF_NODE)], rough=RATES)
    cards = packed([tick.card[metric::OF_CARD] for metric in range(OF_CARD)])
    blob = _HEAD.pack(len(whose), len(nodes)) + whose + nodes + cards
    db.execute("INSERT OR REPLACE INTO tail VALUES (?, ?, ?, ?)", (written.row, written.round, needed, blob))


def restored(db: sqlite3.Connection) -> list[tuple[Written, Tick]]:
    """What an earlier collector left that still counts, in the order in which it was written.

    Raises:
        Unreadable: a row is damaged.
    """
    rows = db.execute(
        """SELECT id, round, d FROM tail
           WHERE round >= (SELECT needed FROM tail ORDER BY round DESC LIMIT 1) ORDER BY round"""
    )
    return [(Written(row, number), _tick(blob)) for row, number, blob in rows.fetchall()]


def free(rows: Collection[int]) -> int:
    """The first row that is none of these."""
    return next(row for row in range(1, len(rows) + 2) if row not in rows)


def _tick(blob: bytes) -> Tick:
    try:
        first, second = _HEAD.unpack_from(blob)
        second += first + _HEAD.size
        whose = array("i", zlib.decompress(blob[_HEAD.size : first + _HEAD.size]))
    except (struct.error, zlib.error, ValueError) as error:
        raise Unreadable(str(error)) from error
    count = len(whose) // 4
    ids, counts, minutes, millis = (whose[count * part : count * (part + 1)] for part in range(4))
    node, card = array("f", bytes(4 * OF_NODE * count)), array("f", bytes(4 * OF_CARD * sum(counts)))
    for whole, text, width in ((node, blob[first + _HEAD.size : second], OF_NODE), (card, blob[second:], OF_CARD)):
        columns = unpacked(text)
        if [len(column) for column in columns] != [len(whole) // width] * width:
            raise Unreadable("a tick with other columns")
        for number, column in enumerate(columns):
            whole[number::width] = column
    tick = Tick(ids, counts, minutes, millis, node, card)
    tick.place()
    return tick
