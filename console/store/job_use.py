"""What jobs made of their cards, a row each: so that a collector that starts anew goes on, and what ended keeps it."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from console.store.spans import writable

_AT_ONCE = 2_000
"""Rows that one pruning removes at most."""

Hour = list[tuple[int, float, float]]


class Row(NamedTuple):
    """What one run of a job made of its cards."""

    source: str
    job: str
    started: float
    """UTC; which run it is."""
    seen: float
    """UTC until which it was counted."""
    cards: int
    measured: float
    """Seconds for which one of its cards was measured at least."""
    known: float
    """The same for each card, summed up."""
    work: float
    """Percent times seconds of its cards."""
    memory: int | None
    """Bytes."""
    idle_since: float | None
    """UTC."""
    hour: Hour
    """When each five minutes of its last hour began, with `known` and `work` of them."""


def put(db: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Write what is known of jobs in the place of what was."""
    db.executemany(
        """INSERT OR REPLACE INTO job_use
           (source, job, started, seen, cards, measured, known, work, memory, idle_since, hour)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [(writable(row.source), writable(row.job), *row[2:-1], msgspec.msgpack.encode(row.hour)) for row in rows],
    )


def latest(db: sqlite3.Connection, most: int) -> list[Row]:
    """The jobs that were counted last, the last one first."""
    rows = db.execute(
        """SELECT source, job, started, seen, cards, measured, known, work, memory, idle_since, hour
           FROM job_use ORDER BY seen DESC LIMIT ?""",
        (most,),
    ).fetchall()
    return [Row._make((*row[:-1], _hour(row[-1]))) for row in rows]


def _hour(packed: bytes) -> Hour:
    try:
        return msgspec.msgpack.decode(packed, type=Hour)
    except msgspec.DecodeError:  # a damaged hour is none; the file has its own checks
        return []


def prune(db: sqlite3.Connection, before: float) -> None:
    """Remove some of the jobs that were last counted before that."""
    rows = db.execute("SELECT source, job FROM job_use WHERE seen < ? LIMIT ?", (before, _AT_ONCE)).fetchall()
    db.executemany("DELETE FROM job_use WHERE source = ? AND job = ?", rows)


def oldest(db: sqlite3.Connection) -> float | None:
    """When the job that was counted longest ago was counted last."""
    (first,) = db.execute("SELECT min(seen) FROM job_use").fetchone()
    return None if first is None else float(first)
