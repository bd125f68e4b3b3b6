"""A timeline: rows over slots of time with a cursor in two dimensions; only lines that look different are painted."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from widgets.models import AsciiSigns, Cell, Signs
from widgets.scroller import Scroller
from widgets.styles import Styles
from widgets.timeline.brush import GAP, Brush
from widgets.timeline.models import Beside, Blank, Chart, Lane, Tile

AXIS = 2
"""Lines of the axis, which stays while the rows scroll."""


_KEPT = 3
"""Screens of rows that are kept as they were painted."""


class _Drawn(NamedTuple):
    """A row as it was painted."""

    lane: Lane
    beside: Beside
    cursor: int | None
    strip: Strip


class Timeline(Scroller):
    """Shows a `Chart`. It binds no keys: whoever owns the keys calls `move`, `page`, `home`, `end`, `choose`."""

    DEFAULT_CSS = "Timeline { width: 1fr; height: 1fr; }"

    class Said(Message):
        """Something about a row and a slot."""

        def __init__(self, timeline: "Timeline", key: str, slot: int) -> None:
            super().__init__()
            self.timeline = timeline
            self.key = key
            self.slot = slot

        @property
        def control(self) -> "Timeline":
            """The timeline, so that `on` can choose by selector."""
            return self.timeline

    class Moved(Said):
        """The cursor is on another row or slot now, because it was moved."""

    class Chosen(Said):
        """A row was entered at a slot: double click, or `choose`."""

    class Seen(Message):
        """Other rows are in sight, or there is another width to fill."""

    def __init__(
        self,
        styles: Styles,
        signs: Signs | None = None,
        tiles: Sequence[Tile] = (),
        *,
        empty: Cell = "",
        id: str | None = None,  # noqa: A002 - the toolkit's own name
    ) -> None:
        super().__init__(id=id)
        self._look: tuple[Styles, Signs, Sequence[Tile]] = (styles, signs or AsciiSigns(), tiles)
        self._brush = Brush(*self._look, Style())
        self._restyled = True
        self._chart: Chart = Blank()
        self._empty = empty
        self._key: str | None = None
        self._at = 0
        self._slot = 0
        self._drawn: dict[int, _Drawn] = {}
        """The rows as they were painted last, by index: those in sight, and some that were."""

    # What is shown

    def show(self, chart: Chart, slot: int | None = None, *, empty: Cell | None = None) -> None:
        """Show a chart; lines that look the same are not painted again. Scrolling and the cursor's row stay.

        Args:
            chart: must not change afterwards.
            slot: where the cursor goes; None leaves it on the slot of the same number.
            empty: what stands where there are no rows; None leaves what was said before.
        """
        before, at, old = self._chart, self._at, self._slot
        self._chart = chart
        self._settle()
        self._slot = max(0, min(self._slot if slot is None else slot, chart.scale.slots - 1))
        self.hold(len(chart.keys) + AXIS)
        whole = _widths(before) != _widths(chart)
        if empty is not None and empty != self._empty:
            self._empty, whole = empty, True
        if whole or not before.keys or not chart.keys:
            self._drawn.clear()
            self.refresh()
            return
        changed = {at, self._at} if at != self._at or old != self._slot else set()
        self._repaint(changed | {index for index in self.seen if self._differs(index)}, axis=True)

    def dress(self, styles: Styles, signs: Signs | None = None, tiles: Sequence[Tile] | None = None) -> None:
        """Change the look."""
        self._look = (styles, signs or self._look[1], self._look[2] if tiles is None else tiles)
        self._brush = Brush(*self._look, self._brush.ground)
        self._drawn.clear()
        self.refresh()

    def room(self, lead: int, beside: int) -> int:
        """Cells that are left for slots when so many stand before and behind them."""
        return max(0, self.wide - lead - (GAP + beside if beside else 0))

    @property
    def seen(self) -> range:
        """The places in sight, whether or not the chart has a row there."""
        return range(self.top, self.top + self._page)

    def line_text(self, y: int) -> str:
        """A line of what is in sight as plain text, the axis first."""
        return self.render_line(y).text.rstrip()

    # The cursor

    @property
    def cursor(self) -> tuple[str, int] | None:
        """The row's key and the slot; None where there are no rows."""
        return None if self._key is None else (self._key, self._slot)

    def go(self, key: str, slot: int | None = None) -> bool:
        """Put the cursor on a row; return whether there is such a row."""
        if key not in self._chart.keys:
            return False
        self._land(self._chart.keys.index(key), self._slot if slot is None else slot)
        return True

    def move(self, slots: int, rows: int) -> bool:
        """Move the cursor; it stops at the edges. Return whether it moved."""
        return self._land(self._at + rows, self._slot + slots)

    def page(self, pages: int) -> None:
        """Move the cursor by so many screens of rows."""
        self.move(0, pages * max(1, self._page - 1))

    def home(self) -> None:
        """Go to the first row."""
        self._land(0, self._slot)

    def end(self) -> None:
        """Go to the last row."""
        self._land(len(self._chart.keys) - 1, self._slot)

    def choose(self) -> None:
        """Enter the row under the cursor: posts `Chosen`."""
        if self._key is not None:
            self.post_message(self.Chosen(self, self._key, self._slot))

    # Within

    @property
    def _page(self) -> int:
        return max(0, self.size.height - AXIS)

    def _settle(self) -> None:
        """Find the cursor's row again; where it is gone take the one at its place."""
        keys = self._chart.keys
        if not keys:
            self._at = 0
            return  # the key is kept: the row may come back
        if not (self._at < len(keys) and keys[self._at] == self._key):
            found = self._key is not None and self._key in keys
            self._at = keys.index(self._key or "") if found else min(self._at, len(keys) - 1)
        self._key = keys[self._at]
        self._reveal()

    def _land(self, at: int, slot: int) -> bool:
        keys = self._chart.keys
        if not keys:
            return False
        at, slot = max(0, min(at, len(keys) - 1)), max(0, min(slot, self._chart.scale.slots - 1))
        if (at, slot) == (self._at, self._slot):
            self._reveal()
            return False
        before, aside = self._at, slot != self._slot
        self._at, self._slot, self._key = at, slot, keys[at]
        self._reveal()
        others = {index for index in self.seen if self._differs(index)} if aside else set()
        self._repaint({before, at} | others, axis=aside)
        self.post_message(self.Moved(self, self._key, slot))
        return True

    def _differs(self, index: int) -> bool:
        """Whether a row in sight would be painted otherwise than it was, but for the cursor."""
        drawn = self._drawn.get(index)
        inside = index < len(self._chart.keys)
        if drawn is None or not inside:
            return drawn is not None or inside
        return (drawn.lane, drawn.beside) != (self._chart.lane(index), self._chart.beside(index, self._slot))

    def _repaint(self, indices: Iterable[int], axis: bool) -> None:
        """Paint rows again, given by their index, and the axis; neighbours in one piece."""
        lines = [*range(AXIS if axis else 0)]
        lines += sorted(index - self.top + AXIS for index in indices if 0 <= index - self.top < self._page)
        regions: list[Region] = []
        for y in lines:
            if regions and regions[-1].bottom == y:
                regions[-1] = Region(0, regions[-1].y, self.wide, regions[-1].height + 1)
            else:
                regions.append(Region(0, y, self.wide, 1))
        if regions:
            self.refresh(*regions)

    def _reveal(self) -> None:
        if not self._page:
            return  # not laid out yet: there is no telling what is in sight
        if self._at < self.top:
            self.jump(self._at)
        elif self._at >= self.top + self._page:
            self.jump(self._at - self._page + 1)

    # What the toolkit asks and tells

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is visible."""
        chart, width = self._chart, self.wide
        if self._restyled:
            self._restyled = False
            if self.rich_style != self._brush.ground:
                self._brush = Brush(*self._look, self.rich_style)
                self._drawn.clear()
        if not chart.keys:
            lines = self._empty.split("\n") if isinstance(self._empty, str) else [self._empty]
            return self._brush.text(lines[y - AXIS] if 0 <= y - AXIS < len(lines) else "", width)
        if y < AXIS:
            return self._brush.axis(chart.scale, chart.heading(self._slot), self._slot, y > 0, width)
        index = y - AXIS + self.top
        if index >= len(chart.keys):
            self._drawn.pop(index, None)
            return self._brush.text("", width)
        return self._row(index, width)

    def _row(self, index: int, width: int) -> Strip:
        """Draw a row; one that looks as before is not made anew, so that scrolling makes what comes into sight."""
        chart, drawn = self._chart, self._drawn.get(index)
        lane, beside = chart.lane(index), chart.beside(index, self._slot)
        cursor = self._slot if index == self._at else None
        if drawn is not None and (drawn.lane, drawn.beside, drawn.cursor) == (lane, beside, cursor):
            return drawn.strip
        if len(self._drawn) > _KEPT * (self._page + 1):
            self._drawn = {at: each for at, each in self._drawn.items() if at in self.seen}
        strip = self._brush.lane(lane, chart.scale, beside, cursor, width)
        self._drawn[index] = _Drawn(lane, beside, cursor, strip)
        return strip

    def notify_style_update(self) -> None:
        """Look at our own colours again before the next line is drawn."""
        super().notify_style_update()
        self._restyled = True

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scroll, and tell that other rows are in sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Seen())

    def on_resize(self) -> None:
        """Keep the cursor in sight; tell that there is another width to fill."""
        self.hold(len(self._chart.keys) + AXIS)
        self._drawn.clear()
        self._reveal()
        self.post_message(self.Seen())

    def on_click(self, event: events.Click) -> None:
        """Move to what was clicked; beside the slots only to the row. Enter it on the second click."""
        event.stop()
        place = event.get_content_offset(self)
        if place is None:
            return
        scale = self._chart.scale
        x = place.x - scale.lead
        slot = x // scale.wide if 0 <= x < scale.cells else self._slot
        at = self._at if place.y < AXIS else place.y - AXIS + self.top
        if at >= len(self._chart.keys):
            return
        self._land(at, slot)
        if event.chain == 2 and place.y >= AXIS:
            self.choose()


def _widths(chart: Chart) -> tuple[int, ...]:
    scale = chart.scale
    return scale.slots, scale.wide, scale.label, scale.number, scale.beside
