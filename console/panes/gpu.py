"""The page of one card: `gpu NODE SLOT`."""

from collections.abc import Sequence

from console.language import N_, _
from console.model.history import Kind
from console.model.judged import JudgedCard, JudgedNode
from console.panes.history import HistoryPage
from console.panes.pane import Card
from console.views import gpu as view
from console.views import gpus as view_of_all
from console.views import happened, plots
from widgets.models import Paragraph, Section, Span, Spans


class Gpu(HistoryPage):
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
        node, card = found
        scene = self.scene
        self.ask(node.node.name, card.card.slot, plots.CARD, (Kind.OWNER, Kind.STATE, Kind.HEALTH))
        return view.sections(node, card, scene.glyphs, scene.mono, scene.wall, self._past(card))

    def _past(self, judged: JudgedCard) -> list[Section]:
        """The plots, who held it in the last day, and how it was then."""
        answer, card, wall = self.curves.answer, judged.card, self.scene.wall
        scales = plots.of_card(card.memory, card.power_limit, card.clock_max)
        drawn = plots.plots(scales, answer) if answer is not None else []
        shown = plots.section(self.period, wall, drawn, answer, self.curves.trouble)
        owners = happened.owners(self.spans.answer, self.unread(), wall)
        wrong = happened.troubles(self.spans.answer, self.unread(), wall)
        return [section for section in (shown, owners, wrong) if section is not None]

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
