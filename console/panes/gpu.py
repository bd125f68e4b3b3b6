"""The page of one card: `gpu NODE SLOT`."""

from collections.abc import Sequence

from console.language import N_, _
from console.model.judged import JudgedCard, JudgedNode
from console.panes.page import Page
from console.panes.pane import Card
from console.views import gpu as view
from console.views import gpus as view_of_all
from widgets.models import Paragraph, Section, Span, Spans


class Gpu(Page):
    """One card; its argument is ``node:slot``. Left and right go to its neighbours."""

    def _found(self) -> tuple[JudgedNode, JudgedCard] | None:
        name, _sep, slot = self.argument.rpartition(":")
        node = self.scene.by_name.get(name)
        if node is None:
            return None
        return next(((node, card) for card in node.cards if str(card.card.slot) == slot), None)

    def sections(self) -> Sequence[Section]:
        """The card's page, or that it is not there."""
        found = self._found()
        if found is None:
            text = _("There is no GPU {name} (any more).").format(name=self.argument)
            return (Section(_("State"), (Paragraph(Span(text, "warning")),)),)
        return view.sections(*found, self.scene.glyphs, self.scene.mono, self.scene.wall)

    def crumb(self) -> Spans:
        """The node and the card."""
        name, _sep, slot = self.argument.rpartition(":")
        arrow = Span(f" {self.scene.glyphs.separator} ", "dim")
        return (arrow, Span(name, "title", f"node:{name}"), arrow, Span(f"GPU {slot}", "title"))

    def subject(self) -> object | None:
        """The card with everything that belongs to it."""
        found = self._found()
        return None if found is None else found[1]

    def jumps(self) -> Sequence[tuple[str, str]]:
        """The node, and the cards of the same owner."""
        found = self._found()
        return () if found is None else view_of_all.jumps(*found)[1:]

    def copied(self) -> str | None:
        """Node, slot and UUID."""
        found = self._found()
        return None if found is None else f"{found[0].node.name}\t{found[1].card.slot}\t{found[1].card.uuid or ''}"

    def do_left(self) -> None:
        """Go to the card before."""
        self._neighbour(-1)

    def do_right(self) -> None:
        """Go to the card after."""
        self._neighbour(1)

    def _neighbour(self, step: int) -> None:
        found = self._found()
        if found is None:
            return
        node, card = found
        at = node.cards.index(card) + step
        if 0 <= at < len(node.cards):
            self.argument = f"{node.node.name}:{node.cards[at].card.slot}"
            self.look()
            self.post_message(self.Moved())


CARD = Card("gpu", N_("GPU"), ("card", "卡"), Gpu, top=False)
