"""Running text on several lines, by cells: between words where it can, inside a word where it must."""

import re
from collections.abc import Iterator, Sequence

from widgets.models import Span
from widgets.text import head, plain, width_of

_WORDS = re.compile(r"\s+|[^\s]+")


def wrap(spans: Sequence[Span], width: int) -> list[tuple[Span, ...]]:
    """Return the lines of a text, at least one, each at most ``width`` cells; a line break in it begins another."""
    lines: list[tuple[Span, ...]] = []
    line: list[Span] = []
    room = width
    for span, word in _words(spans):
        if word == "\n":
            lines.append(tuple(line))
            line, room = [], width
            continue
        while width_of(word) > room:
            if line and width_of(word) <= width:
                lines.append(_trimmed(line))
                line, room = [], width
                word = word.lstrip()
                continue
            first, word = head(word, room)
            if not first and not line:
                first, word = word[:1], word[1:]  # one character wider than the line: it must go somewhere
            lines.append((*line, Span(first, span.style, span.target)))
            line, room = [], width
            if not word:
                break
        if word and (line or not word.isspace() or not lines):
            line.append(Span(word, span.style, span.target))
            room -= width_of(word)
    if line or not lines:
        lines.append(tuple(line))
    return lines


def _words(spans: Sequence[Span]) -> Iterator[tuple[Span, str]]:
    for span in spans:
        for number, text in enumerate(span.text.split("\n")):
            if number:
                yield span, "\n"
            for found in _WORDS.finditer(plain(text)):
                yield span, found.group()


def _trimmed(line: list[Span]) -> tuple[Span, ...]:
    while line and line[-1].text.isspace():
        line.pop()
    return tuple(line)
