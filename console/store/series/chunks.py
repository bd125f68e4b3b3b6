"""One minute of one node at full resolution: columns of its samples, packed.

The columns of a chunk are the milliseconds within the minute, the node's metrics, then the metrics of slot 0, of slot
1, …; a number for each sample, in the order of their times.

The key is ``minute << 32 | node``: a minute's chunks are written in the order of their keys and removed together, so
that pages are filled and freed as a whole. With the node first each chunk would touch a page of its own: twice the bytes
written (docs/decisions/0005-history-layout.md).
"""

import sqlite3
from array import array
from collections.abc import Iterable, Sequence

from console.store.series.columns import NONE, OF_CARD, OF_NODE, Column, Tick
from console.store.series.pack import packed, unpacked

CARDS = 1 + OF_NODE
"""Where the columns of slot 0 begin."""
_BITS = 32


def key(minute: int, node: int) -> int:
    """The key of a minute's, of ten minutes' or of an hour's row of a node."""
    return minute << _BITS | node


def minute_of(number: int) -> int:
    """The minute of a key."""
    return number >> _BITS


def gathered(parts: Sequence[tuple[Tick, int, int, int]]) -> list[Column]:
    """The columns of a chunk, from the places that a node has in ticks: its own, its first card's, its cards."""
    slots = max(count for _, _, _, count in parts)
    columns = [array("i", [tick.millis[at] for tick, at, _, _ in parts])]
    columns += [array("i", [tick.node[metric][at] for tick, at, _, _ in parts]) for metric in range(OF_NODE)]
    by_metric = [_interleaved(parts, metric, slots) for metric in range(OF_CARD)]
    columns += [by_metric[metric][slot::slots] for slot in range(slots) for metric in range(OF_CARD)]
    return columns if _ordered(columns[0]) else _sorted(columns)


def _interleaved(parts: Sequence[tuple[Tick, int, int, int]], metric: int, slots: int) -> Column:
    found = array("i")
    for tick, _, first, count in parts:
        found += tick.card[metric][first : first + count]
        if count < slots:
            found.extend([NONE] * (slots - count))
    return found


def _ordered(times: Column) -> bool:
    return all(times[number] <= times[number + 1] for number in range(len(times) - 1))


def _sorted(columns: list[Column]) -> list[Column]:
    order = sorted(range(len(columns[0])), key=columns[0].__getitem__)
    return [array("i", [column[number] for number in order]) for column in columns]


def merged(one: list[Column], other: list[Column]) -> list[Column]:
    """The samples of both, by their times. What is the same in all its numbers is one sample that was told twice."""
    width = max(len(one), len(other))
    rows = sorted(set(_rows(one, width)) | set(_rows(other, width)), key=lambda row: row[0])
    return [array("i", column) for column in zip(*rows, strict=True)]


def _rows(columns: list[Column], width: int) -> Iterable[tuple[int, ...]]:
    lacking = [array("i", [NONE]) * len(columns[0]) for _ in range(width - len(columns))]
    return zip(*columns, *lacking, strict=True)


def put(db: sqlite3.Connection, minute: int, node: int, columns: list[Column]) -> list[Column]:
    """Write a chunk; where there is one of that minute already its samples stay. Returns what is there now."""
    number = key(minute, node)
    if db.execute("INSERT OR IGNORE INTO chunk VALUES (?, ?)", (number, packed(columns))).rowcount:
        return columns
    (blob,) = db.execute("SELECT d FROM chunk WHERE id = ?", (number,)).fetchone()
    columns = merged(unpacked(blob), columns)
    db.execute("UPDATE chunk SET d = ? WHERE id = ?", (packed(columns), number))
    return columns


def find(db: sqlite3.Connection, table: str, node: int, times: Iterable[int]) -> dict[int, bytes]:
    """The blobs of a node at some minutes (tens of minutes, hours) from a table whose keys are made by `key`."""
    select = f"SELECT d FROM {table} WHERE id = ?"  # noqa: S608 - the table's name is ours
    found = {}
    for time in times:
        row = db.execute(select, (key(time, node),)).fetchone()
        if row is not None:
            found[time] = row[0]
    return found


def newest(db: sqlite3.Connection, before: int) -> int | None:
    """The last minute before one of which there is a chunk."""
    (number,) = db.execute("SELECT max(id) FROM chunk WHERE id < ?", (key(before, 0),)).fetchone()
    return None if number is None else minute_of(number)


def oldest(db: sqlite3.Connection) -> int | None:
    """The first minute of which there is a chunk."""
    (number,) = db.execute("SELECT min(id) FROM chunk").fetchone()
    return None if number is None else minute_of(number)
