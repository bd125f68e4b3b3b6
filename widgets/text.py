"""Text from the world made safe for a terminal, cut and filled by cells; it refuses no text and parses no markup."""

import re
import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len, split_graphemes

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor moves
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)"  # titles, clipboard
    r"|\x1b[ -/]*[0-~]"
)
_BLANK = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_STACK = 2
"""Combining marks kept on one character; more of them only paint over the lines above."""
_RAW = 64
"""Characters of a text that are looked at for each cell that may be shown; a megabyte is not cleaned to show a name."""


def plain(text: str, width: int | None = None, ellipsis: str = "…") -> str:
    r"""Return the text on one line without anything a terminal obeys, at most ``width`` cells wide.

    Escape sequences go entirely (``"\x1b[31mred\x1b[0m"`` is ``"red"``), line breaks and tabs become one space, other
    control characters ``?``; characters that are not seen, or that turn the direction of the line, are left out.

    Args:
        text: Anything, of any length.
        width: Cells; where the text needs more it is cut and ends in the ellipsis. None cuts nothing.
        ellipsis: One cell wide.
    """
    if width is not None and len(text) > width * _RAW:
        text = text[: width * _RAW] + ellipsis * (width + 1)
    if not (text.isascii() and text.isprintable()):
        text = _defused(text)
    return text if width is None else cut(text, width, ellipsis)


def _defused(text: str) -> str:
    text = _BLANK.sub(" ", _SEQUENCE.sub("", text))
    text = _INVISIBLE.sub("", _CONTROL.sub("?", text))
    return text if text.isascii() else "".join(_unstacked(text))


def _unstacked(text: str) -> Iterator[str]:
    stack = _STACK  # a text does not begin with a mark, it would sit on what stands before it
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me"):
            stack += 1
            if stack > _STACK:
                continue
        else:
            stack = 0
        yield character


def width_of(text: str) -> int:
    """Return how many cells a plain text takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """Return a plain text cut to a width in cells; what was cut is shown by the ellipsis. Never splits a character."""
    if width_of(text) <= width:
        return text
    if width <= 0:
        return ""
    return head(text, width - 1)[0] + ellipsis


def middle(text: str, width: int, ellipsis: str = "…") -> str:
    """Return a plain text cut to a width in cells in its middle, so that its end can be told from others'."""
    if width_of(text) <= width:
        return text
    if width <= 2:
        return cut(text, width, ellipsis)
    behind = (width - 1) // 2
    start = len(text)
    while start and width_of(text[start - 1 :]) <= behind:
        start -= 1
    return head(text, width - 1 - width_of(text[start:]))[0] + ellipsis + text[start:]


def head(text: str, width: int) -> tuple[str, str]:
    """Split a plain text after as many whole characters as fit into a width in cells."""
    if text.isascii():
        return text[:width], text[width:]
    used = 0
    for start, _end, cells in split_graphemes(text)[0]:
        used += cells
        if used > width:
            return text[:start], text[start:]
    return text, ""


def fit(text: str, width: int, align: str = "left", ellipsis: str = "…") -> str:
    """Return a plain text of exactly so many cells: cut, or filled with spaces on the other side of its alignment."""
    text = cut(text, width, ellipsis)
    spare = width - width_of(text)
    if align == "right":
        return " " * spare + text
    if align == "center":
        return " " * (spare // 2) + text + " " * (spare - spare // 2)
    return text + " " * spare
