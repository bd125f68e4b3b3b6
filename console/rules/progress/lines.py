"""Readings from the text that a training writes, line by line; what it does not know it passes over.

The text is hostile: escape sequences are struck out, of a line only its beginning is looked at and of a text only its
end, and numbers are parsed with care. All patterns are looked for at once, by one automaton: 2 µs a line.
"""

import re
from collections.abc import Mapping, Sequence

from console.rules.patterns import encodable, library, options
from console.rules.progress.metrics import json_line
from console.rules.progress.numbers import count, finite, number
from console.rules.progress.pattern import Known, Names, Pattern
from console.rules.progress.reading import Carried, Reading

LONGEST = 1024
"""Characters of a line that are looked at."""
MOST = 2000
"""Lines of a text, its last ones."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_END = re.compile(r"[\r\n]+")


class Reader:
    """What reads texts by the patterns that are known here."""

    def __init__(self, known: Known) -> None:
        """Make one.

        Raises:
            console.rules.patterns.PatternError: RE2 is not installed.
        """
        self._patterns = known.patterns
        self.names: Names = known.names
        re2 = library()
        self._all = re2.Set.SearchSet(options(re2))
        for pattern in known.patterns:
            self._all.Add(encodable(pattern.line.source))
        if known.patterns:
            self._all.Compile()

    def read(self, text: str, carried: Carried | None = None) -> tuple[Sequence[Reading], Carried | None]:
        """Return what a text says, in its order, and the epoch that holds at its end.

        Args:
            text: it may begin and end in the midst of a line.
            carried: the epoch that held at its beginning.
        """
        found: list[Reading] = []
        for line in _lines(text):
            reading = json_line(line, self.names)
            data = line.encode()
            pattern = self._pattern(data) if reading is None else None
            if pattern is not None and not pattern.silent:
                groups = pattern.parts(data)
                if pattern.carries:
                    carried = _heading(pattern, groups) or carried
                    continue
                reading = _reading(pattern, groups, carried)
            if reading is not None:
                found.append(reading)
        return found, carried

    def _pattern(self, line: bytes) -> Pattern | None:
        fitting = self._all.Match(line) if self._patterns else ()
        return self._patterns[min(fitting)] if fitting else None


def _lines(text: str) -> Sequence[str]:
    plain = _CONTROL.sub("", _ESCAPES.sub("", text))
    ended = [line for line in _END.split(plain) if line and not line.isspace()]
    return [encodable(line[:LONGEST]) for line in ended[-MOST:]]


def _heading(pattern: Pattern, groups: Mapping[str, str]) -> Carried | None:
    epoch = count(groups.get("epoch", ""))
    return None if epoch is None else Carried(epoch, count(groups.get("epochs", "")), pattern.first)


def _reading(pattern: Pattern, groups: Mapping[str, str], carried: Carried | None) -> Reading | None:
    if pattern.saved and not groups:
        return Reading(pattern.name, saved=True)
    step, steps = count(groups.get("step", "")), count(groups.get("steps", ""))
    epoch, epochs = finite(number(groups.get("epoch", ""))), finite(number(groups.get("epochs", "")))
    bar = pattern.bar
    batch, batches = count(groups.get("batch", "")), count(groups.get("batches", ""))
    if batch is not None and batches:
        heading = Carried(int(epoch), None, pattern.first) if epoch is not None else carried
        if heading is None:
            step, steps = batch, batches
        else:
            epochs = epochs or heading.epochs
            before = max(heading.epoch - heading.first, 0)
            step, epoch, bar = before * batches + batch, before + batch / batches, False
            steps = None if epochs is None else int(epochs) * batches
    loss = number(groups.get("loss", ""))
    if step is None and epoch is None and loss is None and not pattern.saved:
        return None
    return Reading(pattern.name, bar, step, steps, epoch, epochs, loss, _speed(groups), pattern.saved)


def _speed(groups: Mapping[str, str]) -> float | None:
    """Steps a second, however they are said."""
    if (speed := finite(number(groups.get("speed", "")))) is not None:
        return speed or None
    pace = finite(number(groups.get("pace", "")))
    if pace is None:
        thousandths = finite(number(groups.get("milliseconds", "")))
        pace = None if thousandths is None else thousandths / 1000
    return finite(1 / pace) if pace else None
