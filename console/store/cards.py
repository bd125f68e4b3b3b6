"""Which cards were ever seen in which node, so that one that is gone is missed after a restart, too."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from backends.records import Card, CardState
from console.model.fleet import Node
from console.store.database import Database
from console.store.schema import SCHEMA

REMEMBERED = 30 * 86400
"""Seconds after which a card that was not seen again is no longer expected."""

_OLDEST_READER = "SELECT value FROM meta WHERE key = 'oldest_reader'"
_KNOWN = "SELECT node, pci, uuid, name, vendor, memory FROM card WHERE last_seen >= ? ORDER BY node, pci"


def remember(database: Database, nodes: Iterable[Node]) -> None:
    """Write down the cards that answer (and tell their uuid), as seen at the time of the sample that says so.

    Facts list lost cards too, and are said only when they change: they cannot tell when a card was last seen.
    """
    rows = [row for node in nodes for row in _seen(node)]
    if not rows:
        return
    with database.writing() as db:
        db.executemany(
            """INSERT INTO card (node, pci, uuid, name, vendor, memory, first_seen, last_seen)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (node, pci) DO UPDATE SET uuid = excluded.uuid, name = excluded.name,
               vendor = excluded.vendor, memory = excluded.memory, last_seen = excluded.last_seen,
               first_seen = CASE WHEN uuid = excluded.uuid THEN first_seen ELSE excluded.first_seen END""",
            rows,
        )


def _seen(node: Node) -> Iterable[tuple[object, ...]]:
    if node.facts is None or node.sample is None:
        return
    at = int(node.sample.at)
    answering = {gpu.slot for gpu in node.sample.gpus if gpu.state is CardState.OK}
    for card in node.facts.cards:
        if card.pci and card.uuid and card.slot in answering:
            yield node.name, card.pci, card.uuid, card.name, card.vendor, card.memory, at, at


def glanced(path: Path, now: float) -> dict[str, tuple[Card, ...]]:
    """The cards that are expected, for a program that only looks; none where no file can, or may, be read."""
    if not path.is_file():
        return {}
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1)) as db:
            (oldest,) = db.execute(_OLDEST_READER).fetchone() or (0,)
            if oldest > SCHEMA:
                return {}
            return _by_node(db.execute(_KNOWN, (now - REMEMBERED,)).fetchall())
    except sqlite3.Error:
        return {}


def known(database: Database, now: float) -> dict[str, tuple[Card, ...]]:
    """The cards that are expected, by node; slots are given anew by whoever decodes."""
    return _by_node(database.read(_KNOWN, (now - REMEMBERED,)))


def _by_node(rows: Iterable[tuple[object, ...]]) -> dict[str, tuple[Card, ...]]:
    found: dict[str, list[Card]] = {}
    for node, pci, uuid, name, vendor, memory in rows:
        cards = found.setdefault(str(node), [])
        cards.append(
            Card(
                slot=len(cards),
                pci=str(pci),
                uuid=uuid if isinstance(uuid, str) else None,
                name=name if isinstance(name, str) else None,
                vendor=str(vendor),
                memory=memory if isinstance(memory, int) else None,
            )
        )
    return {node: tuple(cards) for node, cards in found.items()}
