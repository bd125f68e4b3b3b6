"""Which cards were ever seen in which node, so that one that is gone is missed after a restart, too."""

from collections.abc import Iterable

from backends.records import Card, NodeFacts
from console.store.database import Database

REMEMBERED = 30 * 86400
"""Seconds after which a card that was not seen again is no longer expected."""


def remember(database: Database, nodes: Iterable[NodeFacts]) -> None:
    """Write down the cards that are there now (those that tell their uuid)."""
    rows = [
        (facts.node, card.pci, card.uuid, card.name, card.vendor, card.memory, int(facts.at), int(facts.at))
        for facts in nodes
        for card in facts.cards
        if card.pci and card.uuid
    ]
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


def known(database: Database, now: float) -> dict[str, tuple[Card, ...]]:
    """The cards that are expected, by node; slots are given anew by whoever decodes."""
    found: dict[str, list[Card]] = {}
    rows = database.read(
        "SELECT node, pci, uuid, name, vendor, memory FROM card WHERE last_seen >= ? ORDER BY node, pci",
        (now - REMEMBERED,),
    )
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
