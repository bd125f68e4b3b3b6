"""Who used how many cards, and how much: sums of five minutes and of hours for each person and project.

Whoever asks for all users over a month reads some thousand rows; the same from each card's own history would be
millions.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple

from console.store.spans import writable

STEPS = (300, 3600)
"""Seconds of the two kinds of rows."""
_AT_ONCE = 2_000
"""Rows that one pruning removes at most."""
_ROUNDED = 0.001
"""Seconds of cards by which sums may differ that ought to be the same."""

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


class Sum(NamedTuple):
    """What one person used from an instant on for so many seconds."""

    at: float
    seconds: float
    who: Who
    used: Used


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


def between(db: sqlite3.Connection, since: float, until: float, *, fine: bool = True) -> list[Sum]:
    """What was used between two instants, and a little of what was before.

    Rows of five minutes as far as they are kept. What an hour has beyond them lies where there are none: of some time
    only hours were ever written, and of older time nothing else is kept.

    Args:
        db: the file.
        since: the first instant.
        until: rows begin before it.
        fine: hours that are over are enough where this is false; there are twelve times fewer of them.
    """
    five, hour = STEPS
    last = int(until // hour) * hour
    found = _begun(db, five, since // hour * hour if fine else float(last), until)
    left: dict[int, dict[Who, Used]] = {}
    for at, _seconds, who, used in _begun(db, hour, since - hour, float(last)):
        left.setdefault(int(at), {})[who] = used
    filled: dict[int, set[int]] = {}
    for at, _seconds, who, used in found:
        begun = int(at // hour) * hour
        filled.setdefault(begun, set()).add(int(at))
        people = left.get(begun, {})
        if who in people:
            people[who] = Used(*(whole - part for whole, part in zip(people[who], used, strict=True)))
    for at, people in left.items():
        holes = list(_holes(at, filled.get(at, set())))
        empty = sum(seconds for _at, seconds in holes)
        for who, used in people.items():
            if used.held > _ROUNDED:
                found += [Sum(begin, long, who, Used(*(one * long / empty for one in used))) for begin, long in holes]
    return found


def _begun(db: sqlite3.Connection, step: int, since: float, until: float) -> list[Sum]:
    rows = db.execute(
        """SELECT at, user, project, held, known, work FROM usage JOIN person ON person.id = person
           WHERE step = ? AND at >= ? AND at < ? ORDER BY at""",
        (step, since, until),
    ).fetchall()
    return [Sum(at, step, (user, project), Used(held, known, work)) for at, user, project, held, known, work in rows]


def _holes(hour: int, filled: Set[int]) -> Iterable[tuple[float, float]]:
    """Where an hour has no rows of five minutes: beginnings and seconds, neighbours in one."""
    begin = hour
    for at in [*sorted(filled), hour + STEPS[1]]:
        if at > begin:
            yield float(begin), float(at - begin)
        begin = at + STEPS[0]


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
