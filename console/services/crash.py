"""What is kept of a defect of ours: where it happened, without the values of any variable and without names."""

import os
import platform
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from console.store.folder import make_private
from console.version import __version__

KEPT = 10
"""Files; older ones go."""


def keep(folder: Path, error: BaseException, scrub: Callable[[str], str] = str) -> Path | None:
    """Write where a defect happened to a file of mode 0600; returns the file, or None where none can be written.

    The lines of the program and the error's own words are written, our home folder as ``~``; no variable, no record.

    Args:
        folder: is made, with mode 0700, where there is none.
        error: the defect.
        scrub: takes out what must not leave this machine: people, hosts, addresses, secrets.
    """
    lines = traceback.format_exception(error)
    text = f"quarterdeck {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n" + "".join(lines)
    text = scrub(text.replace(str(Path.home()), "~"))
    path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    try:
        make_private(folder)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8", errors="replace") as opened:
            os.fchmod(file, 0o600)
            opened.write(text)
        for old in sorted(folder.glob("crash-*.txt"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path
