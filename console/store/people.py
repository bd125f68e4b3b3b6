"""Removing a person from the lab's file, so that the bytes are gone from the disk and not only from sight."""

import re
import sqlite3
from collections.abc import Sequence

from console.store import person
from console.store.database import Database

HIDDEN = "***"


def forget(database: Database, names: Sequence[str]) -> dict[str, int]:
    """Remove a person under any of these names; returns how much was changed, by what it was.

    What was deleted is written over with zeros (secure_delete), and the write-ahead log is folded in and cut, so that
    no page of it keeps the names.

    Raises:
        console.store.database.Superseded: another collector has the file now.
        sqlite3.Error: it cannot be written, and nothing was changed; or somebody reads the log, and it still holds the
            names: to do it again cuts it.
    """
    with database.writing() as db:
        (before,) = db.execute("PRAGMA secure_delete").fetchone()
        db.execute("PRAGMA secure_delete = 1").fetchall()
        try:
            found = {"events": _events(db, names), "history": sum(person.forget(db, name) for name in names)}
        finally:
            db.execute(f"PRAGMA secure_delete = {int(before)}").fetchall()
    database.fold()
    return found


def _events(db: sqlite3.Connection, names: Sequence[str]) -> int:
    changed = []
    for name in names:
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        rows = db.execute("SELECT id, text FROM event WHERE instr(text, ?)", (name,)).fetchall()
        changed += [(word.sub(HIDDEN, text), number) for number, text in rows if word.search(text)]
        db.executemany("UPDATE event SET text = ? WHERE id = ?", changed)
    return len({number for _text, number in changed})
