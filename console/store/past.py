"""Adds what held at a time that nobody watched, of which it became known later: the past of a simulated lab."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from console.model.intervals import SECONDS_BRIDGED, Begun, Change, Fact, Key
from console.store.spans import KINDS, Writer, size


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

    def put(self, db: sqlite3.Connection, until: float) -> None:
        """Write it all down; what still held at its end is one with what began there and is the same."""
        writer = Writer()
        for one in self._gone:
            writer.put(db, one.key, one.fact, one.since, one.until)
        for key, begun in self._begun.items():
            if not _joined(db, writer, begun, until) and until > begun.since:
                writer.put(db, key, begun.fact, begun.since, until)
        self._begun, self._gone = {}, []


def _joined(db: sqlite3.Connection, writer: Writer, begun: Begun, at: float) -> bool:
    """Let what began shortly after that time, and is the same, begin earlier."""
    place, value, holder = writer.numbers(db, begun.key, begun.fact)
    row = db.execute(
        """SELECT id, until FROM span WHERE place = ? AND kind = ? AND value = ? AND holder IS ?
           AND since >= ? AND since <= ? LIMIT 1""",
        (place, KINDS[begun.key.kind], value, holder, at, at + SECONDS_BRIDGED),
    ).fetchone()
    if row is None:
        return False
    number, until = row
    larger = 0 if until is None else size(until - begun.since)
    db.execute("UPDATE span SET since = ?, size = ? WHERE id = ?", (begun.since, larger, number))
    return True


def filled(db: sqlite3.Connection) -> tuple[float, float] | None:
    """Since when the past is filled, and since when it will be; None where nobody has begun."""
    row = db.execute("SELECT since, wanted FROM filled").fetchone()
    return None if row is None else (float(row[0]), float(row[1]))


def fill_to(db: sqlite3.Connection, since: float, wanted: float) -> None:
    """Write down how far the past is filled."""
    db.execute("INSERT OR REPLACE INTO filled (one, since, wanted) VALUES (1, ?, ?)", (since, wanted))
