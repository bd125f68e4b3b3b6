"""Adds what held at a time that nobody watched, of which it became known later: the past of a simulated lab."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from console.model.intervals import Begun, Change, Fact, Key
from console.store.spans import KINDS, OPEN, Writer, size


class Gone(NamedTuple):
    """Something that held from one time to another."""

    key: Key
    fact: Fact
    since: float
    until: float


class Past:
    """Takes changes as rounds find them, and keeps them until the whole piece of the past is known."""

    def __init__(self) -> None:
        self._begun: dict[Key, Begun] = {}
        self._gone: list[Gone] = []

    def take(self, changes: Iterable[Change]) -> None:
        """Take in what changed."""
        for change in changes:
            if isinstance(change, Begun):
                self._begun[change.key] = change
                continue
            begun = self._begun.pop(change.key, None)
            if begun is not None and change.until > begun.since:
                self._gone.append(Gone(change.key, begun.fact, begun.since, change.until))

    def put(self, db: sqlite3.Connection, until: float, reach: float) -> None:
        """Write it all down; what still held at its end is one with what is the same and began soon after.

        Args:
            db: within a transaction.
            until: the end of that time.
            reach: seconds in which it must have begun.
        """
        writer = Writer()
        for one in self._gone:
            writer.put(db, one.key, one.fact, one.since, one.until)
        for key, begun in self._begun.items():
            if not _joined(db, writer, begun, (until, until + reach)) and until > begun.since:
                writer.put(db, key, begun.fact, begun.since, until)
        self._begun, self._gone = {}, []


def _joined(db: sqlite3.Connection, writer: Writer, begun: Begun, between: tuple[float, float]) -> bool:
    """Let what is the same and began between two instants begin earlier."""
    place, value, holder = writer.numbers(db, begun.key, begun.fact)
    row = db.execute(
        """SELECT id, until FROM span WHERE place = ? AND kind = ? AND value = ? AND holder IS ?
           AND since >= ? AND since <= ? LIMIT 1""",
        (place, KINDS[begun.key.kind], value, holder, *between),
    ).fetchone()
    if row is None:
        return False
    _begin_earlier(db, row[0], begun.since, row[1])
    return True


def join(db: sqlite3.Connection, at: float, reach: float) -> None:
    """Make one of what held until that time and what is the same and began soon after."""
    rows = db.execute(
        """SELECT early.id, early.since, late.id, late.until FROM span AS early JOIN span AS late
           ON late.place = early.place AND late.kind = early.kind AND late.value = early.value
           AND late.holder IS early.holder AND late.since >= early.until AND late.since <= early.until + ?
           WHERE early.until = ?""",
        (reach, at),
    ).fetchall()
    for early, since, late, until in rows:
        db.execute("DELETE FROM span WHERE id = ?", (early,))
        _begin_earlier(db, late, since, until)


def _begin_earlier(db: sqlite3.Connection, number: int, since: float, until: float | None) -> None:
    larger = OPEN if until is None else size(until - since)
    db.execute("UPDATE span SET since = ?, size = ? WHERE id = ?", (since, larger, number))


def unfilled(db: sqlite3.Connection) -> list[tuple[float, float]]:
    """The times that nobody watched and that are to be filled, from when to when; the newest first."""
    return [(since, until) for since, until in db.execute("SELECT since, until FROM unfilled ORDER BY since DESC")]


def leave(db: sqlite3.Connection, since: float, until: float) -> None:
    """Note a time that is to be filled."""
    db.execute("INSERT OR REPLACE INTO unfilled VALUES (?, ?)", (since, until))


def done(db: sqlite3.Connection, since: float, until: float) -> None:
    """Note that a time is filled, which is the end of one that was to be."""
    db.execute("UPDATE unfilled SET until = ? WHERE since <= ? AND until = ?", (since, since, until))
    db.execute("DELETE FROM unfilled WHERE until <= since")


def last_look(path: Path) -> float | None:
    """When somebody last looked at a lab; None where nobody did, or the file cannot be read."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1)) as db:
            (at,) = db.execute("SELECT at FROM span_mark").fetchone()
    except (sqlite3.Error, TypeError):  # no such table yet, or no row in it
        return None
    return at if isinstance(at, float) else None
