"""A heatmap of thousands of cells in blocks; it knows no GPU, and repaints only lines that differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive, var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.brush import Brush
from widgets.cells import Dress, Look
from widgets.layout import Density
from widgets.models import Block
from widgets.picture import Lines, Picture, Wanted


class Heatmap(ScrollView, can_focus=True, inherit_bindings=False):
    """Blocks of cells with a cursor that moves in two dimensions.

    What is shown comes with `show`, how it looks with `dress`; both may be called at any time, mounted or not.
    """

    DEFAULT_CSS = """
    Heatmap { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(0, -1)", show=False, id="heatmap.up"),
        Binding("down", "move(0, 1)", show=False, id="heatmap.down"),
        Binding("left", "move(-1, 0)", show=False, id="heatmap.left"),
        Binding("right", "move(1, 0)", show=False, id="heatmap.right"),
        Binding("pageup", "page(-1)", show=False, id="heatmap.page_up"),
        Binding("pagedown", "page(1)", show=False, id="heatmap.page_down"),
        Binding("home", "home", show=False, id="heatmap.home"),
        Binding("end", "end", show=False, id="heatmap.end"),
        Binding("enter", "choose", show=False, id="heatmap.choose"),
    ]

    density: reactive[Wanted] = reactive("auto", repaint=False, init=False)
    """The density wanted; ``auto`` takes the richest that shows every cell."""
    marked: var[frozenset[tuple[str, int]]] = var(frozenset(), init=False)
    """Marked cells by key and index."""
    empty: var[str] = var("", init=False)
    """What is said when there are no blocks; plain text, lines parted by newlines."""

    @dataclass
    class Moved(Message):
        """The cursor stands on another cell, because it was moved or because its own has gone."""

        key: str
        index: int

    @dataclass
    class Chosen(Message):
        """The cell under the cursor was chosen (Enter, double click)."""

        key: str
        index: int

    def __init__(
        self,
        empty: str = "",
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.set_reactive(Heatmap.empty, empty)
        self._brush = Brush(Dress(), Style())
        self._restyled = True
        self._picture = Picture()
        self._strips: dict[int, Strip] = {}
        self._told: tuple[str, int] | None = None

    # What is shown

    def dress(self, dress: Dress) -> None:
        """Say how everything looks, and repaint all."""
        self._brush = Brush(dress, self._brush.ground)
        self._strips.clear()
        self._picture.want(self.density, bool(dress.half))
        self._changed(None)

    def show(self, blocks: Iterable[Block]) -> None:
        """Show these blocks in this order; lines that look as before are not painted again.

        The scroll position stays, and the cursor stays on its cell; where that has gone, on the nearest.

        Raises:
            ValueError: Two blocks have the same key.
        """
        self._changed(self._picture.show(blocks))

    def richest(self) -> Density:
        """The richest density that shows every cell without scrolling at the present size."""
        return self._picture.richest()

    @property
    def shown_density(self) -> Density:
        """The density that is drawn; never ``auto``."""
        return self._picture.plan.density

    @property
    def looks(self) -> Sequence[Look]:
        """How cells are drawn, by code."""
        return self._brush.dress.looks

    def line_text(self, y: int) -> str:
        """A line as plain text, counted from the first, scrolled away or not; half blocks are spelled out as glyphs."""
        plan, blocks = self._picture.plan, self._picture.blocks
        if plan.halves and 0 <= y < len(plan.lines) and plan.lines[y].places:
            return " ".join(self._brush.glyphs(blocks[p.block].cells[p.start : p.stop]) for p in plan.lines[y].places)
        return self._strip(y).text.rstrip()

    # The cursor

    @property
    def cursor(self) -> tuple[str, int] | None:
        """The key and index under the cursor; index -1 is a block without cells; None when there is nothing."""
        return self._picture.cursor

    def go(self, key: str, index: int) -> bool:
        """Put the cursor on a cell and bring it into view; False when there is no such block."""
        at = self._picture.find(key, index)
        if at is not None:
            self._land(self._picture.put(at))
        return at is not None

    def move(self, dx: int, dy: int) -> None:
        """Move the cursor by cells along its line, then by rows of cells; it stops at the edge."""
        self._land(self._picture.step(dx, dy))

    def page(self, pages: int) -> None:
        """Move the cursor by screens: up below 0, down above."""
        self._land(self._picture.page(pages))

    def home(self) -> None:
        """Move the cursor to the first cell."""
        self._land(self._picture.edge(last=False))

    def end(self) -> None:
        """Move the cursor to the last cell."""
        self._land(self._picture.edge(last=True))

    def action_move(self, dx: int, dy: int) -> None:
        """See `move`."""
        self.move(dx, dy)

    def action_page(self, pages: int) -> None:
        """See `page`."""
        self.page(pages)

    def action_home(self) -> None:
        """See `home`."""
        self.home()

    def action_end(self) -> None:
        """See `end`."""
        self.end()

    def action_choose(self) -> None:
        """Choose the cell under the cursor."""
        if (cursor := self._picture.cursor) is not None:
            self.post_message(self.Chosen(*cursor))

    # What Textual asks and tells

    def render_line(self, y: int) -> Strip:
        """Draw a line of the screen; a line drawn before is kept until it differs."""
        if self._restyled:
            self._restyled = False
            ground = self.rich_style
            if ground != self._brush.ground:
                self._brush = Brush(self._brush.dress, ground)
                self._strips.clear()
        return self._strip(y + self.scroll_offset.y)

    def notify_style_update(self) -> None:
        """Look at our own colours again before the next line is drawn."""
        super().notify_style_update()
        self._restyled = True

    def _watch_density(self) -> None:
        self._changed(self._picture.want(self.density, bool(self._brush.dress.half)), follow=True)

    def _watch_marked(self) -> None:
        self._changed(self._picture.mark(self.marked))

    def _watch_empty(self) -> None:
        if not self._picture.blocks:
            self._changed(None)

    def on_resize(self) -> None:
        """Lay out again for the new size."""
        width, height = self.container_size
        self._changed(self._picture.resize(width, height, self.styles.scrollbar_size_vertical), follow=True)

    def on_click(self, event: events.Click) -> None:
        """Move to the cell that was clicked; choose it at the second click."""
        at = self._picture.plan.hit(event.x + self.scroll_offset.x, event.y + self.scroll_offset.y)
        if at is None:
            return
        self._land(self._picture.put(at))
        if event.chain == 2:
            self.action_choose()

    # Within

    def _strip(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            picture = self._picture
            plan = picture.plan
            if 0 <= y < len(plan.lines):
                strip = self._brush.line(plan, y, picture.blocks, picture.at, picture.marks)
            else:
                said = () if plan.lines else tuple(self.empty.split("\n"))
                strip = self._brush.text(said[y] if 0 <= y < len(said) else "", plan.width)
            self._strips[y] = strip
        return strip

    def _changed(self, lines: Lines, follow: bool = False) -> None:
        """Forget the strips that differ and have the visible ones painted, all in one call."""
        plan = self._picture.plan
        size = Size(plan.width, len(plan.lines))
        if size != self.virtual_size:
            self.virtual_size = size
        if lines is None:
            self._strips.clear()
            self.refresh()
        elif lines:
            top = self.scroll_offset.y
            for y in lines:
                self._strips.pop(y, None)
            if shown := sorted(y - top for y in lines if 0 <= y - top < self.size.height):
                self.refresh(*_regions(shown, self.size.width))
        if follow:
            self._reveal()
        cursor = self._picture.cursor
        if cursor != self._told:
            self._told = cursor
            if cursor is not None:
                self.post_message(self.Moved(*cursor))

    def _land(self, lines: Lines) -> None:
        self._changed(lines, follow=True)

    def _reveal(self) -> None:
        """Scroll no further than needed to show the cursor, and the heading above it where it is the first line."""
        picture = self._picture
        height = self.container_size.height
        if picture.at is None or not height:
            return
        y = picture.plan.spot(*picture.at).y
        top = self.scroll_offset.y
        above = y - 1 if y and not picture.plan.lines[y - 1].places else y
        if above < top:
            self.scroll_to(y=above, animate=False, immediate=True)
        elif y >= top + height:
            self.scroll_to(y=y - height + 1, animate=False, immediate=True)


def _regions(lines: list[int], width: int) -> list[Region]:
    """Neighbouring lines as one region each."""
    regions: list[Region] = []
    start = previous = lines[0]
    for y in lines[1:]:
        if y != previous + 1:
            regions.append(Region(0, start, width, previous - start + 1))
            start = y
        previous = y
    regions.append(Region(0, start, width, previous - start + 1))
    return regions
