"""The cursor and the marks of the picture, and the nodes and GPUs that they stand for."""

from collections.abc import Callable, Sequence

from console.model.judged import JudgedCard, JudgedNode
from console.panes.scene import Scene
from widgets.heatmap import Heatmap

Place = tuple[str, int]
"""A node's name and the place of a card in it; -1 is the node itself."""


class Selection:
    """Moves the cursor and sets the marks: actions that a pane with a heatmap hands over."""

    def __init__(self, heatmap: Heatmap, scene: Scene, places: Callable[[], Sequence[Place]]) -> None:
        """Make one.

        Args:
            heatmap: whose cursor and marks these are.
            scene: tells what stands behind a place.
            places: every place that is drawn now, in its order.
        """
        self._map = heatmap
        self._scene = scene
        self._places = places
        self.anchor: Place | None = None
        """Where a range of marks begins."""

    def under(self) -> tuple[JudgedNode, JudgedCard | None] | None:
        """The node under the cursor, and the card where there is one."""
        cursor = self._map.cursor
        node = self._scene.by_name.get(cursor[0]) if cursor is not None else None
        if cursor is None or node is None:
            return None
        return node, node.cards[cursor[1]] if 0 <= cursor[1] < len(node.cards) else None

    def copied(self) -> str | None:
        """Node, slot and UUID of the card under the cursor, or of the marked ones."""
        cursor = self._map.cursor
        places = sorted(self._map.marked) or ([cursor] if cursor is not None else [])
        lines = []
        for name, index in places:
            node = self._scene.by_name.get(name)
            card = node.cards[index].card if node is not None and 0 <= index < len(node.cards) else None
            lines.append(f"{name}\t{card.slot}\t{card.uuid or ''}" if card is not None else name)
        return "\n".join(lines) or None

    def do_up(self) -> None:
        """Move the cursor."""
        self._map.move(0, -1)

    def do_down(self) -> None:
        """Move the cursor."""
        self._map.move(0, 1)

    def do_left(self) -> None:
        """Move the cursor."""
        self._map.move(-1, 0)

    def do_right(self) -> None:
        """Move the cursor."""
        self._map.move(1, 0)

    def do_page_up(self) -> None:
        """Move the cursor by a screen."""
        self._map.page(-1)

    def do_page_down(self) -> None:
        """Move the cursor by a screen."""
        self._map.page(1)

    def do_first(self) -> None:
        """Go to the first card."""
        self._map.home()

    def do_last(self) -> None:
        """Go to the last card."""
        self._map.end()

    def do_mark(self) -> None:
        """Mark the card under the cursor, or take its mark away."""
        cursor = self._map.cursor
        if cursor is not None:
            self._map.marked = self._map.marked ^ {cursor}
            self.anchor = cursor

    def do_mark_range(self) -> None:
        """Mark everything between the last mark and the cursor, in the order in which it is drawn."""
        cursor = self._map.cursor
        places = list(self._places())
        if cursor is None or cursor not in places:
            return
        start = self.anchor if self.anchor in places else cursor
        one, other = sorted((places.index(start or cursor), places.index(cursor)))
        self._map.marked = self._map.marked | frozenset(places[one : other + 1])
        self.anchor = cursor

    def do_mark_all(self) -> None:
        """Mark all cards that pass the filter; once more: none."""
        everything = frozenset(list(self._places()))
        self._map.marked = frozenset() if self._map.marked >= everything else everything
