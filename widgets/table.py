"""A table for live lists: it draws only the lines one sees, and paints only those that differ from what was there.

Ten thousand rows are a sequence and a cursor to it. What rows mean, how they are sorted and filtered is the caller's.
"""

from collections.abc import Iterable, Sequence

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from widgets.late import keys_of
from widgets.models import AsciiSigns, Cell, Column, Row, Signs
from widgets.rows import Painter
from widgets.scroller import Scroller
from widgets.styles import Styles


class Table(Scroller):
    """A virtual table with a cursor, marks and a sort sign.

    The cursor stays on its row's key when rows move; when the row goes it stays at its place in the list. It binds no
    keys: whoever owns the keys calls `move`, `page`, `home`, `end`, `choose`, `toggle`.
    """

    class Said(Message):
        """Something about one key of a table."""

        def __init__(self, table: "Table", key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> "Table":
            """The table, so that `on` can choose by selector."""
            return self.table

    class Moved(Said):
        """The cursor is on another row now."""

    class Chosen(Said):
        """A row was entered: double click, or `choose`."""

    class Headed(Said):
        """The title of a column was clicked; the key is the column's."""

    def __init__(
        self,
        styles: Styles,
        signs: Signs | None = None,
        *,
        empty: Cell = "",
        header: bool = True,
        id: str | None = None,  # noqa: A002 - the toolkit's own name
    ) -> None:
        super().__init__(id=id)
        self._painter = Painter(styles, signs or AsciiSigns())
        self._header = 1 if header else 0
        self._empty = empty
        self._rows: Sequence[Row] = ()
        self._places: dict[str, int] | None = None
        self._cursor: str | None = None
        self._at = 0
        self._anchor: str | None = None
        self._marks: frozenset[str] = frozenset()

    # What is shown

    def show(self, columns: Sequence[Column], rows: Sequence[Row], *, empty: Cell | None = None) -> None:
        """Show these rows; lines that look the same are not painted again.

        Args:
            columns: In their order from left to right.
            rows: In their order; must not be changed afterwards. Keys differ from each other. Of `late.LateRows` only
                those are made that are seen.
            empty: What stands where there are no rows; None leaves what was said before.
        """
        followed = self._visible(self._at)
        before, self._rows, self._places = self._rows, rows, None
        whole = self._painter.set_columns(tuple(columns)) or (not rows or not before)
        if empty is not None and empty != self._empty:
            self._empty, whole = empty, True
        at, cursor, top = self._at, self._cursor, self.top
        self._settle()
        self._measure()
        if followed and self._cursor is not None:
            self._reveal()
        if whole or top != self.top:
            self.refresh()
        else:
            self._repaint(before, at)
        if self._cursor != cursor and self._cursor is not None:
            self.post_message(self.Moved(self, self._cursor))

    def _settle(self) -> None:
        """Find the cursor's row again; where it is gone take the one at its place."""
        if not self._rows:
            self._cursor, self._at = None, 0
            return
        if self._at < len(self._rows) and self._rows[self._at].key == self._cursor:
            return
        index = None if self._cursor is None else self._index.get(self._cursor)
        self._at = min(self._at, len(self._rows) - 1) if index is None else index
        self._cursor = self._rows[self._at].key

    def _repaint(self, before: Sequence[Row], at: int) -> None:
        after = self._rows
        changed = {index for index in (at, self._at) if at != self._at}
        for index in range(self.top, self.top + self._page):
            old = before[index] if index < len(before) else None
            new = after[index] if index < len(after) else None
            if old is not new and old != new:
                changed.add(index)
        self._refresh_rows(changed)

    def _refresh_rows(self, indices: Iterable[int]) -> None:
        """Paint rows again, given by their index; neighbours in one piece."""
        lines = sorted(index - self.top + self._header for index in indices if self._visible(index))
        regions: list[Region] = []
        for y in lines:
            if regions and regions[-1].bottom == y:
                regions[-1] = Region(0, regions[-1].y, self.wide, regions[-1].height + 1)
            else:
                regions.append(Region(0, y, self.wide, 1))
        if regions:
            self.refresh(*regions)

    def sort(self, key: str | None, *, reverse: bool = False) -> None:
        """Show by which column the caller has sorted; reverse means falling. None shows none."""
        if self._painter.set_sorting(key, reverse=reverse):
            self.refresh(Region(0, 0, self.wide, 1))

    def dress(self, styles: Styles, signs: Signs | None = None) -> None:
        """Change the look."""
        self._painter.dress(styles, signs)
        self.refresh()

    # Where one is

    @property
    def cursor(self) -> str | None:
        """The key of the row one is on; None where there are no rows."""
        return self._cursor

    @property
    def place(self) -> int | None:
        """Where among the rows that one is; None where there are no rows."""
        return None if self._cursor is None else self._at

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown."""
        return self._rows

    @property
    def shown(self) -> frozenset[str]:
        """Keys of the columns for which there is room."""
        return self._painter.shown(self.wide)

    @property
    def _index(self) -> dict[str, int]:
        if self._places is None:
            self._places = {key: index for index, key in enumerate(keys_of(self._rows))}
        return self._places

    @property
    def _page(self) -> int:
        return max(1, self.size.height - self._header)

    def _visible(self, index: int) -> bool:
        return self.top <= index < self.top + self._page

    def go(self, key: str) -> bool:
        """Put the cursor on a row; return whether there is such a row."""
        index = self._index.get(key)
        if index is None:
            return False
        self._step_to(index)
        return True

    def move(self, rows: int) -> None:
        """Move the cursor down by so many rows, up where negative; it stops at the ends."""
        self._step_to(self._at + rows)

    def page(self, pages: int) -> None:
        """Move the cursor by so many screens."""
        self.move(pages * max(1, self._page - 1))

    def home(self) -> None:
        """Go to the first row."""
        self._step_to(0)

    def end(self) -> None:
        """Go to the last row."""
        self._step_to(len(self._rows) - 1)

    def _step_to(self, index: int) -> None:
        if not self._rows:
            return
        index = max(0, min(index, len(self._rows) - 1))
        before, self._at = self._at, index
        moved = self._rows[index].key != self._cursor
        self._cursor = self._rows[index].key
        self._reveal()
        if moved:
            self._refresh_rows({before, index})
            self.post_message(self.Moved(self, self._cursor))

    def _reveal(self) -> None:
        if not self.size.height:
            return  # not laid out yet: there is no telling what is in sight
        if self._at < self.top:
            self.jump(self._at)
        elif self._at >= self.top + self._page:
            self.jump(self._at - self._page + 1)

    def choose(self) -> None:
        """Enter the row under the cursor: posts `Chosen`."""
        if self._cursor is not None:
            self.post_message(self.Chosen(self, self._cursor))

    # Marks

    @property
    def marks(self) -> frozenset[str]:
        """Keys that are marked, also of rows that are not shown at the moment."""
        return self._marks

    def mark(self, keys: Iterable[str]) -> None:
        """Mark exactly these keys."""
        marks = frozenset(keys)
        changed, self._marks = marks ^ self._marks, marks
        self._refresh_rows(index for key in changed if (index := self._index.get(key)) is not None)

    def toggle(self) -> None:
        """Mark the row under the cursor, or take its mark away; a range begins here."""
        if self._cursor is not None:
            self._anchor = self._cursor
            self.mark(self._marks ^ {self._cursor})

    def extend(self) -> None:
        """Mark everything from the row last toggled, or the first shown, to the cursor."""
        if self._rows:
            start = self._index.get(self._anchor or "", 0)
            low, high = sorted((start, self._at))
            self.mark(self._marks | frozenset(keys_of(self._rows)[low : high + 1]))

    # Drawing and the mouse

    def _measure(self) -> None:
        self.hold(len(self._rows) + self._header)

    def on_resize(self) -> None:
        """Keep the cursor in sight; the columns are placed when they are drawn."""
        self._measure()
        self._reveal()

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is visible."""
        painter, width = self._painter, self.wide
        painter.prepare(width, self.ground)
        if y < self._header:
            return painter.header()
        if not self._rows:
            return painter.line(self._empty if y == self._header else "")
        index = y - self._header + self.top
        if index >= len(self._rows):
            return painter.line("")
        row = self._rows[index]
        return painter.row(row, cursor=index == self._at, marked=row.key in self._marks)

    def on_click(self, event: events.Click) -> None:
        """Go to the row that was clicked; enter it on the second click."""
        event.stop()
        place = event.get_content_offset(self)
        if place is None:
            return
        if place.y < self._header:
            key = self._painter.column_at(place.x)
            if key is not None:
                self.post_message(self.Headed(self, key))
            return
        index = place.y - self._header + self.top
        if index < len(self._rows):
            self._step_to(index)
            if event.chain == 2:
                self.choose()
