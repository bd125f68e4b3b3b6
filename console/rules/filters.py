"""The language of `/` and ``--filter``: plain words, ``field op value``, ``& | ! ( )``; compiled to closures.

An unknown value (None) fits no comparison that asks for something: ``=``, ``<``, ``~`` are false on it. ``!=`` and
``!~`` are exactly what ``=`` and ``~`` are not, so they keep it: who asks for ``state!=ok`` must see the unknown ones.
``field=none`` (or ``=unknown``) finds what is unknown, ``field=n/a`` what is not supported.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping

import msgspec

from console.language import _
from console.model.fields import UNSUPPORTED, Field, Kind
from console.rules import filter_syntax as syntax
from console.rules.filter_syntax import FilterError
from console.rules.patterns import PatternError, Test, containing, expression, fuzzy, wildcard
from console.rules.quantities import Quantity, quantity

__all__ = ["Field", "Filter", "FilterError", "Kind", "parse"]

Row = Mapping[str, object]
_Check = Callable[[Row, str], bool]
_ValueTest = Callable[[object], bool]
_UNKNOWN = ("none", "unknown")
_YES = ("yes", "true", "on", "1")
_NO = ("no", "false", "off", "0")
_WORDS_ONLY = ("=", "!=", "~", "!~")
_NUMERIC = frozenset({Kind.NUMBER, Kind.BYTES, Kind.DURATION, Kind.PERCENT})


class Filter(msgspec.Struct, frozen=True):
    """A filter that was understood."""

    text: str
    """As it was typed."""
    fields: frozenset[str]
    """Names of the fields that it looks at; aliases are resolved."""
    check: _Check
    words: bool = True
    """Whether it has plain words; without one nobody need say what they would look through."""

    def matches(self, row: Row, text: str) -> bool:
        """Return whether a row passes; ``text`` is what plain words look through, its words apart by spaces.

        Values are compared by the field's kind: text (or several, of which one must fit), numbers in bytes, seconds
        and percent, booleans, None for unknown.
        """
        return self.check(row, text)


def parse(text: str, fields: Mapping[str, Field]) -> Filter:
    """Return the filter that a text means; that of an empty text passes everything.

    Raises:
        FilterError: it means none; where and why.
    """
    tree = syntax.read(text)
    compiler = _Compiler(fields)
    names = frozenset(compiler.resolve(part).name for part in _comparisons(tree))
    return Filter(text, names, compiler.compile(tree), _has_words(tree))


def _comparisons(node: syntax.Node) -> Iterator[syntax.Comparison]:
    match node:
        case syntax.Comparison():
            yield node
        case syntax.Not(part):
            yield from _comparisons(part)
        case syntax.All(parts) | syntax.Any(parts):
            for part in parts:
                yield from _comparisons(part)


def _has_words(node: syntax.Node) -> bool:
    match node:
        case syntax.Word():
            return True
        case syntax.Not(part):
            return _has_words(part)
        case syntax.All(parts) | syntax.Any(parts):
            return any(map(_has_words, parts))
    return False


class _Compiler:
    """Makes one closure of a tree."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self.names: dict[str, Field] = {}
        for field in fields.values():
            for alias in field.aliases:
                self.names.setdefault(alias.casefold(), field)
        self.names |= {name.casefold(): field for name, field in fields.items()}

    def compile(self, node: syntax.Node) -> _Check:
        match node:
            case syntax.Word(text=word, quoted=quoted):
                test = containing(word) if quoted else fuzzy(word)
                return lambda _row, text: test(text)
            case syntax.Comparison():
                return self.comparison(node)
            case syntax.Not(part):
                check = self.compile(part)
                return lambda row, text: not check(row, text)
            case syntax.All(parts):
                return _all([self.compile(part) for part in parts])
            case syntax.Any(parts):
                return _any([self.compile(part) for part in parts])

    def resolve(self, node: syntax.Comparison) -> Field:
        field = self.names.get(node.field.casefold())
        if field is None:
            close = difflib.get_close_matches(node.field.casefold(), self.names, n=1)
            message = (
                _("there is no field “{field}” here; did you mean “{close}”?") if close else self.no_field_message()
            )
            known = ", ".join(sorted({known.name for known in self.names.values()}))
            raise FilterError(message.format(field=node.field, close="".join(close), known=known), node.field_column)
        return field

    def no_field_message(self) -> str:
        if not self.names:
            return _("there is no field “{field}” here; this list has plain words only")
        return _("there is no field “{field}” here; there are {known}")

    def comparison(self, node: syntax.Comparison) -> _Check:
        field = self.resolve(node)
        positive = node.operator.removeprefix("!")
        test = _value_test(node, field, positive)
        name = field.name
        if node.operator.startswith("!"):
            return lambda row, _text: not test(row.get(name))
        return lambda row, _text: test(row.get(name))


def _all(checks: list[_Check]) -> _Check:
    match checks:
        case [first, second]:
            return lambda row, text: first(row, text) and second(row, text)
        case [first, second, third]:
            return lambda row, text: first(row, text) and second(row, text) and third(row, text)
    several = tuple(checks)
    return lambda row, text: all(check(row, text) for check in several)


def _any(checks: list[_Check]) -> _Check:
    several = tuple(checks)
    return lambda row, text: any(check(row, text) for check in several)


def _value_test(node: syntax.Comparison, field: Field, operator: str) -> _ValueTest:
    """Return the test of one value for ``=``, an order or ``~``; negation is the caller's."""
    word = node.value.casefold()
    if not node.quoted and operator == "=" and word in (*_UNKNOWN, "n/a"):
        return _absence(word)
    if field.kind is Kind.TIME:
        raise FilterError(_("“{field}” is a time and cannot be compared").format(field=field.name), node.field_column)
    if field.kind in _NUMERIC:
        return _number_test(node, field, operator)
    if node.operator not in _WORDS_ONLY or (field.kind is Kind.BOOL and operator != "="):
        allowed = "= !=" if field.kind is Kind.BOOL else " ".join(_WORDS_ONLY)
        message = _("“{field}” cannot be compared with “{operator}”; there are {allowed}")
        raise FilterError(
            message.format(field=field.name, operator=node.operator, allowed=allowed), node.operator_column
        )
    if field.kind is Kind.BOOL:
        return _truth_test(node, word)
    return _text_test(node, field, operator)


def _absence(word: str) -> _ValueTest:
    if word == "n/a":
        return lambda value: value is UNSUPPORTED
    return lambda value: value is None or value == () or (isinstance(value, str) and value.casefold() == word)


def _truth_test(node: syntax.Comparison, word: str) -> _ValueTest:
    if word not in _YES + _NO:
        message = _("“{value}” is neither yes nor no").format(value=node.value)
        raise FilterError(message, node.value_column)
    wanted = word in _YES
    return lambda value: value is wanted


def _number_test(node: syntax.Comparison, field: Field, operator: str) -> _ValueTest:
    if operator == "~":
        message = _("“{field}” is a number; “~” is for text. There are = != < <= > >=")
        raise FilterError(message.format(field=field.name), node.operator_column)
    try:
        wanted = quantity(node.value, field)
    except ValueError as error:
        raise FilterError(str(error), node.value_column) from None
    compare = _order(operator, wanted)
    return lambda value: isinstance(value, int | float) and compare(value)


def _order(operator: str, wanted: Quantity) -> Callable[[float], bool]:
    number = wanted.number
    match operator:
        case "<":
            return lambda value: value < number
        case "<=":
            return lambda value: value <= number
        case ">":
            return lambda value: value > number
        case ">=":
            return lambda value: value >= number
    low, high = number - wanted.slack, number + wanted.slack
    return lambda value: value == number or low <= value < high


def _text_test(node: syntax.Comparison, field: Field, operator: str) -> _ValueTest:
    if operator == "~":
        try:
            return _of_text(expression(node.value))
        except PatternError as error:
            raise FilterError(str(error), node.value_column) from None
    if field.kind is Kind.CHOICE and "*" not in node.value:
        _check_choice(node, field)
    return _of_text(wildcard(node.value)) if "*" in node.value else _equal(node.value)


def _check_choice(node: syntax.Comparison, field: Field) -> None:
    known = {choice.casefold(): choice for choice in field.choices}
    if not known or node.value.casefold() in known:
        return
    close = difflib.get_close_matches(node.value.casefold(), known, n=1)
    message = (
        _("“{value}” is not a value of {field}; did you mean “{close}”?")
        if close
        else _("“{value}” is not a value of {field}; there are {known}")
    )
    values = {"close": known[close[0]] if close else "", "known": ", ".join(field.choices)}
    raise FilterError(message.format(value=node.value, field=field.name, **values), node.value_column)


def _equal(text: str) -> _ValueTest:
    """The test that a text, or one of several, is this one; in one step, for 10,000 of them are looked at."""
    wanted = text.casefold()
    several = _of_text(wildcard(text))
    return lambda value: value.casefold() == wanted if isinstance(value, str) else several(value)


def _of_text(test: Test) -> _ValueTest:
    def of_value(value: object) -> bool:
        if isinstance(value, str):
            return test(value)
        if isinstance(value, tuple | list | frozenset):
            return any(isinstance(part, str) and test(part) for part in value)
        return False

    return of_value
