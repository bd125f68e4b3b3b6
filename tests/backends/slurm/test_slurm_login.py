"""A login node over a real sshd: the same jobs, the same times whatever its zone, and words where it is not reached."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import rig as rigs
from slurm_cluster import Cluster, until
from slurm_told import Told, World, words

from backends.ports import Opening, Unavailable
from backends.slurm import source
from backends.slurm.access import SlurmAccess


@pytest.fixture
def login(tmp_path: Path, slurm: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator["Login"]:
    """A login node in Shanghai; this machine itself knows no Slurm."""
    why = rigs.missing()
    if why is not None:
        pytest.skip(why)
    monkeypatch.setenv("SLURM_CONF", "/nowhere/slurm.conf")
    with rigs.rig(tmp_path) as rig:
        yield Login(rig, slurm)


class Login:
    """A server, and the ssh configuration that leads to it."""

    def __init__(self, rig: rigs.Rig, slurm: Cluster) -> None:
        self.rig = rig
        sets = f"SLURM_CONF={slurm.env['SLURM_CONF']} TZ=Asia/Shanghai SQUEUE_USERS=nobody PATH={os.environ['PATH']}"
        self.server = rig.sshd(SetEnv=sets)
        self.config = rig.folder / "ssh_config"
        self.config.write_text(
            f"Host login gpu0*\n  HostName {self.server.address}\n  Port {self.server.port}\n  User {rig.user}\n"
            f"  IdentityFile {rig.key}\n  IdentitiesOnly yes\n  UserKnownHostsFile {rig.known_hosts}\n"
        )

    def hide_key(self) -> bytes:
        """Put another key in the place of the user's."""
        other = self.rig.new_key("other")
        kept = self.rig.key.read_bytes(), Path(f"{self.rig.key}.pub").read_bytes()
        self.rig.key.write_bytes(other.read_bytes())
        Path(f"{self.rig.key}.pub").write_bytes(Path(f"{other}.pub").read_bytes())
        return b"\0".join(kept)

    def show_key(self, kept: bytes) -> None:
        """Bring it back."""
        private, public = kept.split(b"\0")
        self.rig.key.write_bytes(private)
        Path(f"{self.rig.key}.pub").write_bytes(public)

    def logins(self) -> int:
        """How often somebody has tried to log in."""
        return self.server.log.count("Connection from")

    @property
    def settings(self) -> dict[str, object]:
        return {"login": "login", "config": str(self.config)}


async def test_times_are_the_same_there(slurm: Cluster, login: Login, told: Callable[..., Told]):
    job = slurm.submit("-J", "there", "--gres=gpu:1")
    said = slurm.tool("env", "SLURM_TIME_FORMAT=%s", "squeue", "-h", "-j", job, "-O", "SubmitTime")
    running = told(**login.settings)
    listed = await running.reach(job, "running")
    assert (listed.name, listed.submitted) == ("there", int(said))
    await running.until(lambda: running.jobs[job].held[0].slots is not None)


async def test_a_login_node_that_goes_and_comes_back(slurm: Cluster, login: Login, told: Callable[..., Told]):
    job = slurm.submit()
    running = told(**login.settings)
    await running.reach(job, "running")
    login.server.stop()
    await running.until(lambda: running.trouble)
    assert "127.0.0" in words(running.trouble)
    assert job in running.jobs
    login.server.start()
    await running.until(running.well)


async def test_output_is_followed_there_and_nothing_stays_behind(slurm: Cluster, login: Login, tmp_path: Path):
    path = tmp_path / "a b;touch x.log"
    job = slurm.submit("-o", str(path), wrap="for i in $(seq 100); do echo line $i; sleep 0.2; done")
    access = SlurmAccess(Opening(World(), 1.0, login.settings))
    until(path.exists, "it writes")
    try:
        seen = b""
        async with asyncio.timeout(30), contextlib.aclosing(access.follow(job, "output", 1 << 16)) as stream:
            async for data in stream:
                seen += data
                if b"line 10\n" in seen:
                    break
        assert seen.startswith(b"line 1\nline 2\n")
        tails = [pid for pid in rigs.descendants(login.server.pid) if "tail" in rigs.command_line(pid)]
        until(lambda: not any(rigs.command_line(pid) for pid in tails), "tail has ended")
        assert (await access.detail(job)).folder == "/tmp"
        shell = await access.shell(job)
        assert shell[:2] == ["ssh", "-t"]
        assert shell[-2:] == ["login", f"srun --jobid={job} --overlap --ntasks=1 --pty bash -l"]
    finally:
        await access.close()


async def test_what_is_there_now_is_read_there_to_its_end(slurm: Cluster, login: Login, tmp_path: Path):
    path = tmp_path / "a b;touch x.log"
    job = slurm.submit("-o", str(path), wrap="seq 1000; sleep 60")
    slurm.reach(job, "RUNNING")
    until(lambda: path.exists() and path.stat().st_size == 3893, "it writes")
    access = SlurmAccess(Opening(World(), 1.0, login.settings))
    try:
        async with asyncio.timeout(20):
            whole = b"".join([data async for data in access.follow(job, "output", 1 << 20, go_on=False)])
            assert whole.decode().split() == [str(number) for number in range(1, 1001)]
            assert [data async for data in access.follow(job, "output", 9, go_on=False)] == [b"999\n1000\n"]
    finally:
        await access.close()


async def test_nodes_are_logged_into_only_for_a_person_and_not_again_where_that_is_denied(
    slurm: Cluster, login: Login, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SLURM_CONF", slurm.env["SLURM_CONF"])
    path = tmp_path / "gone.log"
    job = slurm.submit("-o", str(path))
    slurm.reach(job, "RUNNING")
    until(path.exists, "it writes")
    path.unlink()
    login.hide_key()
    before = login.logins()  # the rig itself has knocked
    access = SlurmAccess(Opening(World(), 1.0, {"config": str(login.config)}))

    async def look(*, go_on: bool) -> None:
        with pytest.raises(Unavailable) as caught:
            await rest(access.follow(job, "output", 10, go_on=go_on))
        assert "is not there" in words(caught.value.trouble)

    try:
        async with asyncio.timeout(30):
            await look(go_on=False)
            assert login.logins() == before
            await look(go_on=True)
            logins = login.logins()
            assert logins > before
            await look(go_on=True)
            assert login.logins() == logins
    finally:
        await access.close()


async def rest(stream: AsyncIterator[bytes]) -> None:
    async for _ in stream:
        pass


async def test_a_connection_that_is_lost_while_it_is_followed(slurm: Cluster, login: Login, tmp_path: Path):
    job = slurm.submit("-o", str(tmp_path / "out.log"), wrap="for i in $(seq 100); do echo line $i; sleep 0.2; done")
    slurm.reach(job, "RUNNING")
    access = SlurmAccess(Opening(World(), 1.0, login.settings))
    until((tmp_path / "out.log").exists, "it writes")
    try:
        stream = access.follow(job, "output", 1000)
        async with asyncio.timeout(30):
            assert (await anext(stream)).startswith(b"line 1\n")
            login.server.stop()
            with pytest.raises(Unavailable) as caught:
                await rest(stream)
        assert "is not followed any more" in words(caught.value.trouble)
    finally:
        await access.close()


async def test_a_denied_login_is_left_alone_until_something_changes(
    slurm: Cluster, login: Login, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(source, "LASTING", 1.5)
    key = login.hide_key()
    running = told(**login.settings)
    await running.until(lambda: running.statuses)
    status = running.statuses[-1]
    assert f"denies {login.rig.user}" in words(status.trouble)
    assert status.next_try is not None
    logins = login.logins()
    await running.until(lambda: len(running.statuses) >= 2)
    assert login.logins() == logins
    login.show_key(key)
    await running.until(running.well)
