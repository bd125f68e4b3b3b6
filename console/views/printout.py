"""What a program goes on to write, for a terminal that is written to line by line: harmless, and no line twice.

A line that writes itself over with carriage returns, as progress bars do, is one line and shows how it is by now. No
escape sequence is used: what stands in the row is covered with spaces.
"""

from console.views.cells import clip, harmless, width

LONGEST = 1 << 16
"""Characters of one line; more are cut, so that a program that ends no line does not fill the memory."""


class Printout:
    """Text in pieces, cut anywhere: what is on the terminal in the end does not depend on where."""

    def __init__(self, columns: int) -> None:
        """Make one.

        Args:
            columns: cells of a row. A line that is not at its end yet must not reach the next row, where it could not
                be written over; the rest of it follows with its end.
        """
        self._most = max(1, columns - 1)
        self._open = ""
        """What came behind the last line end."""
        self._drawn = ""
        """What stands in the row of it."""

    def take(self, text: str) -> str:
        """Return what must be written for the text that came next."""
        *whole, last = (self._open + text).split("\n")
        said = []
        for line in whole:
            said.append(self._over(_shown(line)) + "\n")
            self._drawn = ""
        self._open = _lately(last)
        said.append(self._over(clip(_shown(self._open).expandtabs(), self._most)))
        return "".join(said)

    def end(self) -> str:
        """Return what must be written when nothing more comes."""
        return self._over(_shown(self._open))

    def _over(self, line: str) -> str:
        drawn, self._drawn = self._drawn, line
        if line.startswith(drawn):
            return line[len(drawn) :]
        return "\r" + " " * width(drawn) + "\r" + line


def _shown(line: str) -> str:
    r"""A line as it is at last: what stands behind the last ``\r`` that anything stands behind."""
    if "\r" in line:
        line = next((part for part in reversed(line.split("\r")) if part.strip()), "")
    if len(line) > LONGEST:
        line = line[:LONGEST] + "…"
    return "\t".join(map(harmless, line.split("\t")))


def _lately(text: str) -> str:
    r"""The beginning of a line without what it has written over already; whether a ``\r`` is its end is still open."""
    kept = text[text.rstrip().rfind("\r") + 1 :]
    if len(kept) <= LONGEST:
        return kept
    return kept[: LONGEST + 1] + ("\r" if "\r" in kept else "")
