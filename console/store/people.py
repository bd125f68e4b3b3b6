"""Removing a person from the lab's file, so that the bytes are gone from the disk and not only from sight."""

import re
import sqlite3
from collections.abc import Sequence

from console.model.history import Kind
from console.store.database import Database
from console.store.spans import KINDS, writable

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
            found = {"events": _events(db, names), "history": sum(forget_history(db, name) for name in names)}
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


def forget_history(db: sqlite3.Connection, user: str) -> int:
    """Forget who it was: the cards stay held, and used, by somebody of the same project; their jobs are removed.

    What still holds is forgotten as well, and is written down again when it next changes.

    Args:
        db: within a transaction.
        user: as schedulers and nodes call the person.

    Returns:
        How many spans and sums told of the person.
    """
    name = writable(user)
    (held,) = db.execute(
        "SELECT count(*) FROM span WHERE holder IN (SELECT id FROM holder WHERE user = ?)", (name,)
    ).fetchone()
    (used,) = db.execute(
        "SELECT count(*) FROM usage WHERE person IN (SELECT id FROM person WHERE user = ?)", (name,)
    ).fetchone()
    jobs = db.execute(
        "SELECT id, place FROM span WHERE kind = ? AND holder IN (SELECT id FROM holder WHERE user = ?)",
        (KINDS[Kind.JOB], name),
    ).fetchall()
    db.execute(
        """DELETE FROM job_use WHERE job IN (SELECT name FROM place JOIN span ON place = place.id
           WHERE kind = ? AND holder IN (SELECT id FROM holder WHERE user = ?))""",
        (KINDS[Kind.JOB], name),
    )
    db.executemany("DELETE FROM span WHERE id = ?", [(number,) for number, _place in jobs])
    db.executemany(
        "DELETE FROM place WHERE id = ? AND slot < 0 AND NOT EXISTS (SELECT 1 FROM span WHERE place = place.id)",
        [(place,) for _number, place in jobs],
    )
    db.execute("INSERT OR IGNORE INTO word (text) VALUES ('')")
    db.execute(
        """UPDATE span SET value = (SELECT id FROM word WHERE text = '') WHERE kind = ?
           AND (holder IN (SELECT id FROM holder WHERE user = ?) OR value = (SELECT id FROM word WHERE text = ?))""",
        (KINDS[Kind.OWNER], name, name),
    )
    db.execute("UPDATE holder SET user = NULL, job = NULL, name = NULL WHERE user = ?", (name,))
    db.execute("UPDATE person SET user = NULL WHERE user = ?", (name,))
    db.execute("DELETE FROM word WHERE text = ? AND NOT EXISTS (SELECT 1 FROM span WHERE value = word.id)", (name,))
    return int(held) + int(used)
