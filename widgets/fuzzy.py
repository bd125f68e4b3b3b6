"""Fuzzy search: do the letters of a query occur in a text in this order, and how well."""

import re
from typing import Final

_HIT: Final = 10
_RUN: Final = 12
"""A letter right after the last one found counts more than twice: words beat scattered letters."""
_START: Final = 14
"""The first letter of a word is what people type as initials."""
_FIRST: Final = 8
_SKIP: Final = 1
_LONGEST_SKIP: Final = 20
_FAR: Final = 512
"""Characters of a text that are looked at."""


def score(query: str, text: str) -> int | None:
    """Return how well a text answers a query, higher is better; None where it does not.

    Case does not matter. Every word of the query must be found by itself, in any order; an empty query finds everything
    with 0. Between equal finds the shorter text wins.
    """
    folded = text[:_FAR].casefold()
    starts = frozenset(match.start() for match in re.finditer(r"(?:(?<=[\W_])|^)\w|(?<=\D)\d", folded))
    total = 0
    for word in query.casefold().split():
        best = _best(word, folded, starts)
        if best is None:
            return None
        total += best
    return total - min(len(folded), _LONGEST_SKIP) if total else 0


def _best(word: str, text: str, starts: frozenset[int]) -> int | None:
    """Try the word from each place its first letter occurs at, and keep the best."""
    best: int | None = None
    at = text.find(word[0])
    while at >= 0:
        found = _from(word, text, at, starts)
        if found is None:
            break  # what does not fit behind this place fits behind no later one
        best = found if best is None else max(best, found)
        at = text.find(word[0], at + 1)
    return best


def _from(word: str, text: str, at: int, starts: frozenset[int]) -> int | None:
    points = _HIT + (_START if at in starts else 0) + (_FIRST if at == 0 else 0)
    for letter in word[1:]:
        following = text.find(letter, at + 1)
        if following < 0:
            return None
        points += _HIT + (_START if following in starts else 0)
        skipped = following - at - 1
        points += _RUN if not skipped else -min(skipped * _SKIP, _LONGEST_SKIP)
        at = following
    return points
