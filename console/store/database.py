"""The lab's file: opened, migrated, and written only by the collector whose generation it is."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

SCHEMA = 1
"""What this program writes. A file also states the oldest program that may read it and that may write it."""

Migration = Callable[[sqlite3.Connection], None]


class Foreign(Exception):  # noqa: N818 - it is an answer, not an accident
    """The file is of a version that this program must not write; the message says which."""


class Superseded(Exception):  # noqa: N818 - it is an answer, not an accident
    """Another collector has taken the file over since; this process must not write."""


def _first(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID")
    db.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [("schema", 0), ("oldest_reader", 1), ("oldest_writer", 1), ("generation", 0), ("heartbeat", 0)],
    )
    db.execute(
        """CREATE TABLE card (
            node TEXT NOT NULL, pci TEXT NOT NULL, uuid TEXT, name TEXT, vendor TEXT NOT NULL, memory INTEGER,
            first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, PRIMARY KEY (node, pci)) WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE event (
            id INTEGER PRIMARY KEY, node TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL, code INTEGER,
            slot INTEGER, pci TEXT, text TEXT, origin TEXT NOT NULL)"""
    )
    db.execute("CREATE INDEX event_node ON event (node, at)")


MIGRATIONS: tuple[Migration, ...] = (_first,)
"""The n-th leads from schema n to n + 1."""


class Database:
    """A connection of the collector. Use it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open and migrate the file, which gets mode 0600 whatever it had; takes the next generation.

        Raises:
            PermissionError: it is another user's.
            Foreign: a newer program wrote it.
            sqlite3.DatabaseError: it is no database, or is damaged.
        """
        path.touch(mode=0o600)
        for suffix in ("", "-wal", "-shm"):  # SQLite gives those it makes the mode of the first
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + suffix).chmod(0o600)
        self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._migrate()
            self.generation = self._next_generation()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close it."""
        self._db.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, refused where another collector has taken over.

        Raises:
            Superseded: this process was stopped and woke too late.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self.check()
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def check(self) -> None:
        """See that this process may still write; it costs some microseconds.

        Raises:
            Superseded: another collector has taken over.
        """
        if self._meta("generation") != self.generation:
            raise Superseded(f"generation {self.generation} is over")

    def read(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Fetch all rows at once; a read that is left open keeps the log from being folded in."""
        return self._db.execute(sql, values).fetchall()

    def beat(self, at: float) -> None:
        """Write the heartbeat: for people who ask whether the collector hangs, never for taking over."""
        with self.writing() as db:
            db.execute("UPDATE meta SET value = ? WHERE key = 'heartbeat'", (int(at),))

    def _meta(self, key: str) -> int:
        (value,) = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return int(value)

    def _migrate(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            found = 0
            if self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                found = self._meta("schema")
                if self._meta("oldest_writer") > SCHEMA:
                    raise Foreign(f"the file has schema {found}; this program writes {SCHEMA}")
            for migration in MIGRATIONS[found:]:
                migration(self._db)
            if found < SCHEMA:
                self._db.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (SCHEMA,))
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _next_generation(self) -> int:
        self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
        return self._meta("generation")
