"""The files of an ssh configuration, looked through without judging them: have they changed, on what do they depend.

What the lines mean is left to ``ssh -G``. Only what decides whether an answer of it may be kept, or be used for another
host, is looked for here; where it is unclear the answer is "no".
"""

import fnmatch
import glob
import re
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

_DEEPEST = 16
"""Includes within includes; ssh refuses more."""

_LARGEST = 4 << 20

_LINE = re.compile(r"\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*)")
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_PLAIN_MATCHES = frozenset({"all", "host", "originalhost", "user", "localuser", "tagged", "canonical", "final"})
"""Criteria of Match whose outcome depends on nothing but the files and whom ssh is asked about."""

_PLAIN_HOST = re.compile(r"[a-z0-9_.-]+")


class Survey(msgspec.Struct, frozen=True):
    """What was found in the files."""

    stamps: tuple[tuple[str, int, int], ...] = ()
    """Path, size and time of change (nanoseconds) of every file that is read, -1 where there is none."""
    variables: tuple[str, ...] = ()
    """Names of the environment variables that are mentioned."""
    fleeting: str | None = None
    """The first word that makes the outcome depend on more than the files: ``Match exec``; None where nothing does."""
    patterns: tuple[tuple[str, ...], ...] | None = None
    """The pattern lists of all Host lines; None where more than they decides between two hosts."""


class Kinds:
    """Tells hosts apart by the Host lines that hold for them; a line for each of 512 hosts costs no more than one."""

    def __init__(self, found: Survey) -> None:
        self._sure = found.patterns is not None
        self._exact: dict[str, set[int]] = defaultdict(set)
        self._wild: list[tuple[int, tuple[str, ...]]] = []
        for number, patterns in enumerate(found.patterns or ()):
            if any(sign in pattern for pattern in patterns for sign in "*?!"):
                self._wild.append((number, patterns))
            else:
                for pattern in patterns:
                    self._exact[pattern].add(number)

    def kind(self, host: str) -> frozenset[int] | None:
        """Return which Host lines hold for a host; hosts of one kind are told the same, but for their own name in it.

        None where that cannot be said.
        """
        if not self._sure or not _PLAIN_HOST.fullmatch(host):
            return None
        wild = (number for number, patterns in self._wild if _holds(host, patterns))
        return frozenset(self._exact.get(host, ())).union(wild)


def survey(roots: Mapping[Path, Path]) -> Survey:
    """Look through configuration files and what they include.

    Args:
        roots: each with the folder that relative Includes in it begin at.
    """
    found = _Found()
    for root, folder in roots.items():
        found.read(root, folder, 0)
    return Survey(
        tuple(found.stamps.values()),
        tuple(sorted(found.variables)),
        found.fleeting,
        tuple(found.patterns) if found.alike else None,
    )


class _Found:
    def __init__(self) -> None:
        self.stamps: dict[str, tuple[str, int, int]] = {}
        self.variables: set[str] = set()
        self.fleeting: str | None = None
        self.patterns: list[tuple[str, ...]] = []
        self.alike = True

    def read(self, path: Path, folder: Path, depth: int) -> None:
        if depth > _DEEPEST or str(path) in self.stamps:  # included twice, or in a circle
            return
        self.stamps[str(path)] = _stamp(path)
        try:
            if not path.is_file():  # a pipe would be waited for; ssh says what it thinks of it
                return
            with path.open("rb") as file:
                text = file.read(_LARGEST).decode("utf-8", "replace")
        except OSError:
            return
        for line in text.splitlines():
            parts = _LINE.fullmatch(line.strip())
            if parts and not line.lstrip().startswith("#"):
                self._line(parts[1].lower(), parts[2], folder, depth)

    def _line(self, key: str, value: str, folder: Path, depth: int) -> None:
        self.variables.update(name for pair in _VARIABLE.findall(value) for name in pair if name)
        if key == "include":
            for included in _included(_words(value), folder):
                self.read(included, folder, depth + 1)
        elif key == "host":
            self.patterns.append(tuple(_words(value)))
        elif key == "match":
            self._match([word.lower().removeprefix("!") for word in _words(value.replace("=", " "))])
        elif key == "canonicalizehostname" and value.strip().strip('"').lower() not in ("no", "false"):
            self._depends("CanonicalizeHostname")

    def _match(self, words: list[str]) -> None:
        if words != ["all"]:
            self.alike = False
        for fleeting in ("exec", "localnetwork", "command", "sessiontype"):
            if fleeting in words:
                self._depends(f"Match {fleeting}")
        if not _PLAIN_MATCHES & set(words) and self.fleeting is None:
            self._depends("Match")

    def _depends(self, word: str) -> None:
        self.alike = False
        self.fleeting = self.fleeting or word


def _included(patterns: Sequence[str], folder: Path) -> list[Path]:
    paths = []
    for pattern in patterns:
        expanded = Path(pattern).expanduser() if pattern.startswith("~") else folder / pattern
        paths += [Path(name) for name in sorted(glob.glob(str(expanded)))]  # noqa: PTH207 - the pattern is absolute
    return paths


def _words(value: str) -> list[str]:
    try:
        return shlex.split(value, comments=True)
    except ValueError:
        return value.split()  # a quote without an end: ssh will complain, and our answer does not matter


def _holds(host: str, patterns: Sequence[str]) -> bool:
    holds = False
    for pattern in patterns:
        negated = pattern.startswith("!")
        if fnmatch.fnmatchcase(host, pattern[negated:].replace("[", "[[]")):
            if negated:
                return False
            holds = True
    return holds


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (str(path), -1, -1)
    return (str(path), status.st_size, status.st_mtime_ns)
