"""The page of one node: `node NAME`."""

from collections.abc import Sequence

from console.language import N_, _
from console.model.history import Curves, Kind
from console.panes.history import HistoryPage
from console.panes.pane import Card
from console.views import happened, plots
from console.views import node as view
from console.views import nodes as view_of_all
from console.views.node_figures import memory_total
from widgets.models import Paragraph, Section, Span, Spans


class Node(HistoryPage):
    """One node; its argument is its name. Left and right go to its neighbours."""

    def sections(self) -> Sequence[Section]:
        """The node's page, or that it is not there."""
        found = self.scene.by_name.get(self.argument)
        if found is None:
            text = _("There is no node {name} (any more).").format(name=self.argument)
            return (Section(_("State"), (Paragraph(Span(text, "warning")),)),)
        scene = self.scene
        self.ask(self.argument, None, plots.NODE, (Kind.STATE, Kind.HEALTH))
        return view.sections(found, scene.glyphs, scene.mono, scene.wall, self._past(memory_total(found)))

    def _past(self, memory: float | None) -> list[Section]:
        """The plots, and the troubles of the last day."""
        answer, row, wall = self.curves.answer, self.row.answer, self.scene.wall
        drawn = plots.plots(plots.of_node(memory), answer) if answer is not None else []
        cards = plots.node_util(row) if row is not None else None
        if row is not None and cards is not None:
            drawn = [*plots.plots(plots.of_node(memory), Curves(row.since, row.step, (cards,))), *drawn]
        shown = plots.section(self.period, wall, drawn, answer, self.curves.trouble)
        wrong = happened.troubles(self.spans.answer, self.unread(), wall, slots=True)
        return [shown] if wrong is None else [shown, wrong]

    def crumb(self) -> Spans:
        """The node."""
        return (Span(f" {self.scene.glyphs.separator} ", "dim"), Span(self.argument, "title"))

    def subject(self) -> object | None:
        """All records of the node."""
        found = self.scene.by_name.get(self.argument)
        return None if found is None else found.node

    def jumps(self) -> Sequence[tuple[str, str]]:
        """Its cards in the heatmap and over time, who holds them, each of them."""
        found = self.scene.by_name.get(self.argument)
        return () if found is None else view_of_all.jumps(found)[1:]

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


CARD = Card("node", N_("node"), ("host", "主机"), Node, top=False)
