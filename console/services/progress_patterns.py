"""The patterns by which training is read: ours, and before them the lab's own, from beside its configuration file."""

import os
from collections.abc import Sequence
from pathlib import Path

from console.language import _
from console.model.problem import Problem
from console.rules.progress.pattern import Known
from console.rules.progress.pattern_file import LONGEST, OURS, PatternFileError, parse

FOLDER = "progress.d"
MOST = 32
"""Files in the folder."""


def folder_of(config: Path | None) -> Path | None:
    """Where the lab's own patterns lie, by the place of its configuration file."""
    return None if config is None else config.parent / FOLDER


def known(folder: Path | None) -> tuple[Known, Sequence[Problem]]:
    """Return the patterns, and what is wrong in the lab's own; a file with a mistake is left out as a whole.

    Raises:
        PatternFileError: of ours: RE2 is not installed.
    """
    found, problems = Known(), []
    for path in _files(folder):
        try:
            found = found.before(parse(_data(path), str(path)))
        except OSError as error:
            words = _("it cannot be read: {error}").format(error=error.strerror or error)
            problems.append(Problem(str(path), 1, "", words))
        except PatternFileError as error:
            problems += error.problems
    return found.before(parse(OURS.read_bytes(), str(OURS))), problems


def _files(folder: Path | None) -> Sequence[Path]:
    try:
        return [] if folder is None else sorted(folder.glob("*.toml"))[:MOST]
    except OSError:
        return []


def _data(path: Path) -> bytes:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # a pipe would wait
        return file.read(LONGEST + 1)
