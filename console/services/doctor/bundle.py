"""The bundle for a report: versions, checks, configuration and the ends of logs, without names and secrets."""

import io
import json
import os
import platform
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from console.model.settings import Settings
from console.rules.scrub import Scrubber
from console.version import __version__

TAIL = 200_000
"""Bytes of the end of each log."""
LOGS = 6
"""Logs, those written last; of crash files half as many."""
_LIBRARIES = (
    "textual",
    "rich",
    "msgspec",
    "click",
    "platformdirs",
    "asyncssh",
    "ClusterShell",
    "keyring",
    "google-re2",
)
_ENVIRONMENT = ("TERM", "COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR", "TERM_PROGRAM")
"""Variables that are told with their value; that of no other one is."""
_PLAIN = frozenset(
    {
        *("colour", "interval", "at_once", "at_once_per_jump", "patience", "python", "commands", "others", "users"),
        *("source", "cards", "ticks", "minutes", "five_minutes", "spans", "budget", "spare"),
    }
)
"""Keys of the configuration whose values name nobody."""
_KEYS = _PLAIN | {
    *("lab", "nodes", "groups", "ssh", "history", "privacy", "team", "secrets", "name", "address", "group", "rack"),
    *("labels", "folder", "user", "config", "collectors", "members", "command"),
}
"""Keys of the configuration that are ours; any other one was chosen by the lab."""


def contents(settings: Settings, checks: str, scrub: Scrubber) -> Iterator[tuple[str, bytes]]:
    """Yield what goes into the bundle: names and contents. No database, no record of the lab.

    Args:
        settings: of the lab.
        checks: the document that `doctor -o json` prints.
        scrub: takes names and secrets out.
    """
    yield "versions.json", _document(_versions())
    yield "doctor.json", scrub.text(checks).encode()
    if settings.config.path is not None:
        yield "config.json", _config(settings.config.path, scrub)
    for kind, pattern, most in (("log", "*.log*", LOGS), ("err", "*.err", LOGS), ("crash", "crash-*.txt", LOGS // 2)):
        for number, path in enumerate(_newest(settings.state, pattern, most), 1):
            text = scrub.text(_tail(path)).encode("utf-8", "replace")
            yield f"logs/{_program(path)}-{number}.{kind}.txt", text


def write(path: Path, parts: Iterator[tuple[str, bytes]]) -> list[tuple[str, int]]:
    """Write the bundle with mode 0600; returns what is in it and how many bytes each part has.

    Raises:
        OSError: it cannot be written, or is there already.
    """
    found: list[tuple[str, int]] = []
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as opened:
        os.fchmod(file, 0o600)
        with tarfile.open(fileobj=opened, mode="w:gz") as bundle:
            for name, text in parts:
                entry = tarfile.TarInfo(f"quarterdeck-report/{name}")
                entry.size, entry.mode = len(text), 0o600
                bundle.addfile(entry, io.BytesIO(text))
                found.append((name, len(text)))
    return found


def _versions() -> dict[str, object]:
    libraries: dict[str, str | None] = {}
    for name in _LIBRARIES:
        try:
            libraries[name] = version(name)
        except PackageNotFoundError:
            libraries[name] = None
    return {
        "quarterdeck": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": libraries,
        "environment": {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        "in": [name for name in ("TMUX", "STY", "SSH_CONNECTION", "WSL_DISTRO_NAME") if name in os.environ],
    }


def _config(path: Path, scrub: Scrubber) -> bytes:
    """The configuration as a document in which a word stands for everything that the lab chose."""
    try:
        return _document(_named(tomllib.loads(path.read_text(encoding="utf-8")), "", scrub))
    except (OSError, ValueError) as error:  # its words would hold lines of the file
        return _document({"unreadable": type(error).__name__})


def _named(value: object, key: str, scrub: Scrubber) -> object:
    match value:
        case Mapping():
            return {
                name if name in _KEYS else scrub.word("name", name): _named(each, name, scrub)
                for name, each in value.items()
            }
        case list():
            return [_named(each, key, scrub) for each in value]
        case str() if key not in _PLAIN:
            known = scrub.text(value)
            return known if known != value else scrub.word("name", value)
    return value


def _document(value: object) -> bytes:
    return (json.dumps(value, indent=1, default=str) + "\n").encode()


def _newest(folder: Path, pattern: str, most: int) -> list[Path]:
    def written(path: Path) -> float:
        try:
            return path.stat().st_mtime
        except OSError:
            return 0.0

    found = [path for path in folder.glob(pattern) if path.is_file() and not path.is_symlink()]
    return sorted(found, key=written, reverse=True)[:most]


def _program(path: Path) -> str:
    """Which program wrote it; the rest of the name holds the lab's."""
    return next((name for name in ("collector", "console", "crash") if path.name.startswith(name)), "other")


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(0, size - TAIL))
            text = opened.read(TAIL).decode("utf-8", "replace")
    except OSError as error:
        return f"unreadable: {type(error).__name__}\n"
    return text if size <= TAIL else text.partition("\n")[2]  # a secret that was cut in two is not recognised
