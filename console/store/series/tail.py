"""The samples that are in no chunk yet, so that a crash loses one round at most: a row a round.

It is read once, when a collector begins; whoever reads history is given the newest from memory.
"""

import sqlite3
import struct
import zlib
from array import array

from console.store.series.columns import OF_CARD, OF_NODE, RATES, Tick
from console.store.series.pack import Unreadable, packed, unpacked

_HEAD = struct.Struct("<II")
"""The bytes of the first and of the second part: of which node and when, as they are in memory, and what the nodes
measured. The third part is what their cards measured."""


def add(db: sqlite3.Connection, tick: Tick) -> int:
    """Write a tick down; returns the number of its row."""
    whose = zlib.compress(b"".join((tick.ids, tick.counts, tick.minutes, tick.millis)), 1)
    nodes = packed([tick.node[metric::OF_NODE] for metric in range(OF_NODE)], rough=RATES)
    cards = packed([tick.card[metric::OF_CARD] for metric in range(OF_CARD)])
    blob = _HEAD.pack(len(whose), len(nodes)) + whose + nodes + cards
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
