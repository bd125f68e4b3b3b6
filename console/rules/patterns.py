"""Matching text with what a person typed: wildcards, fuzzy words, regular expressions; none of it can take long.

Backtracking would freeze the program that runs it (docs/decisions/0002-filter-regex.md), so expressions run in RE2,
whose time grows with the length of the text only, and only up to a size that was measured.
"""

from collections.abc import Callable
from typing import Any

from console.language import _

Test = Callable[[str], bool]
"""Says whether a text fits; upper and lower case are equal."""

LARGEST = 256
"""Instructions of RE2's program; ``.{30}`` has 244, the expressions that people write 10 to 60."""
LONGEST = 512
"""Characters of a text that an expression or a fuzzy word looks at."""
_MEMORY = 8 << 20
"""Bytes for RE2's states; with 1 MiB it discards them and is up to 40 times slower."""
_REMEMBERED = 32_768
"""Verdicts kept by text: most of a list is the same at the next tick."""
_STARTS = frozenset(" -_./:@[](),=#")


class PatternError(ValueError):
    """An expression that cannot be used; the message is translated."""


def expression(pattern: str) -> Test:
    """Return a test that finds a regular expression anywhere in a text.

    Raises:
        PatternError: it is none, or RE2 has no such thing, or it is too large.
    """
    search = compiled(pattern).search
    return _remembering(lambda text: search(encodable(text[:LONGEST])) is not None)


def compiled(pattern: str) -> Any:
    """Return a regular expression with RE2's ``search`` and ``groupindex``; upper and lower case are equal.

    Raises:
        PatternError: it is none, or RE2 has no such thing, or it is too large.
    """
    re2 = library()
    try:
        found = re2.compile(encodable(pattern), options(re2))
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        if isinstance(reason, bytes):
            reason = reason.decode("utf-8", "replace")
        raise PatternError(_("not a regular expression here: {reason}").format(reason=reason)) from None
    if found.programsize > LARGEST:
        raise PatternError(
            _("this expression is too large ({size} of {limit}); repeat less in it").format(
                size=found.programsize, limit=LARGEST
            )
        )
    return found


def library() -> Any:
    """Return RE2.

    Raises:
        PatternError: it is not installed.
    """
    try:
        import re2  # type: ignore[import-untyped]  # 14 ms and 1.5 MB, only for those who use it
    except ImportError:
        raise PatternError(_("regular expressions need the package google-re2, which is not installed here")) from None
    return re2


def options(re2: Any) -> Any:
    """How every expression is read."""
    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.log_errors = False
    chosen.max_mem = _MEMORY
    return chosen


def wildcard(pattern: str) -> Test:
    """Return a test that a whole text equals the pattern, in which ``*`` stands for anything."""
    wanted = pattern.casefold()
    if "*" not in wanted:
        return lambda text: text.casefold() == wanted
    first, *middle, last = wanted.split("*")
    least = len(first) + len(last)

    def test(text: str) -> bool:
        folded = text.casefold()
        if len(folded) < least or not folded.startswith(first) or not folded.endswith(last):
            return False
        at, end = len(first), len(folded) - len(last)
        for part in middle:
            found = folded.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return test


def containing(phrase: str) -> Test:
    """Return a test that a phrase occurs in a text exactly so."""
    wanted = phrase.casefold()
    return lambda text: wanted in text.casefold()


def fuzzy(word: str) -> Test:
    """Return a test for a plain word: it occurs, or its letters do in order within one word, the first one first.

    ``g07`` finds ``gpu-07`` and ``lsft`` finds ``llama-sft``. Digits alone, one letter, and words that are not ASCII
    (Chinese has no letters to skip) must simply occur.
    """
    wanted = word.casefold()
    if len(wanted) < 2 or wanted.isdigit() or not wanted.isascii():
        return containing(word)
    first, rest = wanted[0], wanted[1:]

    def test(text: str) -> bool:
        folded = text.casefold()
        return wanted in folded or _abbreviates(first, rest, folded[:LONGEST])

    return _remembering(test)


def _abbreviates(first: str, rest: str, text: str) -> bool:
    at = text.find(first)
    while at >= 0:
        if at and text[at - 1] not in _STARTS:
            at = text.find(first, at + 1)
            continue
        end = text.find(" ", at)
        end = len(text) if end < 0 else end
        place = at
        for letter in rest:
            place = text.find(letter, place + 1, end)
            if place < 0:
                break
        else:
            return True
        at = text.find(first, end)  # a later start in the same word has fewer letters after it, not more
    return False


def _remembering(test: Test) -> Test:
    verdicts: dict[str, bool] = {}

    def remembered(text: str) -> bool:
        verdict = verdicts.get(text)
        if verdict is None:
            if len(verdicts) >= _REMEMBERED:
                verdicts.clear()
            verdict = verdicts[text] = test(text)
        return verdict

    return remembered


def encodable(text: str) -> str:
    """A lone surrogate (a byte that was not UTF-8) has no place in RE2's UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
