"""The log of a process: its user's alone, bounded, and never rotated by two processes under each other."""

import contextlib
import logging
import logging.handlers
import os
import re
from io import TextIOWrapper
from pathlib import Path

from console.store.folder import make_private

BYTES = 2_000_000
KEPT = 3
"""Full files kept of one log."""
CONSOLES_KEPT = 5
"""Consoles whose logs are kept, the new one among them; those that run keep theirs in any case."""

_OF_CONSOLE = re.compile(r"console-([0-9]{1,9})\.log")


class PrivateLog(logging.handlers.RotatingFileHandler):
    """A rotating log whose every file has mode 0600, the later ones too."""

    def _open(self) -> TextIOWrapper:
        return os.fdopen(private(self.baseFilename), "a", encoding="utf-8", errors="backslashreplace")


def private(path: str | Path) -> int:
    """Open a file to append to it, with mode 0600 whatever the umask says and whatever mode it had."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.fchmod(file, 0o600)
    return file


def begin(folder: Path, name: str) -> Path:
    """Write this process's log to a rotating file in the folder; returns where it is.

    Args:
        folder: is made, with mode 0700, where there is none.
        name: of the program; many consoles run at once, so that each has a log of its own, named by its process.

    Raises:
        OSError: it cannot be written.
    """
    make_private(folder)
    if name == "console":
        name = f"console-{os.getpid()}"
        forget(folder, CONSOLES_KEPT - 1)
    path = folder / f"{name}.log"
    handler = PrivateLog(path, maxBytes=BYTES, backupCount=KEPT)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)  # it tells a dozen lines of every connection, user and host
    return path


def forget(folder: Path, kept: int) -> None:
    """Remove the logs of consoles that have ended, but for those written last."""
    found = [(_written(path), path, match) for path in folder.iterdir() if (match := _OF_CONSOLE.fullmatch(path.name))]
    for _, path, match in sorted(found, key=lambda each: each[0], reverse=True)[kept:]:
        if not _runs(int(match[1])):
            for each in folder.glob(f"{path.name}*"):
                with contextlib.suppress(OSError):  # another console tidies at the same time
                    each.unlink()


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except ProcessLookupError:
        return False
    return True
