"""The data folder: its modes, where it may lie, and who collects into it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from console.store import folder
from console.store.folder import Folder, Lease, Refused, filesystem, holder

MOUNTS = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:26 / /home rw shared:2 - nfs4 filer:/home rw,vers=4.2
31 30 8:17 / /home/local\\040disk rw - xfs /dev/sdb1 rw
32 30 0:44 / /home/数据 rw - lustre mgs@tcp:/lab rw
33 21 8:33 / /homework rw master:3 - btrfs /dev/sdc1 rw
34 30 8:49 / /home/stack rw - ext4 /dev/sdd1 rw
35 30 0:50 / /home/stack rw - fuse.sshfs host:/ rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/x", "ext4"),
        ("/home/wang", "nfs4"),
        ("/home", "nfs4"),
        ("/home/local disk/lab", "xfs"),
        ("/home/数据/lab", "lustre"),
        ("/homework/lab", "btrfs"),
        ("/home/stack/lab", "fuse.sshfs"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert filesystem(Path(path), MOUNTS) == kind


def test_without_a_table_of_mounts_nothing_is_claimed() -> None:
    assert filesystem(Path("/home"), "") is None


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "lustre", "beegfs", "cifs", "fuse.sshfs"])
def test_a_network_file_system_is_refused_in_words(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "filesystem", lambda _path: kind)
    with pytest.raises(Refused, match=rf"lies on {kind}: a lab's data need a local disk \(--data DIR\)"):
        Folder(tmp_path / "lab").make()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_new_folder_is_its_users_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        Folder(tmp_path / "a" / "lab").make()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "lab").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_a_folder_that_is_there_keeps_the_mode_it_was_given(tmp_path: Path) -> None:
    shared = tmp_path / "lab"
    shared.mkdir()
    shared.chmod(0o770)
    Folder(shared).make()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o770


def test_the_lease_is_one_and_can_be_given_back(tmp_path: Path) -> None:
    lock = tmp_path / "collector.lock"
    one, other = Lease(lock), Lease(lock)
    assert one.take()
    assert not other.take()
    assert lock.read_text() == f"{os.getpid()}\n"
    one.release()
    one.release()
    assert other.take()
    assert stat.S_IMODE(lock.stat().st_mode) & 0o077 == 0


def test_the_kernel_takes_the_lease_back_from_who_was_killed(tmp_path: Path) -> None:
    lock = tmp_path / "collector.lock"
    program = """
import pathlib, sys
from console.store.folder import Lease
lease = Lease(pathlib.Path(sys.argv[1]))
print(lease.take(), flush=True)
sys.stdin.read()
"""
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "True\n"
    assert not Lease(lock).take()
    assert lock.read_text() == f"{child.pid}\n"
    child.kill()
    child.communicate()
    assert Lease(lock).take()


def test_who_holds_the_lease_is_known_without_trying_for_it(tmp_path: Path) -> None:
    lock = tmp_path / "collector.lock"
    assert holder(lock) is None
    lease = Lease(lock)
    assert lease.take()
    assert holder(lock) == os.getpid()
    lease.release()
    assert lock.read_text() == f"{os.getpid()}\n"
    assert holder(lock) is None


def test_another_lock_of_the_same_process_is_not_the_lease(tmp_path: Path) -> None:
    lock = tmp_path / "collector.lock"
    lock.write_text("42\n")
    inode = lock.stat().st_ino
    assert holder(lock, f"1: FLOCK  ADVISORY  WRITE 42 fe:00:{inode} 0 EOF\n") == 42
    for other in (
        f"1: FLOCK  ADVISORY  WRITE 42 fe:00:{inode}1 0 EOF\n",
        f"1: POSIX  ADVISORY  WRITE 42 fe:00:{inode} 0 EOF\n",
        f"1: FLOCK  ADVISORY  WRITE 43 fe:00:{inode} 0 EOF\n",
        f"1: -> FLOCK  ADVISORY  WRITE 42 fe:00:{inode} 0 EOF\n",
        "\n1:\n",
        "",
    ):
        assert holder(lock, other) is None
