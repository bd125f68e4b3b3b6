"""Where something stands in a TOML text; the standard parser does not keep lines."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence

Path = tuple[str | int, ...]
"""Names of tables and keys, and numbers of elements: ``("nodes", 2, "hosts")``."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*)
      | (?P<line>\n)
      | (?P<text>\"{3}(?:[^\\]|\\.)*?\"{3,5}(?!\") | '{3}.*?'{3,5}(?!') | "(?:[^"\\\n]|\\.)*" | '[^'\n]*')
      | (?P<sign>[\[\]{},=.])
      | (?P<bare>[^\s\[\]{},=.#"']+)
      | (?P<odd>.)""",
    re.VERBOSE | re.DOTALL,
)
_SYNTAX = re.compile(r"at line (\d+)")


def lines(text: str) -> Mapping[Path, int]:
    """Return the line (from 1) on which every table, key and element of a sound TOML text begins."""
    return _Reader(text).read()


def line_of(text: str, path: Sequence[str | int]) -> int:
    """Return the line (from 1) of a table, a key or an element, else that of what holds it, else 1."""
    return nearest(lines(text), path)


def nearest(known: Mapping[Path, int], path: Sequence[str | int]) -> int:
    """Return the line of a path or, where it is not written there itself, of the nearest that holds it, else 1."""
    for end in range(len(path), 0, -1):
        found = known.get(tuple(path[:end]))
        if found is not None:
            return found
    return 1


def line_of_syntax(error: Exception, text: str) -> int:
    """Return the line that a TOML parser complains about."""
    match = _SYNTAX.search(str(error))
    return int(match[1]) if match else len(text.rstrip("\n").split("\n"))


class _Reader:
    """Walks through a text that the standard parser has taken, and remembers where what begins."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.found: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        """How many tables each array of tables has had so far."""

    def read(self) -> Mapping[Path, int]:
        table: Path = ()
        for kind, piece, line in self.tokens:
            if kind == "sign" and piece == "[":
                table = self.header()
            elif kind in ("bare", "text"):
                self.value(self.key(table, piece, line, "="))
        return self.found

    def header(self) -> Path:
        """Read the rest of ``[a.b]`` or ``[[a.b]]``."""
        kind, piece, line = next(self.tokens)
        several = kind == "sign"
        if several:
            kind, piece, line = next(self.tokens)
        parts = self.parts(piece, "]")
        if several:
            next(self.tokens, None)
        path: Path = ()
        for number, part in enumerate(parts, 1):
            path = (*path, part)
            if several and number == len(parts):
                self.counts[path] = self.counts.get(path, 0) + 1
                self.found.setdefault(path, line)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
            self.found.setdefault(path, line)
        return path

    def parts(self, first: str, end: str) -> list[str]:
        """Read a dotted name to the sign that ends it."""
        found = [_plain(first)]
        for kind, piece, _line in self.tokens:
            if kind == "sign" and piece == end:
                break
            if kind in ("bare", "text"):
                found.append(_plain(piece))
        return found

    def key(self, table: Path, first: str, line: int, end: str) -> Path:
        path = table
        for part in self.parts(first, end):
            path = (*path, part)
            self.found.setdefault(path, line)
        return path

    def value(self, path: Path) -> None:
        """Read a value to the end of its line, with the elements and keys within it."""
        open_: list[tuple[Path, int | None]] = []
        """What is open: an array with the number of its element, an inline table with None."""
        expected = True
        """Whether an element or a key comes next."""
        here = path
        for kind, piece, line in self.tokens:
            if kind == "line":
                if not open_:
                    return
                continue
            if open_ and expected and piece not in ("]", "}"):
                above, number = open_[-1]
                if number is None:
                    here, expected = self.key(above, piece, line, "="), False
                    continue
                here, expected = (*above, number), False
                self.found.setdefault(here, line)
            if kind != "sign":
                continue
            if piece in "[{":
                open_.append((here, 0 if piece == "[" else None))
                expected = True
            elif piece in "]}" and open_:
                open_.pop()
                expected = False
            elif piece == "," and open_:
                above, number = open_[-1]
                open_[-1] = (above, None if number is None else number + 1)
                expected = True


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind, piece = match.lastgroup or "odd", match[0]
        if kind not in ("space", "odd"):
            yield kind, piece, line
        line += piece.count("\n")


def _plain(piece: str) -> str:
    """A part of a name without its quotes."""
    if piece[:1] not in "\"'":
        return piece
    return str(tomllib.loads(f"x = {piece}")["x"])
