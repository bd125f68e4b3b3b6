"""A text that grows at its end, kept within bounds: bytes in, lines out. It refuses nothing.

A line that overwrites itself, as progress bars do with carriage returns, is kept as it looks at last.
"""

import codecs

LINES = 20_000
BYTES = 8 << 20
"""Characters, to be exact: what is kept of a longer text is its end."""
LONGEST = 10_000
"""Characters of one line that are kept."""
SPARE = 1_000
"""Lines beyond the bound before the oldest are dropped, so that not every line costs a move of all."""


class Transcript:
    """The last lines of a text. The last of them may still be growing."""

    def __init__(self, lines: int = LINES, size: int = BYTES) -> None:
        self.lines: list[str] = []
        """Hostile text, as it came but for carriage returns and line ends."""
        self.dropped = 0
        """Lines that were there before those that are kept."""
        self.size = 0
        self._most_lines, self._most = lines, size
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._open = ""
        """What came behind the last line end, as it came."""
        self._shown_open = False

    def take(self, data: bytes) -> int:
        """Take what came next; return the index of the first line that is new, or another than before."""
        text = self._decoder.decode(data)
        changed = len(self.lines)
        if self._shown_open:
            changed -= 1
            self.size -= len(self.lines.pop())
            self._shown_open = False
        *whole, self._open = (self._open + text).split("\n")
        for line in whole:
            self._keep(settled(line))
        if self._open:
            self._open = _lately(self._open)
            self._keep(settled(self._open))
            self._shown_open = True
        return max(0, changed - self._bound())

    def _keep(self, line: str) -> None:
        self.lines.append(line)
        self.size += len(line)

    def _bound(self) -> int:
        """Drop the oldest lines where there are too many; return how many."""
        count = 0
        if len(self.lines) > self._most_lines + SPARE:
            count = len(self.lines) - self._most_lines
        over = self.size - self._most
        if over > 0:
            at = 0
            while over > 0 and at < len(self.lines) - 1:
                over -= len(self.lines[at])
                at += 1
            count = max(count, at)
        if count:
            self.size -= sum(map(len, self.lines[:count]))
            del self.lines[:count]
            self.dropped += count
        return count


def settled(line: str) -> str:
    r"""Return a line as a terminal shows it at last: what stands behind the last ``\r`` that anything stands behind."""
    if "\r" in line:
        line = next((part for part in reversed(line.split("\r")) if part.strip()), "")
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def _lately(text: str) -> str:
    """The beginning of a line without what it has overwritten already, and without what is too much of it."""
    return text[text.rstrip().rfind("\r") + 1 :][: 4 * LONGEST]
