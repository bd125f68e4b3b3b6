"""Where something stands in a TOML text; the standard parser does not keep lines."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"""\s*\[\s*["']?([^"'\]]*?)["']?\s*\]""")
_KEY = re.compile(r"""\s*["']?([^"'=\s.]+)["']?(?:\s*\.\s*["']?([^"'=\s]+)["']?)?\s*=""")
_SYNTAX = re.compile(r"at line (\d+)")


def line_of(text: str, path: Sequence[str]) -> int:
    """Return the line (from 1) of a table or of a key in it, else that of its table, else 1."""
    best, table = 1, ""
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line)
        key = None if header else _KEY.match(line)
        if header:
            table = header[1]
            found = [table]
        elif key:
            found = [part for part in (table, key[1], key[2]) if part]
        else:
            continue
        if found == list(path):
            return number
        if best == 1 and found[:1] == list(path[:1]):
            best = number
    return best


def line_of_syntax(error: Exception, text: str) -> int:
    """Return the line that a TOML parser complains about."""
    match = _SYNTAX.search(str(error))
    return int(match[1]) if match else len(text.rstrip("\n").split("\n"))
