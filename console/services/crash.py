"""What is kept of a defect of ours: where it happened, without the values of any variable."""

import os
import platform
import time
import traceback
from pathlib import Path

from console.version import __version__

KEPT = 10
"""Files; older ones go."""


def keep(folder: Path, error: BaseException) -> Path | None:
    """Write where a defect happened to a file of mode 0600; returns the file, or None where none can be written.

    The lines of the program and the error's own words are written, our home folder as ``~``; no variable, no record.
    """
    lines = traceback.format_exception(error)
    text = f"quarterdeck {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n" + "".join(lines)
    text = text.replace(str(Path.home()), "~")
    path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8", errors="replace")
        for old in sorted(folder.glob("crash-*.txt"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path
