"""What every pane is: it looks at the scene when told to, says where it is, and answers to actions by name."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from textual.containers import Container
from textual.message import Message

from console.model.fields import Field
from console.panes.scene import Scene
from console.rules.filters import Filter
from console.services.turns import Turns
from console.views.listing import Listing
from console.views.rows import Row
from widgets.models import Spans


class Card(msgspec.Struct, frozen=True):
    """How a pane is called, found and made."""

    name: str
    """What ``:`` takes."""
    title: str
    """A message id."""
    aliases: tuple[str, ...]
    """Other words for it, Chinese ones among them."""
    make: Callable[[Scene, str], "Pane"]
    """Makes it for an argument (a node, a card); an empty one where it needs none."""
    top: bool = True
    """Whether it stands by itself; the page of one thing does not."""
    follows: tuple[str, ...] = ()
    """Examples of what may stand behind its name in ``:``; it is the pane's argument then, and no filter."""
    words: tuple[str, ...] = ()
    """All that may be its argument, where that is a closed set: anything else behind its name is a filter then."""


class Pane(Container):
    """A part of the screen that holds no truth: close it and nothing is lost.

    An action ``x`` of the key map is answered by a method ``do_x``. A pane says what it wants by messages.
    """

    scopes: Sequence[str] = ()
    """Scopes of the key map that are active in it, the nearest first."""
    offers: Sequence[str] = ()
    """Actions that the bottom line names, the most important first."""

    called: Mapping[str, str] = {}
    """What the bottom line calls an action where that is not its title: message ids by action."""
    searches = False
    """Whether ``/`` searches a text here; it narrows a list where not."""

    class Open(Message):
        """Go to another pane."""

        def __init__(self, view: str, argument: str = "", expression: str | None = None) -> None:
            super().__init__()
            self.view = view
            self.argument = argument
            self.expression = expression

    class Said(Message):
        """Something to say in the message line."""

        def __init__(self, text: str, style: str = "") -> None:
            super().__init__()
            self.text = text
            self.style = style

    class Moved(Message):
        """The lines around the pane must be drawn anew: the cursor, the sort or a filter changed."""

    def __init__(self, scene: Scene, argument: str = "") -> None:
        super().__init__()
        self.scene = scene
        self.argument = argument

    def look(self) -> None:
        """Show the scene as it is now."""
        raise NotImplementedError

    async def look_between(self, turns: Turns) -> None:
        """Do the same without keeping the keys waiting; a pane that shows the whole fleet works in steps."""
        await turns.give()
        if self.is_attached:
            self.look()

    def crumb(self) -> Spans:
        """Where one is, after the pane's name."""
        return ()

    def state(self) -> Spans:
        """What stands at the end of line 2: sort, count."""
        return ()

    def fields(self) -> Mapping[str, Field]:
        """What a filter may ask for; empty where the pane has no filter."""
        return {}

    def narrow(self, wanted: Filter | None) -> None:
        """Show only what passes; None shows everything."""

    def search(self, text: str) -> None:
        """Find a text; only where it `searches`."""

    def memory(self) -> object | None:
        """What to remember of the view while another one is shown; None where there is nothing."""
        return None

    def recall(self, memory: object) -> None:
        """Be as the view was when it gave this; called before the first look."""

    def subject(self) -> object | None:
        """The record under the cursor, for the raw page."""
        return None

    def jumps(self) -> Sequence[tuple[str, str]]:
        """Where one can go from here: (target, title)."""
        return ()

    def copied(self) -> str | None:
        """What a copy takes."""
        return None

    def actors(self) -> Sequence[object]:
        """Who answers actions here, by methods ``do_x``."""
        return (self,)

    def words(self) -> Mapping[str, Sequence[str]]:
        """What may be typed after an action, by its name, where that is the view's."""
        return {}

    def meanings(self) -> Sequence[tuple[str, str, str]]:
        """What its columns mean, for the help: key, title, meaning."""
        return ()

    def listed(self) -> tuple[Listing, list[Row]] | None:
        """What an export writes; None where there is nothing to export."""
        return None

    def say(self, text: str, style: str = "") -> None:
        """Put a text into the message line."""
        self.post_message(self.Said(text, style))

    def follow(self, target: str) -> None:
        """Go where a link leads: ``view:argument``, ``filter:expression``, or ``in:view:expression``."""
        kind, _sep, rest = target.partition(":")
        if kind == "filter":
            self.post_message(self.Open("gpus", "", rest))
        elif kind == "in":
            view, _sep, expression = rest.partition(":")
            self.post_message(self.Open(view, "", expression))
        else:
            self.post_message(self.Open(kind, rest))

    def renew(self) -> None:
        """A person wants everything to be asked for again."""

    def dressed(self) -> None:
        """The look changed: dress the widgets anew."""
