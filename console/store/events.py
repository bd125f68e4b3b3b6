"""What happened on the nodes, kept in the order in which it was heard."""

from collections.abc import Iterable

from backends.records import Event
from console.model.fleet import SAME_WITHIN
from console.store.database import Database

KEPT = 100_000
"""Rows; a storm of Xid messages must not fill the disk."""

_ADD = """
INSERT INTO event (node, at, kind, code, slot, pci, text, origin) SELECT ?, ?, ?, ?, ?, ?, ?, ?
WHERE NOT EXISTS (
    SELECT 1 FROM event WHERE node = ? AND kind = ? AND code IS ? AND pci IS ? AND at > ? AND at < ?)
"""


def add(database: Database, events: Iterable[Event]) -> None:
    """Write events down, each once however often it is told."""
    rows = [
        (
            e.node,
            e.at,
            e.kind,
            e.code,
            e.slot,
            e.pci,
            e.text,
            e.origin,
            e.node,
            e.kind,
            e.code,
            e.pci,
            e.at - SAME_WITHIN,
            e.at + SAME_WITHIN,
        )
        for e in events
    ]
    if not rows:
        return
    with database.writing() as db:
        db.executemany(_ADD, rows)
        db.execute("DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?", (KEPT,))


def recent(database: Database, since: float, mono: float) -> list[Event]:
    """The events since then, oldest first; their monotonic time is not known and is set to `mono`."""
    rows = database.read(
        "SELECT node, at, kind, code, slot, pci, text, origin FROM event WHERE at >= ? ORDER BY id", (since,)
    )
    return [_event(row, mono) for row in rows]


def _event(row: tuple[object, ...], mono: float) -> Event:
    node, at, kind, code, slot, pci, text, origin = row
    return Event(
        node=str(node),
        at=float(at) if isinstance(at, int | float) else 0.0,
        mono=mono,
        kind=str(kind),
        code=code if isinstance(code, int) else None,
        slot=slot if isinstance(slot, int) else None,
        pci=pci if isinstance(pci, str) else None,
        text=text if isinstance(text, str) else None,
        origin=str(origin),
    )
