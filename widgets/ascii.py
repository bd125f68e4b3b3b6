"""For a terminal that draws ambiguous characters two columns wide: the ones our texts use, as ASCII of one cell.

° “ ” × · are *ambiguous* as our signs are; names from the world that are wide by nature are left as they are.
"""

from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_PLAIN: Final = str.maketrans("°“”‘’×·…–—−→←↑↓▾▴•§±µ", "'\"\"''x.~---><^vv^*S+u")


class Ascii(LineFilter):
    """Changes every line just before it is drawn; the width of a segment stays what it was."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - the toolkit's protocol
        """Return the line in plain characters."""
        return [
            segment
            if segment.text.isascii()
            else Segment(segment.text.translate(_PLAIN), segment.style, segment.control)
            for segment in segments
        ]
