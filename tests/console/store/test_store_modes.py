"""The modes of a lab's folder: set by us, whatever the umask, and taken back when the team is gone."""

import os
import stat
from pathlib import Path

import pytest

from console.model.config import Team
from console.services.link.socket import bound
from console.store.database import Database
from console.store.folder import Folder
from console.store.modes import Modes, modes_of

GID = os.getegid()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("team", "gid", "modes"),
    [
        (Team(), None, (0o700, 0o600, 0o600)),
        (Team(group="g"), 5, (0o750, 0o600, 0o660)),
        (Team(("a",), group="g"), 5, (0o750, 0o600, 0o660)),
        (Team(("a", "b"), group="g"), 5, (0o2770, 0o660, 0o660)),
        (Team(("a", "b"), ("c",), "g"), 5, (0o2771 | 0o010, 0o660, 0o666)),
        (Team(members=("c",)), None, (0o711, 0o600, 0o666)),
    ],
)
def test_a_team_has_its_modes(team: Team, gid: int | None, modes: tuple[int, int, int]) -> None:
    found = modes_of(team, gid)
    assert (found.folder, found.files, found.socket) == modes
    assert found.gid == gid


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_they_are_set_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    folder, shared = Folder(tmp_path / "lab"), Modes(0o2770, 0o660, 0o666, GID)
    before = os.umask(umask)
    try:
        folder.make(shared)
        database = Database(folder.database)
        bound(folder.socket, shared.socket, shared.gid).close()
    finally:
        os.umask(before)
    assert mode(folder.path) == 0o2770
    files = [folder.lock, folder.database, *folder.path.glob("lab.db-*")]
    assert len(files) == 4
    assert {mode(path) for path in files} == {0o660}
    assert {path.stat().st_gid for path in files} == {GID}
    assert mode(folder.socket) == 0o666
    database.close()


def test_without_a_team_files_are_their_users_alone_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "lab")
    folder.make(Modes(0o2770, 0o660, 0o660, GID))
    Database(folder.database).close()
    (folder.path / "notes.txt").touch(mode=0o644)
    folder.make(Modes())
    Database(folder.database).close()
    assert (mode(folder.database), mode(folder.lock)) == (0o600, 0o600)
    assert mode(folder.path / "notes.txt") == 0o644  # none of ours


def test_who_only_looks_changes_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "lab")
    folder.make(Modes(0o2770, 0o660, 0o660, GID))
    folder.make()
    assert (mode(folder.path), mode(folder.lock)) == (0o2770, 0o660)
