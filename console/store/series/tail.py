"""The samples that are in no chunk yet, so that a crash loses one round at most: a row a round.

It is read once, when a collector begins; whoever reads history is given the newest from memory.
"""

import sqlite3
import struct

from console.store.series.columns import OF_CARD, OF_NODE, Tick
from console.store.series.pack import Unreadable, packed, unpacked

_LENGTH = struct.Struct("<I")


def add(db: sqlite3.Connection, tick: Tick) -> int:
    """Write a tick down; returns the number of its row."""
    nodes = packed([tick.ids, tick.counts, tick.minutes, tick.millis, *tick.node])
    blob = _LENGTH.pack(len(nodes)) + nodes + packed(tick.card)
    row = db.execute("INSERT INTO tail (d) VALUES (?) RETURNING id", (blob,)).fetchone()
    return int(row[0])


def restored(db: sqlite3.Connection) -> list[tuple[int, Tick]]:
    """What an earlier collector left, with the numbers of the rows.

    Raises:
        Unreadable: a row is damaged.
    """
    return [(number, _tick(blob)) for number, blob in db.execute("SELECT id, d FROM tail ORDER BY id").fetchall()]


def remove(db: sqlite3.Connection, through: int) -> None:
    """Remove the rows up to that number."""
    db.execute("DELETE FROM tail WHERE id <= ?", (through,))


def _tick(blob: bytes) -> Tick:
    try:
        (length,) = _LENGTH.unpack_from(blob)
    except struct.error as error:
        raise Unreadable(str(error)) from error
    nodes = unpacked(blob[_LENGTH.size : _LENGTH.size + length])
    cards = unpacked(blob[_LENGTH.size + length :])
    if len(nodes) != 4 + OF_NODE or len(cards) != OF_CARD or sum(nodes[1]) != len(cards[0]):
        raise Unreadable("a tick with other columns")
    ids, counts, minutes, millis, *node = nodes
    return Tick(ids, counts, minutes, millis, node, cards)
