"""From the text of a filter to its tree: words, comparisons, ``& | ! ( )``. It knows no fields and no units."""

import re
from typing import Never

import msgspec

from console.language import _

LONGEST = 1000
"""Characters of a filter; nobody types more, and it bounds the work."""
DEEPEST = 40
"""Brackets and ``!`` inside each other; far below Python's own limit of recursion."""
MOST = 64
"""Words and comparisons of a filter: each is asked of every row."""
OPERATORS = ("!=", "!~", "<=", ">=", "=", "<", ">", "~")
"""Longest first, so that the first one that fits is meant."""
_SPECIAL = "&|()<>=~\"'"
_PATTERN_PART = re.compile(r"\\\S|\[\^?\]?(?:\\\S|[^\s\]\\])*\]|\S")
"""An escaped character, a class of characters, or one character; never a space."""


class FilterError(Exception):
    """A filter that cannot be understood.

    Attributes:
        message: What is wrong and what to do, translated.
        column: Where, in characters from 0; the length of the text where something is missing at its end.
    """

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


class Word(msgspec.Struct, frozen=True):
    """A word that must occur in the row; a quoted one occurs exactly so."""

    text: str
    column: int
    quoted: bool = False


class Comparison(msgspec.Struct, frozen=True):
    """``field op value`` with the column of each."""

    field: str
    operator: str
    value: str
    quoted: bool
    field_column: int
    operator_column: int
    value_column: int


class Not(msgspec.Struct, frozen=True):
    """What must not hold."""

    part: "Node"


class All(msgspec.Struct, frozen=True):
    """Everything of this holds; of nothing, that is always so."""

    parts: tuple["Node", ...]


class Any(msgspec.Struct, frozen=True):
    """One of these holds."""

    parts: tuple["Node", ...]


Node = Word | Comparison | Not | All | Any


def read(text: str) -> Node:
    """Return the tree of a filter; that of an empty one holds always.

    Raises:
        FilterError: it is not a filter.
    """
    if len(text) > LONGEST:
        raise FilterError(_("a filter has at most {count} characters").format(count=LONGEST), LONGEST)
    return _Reader(text).read()


class _Reader:
    """Reads one filter from left to right by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.terms = 0

    def read(self) -> Node:
        self.skip()
        if self.at == len(self.text):
            return All(())
        node = self.any()
        if self.at < len(self.text):  # only a closing bracket ends any() early
            self.fail(_("this “)” closes nothing"))
        return node

    def any(self) -> Node:
        parts = [self.all()]
        while self.take("|"):
            self.take("|")
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def all(self) -> Node:
        parts = [self.one()]
        while True:
            if self.take("&"):
                self.take("&")
            elif self.peek() in ("", "|", ")"):
                return parts[0] if len(parts) == 1 else All(tuple(parts))
            parts.append(self.one())

    def one(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(_("too deep: at most {count} brackets inside each other").format(count=DEEPEST))
        try:
            if self.take("!"):
                return Not(self.one())
            if self.take("("):
                return self.bracket()
            return self.term()
        finally:
            self.depth -= 1

    def bracket(self) -> Node:
        opened = self.at - 1
        self.skip()
        node = self.any()
        if not self.take(")"):
            raise FilterError(_("this “(” is not closed"), opened)
        return node

    def term(self) -> Node:
        self.skip()
        column = self.at
        here = self.peek()
        if here in ("", "&", "|", ")"):
            self.fail(_("a word or a comparison is missing here"))
        self.terms += 1
        if self.terms > MOST:
            self.fail(_("a filter has at most {count} words and comparisons").format(count=MOST))
        if here in "\"'":
            return Word(self.quoted(), column, quoted=True)
        name = self.name()
        if not name:
            self.fail(_("the name of a field is missing before “{operator}”").format(operator=here))
        end = self.at
        self.skip()
        operator = self.operator()
        if not operator:
            self.at = end
            return Word(name, column)
        return self.comparison(name, operator, column)

    def comparison(self, name: str, operator: str, column: int) -> Comparison:
        operator_column = self.at
        self.at += len(operator)
        if self.text.startswith("=", self.at) and operator in ("=", "~"):  # == and ~= are habits of other languages
            self.at += 1
        self.skip()
        value_column = self.at
        quoted = self.peek() in tuple("\"'")
        value = self.quoted() if quoted else self.pattern() if "~" in operator else self.value()
        if not value and not quoted:
            self.fail(_("a value is missing after “{operator}”").format(operator=operator))
        return Comparison(name, operator, value, quoted, column, operator_column, value_column)

    def operator(self) -> str:
        return next((operator for operator in OPERATORS if self.text.startswith(operator, self.at)), "")

    def name(self) -> str:
        start = self.at
        while self.at < len(self.text):
            here = self.text[self.at]
            if here.isspace() or here in _SPECIAL or self.text.startswith(("!=", "!~"), self.at):
                break
            self.at += 1
        return self.text[start : self.at]

    def value(self) -> str:
        """Read a value without quotes: to a space, an operator of logic or a bracket."""
        start = self.at
        while self.at < len(self.text) and not self.text[self.at].isspace() and self.text[self.at] not in "&|()":
            self.at += 1
        return self.text[start : self.at]

    def pattern(self) -> str:
        """Read an expression without quotes; what stands between its own brackets belongs to it."""
        start, depth = self.at, 0
        while match := _PATTERN_PART.match(self.text, self.at):
            part = match[0]
            if not depth and part in ("&", "|", ")"):
                break
            depth += {"(": 1, ")": -1}.get(part, 0)
            self.at = match.end()
        return self.text[start : self.at]

    def quoted(self) -> str:
        """Read to the same quote; a backslash keeps that quote from closing, and is otherwise itself."""
        start = self.at
        mark = self.text[start]
        self.at += 1
        read: list[str] = []
        while self.at < len(self.text):
            here = self.text[self.at]
            self.at += 1
            if here == mark:
                return "".join(read)
            if here == "\\" and self.text[self.at : self.at + 1] == mark:
                here = mark
                self.at += 1
            read.append(here)
        raise FilterError(_("this quote is not closed"), start)

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def peek(self) -> str:
        self.skip()
        return self.text[self.at : self.at + 1]

    def take(self, mark: str) -> bool:
        if self.peek() != mark:
            return False
        self.at += 1
        return True

    def fail(self, message: str) -> Never:
        raise FilterError(message, self.at)
