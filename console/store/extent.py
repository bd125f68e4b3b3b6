"""How large the lab's file is and how far back it goes, for a program that only looks."""

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

_FIRST = (
    "SELECT min(at) FROM event",
    "SELECT min(at) FROM cluster_minute",
    "SELECT min(at) FROM cluster_hour",
    "SELECT min(since) FROM span",
)
"""Where the oldest may stand; a file of an older program lacks some of the tables."""


class Extent(msgspec.Struct, frozen=True):
    """How much there is."""

    size: int
    """Bytes, with what is not yet folded into the file."""
    oldest: float | None
    """UTC; None where nothing is kept."""


def extent(path: Path) -> Extent | str | None:
    """Look at a file without changing it; None where there is none, a text where it cannot be read."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return None
    except OSError as error:
        return str(error)
    with contextlib.suppress(OSError):
        size += path.with_name(path.name + "-wal").stat().st_size
    found: list[float] = []
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2)) as db:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            for sql in _FIRST:
                with contextlib.suppress(sqlite3.OperationalError):
                    (at,) = db.execute(sql).fetchone()
                    found += [float(at)] if at is not None else []
    except sqlite3.Error as error:
        return str(error)
    return Extent(size, min(found, default=None))
