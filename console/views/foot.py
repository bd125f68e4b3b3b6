"""What the last line says: the keys of a view, of which those that lead to all others stay longest."""

from collections.abc import Iterable, Mapping

from console.language import _
from console.model.actions import by_name
from console.model.key_names import shown
from console.model.keys import KeyMap
from widgets.models import KEEP, Span, Spans

ALWAYS = frozenset({"command", "help"})
"""Actions that are named as long as there is room for any: they lead to all others."""


def keys(offers: Iterable[str], called: Mapping[str, str], keymap: KeyMap) -> Spans:
    """The keys with what they do; those that are named first are dropped last.

    Args:
        offers: names of actions.
        called: message ids of those that are called otherwise in this view.
        keymap: which keys do what.
    """
    titles = by_name()
    parts: list[Span] = []
    for name in offers:
        found = keymap.keys(name)
        if found:
            rank = KEEP - 1 if name in ALWAYS else max(1, KEEP // 2 - len(parts))
            parts += [
                Span(f"{shown(found[0])} ", "key", f"do:{name}", rank),
                Span(f"{_(called.get(name) or titles[name].title)}  ", "dim", priority=rank),
            ]
    return tuple(parts)
