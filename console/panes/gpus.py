"""The pane `gpus`: every card of every node on one screen."""

from collections.abc import Mapping, Sequence

import msgspec
from textual.app import ComposeResult
from textual.containers import Horizontal

from console.language import N_, _, ngettext
from console.model.fields import Field
from console.model.judged import JudgedCard, JudgedNode
from console.panes.pane import Card, Pane
from console.panes.scene import Scene
from console.panes.selection import Place, Selection
from console.rules.filters import Filter
from console.services.turns import Turns
from console.views import gpu as page
from console.views import gpus as view
from console.views import heat, listing, rows
from console.views import node as node_page
from console.views.heat import Metric
from console.views.listing import Listing
from widgets.cells import Dress, Look
from widgets.heatmap import Heatmap
from widgets.line import Line
from widgets.models import KEEP, Span, Spans
from widgets.picture import Wanted
from widgets.sheet import Sheet

BESIDE = 120
"""Columns from which the card under the cursor is shown beside the picture."""
CROWDED = 1024
"""Cards from which the picture needs the whole width."""
DENSITIES: tuple[Wanted, ...] = ("named", "compact", "dense", "auto")
STEP = 32
"""Nodes that are drawn between two turns: under a millisecond, and a few with a filter."""


class _Memory(msgspec.Struct, frozen=True):
    """How the picture was when it was left."""

    metric: Metric
    order: view.Order
    density: Wanted
    cursor: tuple[str, int] | None
    marked: frozenset[tuple[str, int]]
    anchor: tuple[str, int] | None


class Gpus(Pane):
    """The heatmap, and on a wide screen what is under its cursor."""

    scopes: Sequence[str] = ("gpus", "list", "move", "global")
    offers: Sequence[str] = ("open", "metric", "density", "sort", "filter", "jump", "command", "help")

    DEFAULT_CSS = """
    Gpus Horizontal { height: 1fr; }
    Gpus Heatmap { width: 1fr; height: 1fr; }
    Gpus Line { padding: 0 1; }
    Gpus Heatmap { padding-left: 1; }
    Gpus Sheet { width: 46; height: 1fr; display: none; padding-left: 1; }
    Gpus.beside Sheet { display: block; }
    """

    def __init__(self, scene: Scene, argument: str = "") -> None:
        super().__init__(scene, argument)
        self.metric = Metric.UTIL
        self.order = view.Order()
        self._filter: Filter | None = None
        self._before: dict[str, bytes] = {}
        self._counts = (0, 0)
        self._return_to: tuple[str, int] | None = None
        self._seeks = False
        """Whether another filter was set, so that the cursor goes to a card that passes."""
        self._legend = Line(scene.styles, scene.glyphs)
        self._map = Heatmap()
        self._map.can_focus = False
        self.selection = Selection(self._map, scene, self._places)
        self._beside = Sheet(scene.styles, scene.glyphs)
        self._beside.can_focus = False

    def compose(self) -> ComposeResult:
        """The legend, the picture, and the page beside it."""
        yield self._legend
        with Horizontal():
            yield self._map
            yield self._beside

    def on_mount(self) -> None:
        """Dress before the first picture."""
        self.dressed()

    def dressed(self) -> None:
        """Give the picture its signs and colours."""
        styles, glyphs = self.scene.styles, self.scene.glyphs
        looks = [Look(sign.glyph, styles[sign.style], sign.stands) for sign in heat.signs(glyphs)]
        coloured = len(set(self.scene.palette.heat)) > 1  # half a character shows nothing but its colour
        half = glyphs.half + "▄" if glyphs.half and coloured else ""
        words = {name: styles[name] for name in ("dim", "warning", "critical", "stale", "")}
        self._map.dress(
            Dress(
                looks,
                half,
                cursor=styles["selection"],
                group=styles["dim"],
                words=words,
                ellipsis=glyphs.ellipsis,
            )
        )
        self._legend.dress(styles, glyphs)
        self._beside.dress(styles, glyphs)

    def on_resize(self) -> None:
        """Show the page beside the picture where there is room for both."""
        self._arrange()

    def _arrange(self) -> None:
        self.set_class(self.app.size.width >= BESIDE and self._counts[1] <= CROWDED, "beside")

    def look(self) -> None:
        """Draw the fleet, then what is under the cursor."""
        self._draw(self._picture(self.order.sort(self.scene.nodes)))

    async def look_between(self, turns: Turns) -> None:
        """Draw the fleet in steps of some nodes; what a key has drawn meanwhile is newer and stays."""
        before = self._before
        nodes = self.order.sort(self.scene.nodes)
        parts: list[view.Picture] = []
        for start in range(0, len(nodes), STEP):
            parts.append(self._picture(nodes[start : start + STEP]))
            await turns.give()
        if self._before is before and self.is_attached:
            self._draw(view.joined(parts))

    def _picture(self, nodes: Sequence[JudgedNode]) -> view.Picture:
        passes = self._passes if self._filter is not None else None
        scene = self.scene
        out = view.out_of_service(scene.fleet.queues.values())
        return view.picture(nodes, self.metric, scene.glyphs, scene.mono, self._before, passes, out)

    def _draw(self, picture: view.Picture) -> None:
        self._before = {block.key: block.cells for block in picture.blocks}
        self._counts = (picture.shown, picture.cards)
        self._arrange()
        self._legend.show(*view.legend(self.metric, self.scene.glyphs))
        self._map.empty = _("No node answers yet.") if not self.scene.nodes else _("Nothing passes the filter.")
        self._map.show(picture.blocks)
        if self._return_to is not None:
            self._map.go(*self._return_to)
            self._return_to = None
        self._seek()
        self._look_beside()

    def _seek(self) -> None:
        """Once after a filter was set: leave a card that does not pass for the first that does."""
        places = self._places() if self._seeks else []
        if places:
            self._seeks = False
            if self._map.cursor not in places:
                self._map.go(*places[0])

    def _passes(self, node: JudgedNode, card: JudgedCard) -> bool:
        if self._filter is None:
            return True
        row = rows.gpu_row(node, card, self.scene.mono)
        return self._filter.matches(row, rows.gpu_text(row))

    def _look_beside(self) -> None:
        found = self.selection.under()
        if found is None or not self.has_class("beside"):
            return
        node, card = found
        if card is not None:
            self._beside.show(page.sections(node, card, self.scene.glyphs, self.scene.mono, self.scene.wall))
        else:
            self._beside.show(node_page.sections(node, self.scene.glyphs, self.scene.mono, self.scene.wall))

    # What the frame asks

    def memory(self) -> object:
        """Metric, sort, density, cursor and marks."""
        picture = self._map
        return _Memory(self.metric, self.order, picture.density, picture.cursor, picture.marked, self.selection.anchor)

    def recall(self, memory: object) -> None:
        """Be as it was left."""
        if isinstance(memory, _Memory):
            self.metric, self.order, self.selection.anchor = memory.metric, memory.order, memory.anchor
            self._map.density, self._map.marked = memory.density, memory.marked
            self._return_to = memory.cursor

    def crumb(self) -> Spans:
        """The node and the card under the cursor."""
        cursor = self._map.cursor
        node = self.scene.by_name.get(cursor[0]) if cursor is not None else None
        if cursor is None or node is None:
            return ()
        out = view.out_of_service(self.scene.fleet.queues.values()).get(node.node.name)
        return view.under_cursor(node, cursor[1], self.scene.glyphs, self.scene.mono, out)

    def state(self) -> Spans:
        """Metric, sort and count."""
        shown, cards = self._counts
        arrow = self.scene.glyphs.down if self.order.reverse else self.scene.glyphs.up
        found = [Span(_(heat.TITLES[self.metric]) + "  ", "accent", priority=1)]
        if self.order.key != "node" or self.order.reverse:
            found.append(Span(_("sort {key}").format(key=self.order.key) + f" {arrow}  ", "dim", priority=2))
        if self._map.marked:
            found.append(Span(_("{count} marked").format(count=len(self._map.marked)) + "  ", "accent", priority=KEEP))
        count = str(cards) if shown == cards else _("{shown} of {all}").format(shown=shown, all=cards)
        return (
            *found,
            Span(
                ngettext("{count} GPU", "{count} GPUs", cards).format(count=count),
                "dim",
                priority=3 if shown == cards else KEEP,
            ),
        )

    def fields(self) -> Mapping[str, Field]:
        """Fields of cards."""
        return rows.gpu_fields()

    def narrow(self, wanted: Filter | None) -> None:
        """Show only cards that pass."""
        self._filter = wanted if wanted is not None and wanted.text.strip() else None
        self._seeks = self._filter is not None
        self.look()

    def subject(self) -> object | None:
        """The records of the node under the cursor, its card first."""
        found = self.selection.under()
        if found is None:
            return None
        node, card = found
        return {"card": card, "node": node.node} if card is not None else {"node": node.node}

    def actors(self) -> Sequence[object]:
        """The pane, and its cursor and marks."""
        return self, self.selection

    def words(self) -> Mapping[str, Sequence[str]]:
        """Metrics, densities and orders."""
        return {"metric": tuple(Metric), "density": DENSITIES, "sort": view.ORDERS}

    def jumps(self) -> Sequence[tuple[str, str]]:
        """The node, the card, and the cards of the same owner, job and kind."""
        found = self.selection.under()
        return () if found is None else view.jumps(*found)

    def copied(self) -> str | None:
        """Node, slot and UUID of the card under the cursor, or of the marked ones."""
        return self.selection.copied()

    def listed(self) -> tuple[Listing, list[rows.Row]]:
        """The cards that are shown; the marked ones only, where there are marks."""
        marked = self._map.marked
        found = [
            rows.gpu_row(node, card, self.scene.mono) | rows.gpu_details(node, card)
            for node in self.scene.nodes
            for index, card in enumerate(node.cards)
            if ((node.node.name, index) in marked if marked else self._passes(node, card))
        ]
        return listing.gpus(), found

    # What keys do

    def do_open(self) -> None:
        """Go to the card, or to the node where there is none."""
        found = self.selection.under()
        if found is None:
            return
        node, card = found
        if card is None:
            self.post_message(self.Open("node", node.node.name))
        else:
            self.post_message(self.Open("gpu", f"{node.node.name}:{card.card.slot}"))

    do_describe = do_open

    def do_metric(self, wanted: str = "") -> None:
        """Show another metric: the next, or the one named."""
        metrics = list(Metric)
        if wanted and wanted not in metrics:
            known = " ".join(metrics)
            self.say(_("There is no metric {name}; there are {known}.").format(name=wanted, known=known), "warning")
            return
        self.metric = Metric(wanted) if wanted else metrics[(metrics.index(self.metric) + 1) % len(metrics)]
        self._before = {}
        self.look()

    def do_density(self, wanted: str = "") -> None:
        """Show another density: the next, or the one named."""
        drawn = [each for each in DENSITIES if each != "auto"]
        known: dict[str, Wanted] = {each: each for each in DENSITIES}
        if wanted and wanted not in known:
            text = _("There is no density {name}; there are {known}.")
            self.say(text.format(name=wanted, known=" ".join(known)), "warning")
            return
        chosen = known[wanted] if wanted else drawn[(drawn.index(self._map.shown_density) + 1) % len(drawn)]
        self._map.density = chosen
        self.say(_("density: {name}").format(name=chosen))

    def do_sort(self, wanted: str = "") -> None:
        """Sort by the next key, or by the one named."""
        if wanted and wanted not in view.ORDERS:
            known = " ".join(view.ORDERS)
            self.say(_("Cannot sort by {name}; there are {known}.").format(name=wanted, known=known), "warning")
            return
        at = view.ORDERS.index(self.order.key)
        key = wanted or view.ORDERS[(at + 1) % len(view.ORDERS)]
        self.order = view.Order(key, reverse=key != "node")
        self.look()
        self.say(_("sort {key}").format(key=key))

    def do_reverse(self) -> None:
        """Turn the sort round."""
        self.order = view.Order(self.order.key, not self.order.reverse)
        self.look()

    def _places(self) -> list[Place]:
        return [
            (key, index)
            for key, cells in self._before.items()
            for index, code in enumerate(cells)
            if code != heat.BLANK
        ]

    def on_heatmap_moved(self, event: Heatmap.Moved) -> None:
        """Say what is under the cursor."""
        event.stop()
        self._look_beside()
        self.post_message(self.Moved())

    def on_heatmap_chosen(self, event: Heatmap.Chosen) -> None:
        """Go in."""
        event.stop()
        self.do_open()


CARD = Card("gpus", N_("gpus"), ("gpu-all", "heatmap", "cards", "显卡", "热图"), Gpus)
