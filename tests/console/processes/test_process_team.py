"""A team of real users on one folder: who is let in, who may collect, and how one takes over from another."""

import grp
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[3]
ASK = """
import asyncio, os, sys
from pathlib import Path
from console.services.link.protocol import PROTOCOL, Greet, Refuse, frame, hear_collector
from console.services.link.socket import connect

async def ask() -> None:
    reader, writer = await connect(Path(sys.argv[1]))
    writer.write(frame(Greet(PROTOCOL, "0", os.getpid(), False)))
    said = await hear_collector(reader)
    print(f"refused: {said.trouble}" if isinstance(said, Refuse) else f"{said.pid} {said.generation}")

asyncio.run(ask())
"""
LIBRARIES = os.pathsep.join((str(ROOT), str(Path(msgspec.__file__).parents[1])))
PYTHONS = (sys.executable, f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}")
"""The first that another user may run; an interpreter below root's home cannot be."""
PATIENCE = 40.0
"""Seconds that a process has to start on a machine that is busy with other tests."""


class Shared:
    """A lab in a folder that several users of this machine share."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "lab"
        self.config = root / "config.toml"
        self.python = sys.executable
        self.running: list[subprocess.Popen[str]] = []

    def popen(self, user: str, *command: str) -> "subprocess.Popen[str]":
        known = pwd.getpwnam(user)
        home = self.root / f"home-{user}"
        home.mkdir(exist_ok=True)
        os.chown(home, known.pw_uid, known.pw_gid)
        child = subprocess.Popen(
            [self.python, *command],
            user=known.pw_uid,
            group=known.pw_gid,
            extra_groups=[GROUP.gr_gid] if user in COLLECTORS else [],
            env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": LIBRARIES, "LANG": "C.UTF-8"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(child)
        return child

    def said(self, user: str, *command: str) -> str:
        child = self.popen(user, *command)
        out, errors = child.communicate(timeout=PATIENCE)
        return out + errors

    def works(self, python: str) -> bool:
        """Take an interpreter that another user can run."""
        self.python = python
        try:
            return self.said("nobody", "-c", "import console.cli, msgspec; print('ready')").strip() == "ready"
        except OSError:
            return False

    def ask(self, user: str) -> str:
        return self.said(user, "-c", ASK, str(self.folder / "lab.sock")).strip().split("\n")[-1]

    def collect(self, user: str) -> "subprocess.Popen[str]":
        return self.popen(user, "-P", "-m", "console", "--config", str(self.config), "collect")

    def answered(self, user: str, generation: int) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = self.ask(user)
            if found.endswith(f" {generation}"):
                return found
        raise AssertionError(found)

    def close(self) -> None:
        for child in self.running:
            child.kill()
            child.communicate()
        shutil.rmtree(self.root)


COLLECTORS = ("daemon", "bin")
GROUP = grp.getgrgid(os.getegid()) if os.geteuid() else grp.getgrnam("users")


@pytest.fixture
def shared() -> Iterator[Shared]:
    if os.geteuid() != 0:
        pytest.skip("only root can be several users")
    root = Path(tempfile.mkdtemp(prefix="team-"))
    made = Shared(root)
    root.chmod(0o755)
    made.folder.mkdir(mode=0o700)
    os.chown(made.folder, pwd.getpwnam("daemon").pw_uid, -1)
    made.config.write_text(
        f'[lab]\nfolder = "{made.folder}"\ninterval = 1\n[[nodes]]\nhosts = "here"\nsource = "local"\n'
        f'[team]\ncollectors = ["daemon", "bin"]\nmembers = ["nobody"]\ngroup = "{GROUP.gr_name}"\n'
        '[privacy]\nusers = "pseudonyms"\n',
        encoding="utf-8",
    )
    made.config.chmod(0o644)
    try:
        if not any(made.works(python) for python in PYTHONS):
            pytest.skip("other users cannot run this interpreter")
        yield made
    finally:
        made.close()


def test_a_team_follows_one_collector_and_takes_over_from_it(shared: Shared) -> None:
    assert "only daemon, bin may collect for this lab, not nobody" in shared.said(
        "nobody", "-P", "-m", "console", "--config", str(shared.config), "collect"
    )
    first = shared.collect("daemon")
    assert shared.answered("daemon", 1).startswith(str(first.pid))
    for user in ("bin", "nobody"):
        assert shared.ask(user) == f"{first.pid} 1"
    refused = shared.ask("games")
    assert "not in this lab's team" in refused
    assert "daemon, bin" in refused
    assert "Permission" in shared.said("nobody", "-c", f"print(open({str(shared.folder / 'lab.db')!r}))")

    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    second = shared.collect("bin")
    assert shared.answered("nobody", 2).startswith(str(second.pid))
    files = [shared.folder / name for name in ("lab.db", "collector.lock", "people.key")]
    for path in (*files, *shared.folder.glob("lab.db-*")):
        found = path.stat()
        assert (found.st_mode & 0o777, found.st_gid) == (0o660, GROUP.gr_gid), path

    os.kill(second.pid, signal.SIGTERM)
    second.communicate(timeout=PATIENCE)
    third = shared.collect("daemon")
    assert shared.answered("bin", 3).startswith(str(third.pid))
