"""A list over everything else, narrowed by typing: the palette of commands, a menu of places to jump to."""

from collections.abc import Iterator, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from widgets.entry import Entry
from widgets.fuzzy import score
from widgets.models import Cell, Choice, Column, Row, Signs, Span
from widgets.styles import Styles
from widgets.table import Table
from widgets.text import plain, width_of

_SHORT = 16
"""Cells up to which what stands beside a title is a key or a name, and stands at the right edge."""
_TITLE = 36
"""Cells up to which a title is never cut for what stands beside it, and takes no more than it needs."""


class Chooser(ModalScreen[str | None]):
    """Answers with the key of what was chosen, None when it was left. Typing filters, best first."""

    DEFAULT_CSS = """
    Chooser { align: center top; background: transparent; }
    Chooser > Vertical {
        margin-top: 2; width: 94%; max-width: 112; min-width: 40; height: auto; max-height: 80%;
        background: $surface; border: solid $accent; padding: 0 1;
    }
    Chooser Table { height: auto; max-height: 1fr; background: $surface; }
    Chooser Entry { background: $surface; }
    """

    def __init__(
        self,
        choices: Sequence[Choice],
        styles: Styles,
        signs: Signs | None = None,
        *,
        title: str = "",
        empty: Cell = "",
        lead: str = "> ",
    ) -> None:
        """Make a list to choose from.

        Args:
            choices: In the order in which they are shown while nothing is typed.
            styles: The look.
            signs: What to draw with.
            title: In the frame.
            empty: Said where nothing answers what was typed.
            lead: Before the text field.
        """
        super().__init__()
        self._choices = tuple(choices)
        self._answered = False
        self._entry = Entry(styles, signs, lead=lead)
        self._table = Table(styles, signs, empty=empty, header=False)
        self._table.can_focus = False
        self._named = plain(title)
        self._searched = [(f"{choice.title} {choice.words} {choice.detail}", choice) for choice in choices]
        title_width, detail_width = (
            max((width_of(plain(text)) for text in texts), default=0)
            for texts in ([choice.title for choice in choices], [choice.detail for choice in choices])
        )
        short = detail_width <= _SHORT
        self._columns = (
            Column(
                "title",
                "",
                16 if short else min(max(16, title_width), _TITLE),
                priority=2,
                grow=title_width if short or title_width > _TITLE else 0,
            ),
            Column(
                "detail",
                "",
                min(max(6, detail_width), 20),
                align="right" if short else "left",
                priority=1,
                grow=0 if short else detail_width,
                most=max(6, detail_width),
            ),
        )

    def compose(self) -> ComposeResult:
        """Place the field above the list."""
        with Vertical() as box:
            if self._named:
                box.border_title = Content(self._named)  # a string would be read as markup
            yield self._entry
            yield self._table

    def on_mount(self) -> None:
        """Show everything, ready to type."""
        self._entry.focus()
        self._narrow("")

    def _narrow(self, query: str) -> None:
        found = [choice for _points, choice in sorted(self._scored(query), key=lambda pair: -pair[0])]
        rows = [Row(choice.key, (Span(choice.title, choice.style), Span(choice.detail, "dim"))) for choice in found]
        self._table.show(self._columns, rows)
        self._table.styles.height = max(1, len(rows))
        self._table.home()

    def on_key(self, event: events.Key) -> None:
        """Hand on what was typed before the field could have the focus."""
        self._entry.on_key(event)

    def _scored(self, query: str) -> Iterator[tuple[int, Choice]]:
        """What answers the query; what does so by its title alone counts for more."""
        for text, choice in self._searched:
            points = score(query, text)
            if points is not None:
                yield points + (score(query, choice.title) or 0), choice

    def on_entry_changed(self, event: Entry.Changed) -> None:
        """Narrow the list."""
        event.stop()
        self._narrow(event.text)

    def on_entry_pressed(self, event: Entry.Pressed) -> None:
        """Move, choose or leave."""
        event.stop()
        table = self._table
        match event.key:
            case "enter" if table.cursor is not None:
                self._answer(table.cursor)
            case "escape" | "ctrl+c":
                self._answer(None)
            case "up" | "shift+tab":
                table.move(-1)
            case "down" | "tab":
                table.move(1)
            case "pageup":
                table.page(-1)
            case "pagedown":
                table.page(1)
            case _:
                pass

    def on_table_moved(self, event: Table.Moved) -> None:
        """Keep what the list says to itself."""
        event.stop()

    def on_table_chosen(self, event: Table.Chosen) -> None:
        """A double click chooses."""
        event.stop()
        self._answer(event.key)

    def _answer(self, key: str | None) -> None:
        """Answer once: a second key that was typed before the list had gone must not take the screen below with it."""
        if not self._answered:
            self._answered = True
            self.dismiss(key)
