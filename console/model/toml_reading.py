"""A TOML file while it is read: values by their keys, and all that is wrong with its line and what is allowed."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from console.language import _
from console.model.config_values import Reader, Wrong, not_allowed, shown
from console.model.problem import Problem
from console.model.toml_lines import Path, line_of_syntax, lines, nearest

Readers = Mapping[str, Reader[Any]]


class Unread(Exception):  # noqa: N818 - it is an answer about a file
    """It is no TOML at all; the problem says where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Reading:
    """The text of a file, and what is found wrong in it."""

    def __init__(self, data: bytes, source: str) -> None:
        """Begin to read.

        Args:
            data: what stands in the file.
            source: the file, for the messages.

        Raises:
            Unread: it is no UTF-8, or no TOML.
        """
        self.source = source
        self.problems: list[Problem] = []
        try:
            said = data.decode("utf-8-sig")
            self.tree: Mapping[str, object] = tomllib.loads(said)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise Unread(Problem(source, line, "", _("this is no UTF-8"))) from None
        except (ValueError, RecursionError) as error:  # tomllib's own is a ValueError; so is a number of 5,000 digits
            line = line_of_syntax(error, data.decode("utf-8-sig"))
            raise Unread(Problem(source, line, "", _("not TOML: {error}").format(error=error))) from None
        self.lines = lines(said)

    def sorted(self) -> list[Problem]:
        """What is wrong, in the order of the lines."""
        return sorted(self.problems, key=lambda problem: problem.line)

    def values(self, place: Path, said: Mapping[str, object], readers: Readers) -> dict[str, Any]:
        """The values that are allowed, by their keys; the others are complained of."""
        found: dict[str, Any] = {}
        for key, value in said.items():
            read = readers.get(key)
            if read is None:
                self.unknown((*place, key), key, tuple(readers))
                continue
            try:
                found[key] = read(value)
            except Wrong as wrong:
                self.complain((*place, key), not_allowed(value, wrong))
        return found

    def unknown(self, place: Path, name: str, known: Sequence[str]) -> None:
        """Complain of a key that there is not."""
        close = difflib.get_close_matches(name, known, n=1)
        if close:
            message = _("there is no such key; did you mean “{close}”?").format(close=close[0])
        else:
            message = _("there is no such key; there are {known}").format(known=", ".join(known))
        self.complain(place, message)

    def complain(self, place: Path, message: str) -> None:
        """Note what is wrong at a place."""
        key = ".".join(shown(part)[1:-1] for part in place if isinstance(part, str))
        self.problems.append(Problem(self.source, nearest(self.lines, place), key, message))
