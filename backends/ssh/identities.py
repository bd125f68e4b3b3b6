"""The keys that a person logs in with: private key files and their certificates, each read once until it changes."""

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from backends.ports import Ask, Prompt, Unavailable
from backends.record import N_, Trouble
from backends.ssh.disk import FRESH, Disk
from backends.ssh.route import Route

if TYPE_CHECKING:
    import asyncssh

_LARGEST = 1 << 20

_MOST = 5
"""Keys of the agent that are offered to one server."""

_TRIES = 3
"""How often a passphrase is asked, as ssh does."""

PAUSE = 600.0
"""Seconds for which a passphrase that nobody gave is not asked for again, unless `Identities.forgive` is called."""


_Stamp = tuple[int, int] | None


class Offer(msgspec.Struct, frozen=True):
    """What can be offered to one host, beside what the agent holds."""

    keys: tuple["asyncssh.SSHKey", ...] = ()
    """Private keys that could be read, in the order of the configuration."""
    certificates: tuple["asyncssh.SSHCertificate", ...] = ()
    agent: tuple[bytes, ...] | None = None
    """The public halves, in wire format, of the keys that the agent may offer; None for all that it holds."""
    skipped: tuple[Trouble, ...] = ()
    """Files that could not be used, and why."""


class _File(msgspec.Struct):
    """One identity file as it was read."""

    stamp: _Stamp
    private: "asyncssh.SSHKey | None" = None
    public: bytes | None = None
    certificate: "asyncssh.SSHCertificate | None" = None
    locked: bytes | None = None
    """What a passphrase is needed for."""
    skipped: Trouble | None = None
    until: float = math.inf
    """When it is read again although it is the same file, on the loop's clock: nobody was there to unlock it, say."""


class Identities:
    """Reads keys for all routes. A passphrase is asked once for each file, and after a pause if nobody gave one."""

    def __init__(self, ask: Ask | None = None, pause: float = PAUSE, disk: Disk | None = None) -> None:
        self._ask = ask
        self._pause = pause
        self._disk = disk or Disk()
        self._files: dict[Path, _File] = {}
        self._certificates: dict[Path, tuple[_Stamp, asyncssh.SSHCertificate | None]] = {}
        self._stamps: dict[Path, tuple[float, _Stamp]] = {}
        """When each file was looked at last, on the loop's clock, and what it was then."""
        self._asking = asyncio.Lock()

    def forgive(self) -> None:
        """Ask again for what nobody gave, and look at every file again; a wrong passphrase stays wrong."""
        self._files = {path: file for path, file in self._files.items() if file.until == math.inf}
        self._stamps = {path: (-math.inf, stamp) for path, (_, stamp) in self._stamps.items()}

    async def offer(self, route: Route) -> Offer:
        """Read what a route names. Asks for a passphrase only where the agent does not hold the key.

        Raises:
            Unavailable: files that were never read are on a file system that does not answer.
        """
        async with self._asking:  # one question at a time, and one file is read once
            await self._look([*route.keys, *route.certificates])
            files = [await self._file(path, route) for path in route.keys]
            named = [await self._certificate(path) for path in route.certificates]
        found = [file for file in files if file is not None]
        certificates = [file.certificate for file in found if file.certificate is not None]
        certificates += filter(None, named)
        public = [file.public for file in found if file.public is not None]
        public += [certificate.public_data for certificate in certificates]
        holds = await held(route.agent)
        twice = set(holds) - {certificate.key.public_data for certificate in certificates}  # those it may lack
        return Offer(
            keys=tuple(file.private for file in found if file.private is not None and file.public not in twice),
            certificates=tuple(certificates),
            agent=tuple(public) if route.only_these_keys else _few(holds, public),
            skipped=tuple(file.skipped for file in found if file.skipped is not None),
        )

    async def _look(self, paths: Sequence[Path]) -> None:
        """See whether files have changed; where they do not answer, what was seen before holds."""
        now = asyncio.get_running_loop().time()
        old = [path for path in paths if self._stamps.get(path, (-math.inf, None))[0] + FRESH <= now]
        if not old:
            return
        try:
            stamps = await self._disk.look(old[0], lambda: [_stamp(path) for path in old])
        except Unavailable:
            if not all(path in self._stamps for path in old):
                raise
        else:
            self._stamps.update({path: (now, stamp) for path, stamp in zip(old, stamps, strict=True)})

    async def _file(self, path: Path, route: Route) -> _File | None:
        stamp = self._stamps[path][1]
        if stamp is None:
            return None  # ssh goes on without a word too
        file = self._files.get(path)
        if file is None or file.stamp != stamp or file.until <= asyncio.get_running_loop().time():
            file = await self._disk.look(path, lambda: _read(path, stamp))
            if file.locked is not None and (file.public is None or file.public not in await held(route.agent)):
                await self._unlock(file, path, file.locked, route)
            file.locked = None
            self._files[path] = file
        return file

    async def _certificate(self, path: Path) -> "asyncssh.SSHCertificate | None":
        stamp = self._stamps[path][1]
        if path not in self._certificates or self._certificates[path][0] != stamp:
            self._certificates[path] = stamp, await self._disk.look(path, lambda: _certificate(path))
        return self._certificates[path][1]

    async def _unlock(self, file: _File, path: Path, data: bytes, route: Route) -> None:
        """Ask for the passphrase of a key and decrypt it."""
        import asyncssh

        file.skipped = _encrypted(path)
        if self._ask is None:
            return
        for _ in range(_TRIES):
            passphrase = await self._ask(Prompt(route.name, f"{path}: passphrase", secret=f"ssh:{path}"))
            if not passphrase:
                file.until = self._later()
                return
            try:
                file.private = await asyncio.to_thread(asyncssh.import_private_key, data, passphrase)
            except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
                continue  # a wrong passphrase: asked again, as ssh does
            file.public = file.private.public_data
            file.skipped = None
            return

    def _later(self) -> float:
        return asyncio.get_running_loop().time() + self._pause


def _read(path: Path, stamp: _Stamp) -> _File:
    """Read a key and what lies beside it; called in a thread."""
    import asyncssh

    file = _File(stamp, public=_public(path), certificate=_certificate(path.with_name(path.name + "-cert.pub")))
    if path.suffix == ".pub":
        return file
    try:
        data = _data(path)
        file.private = asyncssh.import_private_key(data)
        file.public = file.private.public_data
    except OSError as error:
        file.skipped, file.until = _skipped(path, error.strerror or str(error)), 0.0
    except asyncssh.KeyImportError as error:
        if "passphrase" in str(error).lower():
            file.locked = data
        else:
            file.skipped = _skipped(path, str(error))
    return file


def _few(holds: tuple[bytes, ...], named: list[bytes]) -> tuple[bytes, ...] | None:
    """Which keys of a full agent are offered: those that are named and then the first others, as ssh does.

    A server breaks off after six tries (MaxAuthTries), so that the right key must not be the seventh.
    """
    if len(holds) <= _MOST:
        return None
    first = [key for key in holds if key in named] + [key for key in holds if key not in named]
    return tuple(first[:_MOST])


async def held(agent: str | None, patience: float = 2.0) -> tuple[bytes, ...]:
    """Return the public halves of the keys that an agent holds; none where it does not answer in time."""
    import asyncssh

    if agent is None:
        return ()
    try:
        async with asyncio.timeout(patience), asyncssh.connect_agent(agent) as client:
            return tuple(pair.public_data for pair in await client.get_keys())
    except (OSError, ValueError, TimeoutError):
        return ()


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size)


def _data(path: Path) -> bytes:
    """The file, which is no larger than a key is."""
    with path.open("rb") as file:
        return file.read(_LARGEST)


def _public(path: Path) -> bytes | None:
    """The public half: from the file beside it, else from the file itself, which holds it readable where it is new."""
    import asyncssh

    for candidate in (path.with_name(path.name + ".pub"), path):
        try:
            return asyncssh.read_public_key(candidate).public_data
        except (OSError, asyncssh.KeyImportError):
            continue
    return None


def _certificate(path: Path) -> "asyncssh.SSHCertificate | None":
    import asyncssh

    try:
        return asyncssh.read_certificate(path)
    except (OSError, asyncssh.KeyImportError):
        return None


def _skipped(path: Path, why: str) -> Trouble:
    return Trouble(
        N_("{path} is not used to log in: {why}"),
        N_("If it is a hardware key, add it to the agent with ssh-add."),
        {"path": str(path), "why": why},
    )


def _encrypted(path: Path) -> Trouble:
    text = N_("{path} is not used to log in: it is locked with a passphrase and is not in the agent.")
    return Trouble(text, N_("Add it to the agent: ssh-add {path}"), {"path": str(path)})
