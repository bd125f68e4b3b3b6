"""How wide text is in a terminal, and text from the world made harmless for one.

Characters that are East Asian *ambiguous* (● ▲ █) count as one cell: what is written to a pipe cannot ask the terminal.
"""

import unicodedata
from functools import lru_cache

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_HARMLESS = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
"""Control characters become their pictures (␛, ␊): nothing is lost, and none reaches the terminal."""


def harmless(text: str) -> str:
    """Return text of one line without control characters, directions, invisible formats or broken code points."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_harmless_character, text))


def harmless_lines(text: str) -> str:
    """Return text whose lines and tabs stay and all else is as in `harmless`; a line that is written over ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(map(harmless, line.split("\t"))) for line in lines)


@lru_cache(4096)
def _harmless_character(character: str) -> str:
    code = ord(character)
    if code in _HARMLESS:
        return chr(_HARMLESS[code])
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return _REPLACEMENT
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return ""  # selects a variant of the character before it, with which terminals change its width at will
    return " " if category == "Zs" else character


def width(text: str) -> int:
    """Return how many cells harmless text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


@lru_cache(4096)
def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf") or 0x1160 <= ord(character) <= 0x11FF:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clip(text: str, cells: int) -> str:
    """Return harmless text of at most so many cells; what was cut ends in ``…``."""
    if width(text) <= cells:
        return text
    if cells <= 0:
        return ""
    left = cells - 1
    for place, character in enumerate(text):
        left -= _character_width(character)
        if left < 0:
            return text[:place] + "…"
    return text


def fitted(text: str, cells: int, *, right: bool = False) -> str:
    """Return harmless text in exactly so many cells, clipped or filled with spaces."""
    clipped = clip(text, cells)
    space = " " * (cells - width(clipped))
    return space + clipped if right else clipped + space
