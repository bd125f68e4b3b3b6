"""The pane `nodes`: every node in a line, those without cards and those that are down included."""

from collections.abc import Sequence

from console.language import N_, _, ngettext
from console.model.judged import JudgedNode
from console.panes.listed import Listed
from console.panes.pane import Card
from console.views import listing, node_rows
from console.views import node as page
from console.views import nodes as view
from console.views.headings import Heading
from console.views.listing import Listing
from console.views.rows import Row
from widgets.models import Section, Spans


class Nodes(Listed[JudgedNode]):
    """The list of nodes."""

    def headings(self) -> Sequence[Heading[JudgedNode]]:
        """The columns of nodes."""
        return view.headings()

    def things(self) -> list[JudgedNode]:
        """Every node, in the order of the inventory."""
        return self.scene.nodes

    def key(self, thing: JudgedNode) -> str:
        """Its name."""
        return thing.node.name

    def row(self, thing: JudgedNode) -> Row:
        """Its values for filters and exports."""
        return node_rows.row(thing, self.scene.mono)

    def listing(self) -> Listing:
        """Nodes."""
        return listing.nodes()

    def sections(self, thing: JudgedNode) -> Sequence[Section]:
        """The short form of its page."""
        return page.brief(thing, self.scene.glyphs, self.scene.mono, self.scene.wall)

    def place(self, thing: JudgedNode) -> tuple[str, str]:
        """Its page."""
        return "node", thing.node.name

    def counted(self, count: int) -> str:
        """So many nodes."""
        return ngettext("{count} node", "{count} nodes", count).format(count=count)

    def empty(self) -> str:
        """That nothing is known yet."""
        return _("No node answers yet.")

    def style(self, thing: JudgedNode) -> str:
        """What is too old stands back."""
        return view.style(thing)

    def crumb(self) -> Spans:
        """The node under the cursor."""
        node = self.under()
        return view.crumb(node, self.scene.glyphs) if node is not None else ()

    def subject(self) -> object | None:
        """All records of the node under the cursor."""
        node = self.under()
        return node.node if node is not None else None

    def jumps(self) -> Sequence[tuple[str, str]]:
        """Its page, its cards, its users."""
        node = self.under()
        return view.jumps(node) if node is not None else ()


CARD = Card("nodes", N_("nodes"), ("no", "hosts", "节点"), Nodes)
