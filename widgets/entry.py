"""A text field of one line: in it only the keys of a text field work, and no other key gets out."""

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from widgets.edit import KEYS, Edit
from widgets.models import AsciiSigns, Signs
from widgets.scroller import joined
from widgets.styles import Styles
from widgets.text import cut, head, plain, width_of

ASIDE = frozenset({"enter", "escape", "tab", "shift+tab", "up", "down", "pageup", "pagedown", "ctrl+c"})
"""Keys that mean nothing to the text but something to who put the field there."""

HIDDEN = "*"
"""Stands for each character of what must not be seen."""


class Entry(Widget, can_focus=True):
    """A field with a lead before it. Every key is taken: those of `ASIDE` come out as `Pressed`, the rest ends here."""

    DEFAULT_CSS = "Entry { height: 1; width: 1fr; }"
    ALLOW_SELECT = False

    class Changed(Message):
        """The text is another one now, by typing."""

        def __init__(self, entry: "Entry", text: str) -> None:
            super().__init__()
            self.entry = entry
            self.text = text

        @property
        def control(self) -> "Entry":
            """The field, so that `on` can choose by selector."""
            return self.entry

    class Pressed(Message):
        """A key of `ASIDE` was pressed."""

        def __init__(self, entry: "Entry", key: str) -> None:
            super().__init__()
            self.entry = entry
            self.key = key

        @property
        def control(self) -> "Entry":
            """The field, so that `on` can choose by selector."""
            return self.entry

    def __init__(
        self,
        styles: Styles,
        signs: Signs | None = None,
        *,
        lead: str = "",
        id: str | None = None,  # noqa: A002 - the toolkit's own name
    ) -> None:
        super().__init__(id=id)
        self._paint = styles
        self._signs = signs or AsciiSigns()
        self._lead = lead
        self._edit = Edit()
        self._ghost = ""
        self._hidden = False

    @property
    def text(self) -> str:
        """What was typed."""
        return self._edit.text

    def put(self, text: str) -> None:
        """Replace the text without a message; the cursor goes to its end."""
        self._take(Edit().insert(text))

    def dress(self, styles: Styles, signs: Signs | None = None) -> None:
        """Change the look."""
        self._paint = styles
        self._signs = signs or self._signs
        self.refresh()

    def _take(self, edit: Edit) -> bool:
        """Take over an edit; return whether the text is another one."""
        before, self._edit = self._edit, edit
        if before != edit:
            self.refresh()
            self._place_cursor()
        return before.text != edit.text

    def changed(self) -> None:
        """Say that the text is another one, by typing."""
        self.post_message(self.Changed(self, self.text))

    def pressed(self, key: str) -> None:
        """Deal with a key of `ASIDE`."""
        self.post_message(self.Pressed(self, key))

    def on_key(self, event: events.Key) -> None:
        """Edit; nothing of what is typed here reaches the keys of the views."""
        event.stop()
        event.prevent_default()
        key = {"ctrl+j": "enter", "ctrl+m": "enter", "ctrl+i": "tab"}.get(event.key, event.key)
        if key in ASIDE:
            self.pressed(key)
        elif key in ("right", "end") and self._ghost and self._edit.at == len(self.text):
            self._type(self._edit.insert(self._ghost))
        elif key in KEYS:
            self._type(KEYS[key](self._edit))
        elif event.is_printable and event.character is not None:
            self._type(self._edit.insert(event.character))

    def on_paste(self, event: events.Paste) -> None:
        """Take pasted text as if it were typed, on one line."""
        event.stop()
        event.prevent_default()
        self._type(self._edit.insert(event.text.strip()))

    def _type(self, edit: Edit) -> None:
        if self._take(edit):
            self.changed()

    # Drawing

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()
        self._place_cursor()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def on_resize(self) -> None:
        """Move the terminal's own cursor along."""
        self._place_cursor()

    def _place_cursor(self) -> None:
        """Put the terminal's own cursor where one types: input methods open their window there."""
        if self.has_focus:
            before = self._shown.text[self._first() : self._edit.at]
            x = width_of(self._lead) + width_of(before)
            self.app.cursor_position = self.content_region.offset + Offset(x, self.size.height - 1)

    def _first(self) -> int:
        """Return the index of the first character that is seen: 0 unless the cursor would be out of sight."""
        room = max(1, self.size.width - width_of(self._lead) - 2)
        first = 0
        while width_of(self._shown.text[first : self._edit.at]) > room:
            first += 1
        return first

    def render_line(self, y: int) -> Strip:
        """Draw the field; it is one line."""
        return self.field() if y == 0 else Strip.blank(self.size.width, self.rich_style)

    @property
    def _shown(self) -> Edit:
        """The line as it is seen: a sign stands for every character of one that is hidden."""
        return Edit(HIDDEN * len(self.text), self._edit.at) if self._hidden else self._edit

    def field(self) -> Strip:
        """Draw the line one types in."""
        width, base = self.size.width, self.rich_style
        seen = self._shown
        text, first, at = seen.text, self._first(), seen.at
        under = seen.right().at
        over = Style(reverse=True) if self.has_focus else Style.null()
        ghost = self._ghost if at == len(text) else ""
        here, after = text[at:under], text[under:]
        if not here:
            here, ghost = ghost[:1] or " ", ghost[1:]
        room = width - width_of(self._lead) - width_of(text[first:at]) - width_of(here)
        shown = head(after, max(0, room))[0]
        segments = [
            Segment(plain(self._lead), base + self._paint["accent bold"]),
            Segment(text[first:at], base),
            Segment(here, base + over),
            Segment(shown, base),
            Segment(cut(ghost, max(0, room - width_of(shown)), self._signs.ellipsis), base + self._paint["dim"]),
        ]
        return joined(segments).adjust_cell_length(width, base)
