"""One minute of one node at full resolution: columns of its samples, packed.

The columns of a chunk are the milliseconds within the minute, the node's metrics, then the metrics of slot 0, of slot
1, …; a number for each sample, in the order of their times.

The key is ``minute << 32 | node``: a minute's chunks are written in the order of their keys and removed together, so
that pages are filled and freed as a whole. With the node first each chunk would touch a page of its own, and twice the
bytes be written (docs/decisions/0005-history-layout.md).
"""

import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from operator import le

from console.store.series.columns import OF_CARD, OF_NODE, RATES, Column, Tick, unknown
from console.store.series.pack import packed, unpacked

CARDS = 1 + OF_NODE
"""Where the columns of slot 0 begin."""
_BITS = 32
_AT_ONCE = 500
"""Keys in one question: SQLite before 3.32 takes 999."""
_RATES = (1 + RATES[0], 1 + RATES[1])

Part = tuple[Tick, int, int, int]
"""A tick, and where a node is in it: its own place, its first card's, how many cards."""


def key(minute: int, node: int) -> int:
    """The key of a minute's, of ten minutes' or of an hour's row of a node."""
    return minute << _BITS | node


def minute_of(number: int) -> int:
    """The minute of a key."""
    return number >> _BITS


def gathered(parts: Sequence[Part]) -> list[Column]:
    """The columns of a chunk, from the places that a node has in ticks."""
    slots = max(count for _, _, _, count in parts)
    width = slots * OF_CARD
    times = array("f", [tick.millis[at] for tick, at, _, _ in parts])
    nodes = [tick.node[at * OF_NODE : (at + 1) * OF_NODE] for tick, at, _, _ in parts]
    rows = [tick.card[first * OF_CARD : (first + count) * OF_CARD] for tick, _, first, count in parts]
    node = array("f", b"".join(nodes))
    cards = array("f", b"".join(row if len(row) == width else row + unknown(width - len(row)) for row in rows))
    columns = [times, *[node[metric::OF_NODE] for metric in range(OF_NODE)]]
    columns += [cards[number::width] for number in range(width)]
    if all(map(le, times, times[1:])):
        return columns
    order = sorted(range(len(times)), key=times.__getitem__)
    return [array("f", [column[number] for number in order]) for column in columns]


def merged(one: list[Column], other: list[Column]) -> list[Column]:
    """The samples of both, by their times. What is the same in all its numbers is one sample that was told twice."""
    width = max(len(one), len(other))
    rows = sorted(set(_rows(one, width)) | set(_rows(other, width)), key=lambda row: row[0])
    return [array("f", column) for column in zip(*rows, strict=True)]


def _rows(columns: list[Column], width: int) -> Iterable[tuple[float, ...]]:
    lacking = [unknown(len(columns[0])) for _ in range(width - len(columns))]
    return zip(*columns, *lacking, strict=True)


def put(db: sqlite3.Connection, minute: int, node: int, columns: list[Column]) -> list[Column]:
    """Write a chunk; where there is one of that minute already its samples stay. Returns what is there now."""
    number, blob = key(minute, node), packed(columns, rough=_RATES)
    if db.execute("INSERT OR IGNORE INTO chunk VALUES (?, ?)", (number, blob)).rowcount:
        return columns
    (there,) = db.execute("SELECT d FROM chunk WHERE id = ?", (number,)).fetchone()
    columns = merged(unpacked(there), unpacked(blob))  # both as they are kept, so that what is the same is equal
    db.execute("UPDATE chunk SET d = ? WHERE id = ?", (packed(columns, rough=_RATES), number))
    return columns


def find(db: sqlite3.Connection, table: str, node: int, times: Iterable[int]) -> dict[int, bytes]:
    """The blobs of a node at some minutes (tens of minutes, hours) from a table whose keys are made by `key`."""
    return {minute_of(number): blob for number, blob in rows(db, table, [key(time, node) for time in times])}


def rows(db: sqlite3.Connection, table: str, keys: Sequence[int]) -> list[tuple[int, bytes]]:
    """The keys and blobs of those rows that there are, in the order of the keys: one question for many of them."""
    found: list[tuple[int, bytes]] = []
    for first in range(0, len(keys), _AT_ONCE):
        some = keys[first : first + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        found += db.execute(f"SELECT id, d FROM {table} WHERE id IN ({marks}) ORDER BY id", some)  # noqa: S608
    return found


def newest(db: sqlite3.Connection, before: int) -> int | None:
    """The last minute before one of which there is a chunk."""
    (number,) = db.execute("SELECT max(id) FROM chunk WHERE id < ?", (key(before, 0),)).fetchone()
    return None if number is None else minute_of(number)


def oldest(db: sqlite3.Connection) -> int | None:
    """The first minute of which there is a chunk."""
    (number,) = db.execute("SELECT min(id) FROM chunk").fetchone()
    return None if number is None else minute_of(number)


def periods(db: sqlite3.Connection, table: str, length: int, first: int = 0, last: int = (1 << 31) - 1) -> list[int]:
    """The times of which there is any row, between two and including both: a look into the file for each.

    Args:
        db: it.
        table: one whose keys are made by `key`.
        length: of a time, in units of the table's own.
        first: time.
        last: time.
    """
    select = f"SELECT min(id) FROM {table} WHERE id >= ?"  # noqa: S608 - the table's name is ours
    found: list[int] = []
    (number,) = db.execute(select, (key(first * length, 0),)).fetchone()
    while number is not None and minute_of(number) // length <= last:
        found.append(minute_of(number) // length)
        (number,) = db.execute(select, (key((found[-1] + 1) * length, 0),)).fetchone()
    return found
