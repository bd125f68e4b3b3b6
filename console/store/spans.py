"""What held from when to when, as rows: a row is written when something begins, and touched once more when it ends.

What still holds has no end in its row. How far it is known to hold is said once for all of them, by the mark that every
round moves: after a crash they end there.
"""

import sqlite3
from collections.abc import Iterable

from console.model.history import Holder, Kind
from console.model.intervals import Begun, Change, Ended, Fact, Held, Key

KINDS = {Kind.OWNER: 1, Kind.JOB: 2, Kind.STATE: 3, Kind.HEALTH: 4, Kind.INVENTORY: 5}
"""Their numbers in the file, for ever."""
OPEN = 0
"""The size of what still holds."""
SIZES = (3600.0, 4 * 3600.0, 16 * 3600.0, 64 * 3600.0, 256 * 3600.0, 1024 * 3600.0)
"""Seconds that spans of the sizes 1 to 6 last at most; those of 7 last longer.

A question for some time looks, in each size, only at what began within that size before it: of everything that held a
card half a year ago, some thousand rows, and not the millions since.
"""
_AT_ONCE = 2_000
"""Rows that one pruning removes at most, about 10 ms."""
_REMEMBERED = 20_000
"""Texts and holders whose numbers are kept in memory."""


def size(seconds: float) -> int:
    """The size of a span that has ended."""
    return 1 + next((number for number, most in enumerate(SIZES) if seconds <= most), len(SIZES))


class Writer:
    """Writes changes; knows the numbers of places, words and holders by heart."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, int], int] = {}
        self._words: dict[str, int] = {}
        self._holders: dict[Holder, int] = {}

    def forget_numbers(self) -> None:
        """Look all numbers up again: those given in a transaction that was rolled back are nobody's."""
        self._places.clear()
        self._words.clear()
        self._holders.clear()

    def write(self, db: sqlite3.Connection, changes: Iterable[Change], at: float) -> None:
        """Write what changed, and move the mark: what still holds does so until then."""
        for change in changes:
            if isinstance(change, Begun):
                self.put(db, change.key, change.fact, change.since, None)
            else:
                self._end(db, change)
        db.execute("UPDATE span_mark SET at = ?", (at,))

    def put(self, db: sqlite3.Connection, key: Key, fact: Fact, since: float, until: float | None) -> None:
        """Write something that held from then until then, or still does."""
        number = OPEN if until is None else size(until - since)
        values = (KINDS[key.kind], *self.numbers(db, key, fact), since, until, number)
        db.execute(
            "INSERT INTO span (kind, place, value, holder, since, until, size) VALUES (?, ?, ?, ?, ?, ?, ?)", values
        )

    def numbers(self, db: sqlite3.Connection, key: Key, fact: Fact) -> tuple[int, int, int | None]:
        """The numbers of a place, of what held there, and of the holder."""
        holder = None if fact.holder is None else self._holder(db, fact.holder)
        return self._place(db, key), self._word(db, fact.value), holder

    def _end(self, db: sqlite3.Connection, ended: Ended) -> None:
        key = (self._place(db, ended.key), KINDS[ended.key.kind])
        if ended.until <= ended.since:  # it was never seen twice
            db.execute("DELETE FROM span WHERE place = ? AND kind = ? AND until IS NULL", key)
            return
        values = (ended.until, size(ended.until - ended.since), *key)
        db.execute("UPDATE span SET until = ?, size = ? WHERE place = ? AND kind = ? AND until IS NULL", values)
        if ended.key.kind is Kind.JOB:
            self._places.pop((ended.key.name, -1), None)  # jobs come and go without end

    def _place(self, db: sqlite3.Connection, key: Key) -> int:
        wanted = (key.name, -1 if key.slot is None else key.slot)
        number = self._places.get(wanted)
        if number is None:
            name = writable(wanted[0])
            find, add = "SELECT id FROM place WHERE name = ? AND slot = ?", "INSERT INTO place (name, slot)"
            number = self._places[wanted] = _number(db, find, add, (name, wanted[1]))
        return number

    def _word(self, db: sqlite3.Connection, text: str) -> int:
        number = self._words.get(text)
        if number is None:
            if len(self._words) >= _REMEMBERED:
                self._words.clear()
            found = _number(db, "SELECT id FROM word WHERE text = ?", "INSERT INTO word (text)", (writable(text),))
            number = self._words[text] = found
        return number

    def _holder(self, db: sqlite3.Connection, holder: Holder) -> int:
        number = self._holders.get(holder)
        if number is None:
            if len(self._holders) >= _REMEMBERED:
                self._holders.clear()
            texts = (holder.user, holder.project, holder.job, holder.name)
            values = (*(None if text is None else writable(text) for text in texts), int(holder.allocated))
            number = self._holders[holder] = _number(
                db,
                """SELECT id FROM holder
                   WHERE user IS ? AND project IS ? AND job IS ? AND name IS ? AND allocated = ?""",
                "INSERT INTO holder (user, project, job, name, allocated)",
                values,
            )
        return number


def _number(db: sqlite3.Connection, find: str, add: str, values: tuple[object, ...]) -> int:
    row = db.execute(find, values).fetchone()
    if row is not None:
        return int(row[0])
    added = db.execute(f"{add} VALUES ({', '.join('?' * len(values))})", values).lastrowid
    assert added is not None  # the driver knows it after every INSERT
    return added


def writable(text: str) -> str:
    """A text as SQLite can hold it: half a character, as a path may have, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def mark(db: sqlite3.Connection) -> float | None:
    """Until when what has not ended is known to have held; None where nobody ever looked."""
    (at,) = db.execute("SELECT at FROM span_mark").fetchone()
    return None if at is None else float(at)


def held(db: sqlite3.Connection) -> list[tuple[Key, Held]]:
    """What has not ended."""
    kinds = {number: kind for kind, number in KINDS.items()}
    rows = db.execute(
        """SELECT kind, place.name, slot, text, since, holder.id, user, project, job, holder.name, allocated
           FROM span JOIN place ON place.id = place JOIN word ON word.id = value LEFT JOIN holder ON holder.id = holder
           WHERE until IS NULL"""
    )
    found = []
    for kind, name, slot, text, since, number, user, project, job, title, allocated in rows.fetchall():
        holder = None if number is None else Holder(user, project, job, title, bool(allocated))
        found.append((Key(kinds[kind], name, None if slot < 0 else slot), Held(Fact(text, holder), since)))
    return found


def prune(db: sqlite3.Connection, before: float) -> None:
    """Remove some of what ended before that, and the names that nothing bears any more."""
    left = _AT_ONCE
    for kind in KINDS.values():
        for number in range(1, len(SIZES) + 2):
            rows = db.execute(
                """SELECT id, holder, place, value FROM span
                   WHERE kind = ? AND size = ? AND since < ? AND until < ? LIMIT ?""",
                (kind, number, before, before, left),
            ).fetchall()
            db.executemany("DELETE FROM span WHERE id = ?", [(row[0],) for row in rows])
            forget_holders(db, {row[1] for row in rows if row[1] is not None})
            _forget_words(db, {row[3] for row in rows})
            if kind == KINDS[Kind.JOB]:
                _forget_jobs(db, {row[2] for row in rows})
            left -= len(rows)
            if left <= 0:
                return


def forget_holders(db: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Remove those holders that no span names any more."""
    db.executemany(
        "DELETE FROM holder WHERE id = ? AND NOT EXISTS (SELECT 1 FROM span WHERE holder = holder.id)",
        [(number,) for number in numbers],
    )


def _forget_words(db: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Remove the texts that no span says any more.

    Spans are not found by their text: those from the oldest on are looked through, up to the first that says it. That
    is soon found for all but somebody whose last span went, of whom no holder is left either.
    """
    db.executemany(
        """DELETE FROM word WHERE id = ? AND NOT EXISTS (SELECT 1 FROM holder WHERE user = word.text)
           AND NOT EXISTS (SELECT 1 FROM span WHERE value = word.id)""",
        [(number,) for number in numbers],
    )


def _forget_jobs(db: sqlite3.Connection, numbers: Iterable[int]) -> None:
    db.executemany(
        "DELETE FROM place WHERE id = ? AND NOT EXISTS (SELECT 1 FROM span WHERE place = place.id)",
        [(number,) for number in numbers],
    )


def oldest(db: sqlite3.Connection) -> float | None:
    """When the oldest span that has ended began."""
    found = [
        db.execute("SELECT min(since) FROM span WHERE kind = ? AND size = ?", (kind, number)).fetchone()[0]
        for kind in KINDS.values()
        for number in range(1, len(SIZES) + 2)
    ]
    return min((float(since) for since in found if since is not None), default=None)
