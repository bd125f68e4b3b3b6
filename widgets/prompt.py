"""The prompt: a text field with a line above it for completions, and for what is wrong and where."""

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from widgets.edit import Edit
from widgets.entry import Entry
from widgets.line import shorten
from widgets.models import Completion, Signs, Span
from widgets.scroller import joined
from widgets.styles import Styles
from widgets.text import cut, plain, width_of

REMEMBERED = 200
"""Inputs kept in a history."""

Complete = Callable[[str], Sequence[Completion]]


class Prompt(Entry):
    """Opened with a lead; it stays open until the caller closes it, so that a wrong input can be mended.

    Tab and Shift+Tab go through the completions, Up and Down through the history, Right takes what is suggested.
    It is two lines high at all times: put it in the place of two others and nothing jumps.
    """

    DEFAULT_CSS = "Prompt { height: 2; width: 1fr; display: none; }"

    class Done(Message):
        """Enter was pressed. Close the prompt, or `complain`."""

        def __init__(self, prompt: "Prompt", text: str) -> None:
            super().__init__()
            self.prompt = prompt
            self.text = text

        @property
        def control(self) -> "Prompt":
            """The prompt, so that `on` can choose by selector."""
            return self.prompt

    class Left(Message):
        """Esc or Ctrl+C was pressed. Close the prompt."""

        def __init__(self, prompt: "Prompt") -> None:
            super().__init__()
            self.prompt = prompt

        @property
        def control(self) -> "Prompt":
            """The prompt, so that `on` can choose by selector."""
            return self.prompt

    def __init__(self, styles: Styles, signs: Signs | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(styles, signs, id=id)
        self._complete: Complete = _nothing
        self._found: tuple[Completion, ...] = ()
        self._taken: int | None = None
        self._history: tuple[str, ...] = ()
        self._back = 0
        self._draft = ""
        self._trouble: tuple[str, int] | None = None
        self._note = ""
        self._before: Widget | None = None
        self._asked = False
        self._ahead: list[tuple[str, str | None]] = []
        self.can_focus = False  # a closed prompt takes no keys, whoever hands out the focus

    @property
    def lead(self) -> str:
        """What it was opened with."""
        return self._lead

    @property
    def history(self) -> tuple[str, ...]:
        """Inputs that were done, oldest first, with what was given to `open`; each once."""
        return self._history

    def open(
        self,
        lead: str,
        text: str = "",
        *,
        history: Sequence[str] = (),
        complete: Complete | None = None,
        note: str = "",
        hidden: bool = False,
    ) -> None:
        """Show the prompt and take the keys.

        Args:
            lead: What stands before the input: ``:`` or ``/``.
            text: What is already there.
            history: Earlier inputs, oldest first.
            complete: Answers at once with the ways to go on; asked after every change.
            note: Stands in the line above where there is nothing to complete and nothing wrong.
            hidden: What is typed is not shown, not remembered, and gone when the prompt is closed.
        """
        self._lead, self._complete = lead, complete or _nothing
        self._note, self._hidden = plain(note), hidden
        self._history, self._back, self._trouble = tuple(history), 0, None
        self.put(text)
        self._look_up()
        if self.screen.focused is not self:
            self._before = self.screen.focused
        self._asked = False
        self.display = self.can_focus = True
        self.screen.set_focus(self)
        self.refresh()

    def close(self) -> None:
        """Hide the prompt and give the keys back to who had them. Nothing happens where it is not open."""
        if self.has_focus:
            before = self._before
            self.screen.set_focus(before if before is not None and before.is_attached else None)
        self.display = self.can_focus = False
        self._asked = False
        if self._hidden:
            self._edit, self._hidden = Edit(), False

    def ahead(self) -> list[tuple[str, str | None]]:
        """Take what was typed after Enter or Esc, before the caller answered: it is for who has the keys now."""
        ahead, self._ahead = self._ahead, []
        return ahead

    def complain(self, message: str, column: int) -> None:
        """Say what is wrong with the input, pointing at a character of it; it goes when the input is changed.

        Keys that were typed ahead were meant for what is behind the prompt: they are dropped.
        """
        self._asked, self._ahead = False, []
        self._trouble = (plain(message), max(0, min(column, len(self.text))))
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """Hold back what is typed after Enter or Esc until the caller has answered, and takes it with `ahead`."""
        if not self._asked or event.key in ("escape", "ctrl+c"):
            super().on_key(event)
            return
        event.stop()
        event.prevent_default()
        self._ahead.append((event.key, event.character))

    def changed(self) -> None:
        """Forget what belonged to the text before, and say that it is another one."""
        self._trouble, self._back = None, 0
        self._look_up()
        super().changed()

    def _look_up(self) -> None:
        self._found, self._taken = tuple(self._complete(self.text)), None
        self._ghost = ""
        if self.text and self._found and self._found[0].text.startswith(self.text):
            self._ghost = plain(self._found[0].text[len(self.text) :])

    def pressed(self, key: str) -> None:
        """Complete, go through the history, be done or leave."""
        self._asked = key in ("enter", "escape")
        if key == "enter":
            self._history = self._history if self._hidden else _remembered(self._history, self.text)
            self._back = 0
            self.post_message(self.Done(self, self.text))
        elif key in ("escape", "ctrl+c"):
            self.post_message(self.Left(self))
        elif key in ("tab", "shift+tab"):
            self._cycle(1 if key == "tab" else -1)
        elif key in ("up", "down"):
            self._recall(1 if key == "up" else -1)

    def _cycle(self, step: int) -> None:
        if not self._found:
            return
        count = len(self._found)
        self._taken = (-1 if step < 0 else 0) % count if self._taken is None else (self._taken + step) % count
        self._trouble, self._ghost = None, ""
        self.put(self._found[self._taken].text)
        super().changed()
        if count == 1:
            self._look_up()  # there is nothing to go through: the next Tab goes on from here
        self.refresh()

    def _recall(self, step: int) -> None:
        back = max(0, min(self._back + step, len(self._history)))
        if back == self._back:
            return
        if self._back == 0:
            self._draft = self.text
        self.put(self._history[-back] if back else self._draft)
        self.changed()
        self._back = back

    def render_line(self, y: int) -> Strip:
        """Draw the line above, and the input below it."""
        return self._above() if y < self.size.height - 1 else self.field()

    def _above(self) -> Strip:
        width, base = self.size.width, self.rich_style
        spans = self._complaint(width) if self._trouble else self._offers(width)
        segments = [Segment(span.text, base + self._paint[span.style]) for span in spans]
        return joined(segments).adjust_cell_length(width, base)

    def _complaint(self, width: int) -> list[Span]:
        """Point at the column from above; the message stands on the side where there is more room."""
        if self._trouble is None:
            return []
        message, column = self._trouble
        first = self._first()
        x = min(width - 1, width_of(self._lead) + width_of(self.text[first : max(first, column)]))
        caret, room = self._signs.caret, width - x - 2
        if room >= min(width_of(message), x - 1):
            shown = f"{' ' * x}{caret} {cut(message, max(0, room), self._signs.ellipsis)}"
        else:
            left = cut(message, x - 1, self._signs.ellipsis)
            shown = f"{' ' * (x - 1 - width_of(left))}{left} {caret}"
        return [Span(shown, "critical")]

    def _offers(self, width: int) -> list[Span]:
        """List the completions from the one taken on, as many as fit; one that would be alone is only the ghost."""
        if self._note and not self._found:
            return shorten([Span(self._note, "dim")], width, self._signs.ellipsis)
        first = max(0, (self._taken or 0) - 2)
        spans: list[Span] = [Span(" " * width_of(self._lead))]
        for index, found in enumerate(self._found[first : first + width // 2], first):
            label = plain(found.label or found.text, width, self._signs.ellipsis)
            spans += [Span(label, "selection" if index == self._taken else "dim"), Span("  ")]
        return shorten(spans[:-1], width, self._signs.ellipsis) if len(spans) > 1 else spans


def _nothing(_text: str) -> Sequence[Completion]:
    return ()


def _remembered(history: Sequence[str], text: str) -> tuple[str, ...]:
    if not text.strip():
        return tuple(history)
    return (*(earlier for earlier in history if earlier != text), text)[-REMEMBERED:]
