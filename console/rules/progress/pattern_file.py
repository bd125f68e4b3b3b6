"""A file of patterns: TOML in, `Known` out, or every mistake with its line, what was found and what is allowed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from console.language import _
from console.model.config_values import Reader, Wrong, WrongWithin, flag, text, whole
from console.model.problem import Problem
from console.model.toml_lines import Path as Place
from console.model.toml_reading import Reading, Unread
from console.rules.patterns import PatternError
from console.rules.progress import pattern
from console.rules.progress.pattern import Expression, Known, Names, Pattern

OURS = Path(__file__).with_name("patterns.toml")
"""The patterns that come with the program."""
LONGEST = 1 << 18
"""Bytes of a file of patterns; ours has 9 KB."""
MOST = 100
"""Patterns in one file; each line is held against all of them at once."""


class PatternFileError(Exception):
    """A file of patterns that cannot be used; all its problems in the order of their lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def parse(data: bytes, source: str) -> Known:
    """Return what a file of patterns says.

    Args:
        data: what stands in the file.
        source: the file, for the messages.

    Raises:
        PatternFileError: with everything that is wrong.
    """
    if len(data) > LONGEST:
        words = _("a file of patterns has {most} KB at most").format(most=LONGEST >> 10)
        raise PatternFileError([Problem(source, 1, "", words)])
    try:
        return _File(data, source).read()
    except Unread as unread:
        raise PatternFileError([unread.problem]) from None


def _expression(value: object) -> Expression:
    said = text(2000)(value)
    try:
        return pattern.line(said)
    except PatternError as error:
        raise WrongWithin(str(error)) from None


def _expressions(value: object) -> tuple[Expression, ...]:
    if not isinstance(value, list) or len(value) > 8:
        raise Wrong(_("a list of at most {most} expressions").format(most=8))
    return tuple(map(_expression, value))


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(name, str) and name for name in value):
        raise Wrong(_('a list of names: ["loss", "train/loss"]'))
    return tuple(name.casefold() for name in value)


_READERS: Mapping[str, Reader[Any]] = {
    "name": text(60),
    "line": _expression,
    "also": _expressions,
    "bar": flag,
    "saved": flag,
    "carries": flag,
    "first": whole(0, 1),
}
_NAMES: Mapping[str, Reader[Any]] = dict.fromkeys(Names.__struct_fields__, _names)


class _File(Reading):
    """A file of patterns while it is read."""

    def read(self) -> Known:
        tree = self.tree
        known = ("patterns", "names")
        for name in tree:
            if name not in known:
                self.unknown((name,), name, known)
        listed = tree.get("patterns", [])
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            self.complain(("patterns",), _("{name} is a list of tables: [[{name}]]").format(name="patterns"))
            listed = []
        if len(listed) > MOST:
            self.complain(("patterns", MOST), _("a file has {most} patterns at most").format(most=MOST))
        patterns = [self.pattern(number, said) for number, said in enumerate(listed[:MOST])]
        names = tree.get("names", {})
        if not isinstance(names, dict):
            self.complain(("names",), _("{name} is a table: [{name}]").format(name="names"))
            names = {}
        found = Names(**self.values(("names",), names, _NAMES))
        if self.problems:
            raise PatternFileError(self.sorted())
        return Known(tuple(each for each in patterns if each is not None), found)

    def pattern(self, number: int, said: Mapping[str, object]) -> Pattern | None:
        place: Place = ("patterns", number)
        values = self.values(place, said, _READERS)
        for key in ("name", "line"):
            if key not in said:
                self.complain(place, _("{key} is missing").format(key=key))
        if "name" not in values or "line" not in values:
            return None
        return Pattern(**values)
