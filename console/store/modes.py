"""The modes of a lab's folder and of what lies in it: its user's alone, or the team's. We set them, never the umask.

A folder that several people collect into gives its group to every new file (setgid), so that the log that SQLite makes
beside the database is usable by the next collector, too. What the files in a folder may have is told by its lock.
"""

import os
import stat
from pathlib import Path

import msgspec

from console.model.config import Team

LOCK = "collector.lock"


class Modes(msgspec.Struct, frozen=True):
    """What the folder, its files and its socket are given."""

    folder: int = 0o700
    files: int = 0o600
    socket: int = 0o600
    gid: int | None = None
    """The group of all of them; None leaves it."""


def modes_of(team: Team, gid: int | None) -> Modes:
    """The modes for a team.

    Those who only follow need no file, but a way to the socket, where the kernel says who they are. Members that are
    named one by one may be in no group of the lab's: for them everybody may pass through the folder and knock.

    Args:
        team: of the configuration.
        gid: of its group.
    """
    folder, files, socket = 0o700, 0o600, 0o600
    if gid is not None:
        folder, socket = 0o750, 0o660
        if len(team.collectors) > 1:
            folder, files = 0o2770, 0o660
    if team.members:
        folder, socket = folder | 0o011, 0o666
    return Modes(folder, files, socket, gid)


def settle(path: Path, mode: int, gid: int | None = None) -> None:
    """Give a path its mode and group where it is ours; that of somebody else is as its owner made it.

    Raises:
        PermissionError: the group is none of ours.
        OSError: there is no such path.
    """
    found = path.lstat()
    if found.st_uid != os.geteuid() or stat.S_ISLNK(found.st_mode):
        return
    if gid is not None and found.st_gid != gid:
        os.chown(path, -1, gid)  # before the mode: it takes setgid away
    if stat.S_IMODE(path.lstat().st_mode) != mode:
        path.chmod(mode)


def of_files(folder: Path) -> int:
    """The mode of every file in a lab's folder, as its lock has it; 0600 where none says otherwise."""
    try:
        return 0o600 | (folder / LOCK).lstat().st_mode & 0o060
    except OSError:
        return 0o600
