"""What `:` and the palette know: every command with its words, and what may be typed next."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from console.language import N_, _
from console.model import actions
from console.model.keys import KeyMap
from console.panes.pane import Card
from themes.palettes import PALETTES
from widgets.models import Choice, Completion


class Command(msgspec.Struct, frozen=True):
    """A word that `:` takes, what may follow it, and what it means."""

    name: str
    meaning: str
    """A message id."""
    follows: tuple[str, ...] = ()
    """Where it is the same everywhere; what differs from view to view comes from `Pane.words`."""


COMMANDS = (
    Command("filter", N_("Narrow the list, e.g. filter util<5 & user=wang.")),
    Command("metric", N_("Show a metric.")),
    Command("density", N_("Show the picture denser or richer.")),
    Command("sort", N_("Sort the list.")),
    Command("columns", N_("Show or hide a column.")),
    Command("theme", N_("Change the colours."), tuple(PALETTES)),
    Command("export", N_("Write what is shown to a file."), ("csv", "json", "md")),
    Command("login", N_("Answer a login that waits, or decline all of them."), ("no",)),
    Command("interval", N_("Refresh the picture every so many seconds."), ("2", "5", "10", "30")),
)
"""Beside these every pane is a command, and every action of the key map."""


def split(text: str) -> tuple[str, str]:
    """The first word and the rest."""
    word, _sep, rest = text.strip().partition(" ")
    return word, rest.strip()


def completions(
    text: str,
    panes: Mapping[str, Card],
    names: Callable[[str], Sequence[str]],
    here: Mapping[str, Sequence[str]],
) -> Sequence[Completion]:
    """The ways to go on with what was typed.

    Args:
        text: what was typed.
        panes: all panes by name.
        names: the arguments that a pane can have now.
        here: what may follow an action in this view.
    """
    word, sep, rest = text.lstrip().partition(" ")
    if not sep:
        words = {command.name: _(command.meaning) for command in COMMANDS}
        words |= {card.name: _(card.title) for card in panes.values()}
        words |= {action.name: _(action.meaning) for action in _free_actions()}
        return [Completion(name, name) for name in words if name.startswith(word)]
    found = here.get(word) or next((command.follows for command in COMMANDS if command.name == word), None)
    if found is None and word in panes:
        found = panes[word].follows or tuple(names(word))
    begins = rest.casefold()
    return [Completion(f"{word} {each}", each) for each in found or () if each.casefold().startswith(begins)][:50]


def _free_actions() -> Iterator[actions.Action]:
    """Actions that a person may call by name; moving a cursor is none of them."""
    skipped = {"open", "leave", "filter", "metric", "density", "sort", "columns", "export", "interval"}
    for action in actions.ACTIONS:
        if action.scope != "move" and action.name not in skipped and not action.name.startswith("pinned"):
            yield action


def palette(
    panes: Mapping[str, Card], keymap: KeyMap, can: Callable[[str], bool], here: Mapping[str, Sequence[str]]
) -> list[Choice]:
    """Every command as a line of the palette: panes first, then what this view can do, then settings."""
    found = [
        Choice(f":{card.name}", f"{':':<8} {card.name}", _(card.title), " ".join(card.aliases))
        for card in panes.values()
        if card.top
    ]
    for action in _free_actions():
        if can(action.name):
            title = f"{keymap.shown(action.name):<8} {_(action.title)}"
            found.append(Choice(f"!{action.name}", title, _(action.meaning), f"{action.name} {action.title}"))
    for command in COMMANDS:
        found.extend(
            Choice(f":{command.name} {each}", f"{':':<8} {command.name} {each}", _(command.meaning))
            for each in here.get(command.name, command.follows)
        )
    return found
