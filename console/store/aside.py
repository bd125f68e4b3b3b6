"""A damaged file: how it is known, marked by whoever finds it, and set aside by the next collector."""

import sqlite3
from pathlib import Path

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""The primary error codes that mean the file itself; every other one passes."""
_COMPANIONS = ("-wal", "-shm")


def damaged(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is damaged."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def mark(path: Path) -> None:
    """Mark a file as damaged: that is found in the middle of it, and opening it again would not notice.

    Raises:
        OSError: the mark cannot be written.
    """
    _mark(path).touch(mode=0o600)


def marked(path: Path) -> bool:
    """Whether a file was marked."""
    return _mark(path).exists()


def set_aside(path: Path, now: float) -> Path:
    """Give a file and its companions another name, which is returned, and take its mark away."""
    aside = path.with_name(f"{path.name}.damaged-{int(now)}")
    if path.exists():
        path.rename(aside)
    for suffix in _COMPANIONS:
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    _mark(path).unlink(missing_ok=True)
    return aside


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.ruined")
