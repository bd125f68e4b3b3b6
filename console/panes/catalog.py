"""Finding the panes: each module of this folder that holds a `CARD`."""

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path

from console.panes.pane import Card


def cards() -> Mapping[str, Card]:
    """Every pane by its name, in the order of the files."""
    here = Path(__file__).parent
    found: dict[str, Card] = {}
    for module in pkgutil.iter_modules([str(here)]):
        card = getattr(importlib.import_module(f"console.panes.{module.name}"), "CARD", None)
        if isinstance(card, Card):
            found[card.name] = card
    return found


def find(word: str, known: Mapping[str, Card]) -> Card | None:
    """The pane that a word means: its name, an alias, or an unambiguous beginning of its name."""
    word = word.casefold()
    for card in known.values():
        if word in (card.name, *(alias.casefold() for alias in card.aliases)):
            return card
    begins = [card for card in known.values() if card.name.startswith(word)]
    return begins[0] if word and len(begins) == 1 else None
