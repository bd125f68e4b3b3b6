"""The lab's file: opened, migrated, and written only by the collector whose generation it is."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from console.store.modes import of_files, settle
from console.store.schema import MIGRATIONS, SCHEMA

LOG_PAGES = 12_000
"""Pages of 4 KiB that the log holds before they are folded in: what is rewritten every round is then folded in once in
some ten minutes, not each minute, which saves a fifth of all that is written."""
LOG_BYTES = 64 << 20
"""To which the log is cut back after a reader had kept it from being folded in."""

_FOLDS = 2
"""Tries to cut the log at once; each waits for readers as long as the connection does, which is ten seconds."""


class Foreign(Exception):  # noqa: N818 - it is an answer, not an accident
    """The file is of a version that this program must not write; the message says which."""


class Superseded(Exception):  # noqa: N818 - it is an answer, not an accident
    """Another collector has taken the file over since; this process must not write."""


class Database:
    """A connection of the collector. Use it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open and migrate the file, which gets the mode of the lab's files whatever it had; takes the next generation.

        What an older program wrote is kept beside it as ``lab.db.schema-N`` before it is migrated.

        Raises:
            PermissionError: it is another user's, who does not share it.
            Foreign: a newer program wrote it.
            sqlite3.DatabaseError: it is no database, or is damaged.
        """
        path.touch(mode=0o600)
        for suffix in ("", "-wal", "-shm"):  # SQLite gives those it makes the mode of the first
            with contextlib.suppress(FileNotFoundError):
                settle(path.with_name(path.name + suffix), of_files(path.parent))
        self._path = path
        self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
            self._db.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")
            self._migrate()
            self.generation = self._next_generation()
        except BaseException:
            self._db.close()
            raise

    @classmethod
    def beside(cls, path: Path, generation: int) -> "Database":
        """Open the file once more for the collector of a generation, in a child process of it.

        Raises:
            sqlite3.DatabaseError: it cannot be opened.
        """
        other = cls.__new__(cls)
        other._path = path
        other._db = sqlite3.connect(path, timeout=30, isolation_level=None)
        other.generation = generation
        return other

    def close(self) -> None:
        """Close it."""
        self._db.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, refused where another collector has taken over; within another one, a part of that.

        Raises:
            Superseded: this process was stopped and woke too late.
        """
        if self._db.in_transaction:
            yield self._db
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self.check()
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def fold(self) -> None:
        """Fold the log into the file and cut it, so that nothing stands in it any more.

        Raises:
            sqlite3.OperationalError: somebody read all the while, so that the log could not be cut.
        """
        for _ in range(_FOLDS):
            ((busy, _pages, _folded),) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            if not busy:
                return
        raise sqlite3.OperationalError("the log is being read and could not be cut; try again")

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

    def heartbeat(self) -> float | None:
        """When the last one was written, to the second; None where none ever was."""
        return float(self._meta("heartbeat")) or None

    def _meta(self, key: str) -> int:
        (value,) = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return int(value)

    def _migrate(self) -> None:
        if 0 < self._schema() < SCHEMA:
            self._back_up()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            found = self._schema()  # again: another process may have migrated it meanwhile
            for migration in MIGRATIONS[found:]:
                migration(self._db)
            if found < SCHEMA:
                self._db.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (SCHEMA,))
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _schema(self) -> int:
        """The schema that the file has; 0 where it is new."""
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            return 0
        found = self._meta("schema")
        if self._meta("oldest_writer") > SCHEMA:
            raise Foreign(f"the file has schema {found}; this program writes {SCHEMA}")
        return found

    def _back_up(self) -> None:
        copy = self._path.with_name(f"{self._path.name}.schema-{self._schema()}")
        copy.unlink(missing_ok=True)
        copy.touch(mode=0o600)
        with contextlib.closing(sqlite3.connect(copy)) as target:
            self._db.backup(target)

    def _next_generation(self) -> int:
        self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
        return self._meta("generation")
