"""The plain values a heatmap shows, and the rule by which foreign text is made safe and cut to terminal cells."""

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.color import Color
from rich.style import Style

CODES = 256
"""How many codes a cell can have: one byte."""

_VISIBLE = frozenset({"L", "M", "N", "P", "S"})
_DROPPED = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""Variation selectors: they change the width of the glyph before them, differently in every terminal."""


class Look(msgspec.Struct, frozen=True):
    """How a cell of one code is drawn."""

    glyph: str
    """One character, one terminal cell wide."""
    style: Style
    """Its colours; where two cells share a character only the colour is left (see `color`)."""
    sign: bool = False
    """It must be told by its glyph: where two cells share a character, the glyph is drawn on the other's colour."""

    @property
    def color(self) -> Color | None:
        """The colour that stands for the cell in half a character: the glyph's, or the ground's of a blank one."""
        if self.glyph == " ":
            return self.style.bgcolor
        return self.style.color or self.style.bgcolor


class Dress(msgspec.Struct, frozen=True):
    """Everything a heatmap must know to draw, and nothing about what it means."""

    looks: Sequence[Look] = ()
    """Indexed by code; a code beyond them is drawn as a question mark."""
    half: str = ""
    """Upper and lower half block (``"▀▄"``), or empty where the terminal has none: then one cell per character."""
    cursor: Style = msgspec.field(default_factory=lambda: Style(reverse=True))
    """Laid over the cell under the cursor, whose colour it replaces; in halves by its ground, else its colour."""
    marked: Style = msgspec.field(default_factory=lambda: Style(underline=True, bold=True))
    """Laid over marked cells; in halves its colour, if it has one, replaces the cell's."""
    group: Style = msgspec.field(default_factory=lambda: Style(dim=True))
    """The headings of the dense picture."""
    words: Mapping[str, Style] = msgspec.field(default_factory=dict)
    """Styles of labels and notes by name; an unknown name is drawn plainly."""
    ellipsis: str = "…"
    """Ends a text that was cut."""
    unprintable: str = "�"
    """Stands for every character that must not reach a terminal."""
    bare: str = "-"
    """A block without cells in the dense picture."""

    def __post_init__(self) -> None:
        if len(self.half) not in (0, 2):
            raise ValueError(f"half is {self.half!r}; it must be the upper and the lower half block, or empty")
        if len(self.looks) > CODES:
            raise ValueError(f"there are {len(self.looks)} looks; a cell's code is one byte, so at most {CODES} fit")
        for glyph in (*(look.glyph for look in self.looks), *self.half, self.ellipsis, self.unprintable, self.bare):
            if cell_len(glyph) != 1 or len(glyph) != 1:
                raise ValueError(
                    f"the glyph {glyph!r} is {cell_len(glyph)} cells wide; every glyph must be exactly one"
                )


@lru_cache(8192)
def clean(text: str, unprintable: str = "�") -> str:
    """Replace what must not reach a terminal: controls, escapes, bidi and zero-width marks, surrogates, unassigned."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char == " " or unicodedata.category(char)[0] in _VISIBLE else unprintable
        for char in text
        if char not in _DROPPED
    )


def width(text: str) -> int:
    """How many terminal cells a text takes once it is `clean`."""
    if text.isascii():
        return len(text)
    return cell_len(clean(text))


def fit(text: str, cells: int, ellipsis: str = "…", unprintable: str = "�") -> str:
    """Cut or pad a text to exactly so many terminal cells, after it was made `clean`."""
    text = clean(text, unprintable)
    if cells <= 0:
        return ""
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    return set_cell_size(set_cell_size(text, cells - 1).rstrip() + ellipsis, cells)
