"""What ``ssh -G`` says of a host, asked in a child process without a terminal and without a shell."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from backends.probe.line import excerpt
from backends.record import N_, Trouble
from backends.ssh.address import Address

PATIENCE = 20.0
"""Seconds for one answer; a `Match exec` or a look-up of names may take some."""

_WANTED = frozenset(
    (
        "hostname",
        "port",
        "user",
        "hostkeyalias",
        "proxyjump",
        "proxycommand",
        "proxyusefdpass",
        "stricthostkeychecking",
        "userknownhostsfile",
        "globalknownhostsfile",
        "identityfile",
        "certificatefile",
        "identityagent",
        "identitiesonly",
        "preferredauthentications",
        "batchmode",
        "pubkeyauthentication",
        "passwordauthentication",
        "kbdinteractiveauthentication",
        "challengeresponseauthentication",
        "ciphers",
        "kexalgorithms",
        "macs",
        "hostkeyalgorithms",
        "compression",
        "connecttimeout",
        "bindaddress",
        "addressfamily",
    )
)
_ALGORITHMS = ("ciphers", "kexalgorithms", "macs", "hostkeyalgorithms")
_READING = re.compile(r"^debug1: Reading configuration data (.+?)\r?$", re.MULTILINE)
_CHATTER = ("Pseudo-terminal will not", "debug1:", "debug2:", "debug3:", "OpenSSH_")


Said = dict[str, list[str]]
"""Values by lower-case key, as ssh prints them; several where a key is repeated."""


class Answer(msgspec.Struct, frozen=True):
    """One answer, with the files that ssh says it has read where it was asked to say them."""

    said: Said
    read: tuple[Path, ...] = ()


class Asking:
    """Asks one ssh binary, a few questions at a time."""

    def __init__(self, binary: str, environ: Mapping[str, str], config: Path | None = None) -> None:
        self._binary = binary
        self._environ = dict(environ)
        self._config = config
        self._defaults: Said = {}
        self._few = asyncio.Semaphore(min(8, os.cpu_count() or 1))

    async def begin(self) -> None:
        """Learn which algorithms ssh takes where no file says anything; they are then left out of every answer."""
        if self._defaults:
            return
        answer = await self._run(["-F", "/dev/null", "--", "localhost"], "localhost")
        if isinstance(answer, Answer):
            self._defaults = {key: answer.said[key] for key in _ALGORITHMS if key in answer.said}

    async def ask(self, address: Address) -> Said | Trouble:
        """Ask what holds for a host; algorithms are in the answer only where somebody chose them."""
        options = [] if self._config is None else ["-F", str(self._config)]
        if address.user is not None:
            options += ["-l", address.user]
        if address.port is not None:
            options += ["-p", str(address.port)]
        answer = await self._run([*options, "--", address.host], address.host)
        if isinstance(answer, Trouble):
            return answer
        return {key: values for key, values in answer.said.items() if self._defaults.get(key) != values}

    async def files(self) -> tuple[Path, ...]:
        """Ask which files are read where none is named: the user's and the system's, and what they include."""
        answer = await self._run(["-v", "--", "localhost"], "localhost")
        return () if isinstance(answer, Trouble) else answer.read

    async def _run(self, arguments: Sequence[str], host: str) -> Answer | Trouble:
        async with self._few:
            question = _Question([self._binary, "-G", "-T", *arguments], self._environ)
            try:
                said = await asyncio.to_thread(question.put, PATIENCE)
            except OSError as error:
                why = error.strerror or str(error)
                return Trouble(N_("{ssh} cannot be started: {why}"), values={"ssh": self._binary, "why": why})
            finally:
                question.end()
        if said is None:
            text = N_("ssh -G {host} has not answered within {seconds} s.")
            hint = N_("Look at Match exec and CanonicalizeHostname in the ssh configuration.")
            return Trouble(text, hint, {"host": host, "seconds": f"{PATIENCE:g}"})
        status, stdout, stderr = said
        if status:
            return _complaint(host, stderr)
        read = tuple(Path(name) for name in _READING.findall(stderr.decode("utf-8", "replace")))
        return Answer(read_said(stdout), read)


class _Question:
    """One child, which a thread waits for: that costs a third of what a child of asyncio does, and there are many."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self._command = command
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None
        self._over = False

    def put(self, patience: float) -> tuple[int, bytes, bytes] | None:
        """Run it and return its status, output and error output; None where it takes too long, or was given up."""
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environ,
            start_new_session=True,
        )
        with process:
            self._process = process
            if self._over:
                self._kill(process)
            try:
                stdout, stderr = process.communicate(timeout=patience)
            except subprocess.TimeoutExpired:
                self._kill(process)
                return None
            return process.returncode, stdout, stderr

    def end(self) -> None:
        """Give it up, with all that it started, where it is not over by itself; the thread then ends too."""
        self._over = True
        if self._process is not None and self._process.returncode is None:
            self._kill(self._process)

    def _kill(self, process: "subprocess.Popen[bytes]") -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def read_said(stdout: bytes) -> Said:
    """Read what ``ssh -G`` prints, as far as it is wanted."""
    said: Said = {}
    for line in stdout.decode("utf-8", "replace").splitlines():
        key, _, value = line.partition(" ")
        if key.lower() in _WANTED:
            said.setdefault(key.lower(), []).append(value)
    return said


def _complaint(host: str, stderr: bytes) -> Trouble:
    """What ssh itself complains about: it names the file and the line."""
    lines = [line.strip() for line in stderr.splitlines()]
    own = [line for line in lines if line and not line.startswith(tuple(word.encode() for word in _CHATTER))]
    why = excerpt(b" / ".join(own[-3:]), 300)
    text = N_("ssh does not understand its configuration for {host}: {why}")
    return Trouble(text, N_("Correct the line; ssh -G {host} must work."), {"host": host, "why": why})
