"""Removes a person from what is remembered of who held and used what."""

import sqlite3

from console.model.history import Kind
from console.store.spans import KINDS, writable


def forget(db: sqlite3.Connection, user: str) -> int:
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
