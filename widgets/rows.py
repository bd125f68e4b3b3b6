"""How the lines of a table are drawn: cells into strips, with a memory of the strips one has just seen."""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.columns import Place, place
from widgets.line import shorten
from widgets.models import Cell, Column, Row, Signs, Span, spans_of
from widgets.scroller import joined
from widgets.styles import Styles
from widgets.text import cut, fit, middle, plain, width_of

MARGIN = 2
"""Cells at the left edge: the mark, and a space."""
_LONG = 512
"""Cells of a name that are looked at before it is cut in its middle."""
MEMORY = 1_000
"""Strips that are kept: more than four screens of the tallest terminal."""


class Painter:
    """Draws rows of one set of columns at one width, in one look."""

    def __init__(self, styles: Styles, signs: Signs) -> None:
        self._styles = styles
        self._signs = signs
        self._columns: tuple[Column, ...] = ()
        self._sorting: tuple[str, bool] | None = None
        self._width = 0
        self._base = Style.null()
        self._places: tuple[Place, ...] = ()
        self._known: dict[str, tuple[Row, bool, bool, Strip]] = {}

    def set_columns(self, columns: tuple[Column, ...]) -> bool:
        """Take other columns; return whether they are others."""
        if columns == self._columns:
            return False
        self._columns = columns
        self._place()
        return True

    def set_sorting(self, key: str | None, *, reverse: bool) -> bool:
        """Take the column that is sorted by; return whether that is news."""
        before, self._sorting = self._sorting, None if key is None else (key, reverse)
        return before != self._sorting

    def dress(self, styles: Styles, signs: Signs | None) -> None:
        """Change the look."""
        self._styles = styles
        self._signs = signs or self._signs
        self._known.clear()

    def prepare(self, width: int, base: Style) -> None:
        """Be ready to draw at this width, over this style; cheap where both are the same as before."""
        if width != self._width:
            self._width = width
            self._place()
        if base != self._base:
            self._base = base
            self._known.clear()

    def _place(self) -> None:
        self._places = place(self._columns, self._width - MARGIN)
        self._known.clear()

    def shown(self, width: int) -> frozenset[str]:
        """Return the keys of the columns that fit into a width."""
        return frozenset(self._columns[spot.index].key for spot in place(self._columns, width - MARGIN))

    def column_at(self, x: int) -> str | None:
        """Return the key of the column in a cell of the header, counted from the left."""
        for spot in self._places:
            if spot.x <= x - MARGIN <= spot.x + spot.width:
                return self._columns[spot.index].key
        return None

    def header(self) -> Strip:
        """Draw the titles; the one that is sorted by has its sign beside it."""
        style = self._base + self._styles["dim"]
        segments = [Segment(" " * MARGIN, style)]
        for spot in self._places:
            column = self._columns[spot.index]
            sign = ""
            if self._sorting is not None and self._sorting[0] == column.key:
                sign = self._signs.down if self._sorting[1] else self._signs.up
            title = cut(plain(column.title), spot.width - len(sign), self._signs.ellipsis) + sign
            look = self._base + self._styles["accent bold"] if sign else style
            segments += [Segment(fit(title, spot.width, column.align), look), Segment(" ", style)]
        return joined(segments).adjust_cell_length(self._width, style)

    def line(self, cell: Cell) -> Strip:
        """Draw one cell over the whole width."""
        safe = [Span(plain(span.text), span.style) for span in spans_of(cell)]
        segments = [Segment(" " * MARGIN, self._base)]
        cells = shorten(safe, self._width - MARGIN, self._signs.ellipsis)
        segments += [Segment(span.text, self._base + self._styles[span.style]) for span in cells]
        return joined(segments).adjust_cell_length(self._width, self._base)

    def row(self, row: Row, *, cursor: bool, marked: bool) -> Strip:
        """Draw a row."""
        known = self._known.get(row.key)
        if known is not None and known[1] == cursor and known[2] == marked and (known[0] is row or known[0] == row):
            return known[3]
        if len(self._known) >= MEMORY:
            self._known.clear()
        strip = self._drawn(row, cursor=cursor, marked=marked)
        self._known[row.key] = (row, cursor, marked, strip)
        return strip

    def _drawn(self, row: Row, *, cursor: bool, marked: bool) -> Strip:
        base = self._base + self._styles[row.style]
        over = self._styles["selection"] if cursor else Style.null()
        mark = fit(self._signs.mark if marked else "", MARGIN)
        segments = [Segment(mark, base + self._styles["accent bold"] + over)]
        for spot in self._places:
            cell = row.cells[spot.index] if spot.index < len(row.cells) else ""
            segments += self._cell(cell, self._columns[spot.index], spot.width, base, over)
            segments.append(Segment(" ", base + over))
        return joined(segments).adjust_cell_length(self._width, base + over)

    def _cell(self, cell: Cell, column: Column, width: int, base: Style, over: Style) -> list[Segment]:
        ellipsis = self._signs.ellipsis
        if isinstance(cell, str) and not column.middle:
            return [Segment(fit(plain(cell, width, ellipsis), width, column.align), base + over)]
        if column.middle:
            safe = _within([Span(plain(span.text, _LONG), span.style) for span in spans_of(cell)], width, ellipsis)
        else:
            safe = [Span(plain(span.text, width + 1, ellipsis), span.style) for span in spans_of(cell)]
        parts = shorten(safe, width, ellipsis)
        segments = [Segment(part.text, base + self._styles[part.style] + over) for part in parts]
        spare = width - sum(width_of(part.text) for part in parts)
        before = {"left": 0, "right": spare, "center": spare // 2}[column.align]
        return [Segment(" " * before, base + over), *segments, Segment(" " * (spare - before), base + over)]


def _within(spans: list[Span], width: int, ellipsis: str) -> list[Span]:
    """The same with the longest of them cut in its middle, as far as that makes room."""
    over = sum(width_of(span.text) for span in spans) - width
    if over <= 0:
        return spans
    longest = max(range(len(spans)), key=lambda place: width_of(spans[place].text))
    span = spans[longest]
    text = middle(span.text, max(1, width_of(span.text) - over), ellipsis)
    return [*spans[:longest], Span(text, span.style), *spans[longest + 1 :]]
