"""Reads back what held from when to when."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from console.model.history import Holder, Kind, Span, Spans, SpansOf
from console.store.spans import KINDS, OPEN, SIZES, mark, oldest

_KIND = {number: kind for kind, number in KINDS.items()}
_ALL = range(OPEN, len(SIZES) + 2)


def spans(db: sqlite3.Connection, asked: SpansOf) -> Spans:
    """What held at some time between two instants, the newest first.

    With a node and no slot it answers for the node and for all of its cards. Jobs are of no node: they are left out
    where a node is asked for.
    """
    found: list[tuple[float, int]] = []
    if asked.node is None:
        for kind in dict.fromkeys(asked.kinds):
            found += _newest(db, kind, None, asked)
    else:
        for place in _places(db, asked.node, asked.slot):
            for kind in dict.fromkeys(asked.kinds):
                if kind is not Kind.JOB:
                    found += _newest(db, kind, place, asked)
    found.sort(reverse=True)
    told = tuple(_told(db, number) for _since, number in found[: asked.most])
    return Spans(told, len(found) > asked.most, kept_since(db))


def kept_since(db: sqlite3.Connection) -> float | None:
    """The oldest instant of which anything is remembered."""
    (still,) = db.execute("SELECT min(since) FROM span WHERE until IS NULL").fetchone()
    return min((since for since in (still, oldest(db)) if since is not None), default=None)


def _places(db: sqlite3.Connection, node: str, slot: int | None) -> list[int]:
    if slot is None:
        rows = db.execute("SELECT id FROM place WHERE name = ?", (node,))
    else:
        rows = db.execute("SELECT id FROM place WHERE name = ? AND slot = ?", (node, slot))
    return [number for (number,) in rows.fetchall()]


def _newest(db: sqlite3.Connection, kind: Kind, place: int | None, asked: SpansOf) -> Iterator[tuple[float, int]]:
    """Yield (since, id) of the newest spans of one kind, a few more than are asked for."""
    for number in _ALL:
        values = (KINDS[kind], number, *began(number, asked.since, asked.until), asked.since, asked.most + 1)
        if place is None:
            yield from db.execute(_NEWEST, values).fetchall()
        else:
            yield from db.execute(_NEWEST_THERE, (*values[:-1], place, values[-1])).fetchall()


_NEWEST = """
SELECT since, id FROM span WHERE kind = ? AND size = ? AND since > ? AND since < ? AND (until IS NULL OR until > ?)
ORDER BY since DESC LIMIT ?"""
_NEWEST_THERE = """
SELECT since, id FROM span WHERE kind = ? AND size = ? AND since > ? AND since < ? AND (until IS NULL OR until > ?)
AND place = ? ORDER BY since DESC LIMIT ?"""


def began(number: int, since: float, until: float) -> tuple[float, float]:
    """Between which instants a span of a size began that held at some time between two others."""
    longest = SIZES[number - 1] if OPEN < number <= len(SIZES) else None
    return (-1e18 if longest is None else since - longest - 1.0, until)


def _told(db: sqlite3.Connection, number: int) -> Span:
    kind, name, slot, since, until, text, held, user, project, job, title, allocated = db.execute(
        """SELECT kind, place.name, slot, since, until, text, holder, user, project, job, holder.name, allocated
           FROM span JOIN place ON place.id = place JOIN word ON word.id = value
           LEFT JOIN holder ON holder.id = holder WHERE span.id = ?""",
        (number,),
    ).fetchone()
    node = None if _KIND[kind] is Kind.JOB else name
    holder = None if held is None else Holder(user, project, job, title, bool(allocated))
    return Span(_KIND[kind], node, None if slot < 0 else slot, since, until, text, holder)


class Holding(NamedTuple):
    """Somebody's time with a card; ends, at the latest, when anybody last looked."""

    place: int
    holder: int
    since: float
    until: float


def holdings(db: sqlite3.Connection, places: Sequence[int], since: float, until: float) -> list[Holding]:
    """Who held some cards between two instants, in the order of their beginnings; holders by their number."""
    last = mark(db)
    rows: list[tuple[int, int, float, float | None]] = []
    for place in places:
        for number in _ALL:
            rows += db.execute(
                """SELECT place, holder, since, until FROM span
                   WHERE place = ? AND kind = ? AND size = ? AND since > ? AND since < ?
                   AND (until IS NULL OR until > ?)""",
                (place, KINDS[Kind.OWNER], number, *began(number, since, until), since),
            ).fetchall()
    end = until if last is None else last
    found = [
        Holding(place, holder, max(began, since), min(ended if ended is not None else end, until))
        for place, holder, began, ended in rows
        if holder is not None
    ]
    return sorted((one for one in found if one.until > one.since), key=lambda one: one.since)


def holders(db: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, Holder]:
    """Who they are."""
    found = {}
    for number in numbers:
        row = db.execute("SELECT user, project, job, name, allocated FROM holder WHERE id = ?", (number,)).fetchone()
        if row is not None:
            user, project, job, name, allocated = row
            found[number] = Holder(user, project, job, name, bool(allocated))
    return found


def cards(db: sqlite3.Connection, nodes: Sequence[str]) -> dict[int, tuple[str, int]]:
    """The numbers of cards, with their node and slot; of some nodes, in their order, or of all."""
    if not nodes:
        rows = db.execute("SELECT id, name, slot FROM place WHERE slot >= 0 ORDER BY name, slot").fetchall()
    else:
        rows = [
            row
            for node in dict.fromkeys(nodes)
            for row in db.execute(
                "SELECT id, name, slot FROM place WHERE name = ? AND slot >= 0 ORDER BY slot", (node,)
            ).fetchall()
        ]
    return {number: (name, slot) for number, name, slot in rows}
