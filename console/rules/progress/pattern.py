"""One way in which trainers write where they are, and the names that they use in metrics; it can never take long.

The expressions run in RE2 (docs/decisions/0002-filter-regex.md): a lab's own cannot hang the collector either.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from console.language import _
from console.rules.patterns import PatternError, compiled

GROUPS = frozenset({"step", "steps", "epoch", "epochs", "batch", "batches", "loss", "speed", "pace", "milliseconds"})
"""What a part of an expression may be called."""
SHORT = {
    "{count}": r"\d[\d,.]*[kMG]?",
    "{number}": r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|nan|inf(?:inity)?)",
}
"""What stands for longer expressions in ours."""
_WORDS = re.compile(r"[\W_]+")


class Expression(msgspec.Struct, frozen=True):
    """A compiled expression; it looks at bytes, for which RE2 need not count characters: four times as fast."""

    source: str
    search: Callable[[bytes], Any]
    parts: tuple[tuple[str, int], ...]
    """Names and numbers of what it finds."""

    def find(self, line: bytes) -> dict[str, str] | None:
        """What it finds, by name; None where it does not fit."""
        found = self.search(line)
        if found is None:
            return None
        said = ((name, found[number]) for name, number in self.parts)
        return {name: value.decode("utf-8", "replace") for name, value in said if value}


class Pattern(msgspec.Struct, frozen=True):
    """How one kind of line looks."""

    name: str
    line: Expression
    """What takes the line."""
    also: tuple[Expression, ...] = ()
    """Others that are looked for in the same line; each may be missing."""
    bar: bool = False
    saved: bool = False
    carries: bool = False
    """Whether its epoch holds for the lines below."""
    first: int = 0
    """The number of the first epoch, 0 or 1."""

    @property
    def silent(self) -> bool:
        """Whether it only passes its lines over."""
        return not self.saved and not any(each.parts for each in (self.line, *self.also))

    def parts(self, line: bytes) -> Mapping[str, str]:
        """What the line says, by name; empty where it is no such line."""
        said = self.line.find(line)
        if said is None:
            return {}
        for each in self.also:
            if (more := each.find(line)) is not None:
                said = more | said
        return said


class Names(msgspec.Struct, frozen=True):
    """What the values are called in JSON lines, tables and events, folded; the first that is there holds."""

    step: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    epoch: tuple[str, ...] = ()
    epochs: tuple[str, ...] = ()
    loss: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    """A loss with one of these words in its name is not the training's."""

    def before(self, others: "Names") -> "Names":
        """These names, and behind them others."""
        return Names(*(tuple(dict.fromkeys(getattr(self, n) + getattr(others, n))) for n in Names.__struct_fields__))

    def training_loss(self, keys: Iterable[str]) -> str | None:
        """Return the key of the loss: one that we know, else the shortest that is called so and is no other's."""
        folded = {key.casefold(): key for key in keys}
        for name in self.loss:
            if name in folded:
                return folded[name]
        alike = [name for name in folded if (words := set(_WORDS.split(name))) and "loss" in words - set(self.other)]
        alike = [name for name in alike if not set(_WORDS.split(name)) & set(self.other)]
        return folded[min(alike, key=lambda name: (len(name), name))] if alike else None


class Known(msgspec.Struct, frozen=True):
    """Everything that a file of patterns says."""

    patterns: tuple[Pattern, ...] = ()
    names: Names = Names()

    def before(self, others: "Known") -> "Known":
        """These, and behind them others."""
        return Known(self.patterns + others.patterns, self.names.before(others.names))


def written_out(expression: str) -> str:
    """An expression with what the short forms stand for."""
    for short, long in SHORT.items():
        expression = expression.replace(short, long)
    return expression


def line(expression: str) -> Expression:
    """Compile an expression of a pattern.

    Raises:
        PatternError: it is none, or too large, or names a part that means nothing; the message is translated.
    """
    source = written_out(expression)
    found = compiled(source)
    parts: Mapping[str, int] = found.groupindex
    unknown = sorted(set(parts) - GROUPS)
    if unknown:
        words = _("(?P<{name}>…) means nothing here; there are {known}")
        raise PatternError(words.format(name=unknown[0], known=", ".join(sorted(GROUPS))))
    return Expression(source, found.search, tuple(parts.items()))
