"""The program itself: its version, and what its user has configured."""

import sqlite3
import sys
from collections.abc import Iterator

from console.language import _
from console.model.checks import Check, Outcome
from console.model.keys import DEFAULT_FILE, KeyMapError, load
from console.model.settings import Settings
from console.version import __version__


def checks(settings: Settings) -> Iterator[Check]:
    """Yield what is to be said of the program."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Check("program.version", Outcome.GOOD, f"quarterdeck {__version__}, Python {python}, {sys.executable}")
    yield Check("program.sqlite", Outcome.GOOD, f"SQLite {sqlite3.sqlite_version}")
    yield _keys(settings)


def _keys(settings: Settings) -> Check:
    if settings.keys is None or not settings.keys.is_file():
        return Check("program.keys", Outcome.GOOD, _("no key map of your own"))
    try:
        found = load(
            DEFAULT_FILE.read_text(encoding="utf-8"), settings.keys.read_text(encoding="utf-8"), str(settings.keys)
        )
    except (KeyMapError, OSError, UnicodeDecodeError) as error:
        return Check(
            "program.keys",
            Outcome.WRONG,
            str(error),
            _("Fix the lines named above; until then the default keys apply."),
        )
    doubts = "; ".join(str(problem) for problem in found.warnings)
    return Check("program.keys", Outcome.NOTE if doubts else Outcome.GOOD, doubts or str(settings.keys))
