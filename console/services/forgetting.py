"""Removing a person from what is kept: by the collector where one listens, else here under its lease; and from logs."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from backends.record import Trouble
from console.language import N_
from console.model.history import ForgetUser, Forgotten
from console.rules.privacy import Discretion
from console.rules.redaction import HIDDEN
from console.services.link.asking import Unanswered
from console.services.link.once import wish
from console.store import people
from console.store.database import Database
from console.store.folder import Folder, Lease

PATIENCE = 60.0
"""Seconds; a file of some gigabytes is searched."""


class Removed(msgspec.Struct, frozen=True):
    """What was removed, and what is there that this program does not touch."""

    rows: dict[str, int]
    files: tuple[tuple[Path, int], ...]
    """Logs and crash files with how many lines of each were changed."""
    left: tuple[Path, ...]
    """Copies of the file that still hold the person: set aside when it was damaged, or kept before a migration."""


async def forget(folder: Folder, state: Path, user: str, discretion: Discretion) -> Removed:
    """Remove a person from the lab's file and from the logs of this user.

    Raises:
        Unanswered: the collector refused, or holds the lab and does not answer.
        OSError, sqlite3.Error, console.store.database.Foreign: the file cannot be written.
    """
    names = discretion.names(user)
    rows = await _asked(folder.socket, user)
    if rows is None:
        rows = _here(folder, names)
    left = tuple(sorted(path for path in folder.path.glob("lab.db.*") if path.is_file()))
    return Removed(rows, tuple(in_files(_texts(state), names)), left)


async def _asked(socket: Path, user: str) -> dict[str, int] | None:
    """Let the collector do it; None where none listens."""
    told = await wish(socket, ForgetUser(user), PATIENCE)
    if told is None:
        return None
    if not isinstance(told.answer, Forgotten):
        raise Unanswered(told.trouble or Trouble(N_("The collector did not answer.")))
    return told.answer.rows


def _here(folder: Folder, names: Sequence[str]) -> dict[str, int]:
    """Do it in this process, which collects for that moment."""
    if not folder.database.exists():
        return {}
    lease = Lease(folder.lock)
    if not lease.take():
        raise Unanswered(Trouble(N_("Another process collects for this lab and does not answer."), N_("End it first.")))
    try:
        database = Database(folder.database)
        try:
            return people.forget(database, names)
        finally:
            database.close()
    finally:
        lease.release()


def _texts(state: Path) -> list[Path]:
    found = {path for pattern in ("*.log*", "*.err", "crash-*.txt") for path in state.glob(pattern)}
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def in_files(paths: Iterable[Path], names: Sequence[str]) -> list[tuple[Path, int]]:
    """Strike names out of text files in their place; returns those that were changed, with how many lines of each.

    A program that writes such a log goes on at its end: it is opened to append. A line that it writes in the very
    moment may be lost.
    """
    word = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names))
    found = []
    for path in paths:
        try:
            with path.open("r+", encoding="utf-8", errors="surrogateescape", newline="") as opened:
                lines = opened.readlines()
                changed = [word.sub(HIDDEN, line) for line in lines]
                count = sum(one != other for one, other in zip(lines, changed, strict=True))
                if count:
                    opened.seek(0)
                    opened.truncate()
                    opened.writelines(changed)
                    found.append((path, count))
        except FileNotFoundError:
            continue  # it was rotated away meanwhile
    return found
