"""One line of the terminal: parts from the left, parts from the right, each of which may be clicked."""

from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from widgets.models import KEEP, AsciiSigns, Signs, Span, Spans
from widgets.scroller import joined
from widgets.styles import Styles
from widgets.text import head, plain, width_of

GAP: Final = 2
"""Cells at least between what stands left and what stands right."""


def arrange(left: Sequence[Span], right: Sequence[Span], width: int, ellipsis: str) -> list[Span]:
    """Return plain spans that fill a line of a width in cells exactly.

    Parts are dropped, lowest priority first, until everything fits: on the right the last among equals; on the left,
    where a part without a priority always stays, all equals together, before those of the right. Those of priority
    `KEEP` stay, and what stands left is cut instead; only a line too narrow for them alone cuts them as well.
    """
    left = [_safe(span, width, ellipsis) for span in left]
    kept = [_safe(span, width, ellipsis) for span in right]
    while _width(left) + (GAP + _width(kept) if kept else 0) > width:
        lowest = min((span.priority for span in (*kept, *(span for span in left if span.priority))), default=KEEP)
        if lowest >= KEEP:
            break
        if any(span.priority == lowest for span in left if span.priority):
            left = [span for span in left if not span.priority or span.priority != lowest]
        else:
            del kept[max(at for at, span in enumerate(kept) if span.priority == lowest)]
    kept = shorten(kept, width, ellipsis)
    room = width - _width(kept) - (GAP if kept else 0)
    left = shorten(left, room, ellipsis)
    filling = width - _width(left) - _width(kept)
    return [*left, Span(" " * filling), *kept]


def shorten(spans: Sequence[Span], width: int, ellipsis: str) -> list[Span]:
    """Return plain spans cut at the end to a width in cells."""
    if _width(spans) <= width:
        return list(spans)
    result: list[Span] = []
    room = width
    for span in spans:
        wide = width_of(span.text)
        # The ellipsis needs its cell even where the cut falls between two parts.
        if wide > room - 1:
            result.append(Span(head(span.text, room - 1)[0] + ellipsis if room > 0 else "", span.style, span.target))
            break
        result.append(span)
        room -= wide
    return result


def _safe(span: Span, width: int, ellipsis: str) -> Span:
    return Span(plain(span.text, width, ellipsis), span.style, span.target, span.priority)


def _width(spans: Sequence[Span]) -> int:
    return sum(width_of(span.text) for span in spans)


class Line(Widget):
    """A line of spans; it is painted again only when they differ."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"
    ALLOW_SELECT = False

    class Clicked(Message):
        """A part with a target was clicked."""

        def __init__(self, line: "Line", target: str) -> None:
            super().__init__()
            self.line = line
            self.target = target

        @property
        def control(self) -> "Line":
            """The line, so that `on` can choose by selector."""
            return self.line

    def __init__(self, styles: Styles, signs: Signs | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._paint = styles
        self._signs = signs or AsciiSigns()
        self._left: Spans = ()
        self._right: Spans = ()
        self._drawn: tuple[int, list[Span]] | None = None

    def show(self, left: Sequence[Span], right: Sequence[Span] = ()) -> None:
        """Show these parts instead of the last."""
        if (tuple(left), tuple(right)) != (self._left, self._right):
            self._left, self._right = tuple(left), tuple(right)
            self._drawn = None
            self.refresh()

    def dress(self, styles: Styles, signs: Signs | None = None) -> None:
        """Change the look."""
        self._paint = styles
        self._signs = signs or self._signs
        self._drawn = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line; it has one."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.rich_style)
        base = self.rich_style
        segments = [Segment(span.text, base + self._paint[span.style]) for span in self._spans(width)]
        return joined(segments)

    def _spans(self, width: int) -> list[Span]:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = width, arrange(self._left, self._right, width, self._signs.ellipsis)
        return self._drawn[1]

    def target_at(self, x: int) -> str | None:
        """Return the target under a cell, counted from the left edge of the content."""
        for span in self._spans(self.size.width):
            x -= width_of(span.text)
            if x < 0:
                return span.target
        return None

    def on_click(self, event: events.Click) -> None:
        """Tell what was clicked."""
        event.stop()
        place = event.get_content_offset(self)
        target = None if place is None else self.target_at(place.x)
        if target is not None:
            self.post_message(self.Clicked(self, target))
