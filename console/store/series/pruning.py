"""What goes first when time or room is up, in steps of some milliseconds.

Rows that are removed lie together, so their pages come free as a whole; SQLite fills these again before the file grows.
The file itself does not shrink: to have it do so (``auto_vacuum``) costs writes in every round, which was measured.
"""

import sqlite3
from collections.abc import Callable

from console.model.config import Retention
from console.store.room import used
from console.store.series import five
from console.store.series.chunks import key

_AT_ONCE = 6_000
"""Rows of one table that one call removes at most: thrice what 2,048 nodes write in a minute."""
_SUMMED = 6 * 3600.0
"""Seconds for which rows of ten minutes are kept, and longer until their hour is put together: ten minutes after its
end or, where nobody collected then, when somebody does again."""
_ORPHANED = 7 * 86400.0
"""Seconds after which they go though nobody put their hour together: their node is gone, or was never heard again."""
_MINUTE, _TENS, _HOUR = 60.0, 600.0, 3600.0
_SLACK = 5.0
"""Minutes after which chunks go that no round replaced: a node that is gone writes none."""
_LEAST = 2 * 3600.0
"""Seconds of full resolution that stay, whatever the budget says: what is summed up is made of them."""

_Shrink = Callable[[sqlite3.Connection, int | None], None]


def by_age(db: sqlite3.Connection, now: float, kept: Retention, spared: int | None = None) -> None:
    """Remove what is older than it is kept; no chunks from the minute `spared` on, for they are still to be summed up.

    Args:
        db: within a transaction.
        now: UTC.
        kept: for how long.
        spared: None where all chunks are.
    """
    _before(db, "chunk", _until((now - kept.ticks) / _MINUTE - _SLACK, spared))
    _summed(db, (now - _SUMMED) / _TENS, (now - min(_ORPHANED, kept.minutes)) / _TENS)
    _before(db, "card_hour", (now - kept.minutes) / _HOUR)
    _before(db, "node_hour", (now - kept.minutes) / _HOUR)
    five.prune(db, now - kept.five_minutes, _AT_ONCE)
    for table in ("cluster_minute", "cluster_ten", "cluster_hour"):
        db.execute(f"DELETE FROM {table} WHERE at < ?", (int(now - kept.minutes),))  # noqa: S608 - the names are ours


def make_room(db: sqlite3.Connection, before: float, most: int) -> None:
    """Remove as many chunks that are older as are about to be written, so that these get their pages.

    A page that comes free in one transaction and is filled in another is written twice, in the log and in the file.
    """
    _before(db, "chunk", before / _MINUTE, most)


def by_budget(db: sqlite3.Connection, budget: int, spared: int | None = None) -> None:
    """Remove some of the oldest of what is heaviest, if the file has more than it may; `spared` as with `by_age`."""
    if used(db) <= budget:
        return
    weights = {table: weight(db, table) for table in ("chunk", "card_hour", "node_hour", "five")}
    heaviest = max(weights, key=weights.__getitem__)
    _SHRINK[heaviest](db, spared)


def _until(time: float, spared: int | None) -> float:
    return time if spared is None else min(time, spared)


def weight(db: sqlite3.Connection, table: str) -> float:
    """About how many bytes a table has: how long its newest rows are, and how many there are by their keys.

    To count them would read the whole table. In a table whose keys begin with a time the rows of its newest full period
    stand for those of each.
    """
    if table == "five":
        first, last = db.execute("SELECT (SELECT min(at) FROM five), (SELECT max(at) FROM five)").fetchone()
        if first is None:
            return 0.0
        (rows,) = db.execute("SELECT count(*) FROM five WHERE at = ?", (last,)).fetchone()
        return float(rows * ((last - first) / 300 + 1) * 40)
    first, last = db.execute(f"SELECT (SELECT min(id) FROM {table}), (SELECT max(id) FROM {table})").fetchone()  # noqa: S608
    if first is None:
        return 0.0
    period = max(first >> 32, (last >> 32) - 1)
    rows, size = db.execute(
        f"SELECT count(*), avg(length(d)) FROM {table} WHERE id >= ? AND id < ?",  # noqa: S608 - the names are ours
        (key(period, 0), key(period + 1, 0)),
    ).fetchone()
    return float(rows * ((last >> 32) - (first >> 32) + 1) * ((size or 0.0) + 8))


def _before(db: sqlite3.Connection, table: str, time: float, most: int = _AT_ONCE) -> None:
    """Remove the oldest rows whose time, the upper half of the key, lies before that one."""
    db.execute(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id < ? ORDER BY id LIMIT ?)",  # noqa: S608
        (key(max(0, int(time)), 0), most),
    )


def _summed(db: sqlite3.Connection, before: float, orphaned: float) -> None:
    """Remove the oldest rows of ten minutes that are in an hour, and those that never will be."""
    db.execute(
        """DELETE FROM minutes WHERE id IN (
            SELECT id FROM minutes AS ten WHERE id < ? AND (id < ? OR EXISTS (
                SELECT 1 FROM node_hour WHERE id = ((((ten.id >> 32) / ?) << 32) | (ten.id & 4294967295))))
            ORDER BY id LIMIT ?)""",
        (key(max(0, int(before)), 0), key(max(0, int(orphaned)), 0), int(_HOUR / _TENS), _AT_ONCE),
    )


def _oldest_chunks(db: sqlite3.Connection, spared: int | None) -> None:
    (last,) = db.execute("SELECT max(id) FROM chunk").fetchone()
    if last is not None:
        _before(db, "chunk", _until((last >> 32) - _LEAST / _MINUTE, spared))


def _oldest_hours(table: str) -> _Shrink:
    """What removes the oldest of a table of hours, but for its last."""

    def shrink(db: sqlite3.Connection, _spared: int | None) -> None:
        (last,) = db.execute(f"SELECT max(id) FROM {table}").fetchone()  # noqa: S608
        if last is not None:
            _before(db, table, (last >> 32) - _LEAST / _HOUR)

    return shrink


def _oldest_fives(db: sqlite3.Connection, _spared: int | None) -> None:
    (last,) = db.execute("SELECT max(at) FROM five").fetchone()
    if last is not None:
        five.prune(db, last - _LEAST, _AT_ONCE)


_SHRINK: dict[str, _Shrink] = {
    "chunk": _oldest_chunks,
    "card_hour": _oldest_hours("card_hour"),
    "node_hour": _oldest_hours("node_hour"),
    "five": _oldest_fives,
}
