"""The folder of a lab's data: where it is, whether it may be used, and who collects into it."""

import fcntl
import os
import re
from pathlib import Path

from console.store.modes import LOCK, Modes, settle

_NETWORKED = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "afs", "9p"),
        *("fuse.sshfs", "fuse.glusterfs", "pvfs2", "orangefs"),
    }
)
"""File systems on which SQLite's shared memory and flock do not hold between hosts."""


_OCTAL = re.compile(r"\\([0-7]{3})")
"""How mountinfo writes a space, a tab, a line break and a backslash."""


class Refused(Exception):  # noqa: N818 - it is an answer, not an accident
    """The folder cannot hold a lab; the message is for the log, `kind` names the file system."""

    def __init__(self, kind: str, folder: Path) -> None:
        super().__init__(f"{folder} lies on {kind}: a lab's data need a local disk (--data DIR)")
        self.kind = kind


class Folder:
    """A lab's data folder; made with mode 0700 when it is first used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "lab.db"
        self.socket = path / "lab.sock"
        self.lock = path / LOCK
        self.key = path / "people.key"

    def make(self, modes: Modes | None = None) -> None:
        """Make the folder and those above it that are missing, whatever the umask says.

        Args:
            modes: are given to it and to the files that lie in it already; None leaves what is there as it is.

        Raises:
            Refused: it lies on a network file system.
            OSError: it cannot be made or is not ours to write.
        """
        make_private(self.path)  # a simulated lab lies within the folder of the real one
        kind = filesystem(self.path)
        if kind in _NETWORKED:
            raise Refused(kind, self.path)
        if modes is not None:
            self._settle(modes)

    def _settle(self, modes: Modes) -> None:
        if modes.gid is not None or modes.folder != Modes().folder:
            settle(self.path, modes.folder, modes.gid)
        os.close(os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        for path in (self.lock, self.key, *self.path.glob("lab.db*")):  # the folder may be one that holds more
            if path.is_file():
                settle(path, modes.files, modes.gid)

    @property
    def owner(self) -> int | None:
        """The uid of its owner; None where there is no such folder yet."""
        try:
            return self.path.stat().st_uid
        except OSError:
            return None


def make_private(path: Path) -> None:
    """Make a folder and those above it that are missing, all with mode 0700 whatever the umask says.

    Raises:
        OSError: one cannot be made.
    """
    for folder in [each for each in reversed((path, *path.parents)) if not each.exists()]:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)


class Lease:
    """The right to collect. The kernel takes it back when its holder dies, however that happens."""

    def __init__(self, lock: Path) -> None:
        self._lock = lock
        self._file: int | None = None

    def take(self) -> bool:
        """Try to take it without waiting; False where another process holds it."""
        file = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file
        return True

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def holder(lock: Path, locks: str | None = None) -> int | None:
    """The process that holds a lease now; None where nobody does, or where /proc cannot tell (not Linux).

    It is not tried for: that would turn away a collector that starts in the same moment.

    Args:
        lock: the file of the lease; it names who took it last, who may be long gone.
        locks: the text of /proc/locks; read from there when it is not given.
    """
    try:
        last, inode = lock.read_text(encoding="ascii", errors="replace").strip(), str(lock.stat().st_ino)
        known = Path("/proc/locks").read_text(encoding="ascii", errors="replace") if locks is None else locks
    except OSError:
        return None
    for line in known.splitlines():
        match line.split():
            case [_, "FLOCK", _, "WRITE", pid, place, *_] if pid == last and place.rpartition(":")[2] == inode:
                return int(pid)
    return None


def filesystem(path: Path, mountinfo: str | None = None) -> str | None:
    """The kind of file system that a path lies on, e.g. ``ext4``; None where /proc cannot tell (not Linux).

    Args:
        path: an existing path.
        mountinfo: the text of /proc/self/mountinfo; read from there when it is not given.
    """
    if mountinfo is None:
        try:
            mountinfo = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None
    real = path.resolve()
    best, kind = -1, None
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        place = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), before.split(" ")[4]))
        if len(place.parts) >= best and real.is_relative_to(place):
            best, kind = len(place.parts), after.split(" ")[0]
    return kind
