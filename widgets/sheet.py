"""A page to read: sections of facts, bars, plots, small tables and text, in two columns where there is room."""

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from widgets.models import AsciiSigns, Section, Signs, Spans
from widgets.page import balance, page
from widgets.scroller import Scroller, joined
from widgets.styles import Styles
from widgets.text import width_of


class Sheet(Scroller):
    """Scrolls by lines with `move`, `page`, `home` and `end`; lines that stay the same are not painted again.

    Which sections stand left is decided anew only when other sections come or the width changes: nothing jumps sides
    while figures change.
    """

    class Clicked(Message):
        """A part with a target was clicked."""

        def __init__(self, sheet: "Sheet", target: str) -> None:
            super().__init__()
            self.sheet = sheet
            self.target = target

        @property
        def control(self) -> "Sheet":
            """The sheet, so that `on` can choose by selector."""
            return self.sheet

    def __init__(self, styles: Styles, signs: Signs | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._paint = styles
        self._signs: Signs = signs or AsciiSigns()
        self._sections: tuple[Section, ...] = ()
        self._lines: list[Spans] = []
        self._split: tuple[int, tuple[str, ...], int | None] | None = None

    def show(self, sections: Sequence[Section]) -> None:
        """Show these sections; the place one reads at stays."""
        if tuple(sections) != self._sections:
            self._sections = tuple(sections)
            self._lay()

    def dress(self, styles: Styles, signs: Signs | None = None) -> None:
        """Change the look."""
        self._paint = styles
        self._signs = signs or self._signs
        self._lay()
        self.refresh()

    @property
    def lines(self) -> Sequence[Spans]:
        """What is drawn, line by line."""
        return self._lines

    def _lay(self) -> None:
        before = self._lines
        if self.wide:
            self._lines = page(self._sections, self.wide, self._signs, self._left_of(self.wide))
        self.hold(len(self._lines))
        if len(before) != len(self._lines):
            self.refresh()
            return
        for y in range(self.top, min(self.top + self.size.height, len(before))):
            if before[y] != self._lines[y]:
                self.refresh(Region(0, y - self.top, self.wide, 1))

    def _left_of(self, width: int) -> int | None:
        titles = tuple(section.title for section in self._sections)
        if self._split is None or self._split[:2] != (width, titles):
            self._split = width, titles, balance(self._sections, width, self._signs)
        return self._split[2]

    def on_resize(self) -> None:
        """Lay the page out again."""
        self._lay()

    def move(self, lines: int) -> None:
        """Scroll down by so many lines, up where negative; it stops at the ends."""
        self.jump(self.top + lines)

    def page(self, pages: int) -> None:
        """Scroll by so many screens."""
        self.move(pages * max(1, self.size.height - 1))

    def home(self) -> None:
        """Go to the top."""
        self.jump(0)

    def end(self) -> None:
        """Go to the bottom."""
        self.jump(len(self._lines))

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is visible."""
        base, index = self.ground, y + self.top
        line = self._lines[index] if index < len(self._lines) else ()
        segments = [Segment(span.text, base + self._paint[span.style]) for span in line]
        return joined(segments).adjust_cell_length(self.wide, base)

    def on_click(self, event: events.Click) -> None:
        """Tell what was clicked."""
        event.stop()
        place = event.get_content_offset(self)
        if place is None or place.y + self.top >= len(self._lines):
            return
        x = place.x
        for span in self._lines[place.y + self.top]:
            x -= width_of(span.text)
            if x < 0:
                if span.target is not None:
                    self.post_message(self.Clicked(self, span.target))
                return
