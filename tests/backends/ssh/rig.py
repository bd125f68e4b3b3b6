"""Real OpenSSH servers on loopback, each with its own address, keys and configuration; all files in one folder.

A server runs as the user that runs the tests, and that user logs in. PAM is off, so a server cannot ask for a login
code: an asyncssh server stands in where one is needed (`stand_in.py`). ``StrictModes`` is off, because a temporary
folder need not please it. What a login finds (home, start-up files, PATH) is set by the server's ``SetEnv``.
"""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from backends.ssh.route import Route

sys.path.insert(0, str(Path(__file__).parents[2]))
from worker_ports import free_ports

SSHD = "/usr/sbin/sshd"
WAIT = 20.0
"""Seconds for anything that a server is waited for."""


def missing() -> str | None:
    """Why there can be no rig here; None where there can."""
    if not Path(SSHD).exists():
        return f"{SSHD} is not here: install openssh-server"
    if shutil.which("ssh-keygen") is None:
        return "ssh-keygen is not here: install openssh-client"
    return None


def keygen(*arguments: str) -> str:
    """Run ``ssh-keygen``; returns what it says."""
    done = subprocess.run(["ssh-keygen", *arguments], capture_output=True, text=True, check=True, timeout=WAIT)
    return done.stdout


def free_port(address: str) -> int:
    """A port on which nobody listens."""
    (port,) = free_ports(1, address)
    return port


def until(true: object, what: str) -> None:
    """Wait for a callable to say something true."""
    assert callable(true)
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, f"waited {WAIT:g} s in vain: {what}"
        time.sleep(0.01)


def descendants(pid: int) -> list[int]:
    """Every process below one, parents first."""
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def command_line(pid: int) -> list[str]:
    """The arguments of a process; nothing where it is gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    return []


class Sshd:
    """One server."""

    def __init__(self, folder: Path, addresses: Sequence[str], options: dict[str, str]) -> None:
        self.folder = folder
        self.address = addresses[0]
        self.port = free_port(self.address)
        self._addresses = addresses
        self.options = options
        """Lines of its configuration; a change counts from the next start."""
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        self.new_key()

    @property
    def public(self) -> str:
        """Type and text of its host key."""
        return " ".join((self.folder / "host.pub").read_text().split()[:2])

    @property
    def fingerprint(self) -> str:
        """As ssh shows it: ``SHA256:…``."""
        return keygen("-l", "-f", str(self.folder / "host.pub")).split()[1]

    @property
    def known(self) -> str:
        """Its lines in a file of known hosts."""
        return "".join(f"[{address}]:{self.port} {self.public}\n" for address in self._addresses)

    @property
    def pid(self) -> int:
        """Of the process that listens."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def new_key(self, kind: str = "ed25519") -> None:
        """Give it another host key; a running server shows it after `stop` and `start`."""
        for name in ("host", "host.pub"):
            (self.folder / name).unlink(missing_ok=True)
        keygen("-q", "-t", kind, "-N", "", "-C", "host", "-f", str(self.folder / "host"))

    def start(self) -> None:
        """Start it and wait until it listens."""
        options = {
            "Port": str(self.port),
            "HostKey": str(self.folder / "host"),
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "PermitRootLogin": "yes",
            "PrintMotd": "no",
            "UseDNS": "no",
            "LogLevel": "VERBOSE",
            "MaxStartups": "100:30:200",
            **self.options,
        }
        lines = [f"{key} {value}\n" for key, value in options.items()]
        lines += [f"ListenAddress {address}\n" for address in self._addresses]
        (self.folder / "config").write_text("".join(lines))
        with (self.folder / "log").open("ab") as log:
            command = [SSHD, "-D", "-e", "-f", str(self.folder / "config")]
            self._process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        until(self._listens, f"sshd on {self.address}:{self.port}")

    def stop(self) -> None:
        """End it, and every login that it holds."""
        if self._process is None:
            return
        below = descendants(self._process.pid)
        for pid in [self._process.pid, *below]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(WAIT)
        self._process = None

    def sessions(self) -> list[int]:
        """The processes of sshd that each hold one connection."""
        with contextlib.suppress(OSError):
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        return []

    def probes(self) -> list[int]:
        """The processes of Python that run on it."""
        return [pid for pid in descendants(self.pid) if "python" in Path("".join(command_line(pid)[:1])).name]

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        with socket.socket() as probe:
            probe.settimeout(1.0)
            return probe.connect_ex((self.address, self.port)) == 0


class Rig:
    """A folder with a user's keys, an authority that signs keys, known hosts, and servers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[Sshd] = []
        self.user = getpass.getuser()
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.touch()
        self.key = self.new_key("id")
        self.authority = self.new_key("authority")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where a server of root's locks its unprivileged half in

    def new_key(self, name: str, phrase: str = "", kind: str = "ed25519") -> Path:
        """Make a key of the user's; returns the file of its private half."""
        path = self.folder / name
        keygen("-q", "-t", kind, "-N", phrase, "-C", name, "-f", str(path))
        return path

    def public(self, key: Path) -> str:
        """The public half of a key."""
        return Path(f"{key}.pub").read_text()

    def certify(self, key: Path, valid: str = "+1h", names: str | None = None) -> Path:
        """Let the authority sign the user's key; returns the certificate."""
        arguments = ["-q", "-s", str(self.authority), "-I", "rig", "-n", names or self.user, "-V", valid]
        keygen(*arguments, f"{key}.pub")
        return Path(f"{key}-cert.pub")

    def certify_host(self, server: Sshd, names: str) -> Path:
        """Let the authority sign a server's host key."""
        keygen("-q", "-s", str(self.authority), "-I", "host", "-h", "-n", names, str(server.folder / "host.pub"))
        return server.folder / "host-cert.pub"

    def sshd(self, *addresses: str, known: bool = True, start: bool = True, **options: str) -> Sshd:
        """Make a server and start it; ``options`` are lines of its configuration.

        Who logs in has an empty home unless ``SetEnv`` names another: the start-up files of whoever runs the tests take
        their time, and may hold a lock when a login is killed.
        """
        if "HOME=" not in options.get("SetEnv", ""):
            options["SetEnv"] = f"{self.home()['SetEnv']} {options.get('SetEnv', '')}".strip()
        folder = self.folder / f"sshd{len(self.servers)}"
        where = addresses or (f"127.0.0.{len(self.servers) + 2}",)
        keys = self.folder / "authorized_keys"
        keys.write_text(Path(f"{self.key}.pub").read_text())
        server = Sshd(folder, where, {"AuthorizedKeysFile": str(keys), **options})
        self.servers.append(server)
        if known:
            self.know(server)
        if start:
            server.start()
        return server

    def know(self, server: Sshd) -> None:
        """Write a server's key where the user's known hosts are."""
        self.add_known(server.known)

    def add_known(self, lines: str) -> None:
        """Write lines where the user's known hosts are."""
        with self.known_hosts.open("a") as file:
            file.write(lines)

    def home(self, bashrc: str = "", only: Sequence[str] | None = None) -> dict[str, str]:
        """Make a home for those who log in; returns the option of the server that gives it to them.

        Args:
            bashrc: what their shell runs first (bash under sshd reads it for every command).
            only: the commands that can be found there; None for all.
        """
        home = self.folder / f"home{len(list(self.folder.glob('home*')))}"
        home.mkdir()
        (home / ".bashrc").write_text(bashrc)
        sets = [f'HOME="{home}"']
        if only is not None:
            (home / "bin").mkdir()
            for name in only:
                found = shutil.which(name)
                assert found is not None, name
                real = sys.executable if name == "python3" else found  # what is found may be a shim of a tool
                (home / "bin" / name).write_text(f'#!/bin/sh\nexec {real} "$@"\n')
                (home / "bin" / name).chmod(0o755)
            sets.append(f'PATH="{home / "bin"}"')
        return {"SetEnv": " ".join(sets)}

    def route(self, server: Sshd, name: str = "node", **but: object) -> Route:
        """The way to a server."""
        values: dict[str, object] = {
            "name": name,
            "host": server.address,
            "port": server.port,
            "user": self.user,
            "known_hosts": (self.known_hosts,),
            "keys": (self.key,),
            "patience": 10.0,
        }
        return Route(**{**values, **but})  # type: ignore[arg-type]

    def close(self) -> None:
        """End every server."""
        for server in self.servers:
            server.stop()


@contextlib.contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    """A rig for the length of a block."""
    made = Rig(folder)
    try:
        yield made
    finally:
        made.close()
