"""Who used how many cards, and how much: sums of five minutes and of hours for each person and project.

Whoever asks for all users over a month reads some thousand rows; the same from each card's own history would be
millions.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from console.store.spans import writable

STEPS = (300, 3600)
"""Seconds of the two kinds of rows."""
_AT_ONCE = 2_000
"""Rows that one pruning removes at most."""

Who = tuple[str | None, str | None]
"""A user and a project."""


class Used(NamedTuple):
    """What was used, in seconds of cards."""

    held: float = 0.0
    """For which cards were held."""
    known: float = 0.0
    """Of these, for which it is known how hard they worked."""
    work: float = 0.0
    """Percent times seconds for which they worked."""


def add(
    db: sqlite3.Connection, sums: Mapping[int, Mapping[Who, tuple[float, float, float]]], slot: int = STEPS[0]
) -> None:
    """Add what was used, by the time at which its slot begins; a slot is five minutes or an hour."""
    rows = [
        (step, at // step * step, number, *one)
        for at, people in sums.items()
        for number, one in ((_person(db, who), one) for who, one in people.items())
        for step in STEPS
        if step >= slot
    ]
    db.executemany(
        """INSERT INTO usage (step, at, person, held, known, work) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (step, at, person) DO UPDATE SET
           held = held + excluded.held, known = known + excluded.known, work = work + excluded.work""",
        rows,
    )


def _person(db: sqlite3.Connection, who: Who) -> int:
    user, project = (None if text is None else writable(text) for text in who)
    row = db.execute("SELECT id FROM person WHERE user IS ? AND project IS ?", (user, project)).fetchone()
    if row is not None:
        return int(row[0])
    added = db.execute("INSERT INTO person (user, project) VALUES (?, ?)", (user, project)).lastrowid
    assert added is not None  # the driver knows it after every INSERT
    return added


def between(db: sqlite3.Connection, since: float, until: float) -> tuple[int, Iterable[tuple[int, Who, Used]]]:
    """What was used: the seconds of a row, and the rows that begin between two instants.

    Rows of five minutes as far back as they are kept, else hours.
    """
    (first,) = db.execute("SELECT min(at) FROM usage WHERE step = ?", (STEPS[0],)).fetchone()
    step = STEPS[0] if first is not None and first <= since + STEPS[1] else STEPS[1]
    rows = db.execute(
        """SELECT at, user, project, held, known, work FROM usage JOIN person ON person.id = person
           WHERE step = ? AND at > ? AND at < ? ORDER BY at""",
        (step, since - step, until),
    ).fetchall()
    return step, ((at, (user, project), Used(held, known, work)) for at, user, project, held, known, work in rows)


def prune(db: sqlite3.Connection, before: tuple[float, float]) -> None:
    """Remove some rows that are older than that, those of five minutes and those of hours, and who has none left."""
    for step, limit in zip(STEPS, before, strict=True):
        rows = db.execute(
            "SELECT step, at, person FROM usage WHERE step = ? AND at < ? LIMIT ?", (step, limit, _AT_ONCE)
        ).fetchall()
        db.executemany("DELETE FROM usage WHERE step = ? AND at = ? AND person = ?", rows)
        if step == STEPS[-1]:  # looked through from the oldest on, where whoever is still there is soon found
            db.executemany(
                "DELETE FROM person WHERE id = ? AND NOT EXISTS (SELECT 1 FROM usage WHERE person = person.id)",
                [(person,) for person in {row[2] for row in rows}],
            )


def oldest(db: sqlite3.Connection) -> float | None:
    """The oldest time of which a sum is kept."""
    (first,) = db.execute("SELECT min(at) FROM usage WHERE step = ?", (STEPS[1],)).fetchone()
    return None if first is None else float(first)
