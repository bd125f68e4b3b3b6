"""A text that grows at its end, to follow, to scroll and to search; only what one sees is cleaned, cut and drawn."""

import bisect
from collections.abc import Iterator

from rich.segment import Segment
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from widgets.models import AsciiSigns, Cell, Signs, spans_of
from widgets.scroller import Scroller, joined
from widgets.styles import Styles
from widgets.text import cut, head, plain, width_of
from widgets.transcript import Transcript
from widgets.wrap import wrap

TAB = 8


class Tail(Scroller):
    """Shows a transcript. While it follows, the last line stays in sight; any way up ends that, `end` begins it."""

    class Moved(Message):
        """It follows, or does not any more; or what it knows of a search has changed."""

    def __init__(self, styles: Styles, signs: Signs | None = None) -> None:
        super().__init__()
        self._paint = styles
        self._signs: Signs = signs or AsciiSigns()
        self.text = Transcript()
        self.following = True
        self.wraps = True
        self.sought = ""
        """What is searched for, without regard to case; empty: nothing."""
        self._empty: Cell = ""
        self._ends: list[int] = []
        """Of each line the screen line behind its last one, counted from the first line there ever was."""
        self._before = 0
        """The same of the lines that were dropped."""
        self._laid = 0
        """Cells of a line for which `_ends` was counted."""
        self._found: list[int] = []
        """The lines that have what is searched for, counted from the first there ever was."""
        self._hit: int | None = None
        """The line on which the search stands, counted from the first there ever was."""

    # What is shown

    def take(self, data: bytes) -> None:
        """Show what came next."""
        dropped = self.text.dropped
        first = self.text.take(data)
        gone = self.text.dropped - dropped
        top, rows = self.top, self.rows
        if gone:
            cut_rows = self._ends[min(gone, len(self._ends)) - 1] - self._before if self._ends else 0
            self._before += cut_rows
            del self._ends[:gone]
            top -= cut_rows
        self._count(first)
        self._seek(first)
        self._settle(top, rows, first)

    def clear(self) -> None:
        """Show another text, of which nothing has come yet."""
        self.text = Transcript()
        self._ends, self._before, self._found, self._hit = [], 0, [], None
        self.hold(0)
        self.refresh()

    def say(self, empty: Cell) -> None:
        """Say what stands there while there is no text."""
        if empty != self._empty:
            self._empty = empty
            self.refresh()

    def dress(self, styles: Styles, signs: Signs | None = None) -> None:
        """Change the look."""
        self._paint, self._signs = styles, signs or self._signs
        self.refresh()

    def wrap(self, on: bool) -> None:
        """Wrap long lines, or cut them; the first line in sight stays there."""
        first = self._line_at(self.top)
        self.wraps = on
        self._lay()
        if not self.following and first is not None:
            self.jump(self._start(first[0]))
        self.refresh()

    @property
    def rows(self) -> int:
        """Lines of the screen that the text takes."""
        return self._ends[-1] - self._before if self._ends else 0

    # Moving

    def move(self, lines: int) -> None:
        """Scroll down by so many lines, up where negative."""
        self._go(self.top + lines)

    def page(self, pages: int) -> None:
        """Scroll by so many screens."""
        self.move(pages * max(1, self.size.height - 1))

    def home(self) -> None:
        """Go to the first line that is kept."""
        self._go(0)

    def end(self) -> None:
        """Go to the last line, and stay with it."""
        self._follow(True)
        self.jump(self.rows)

    def stay(self) -> None:
        """Stay where one is, whatever comes."""
        self._follow(False)

    def _go(self, top: int) -> None:
        last = max(0, self.rows - self.size.height)
        self.jump(max(0, min(top, last)))
        self._follow(top >= last)

    def _follow(self, on: bool) -> None:
        if on != self.following:
            self.following = on
            self.post_message(self.Moved())

    def _wheel(self, event: object, lines: int) -> None:
        super()._wheel(event, lines)  # type: ignore[arg-type] # the toolkit's own event
        self._follow(self.top >= max(0, self.rows - self.size.height))

    # Searching

    def search(self, text: str) -> int:
        """Mark a text wherever it stands, go to its last place; return how many lines have it."""
        self.sought, self._hit, self._found = text.casefold(), None, []
        self._seek(0)
        if self._found:
            self.next(-1)
        self.refresh()
        self.post_message(self.Moved())
        return len(self._found)

    def next(self, step: int) -> bool:
        """Go to the next line that has what is searched for, or the one before; False where there is none."""
        hits = self._found
        if not hits:
            return False
        if self._hit is None:
            at = len(hits) - 1 if step < 0 else 0
        else:
            at = bisect.bisect_right(hits, self._hit) if step > 0 else bisect.bisect_left(hits, self._hit) - 1
        self._hit = hits[at % len(hits)]
        self._follow(False)
        start = self._start(self._hit - self.text.dropped)
        if not self.top <= start < self.top + self.size.height:
            self.jump(max(0, start - self.size.height // 2))
        self.refresh()
        self.post_message(self.Moved())
        return True

    @property
    def hit(self) -> tuple[int, int]:
        """Which of the lines that have it is the present one, from 1 (0: none is), and how many there are."""
        hits = self._found
        at = bisect.bisect_left(hits, self._hit) if self._hit is not None else len(hits)
        return (at + 1 if at < len(hits) and hits[at] == self._hit else 0), len(hits)

    def _seek(self, first: int) -> None:
        """Search anew from a line on, and forget those that were dropped."""
        if not self.sought:
            return
        gone, hits = self.text.dropped, self._found
        del hits[bisect.bisect_left(hits, first + gone) :]
        del hits[: bisect.bisect_left(hits, gone)]
        hits += [
            first + gone + number
            for number, line in enumerate(self.text.lines[first:])
            if self.sought in line.casefold()
        ]

    # Where lines stand

    def _count(self, first: int) -> None:
        """Count the screen lines from a line on."""
        width = self._laid
        del self._ends[first:]
        end = self._ends[-1] if self._ends else self._before
        for line in self.text.lines[first:]:
            end += self._height(line, width)
            self._ends.append(end)

    def _height(self, line: str, width: int) -> int:
        if not self.wraps or width <= 0 or (len(line) * 2 <= width and "\t" not in line):
            return 1
        return max(1, len(self._pieces(_clean(line), width)))

    def _pieces(self, text: str, width: int) -> list[str]:
        """A line as it is wrapped: by cells, because logs have no words."""
        if width_of(text) <= width:
            return [text]
        if text.isascii():
            return [text[at : at + width] for at in range(0, len(text), width)]
        found: list[str] = []
        while text:
            piece, rest = head(text, width)
            if not piece:
                break  # a character that is wider than the line
            found.append(piece)
            text = rest
        return found

    def _start(self, line: int) -> int:
        """The screen line on which a line begins."""
        return (self._ends[line - 1] if line > 0 else self._before) - self._before

    def _line_at(self, row: int) -> tuple[int, int] | None:
        """The line on a screen line, and which of its pieces that is; None below the text."""
        line = bisect.bisect_right(self._ends, row + self._before)
        return (line, row - self._start(line)) if line < len(self._ends) else None

    def _lay(self) -> None:
        self._laid = self.wide
        self._before = 0
        self._ends = []
        self._count(0)
        self._settle(self.top, None, 0)

    def _settle(self, top: int, rows: int | None, first: int) -> None:
        """Be where one was, or at the end; paint what differs from there on."""
        self.hold(self.rows)
        last = max(0, self.rows - self.size.height)
        wanted = last if self.following else max(0, min(top, last))
        if wanted != self.top:
            self.jump(wanted)
            self.refresh()
        elif rows is None or not rows:
            self.refresh()
        else:
            start = max(0, self._start(first) - self.top)
            if start < self.size.height:
                self.refresh(Region(0, start, self.wide, self.size.height - start))

    def on_resize(self) -> None:
        """Lay the lines out anew where they are wrapped at another width."""
        if self.wide != self._laid:
            self._lay()
        elif self.following:
            self.jump(self.rows)

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is visible."""
        base, width = self.ground, self.wide
        found = self._line_at(y + self.top)
        if found is None or found[0] >= len(self.text.lines):
            told = wrap(spans_of(self._empty), width) if not self.text.lines and self._empty and width else []
            drawn = told[y] if y < len(told) else ()
            return joined(Segment(s.text, base + self._paint[s.style]) for s in drawn).adjust_cell_length(width, base)
        line, piece = found
        text = _clean(self.text.lines[line])
        pieces = self._pieces(text, width) if self.wraps else [cut(text, width, self._signs.ellipsis)]
        shown = pieces[piece] if piece < len(pieces) else ""
        here = self._hit is not None and line == self._hit - self.text.dropped
        return joined(self._marked(shown, here)).adjust_cell_length(width, base)

    def _marked(self, text: str, here: bool) -> Iterator[Segment]:
        """A piece with what is searched for in another style."""
        base = self.ground
        found = base + self._paint["selection" if here else "accent bold"]
        sought, low, at = self.sought, text.casefold(), 0
        if sought and len(low) == len(text):
            place = low.find(sought)
            while place >= 0:
                yield Segment(text[at:place], base)
                yield Segment(text[place : place + len(sought)], found)
                at = place + len(sought)
                place = low.find(sought, at)
        yield Segment(text[at:], base)


def _clean(line: str) -> str:
    """A line as it may be drawn."""
    return plain(line.expandtabs(TAB) if "\t" in line else line)
