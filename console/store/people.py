"""Removing a person from the lab's file, so that the bytes are gone from the disk and not only from sight."""

import re
import sqlite3
from collections.abc import Sequence

from console.store.database import Database

HIDDEN = "***"


def forget(database: Database, names: Sequence[str]) -> dict[str, int]:
    """Remove a person under any of these names; returns how much was changed, by what it was.

    What was deleted is written over with zeros (secure_delete), and the write-ahead log is folded in and cut, so that
    no page of it keeps the names.

    Raises:
        console.store.database.Superseded: another collector has the file now.
        sqlite3.Error: it cannot be written; nothing was changed.
    """
    with database.writing() as db:
        (before,) = db.execute("PRAGMA secure_delete").fetchone()
        db.execute("PRAGMA secure_delete = 1").fetchall()
        try:
            found = {"events": _events(db, names), "holders": _holders(db, names), "usage": _usage(db, names)}
        finally:
            db.execute(f"PRAGMA secure_delete = {int(before)}").fetchall()
    database.fold()
    return found


def _holders(db: sqlite3.Connection, names: Sequence[str]) -> int:
    """Make nobody in particular of who held a card: the time stays, and the project; user, job and its name go."""
    count = 0
    for name in names:
        rows = db.execute("SELECT id FROM holder WHERE user = ?", (name,)).fetchall()
        if not rows:
            continue
        db.execute("INSERT OR IGNORE INTO word (text) VALUES (?)", (HIDDEN,))
        db.executemany(
            """UPDATE span SET value = (SELECT id FROM word WHERE text = ?)
               WHERE holder = ? AND value = (SELECT id FROM word WHERE text = ?)""",
            [(HIDDEN, number, name) for (number,) in rows],
        )
        db.execute(
            """DELETE FROM word WHERE text = ? AND NOT EXISTS (SELECT 1 FROM span WHERE value = word.id)""", (name,)
        )
        db.execute("UPDATE holder SET user = ?, job = NULL, name = NULL WHERE user = ?", (HIDDEN, name))
        count += len(rows)
    return count


def _usage(db: sqlite3.Connection, names: Sequence[str]) -> int:
    """Make nobody in particular of who used cards: the sums of the lab and of its projects stay right."""
    return sum(db.execute("UPDATE person SET user = ? WHERE user = ?", (HIDDEN, name)).rowcount for name in names)


def _events(db: sqlite3.Connection, names: Sequence[str]) -> int:
    changed = []
    for name in names:
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        rows = db.execute("SELECT id, text FROM event WHERE instr(text, ?)", (name,)).fetchall()
        changed += [(word.sub(HIDDEN, text), number) for number, text in rows if word.search(text)]
        db.executemany("UPDATE event SET text = ? WHERE id = ?", changed)
    return len({number for _text, number in changed})
