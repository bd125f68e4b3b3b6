"""The cursor and the marks of a list: actions that a pane with a table hands over."""

from widgets.late import keys_of
from widgets.table import Table


class Cursor:
    """Moves the cursor of a table and sets its marks."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def taken(self) -> list[str]:
        """The keys of the marked rows, in the order in which they are shown, or of the one under the cursor."""
        table = self._table
        if table.marks:
            shown = [key for key in keys_of(table.rows) if key in table.marks]
            return shown + sorted(table.marks - set(shown))
        return [table.cursor] if table.cursor is not None else []

    def do_up(self) -> None:
        """Move the cursor."""
        self._table.move(-1)

    def do_down(self) -> None:
        """Move the cursor."""
        self._table.move(1)

    def do_page_up(self) -> None:
        """Move the cursor by a screen."""
        self._table.page(-1)

    def do_page_down(self) -> None:
        """Move the cursor by a screen."""
        self._table.page(1)

    def do_first(self) -> None:
        """Go to the first row."""
        self._table.home()

    def do_last(self) -> None:
        """Go to the last row."""
        self._table.end()

    def do_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away."""
        self._table.toggle()

    def do_mark_range(self) -> None:
        """Mark everything between the last mark and the cursor."""
        self._table.extend()

    def do_mark_all(self) -> None:
        """Mark all rows that pass the filter; once more: none."""
        everything = frozenset(keys_of(self._table.rows))
        self._table.mark(() if self._table.marks >= everything else self._table.marks | everything)
