"""How much of the file is in use."""

import sqlite3


def used(db: sqlite3.Connection) -> int:
    """Bytes of the file that hold something; pages that were freed are used again first."""
    (pages,), (free,) = db.execute("PRAGMA page_count").fetchone(), db.execute("PRAGMA freelist_count").fetchone()
    (size,) = db.execute("PRAGMA page_size").fetchone()
    return (int(pages) - int(free)) * int(size)
