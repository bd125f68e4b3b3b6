"""The page of one node: `node NAME`."""

from collections.abc import Sequence

from console.language import N_, _
from console.panes.page import Page
from console.panes.pane import Card
from console.views import node as view
from widgets.models import Paragraph, Section, Span, Spans


class Node(Page):
    """One node; its argument is its name. Left and right go to its neighbours."""

    def sections(self) -> Sequence[Section]:
        """The node's page, or that it is not there."""
        found = self.scene.by_name.get(self.argument)
        if found is None:
            text = _("There is no node {name} (any more).").format(name=self.argument)
            return (Section(_("State"), (Paragraph(Span(text, "warning")),)),)
        return view.sections(found, self.scene.glyphs, self.scene.mono, self.scene.wall)

    def crumb(self) -> Spans:
        """The node."""
        return (Span(f" {self.scene.glyphs.separator} ", "dim"), Span(self.argument, "title"))

    def subject(self) -> object | None:
        """All records of the node."""
        found = self.scene.by_name.get(self.argument)
        return None if found is None else found.node

    def jumps(self) -> Sequence[tuple[str, str]]:
        """Its cards."""
        found = self.scene.by_name.get(self.argument)
        if found is None:
            return ()
        return [(f"gpu:{self.argument}:{card.card.slot}", f"GPU {card.card.slot}") for card in found.cards]

    def copied(self) -> str | None:
        """Its name."""
        return self.argument

    def do_left(self) -> None:
        """Go to the node before."""
        self._neighbour(-1)

    def do_right(self) -> None:
        """Go to the node after."""
        self._neighbour(1)

    def _neighbour(self, step: int) -> None:
        names = list(self.scene.by_name)
        at = names.index(self.argument) + step if self.argument in names else -1
        if 0 <= at < len(names):
            self.argument = names[at]
            self.look()
            self.post_message(self.Moved())


CARD = Card("node", N_("node"), ("host", "节点"), Node, top=False)
