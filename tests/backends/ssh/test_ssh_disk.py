"""Files on a file system that hangs: the loop goes on, no threads pile up, and what was read before holds."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncssh  # noqa: F401 - here, and not in a look with a short time limit
import pytest
from delivered import Delivered
from rig import keygen

from backends.ports import Unavailable
from backends.ssh import identities, known_file, watch
from backends.ssh.disk import MOST, Disk
from backends.ssh.identities import Identities
from backends.ssh.known import KnownHosts
from backends.ssh.route import Route


class Hanging:
    """Stands in for `stat`: it hangs while it is told to, and counts its calls."""

    def __init__(self, real: object) -> None:
        self.calls = 0
        self.go = threading.Event()
        self.go.set()
        self._real = real

    def __call__(self, path: Path) -> object:
        self.calls += 1
        self.go.wait(60.0)
        assert callable(self._real)
        return self._real(path)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    """Every stamp of a file, in all modules that take one."""
    stand_in = Hanging(known_file._stamp)
    for module in (identities, known_file, watch):
        monkeypatch.setattr(module, "_stamp", stand_in)
    yield stand_in
    stand_in.go.set()


def looking() -> int:
    return sum(thread.name.startswith("looks at") for thread in threading.enumerate())


async def until_none_looks() -> None:
    async with asyncio.timeout(10):
        while looking():  # noqa: ASYNC110 - a thread tells of nothing
            await asyncio.sleep(0.01)


async def test_what_the_work_does_comes_back(tmp_path: Path):
    disk = Disk()
    assert await disk.look(tmp_path, lambda: 7) == 7
    with pytest.raises(KeyError):
        await disk.look(tmp_path, lambda: {}["nothing"])
    with pytest.raises(Unavailable):
        await disk.look(tmp_path, lambda: (_ for _ in ()).throw(TimeoutError()))
    assert await disk.look(tmp_path, lambda: 8) == 8


async def test_a_file_system_that_hangs_piles_up_no_threads(tmp_path: Path):
    disk, go, begun = Disk(patience=0.05), threading.Event(), []

    def work() -> None:
        begun.append(1)
        go.wait(60.0)

    for round_ in range(3):
        looks = [disk.look(tmp_path / str(number), work) for number in range(50)]
        for failure in await asyncio.gather(*looks, return_exceptions=True):
            assert isinstance(failure, Unavailable)
            assert "does not answer" in failure.trouble.text
        assert len(begun) == looking() == MOST, round_
    go.set()
    await until_none_looks()
    assert await disk.look(tmp_path / "0", lambda: "again") == "again"


async def test_one_that_hangs_is_not_looked_at_twice_and_others_are(tmp_path: Path):
    disk, go = Disk(patience=0.05), threading.Event()
    for _ in range(2):
        with pytest.raises(Unavailable):
            await disk.look(tmp_path / "a", lambda: go.wait(60.0))
    assert looking() == 1
    assert await disk.look(tmp_path / "b", lambda: 1) == 1
    go.set()
    await until_none_looks()


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen: install openssh-client")
async def test_keys_that_were_read_are_used_while_the_home_hangs(tmp_path: Path, hanging: Hanging):
    keygen("-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "id"))
    keygen("-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other"))
    route = Route("n", "127.0.0.1", 22, "me", keys=(tmp_path / "id",))
    keys = Identities(disk=Disk(patience=0.5))
    assert len((await keys.offer(route)).keys) == 1
    hanging.go.clear()
    keys.forgive()
    assert len((await keys.offer(route)).keys) == 1
    with pytest.raises(Unavailable):
        await keys.offer(Route("n", "127.0.0.1", 22, "me", keys=(tmp_path / "other",)))


async def test_hosts_that_were_known_stay_known_while_the_home_hangs(tmp_path: Path, hanging: Hanging):
    (tmp_path / "known").write_text("gpu01 nonsense\n")
    route = Route("n", "gpu01", 22, "me", known_hosts=(tmp_path / "known",))
    hosts = KnownHosts(Disk(patience=0.5))
    await hosts.read(route)
    hanging.go.clear()
    hosts.forgive()
    await hosts.read(route)
    assert len(hosts.broken([route])) == 1
    assert hosts.trusted(route) == ([], [], [])
    with pytest.raises(Unavailable):
        await hosts.read(Route("n", "gpu01", 22, "me", known_hosts=(tmp_path / "other",)))


async def test_a_changed_file_is_read_again_once_it_is_looked_at(tmp_path: Path):
    path = tmp_path / "known"
    route = Route("n", "gpu01", 22, "me", known_hosts=(path,))
    hosts = KnownHosts()
    await hosts.read(route)
    path.write_text("gpu01 nonsense\n")
    hosts.forgive()
    await hosts.read(route)
    assert len(hosts.broken([route])) == 1


async def test_many_logins_at_once_look_once(tmp_path: Path, hanging: Hanging):
    route = Route("n", "gpu01", 22, "me", known_hosts=(tmp_path / "known",), keys=(tmp_path / "id",))
    keys, hosts = Identities(), KnownHosts()
    for _ in range(512):
        await keys.offer(route)
        await hosts.read(route)
    assert hanging.calls < 64


async def test_a_home_that_hangs_holds_up_no_session(rig, collect, monkeypatch, hanging: Hanging):
    monkeypatch.setattr("backends.ssh.driver.WATCH", 0.05)
    monkeypatch.setattr("backends.ssh.disk.PATIENCE", 0.2)
    run: Delivered = collect(rig.route(rig.sshd(), "n"))
    await run.up("n")
    hanging.go.clear()
    before = hanging.calls
    await run.until(lambda: hanging.calls > before)
    for _ in range(20):
        await run.fresh("n")
    assert looking() <= MOST
    hanging.go.set()
