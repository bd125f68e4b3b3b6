"""Metrics, events and checkpoints in the folder of a job, where this machine can read it itself; it follows no link.

The person of a job chooses its paths, and the collector may be root: of each file it is found out first what it is and
whose, without opening it (O_PATH), and only regular files of the job's own user are read. The folder must be theirs or
root's, which many a project's is that an administrator has made; in it, too, only what is theirs counts. Links on the
way to a folder or an output are followed, as /home often is one, but neither may be a link itself. The walk has bounds,
and all of it runs on a thread of its own, for a file system may hang.
"""

import errno
import fnmatch
import os
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from backends.ports import Unavailable
from backends.ssh.disk import Disk
from console.rules.progress import metrics, tensorboard
from console.rules.progress.pattern import Names
from console.rules.progress.reading import Reading

DEPTH = 3
"""Folders below that of the job."""
ENTRIES = 2000
"""Names that are looked at in all."""
SECONDS = 5.0
"""For one walk; what was found until then holds."""
PATIENCE = 10.0
"""Seconds after which a file system is taken for hung."""
END = 1 << 16
"""Bytes that are read of the end of a text."""
EVENTS_END = 1 << 19
"""Bytes that are read of the end of events: some 7,000 scalars, which take 0.1 s."""
STATE = 8 << 20
"""Bytes of a trainer's state, which must be read as a whole; a larger one is left."""
KINDS = {
    "*tfevents*": "events",
    "metrics.csv": "table",
    "progress.csv": "table",
    "trainer_state.json": "state",
    "trainer_log.jsonl": "lines",
    "metrics.json": "lines",
    "metrics.jsonl": "lines",
    "log.jsonl": "lines",
    "scalars.json": "lines",
    "*.log.json": "lines",
}
"""What files with these names hold; a name that says nothing, ``train.jsonl``, is a data set as a rule."""
SAVED = (
    "checkpoint-*",
    "checkpoint_*",
    "latest_checkpointed_iteration.txt",
    "*.ckpt",
    "global_step*",
    "iter_*",
    "step-*",
)
"""What checkpoints are called."""


class Seen(msgspec.Struct, frozen=True):
    """What a folder holds."""

    readings: Sequence[Reading] = ()
    written: float | None = None
    """UTC at which the metrics were written last."""
    saved: float | None = None
    """UTC of the newest checkpoint."""
    origin: str | None = None
    """The file that was read, as it is called below the folder."""


class End(msgspec.Struct, frozen=True):
    """The end of a file."""

    data: bytes
    at: float
    """UTC at which it was written last."""


class _File(msgspec.Struct, frozen=True):
    parts: tuple[str, ...]
    kind: str
    at: float


class Files:
    """Looks at the folders of jobs."""

    def __init__(self, names: Names, disk: Disk | None = None) -> None:
        self._names = names
        self._disk = disk or Disk(PATIENCE)

    async def look(self, folder: Path, since: float, uid: int | None) -> Seen | None:
        """Return what the metrics below a folder say; None where it cannot be read, or its file system hangs.

        Args:
            folder: an absolute path.
            since: UTC; what was not written since then is of an earlier job.
            uid: whose job it is; where nobody knows, nothing is read.
        """
        if uid is None:
            return None
        try:
            return await self._disk.look(folder, lambda: look(folder, since, uid, self._names))
        except (Unavailable, OSError, ValueError):
            return None

    async def end(self, path: Path, most: int, since: float, uid: int | None) -> End | None:
        """Return the end of a file; None where this machine cannot see it.

        Args:
            path: an absolute path.
            most: bytes.
            since: UTC; what was not written since then is another file of the same name.
            uid: whose job it is; where nobody knows, nothing is read.
        """
        if uid is None:
            return None
        try:
            return await self._disk.look(path.parent, lambda: _end(path, most, since, uid))
        except (Unavailable, OSError, ValueError):
            return None


def _end(path: Path, most: int, since: float, uid: int) -> End | None:
    stream = _own(os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC), uid)
    if stream is None:
        return None
    with stream:
        found = os.fstat(stream.fileno())
        if found.st_mtime < since:
            return None
        stream.seek(max(found.st_size - most, 0))
        return End(stream.read(most), found.st_mtime)


def _own(held: int, uid: int) -> BinaryIO | None:
    """Open what a descriptor of O_PATH stands for, which is closed; None where it is no file, or not this user's."""
    try:
        found = os.fstat(held)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != uid:
            return None
        return os.fdopen(os.open(f"/proc/self/fd/{held}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb")
    finally:
        os.close(held)


def look(folder: Path, since: float, uid: int, names: Names) -> Seen:
    """Read the newest metrics of a user below a folder.

    Raises:
        OSError: the folder cannot be read, is a link, or neither the user's nor root's.
    """
    newest: _File | None = None
    saved: float | None = None
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if os.fstat(root).st_uid not in (uid, 0):
            raise PermissionError(errno.EACCES, "another user's folder", str(folder))
        for parts, found in _walk(root):
            name, at = parts[-1], found.st_mtime
            if at < since or found.st_uid != uid:
                continue
            if any(fnmatch.fnmatch(name, pattern) for pattern in SAVED):
                saved = max(at, saved or at)
            kind = next((kind for pattern, kind in KINDS.items() if fnmatch.fnmatch(name, pattern)), None)
            if kind is not None and stat.S_ISREG(found.st_mode) and (newest is None or at > newest.at):
                newest = _File(parts, kind, at)
        if newest is None:
            return Seen(saved=saved)
        return Seen(_readings(root, newest, uid, names), newest.at, saved, "/".join(newest.parts))
    finally:
        os.close(root)


def _walk(root: int) -> Iterator[tuple[tuple[str, ...], os.stat_result]]:
    """Yield files and folders below an open folder, those above first, until a bound is reached."""
    until = time.monotonic() + SECONDS
    left = ENTRIES
    folders: list[tuple[str, ...]] = [()]
    while folders:
        here = folders.pop(0)
        try:
            opened = _open(root, here, os.O_DIRECTORY)
        except OSError:
            continue
        try:
            with os.scandir(opened) as entries:
                for entry in entries:
                    left -= 1
                    if left < 0 or time.monotonic() > until:
                        return
                    if entry.is_symlink() or entry.name.startswith("."):
                        continue
                    found = entry.stat(follow_symlinks=False)
                    yield (*here, entry.name), found
                    if stat.S_ISDIR(found.st_mode) and len(here) < DEPTH:
                        folders.append((*here, entry.name))
        except OSError:
            continue
        finally:
            os.close(opened)


def _open(root: int, parts: Sequence[str], flags: int) -> int:
    """Open something below a folder; whoever put a link into its way meanwhile gets an error."""
    flags |= os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    at = os.dup(root)
    try:
        for number, part in enumerate(parts, 1):
            chosen = flags if number == len(parts) else flags | os.O_DIRECTORY
            deeper = os.open(part, chosen, dir_fd=at)
            os.close(at)
            at = deeper
    except OSError:
        os.close(at)
        raise
    if not parts:  # a copy shares its place with the root, from which an earlier walk may have read
        os.close(at)
        return os.open(".", flags, dir_fd=root)
    return at


def _readings(root: int, file: _File, uid: int, names: Names) -> Sequence[Reading]:
    try:
        stream = _own(_open(root, file.parts, os.O_PATH), uid)
    except OSError:
        return ()
    if stream is None:
        return ()
    with stream:
        size = os.fstat(stream.fileno()).st_size
        if file.kind == "state" and size > STATE:
            return ()
        head = stream.readline(END) if file.kind == "table" else b""
        most = {"events": EVENTS_END, "state": STATE}.get(file.kind, END)
        begin = max(size - most, len(head))
        stream.seek(begin)
        data = stream.read(most)
    if file.kind == "events":
        return tensorboard.readings(data, names)
    text = data.decode("utf-8", "replace")
    if file.kind == "state":
        return metrics.trainer_state(text, names)
    text = text[: text.rfind("\n") + 1]  # the last line may not be whole yet
    if begin > len(head):
        text = text.partition("\n")[2]
    if file.kind == "table":
        return metrics.table(head.decode("utf-8", "replace"), text, names)
    return metrics.json_lines(text, names)
