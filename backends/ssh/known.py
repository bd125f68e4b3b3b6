"""The host keys that are trusted: known_hosts files as ssh reads them, each parsed once and again when it changes."""

import asyncio
import base64
import hashlib
import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from backends.ports import Unavailable
from backends.ssh.disk import FRESH, Disk
from backends.ssh.known_file import Broken, Entry, KnownFile, add
from backends.ssh.route import Route

if TYPE_CHECKING:
    import asyncssh

Trusted = tuple[list["asyncssh.SSHKey"], list["asyncssh.SSHKey"], list["asyncssh.SSHKey"]]
"""Host keys, keys of authorities, revoked keys."""

Lookup = Callable[[str, str, int | None], Trusted]
"""What asyncssh takes as ``known_hosts``: called with host, address and port."""

STANDARD_PORT = 22


class Verdict(StrEnum):
    """What the files say of a host's key."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    """No file has a key of this host."""
    CHANGED = "changed"
    """The files have keys of this host, and it shows another one."""
    REVOKED = "revoked"


class Judgement(msgspec.Struct, frozen=True):
    """A verdict with what a person needs to check it."""

    verdict: Verdict
    fingerprint: str
    """``SHA256:…``, as ssh shows it."""
    kind: str
    """The key's type: ``ssh-ed25519``."""
    path: Path | None = None
    line: int | None = None
    """Where the entry stands that decided: the one that fits, the one that differs, or the one that revokes."""
    name: str = ""
    """The name that was looked up: ``host`` or ``[host]:port``."""


class KnownHosts:
    """Known_hosts files, shared by all routes.

    A look-up of a route that was never `read` costs one `stat` for each of its files, and is made where it is asked.
    """

    def __init__(self, disk: Disk | None = None) -> None:
        self._disk = disk or Disk()
        self._files: dict[str, KnownFile] = {}
        """By path as text: each route has paths of its own, and to compare two takes ten times as long as two texts."""
        self._looked: dict[str, float] = {}
        """When `read` looked at each file last, on the loop's clock."""
        self._met: dict[str, list[bytes]] = {}

    async def read(self, route: Route) -> None:
        """Read the files of a route where they have changed; until the next `read` it is looked up in what they say.

        Where they do not answer, what was read before holds.

        Raises:
            Unavailable: a file that was never read is on a file system that does not answer.
        """
        now = asyncio.get_running_loop().time()
        old = [path for path in route.known_hosts if self._looked.get(str(path), -math.inf) + FRESH <= now]
        if not old:
            return
        try:
            found = await self._disk.look(old[0], lambda: [self._newest(path) for path in old])
        except Unavailable:
            if not all(str(path) in self._files for path in old):
                raise
        else:
            self._files.update(zip(map(str, old), found, strict=True))
            self._looked.update(dict.fromkeys(map(str, old), now))

    def forgive(self) -> None:
        """Let the next `read` look at every file, however short it is since the last one."""
        self._looked = dict.fromkeys(self._looked, -math.inf)

    def lookup(self, route: Route) -> Lookup:
        """Return what asyncssh takes as ``known_hosts``; it always checks, and looks up what ssh would look up."""

        def trusted(_host: str, _address: str, _port: int | None) -> Trusted:
            return self.trusted(route)

        return trusted

    def trusted(self, route: Route) -> Trusted:
        """Return the keys of a host; one of a type that asyncssh does not know is left out."""
        entries = self._entries(route)
        met = [entry for entry in entries if entry.marker is None]
        return (
            _keys([*(entry.blob for entry in met), *self._met.get(_identity(route), ())]),
            _keys([entry.blob for entry in entries if entry.marker == "cert-authority"]),
            _keys([entry.blob for entry in entries if entry.marker == "revoked"]),
        )

    def verdict(self, route: Route, key: "asyncssh.SSHKey") -> Judgement:
        """Judge a key that a host showed."""
        return self.judge(route, key.public_data)

    def judge(self, route: Route, blob: bytes) -> Judgement:
        """Judge a public key in ssh's wire format."""
        entries = self._entries(route)
        revoked = [entry for entry in entries if entry.marker == "revoked" and entry.blob == blob]
        plain = [entry for entry in entries if entry.marker is None]
        same = [entry for entry in plain if entry.blob == blob]
        met = self._met.get(_identity(route), [])
        if revoked:
            return _judgement(Verdict.REVOKED, route, blob, revoked[0])
        if same or blob in met:
            return _judgement(Verdict.KNOWN, route, blob, same[0] if same else None)
        if plain or met:
            kind = kind_of(blob)
            alike = [entry for entry in plain if entry.kind == kind] or plain
            return _judgement(Verdict.CHANGED, route, blob, alike[0] if alike else None)
        return _judgement(Verdict.UNKNOWN, route, blob, None)

    def accepts(self, route: Route, key: "asyncssh.SSHKey") -> bool:
        """Say whether a key that no file has is taken, as StrictHostKeyChecking ``accept-new`` and ``no`` ask for.

        As ssh does, it is written to the first of the user's files, with its name hashed; where that cannot be written
        it is held for as long as the program runs. Another key is then a changed one, and a changed key is never taken,
        whatever the configuration says: ssh itself would go on, but with passwords switched off.
        """
        if route.strict not in ("accept-new", "no") or self.verdict(route, key).verdict is not Verdict.UNKNOWN:
            return False
        self._met.setdefault(_identity(route), []).append(key.public_data)
        add(route.known_hosts[0], name_of(route), kind_of(key.public_data), key.public_data)
        return True

    def kinds(self, route: Route) -> tuple[list[str], bool]:
        """Return the types of the keys that a host is known by, and whether an authority may vouch for it."""
        entries = self._entries(route)
        kinds = [entry.kind for entry in entries if entry.marker is None]
        kinds += [kind_of(blob) for blob in self._met.get(_identity(route), [])]
        return list(dict.fromkeys(kinds)), any(entry.marker == "cert-authority" for entry in entries)

    def broken(self, routes: Sequence[Route]) -> list[Broken]:
        """Return the lines that were skipped in the files of these routes."""
        paths = dict.fromkeys(path for route in routes for path in route.known_hosts)
        return [broken for path in paths for broken in self._file(path).broken]

    def _entries(self, route: Route) -> list[Entry]:
        """The entries of a host; those without the port count where no key is known with it, as for ssh."""
        found = self._matching(route, name_of(route))
        if not any(entry.marker != "revoked" for entry in found) and route.alias is None and _unusual(route):
            found += self._matching(route, route.host.lower())
        return found

    def _matching(self, route: Route, name: str) -> list[Entry]:
        return [entry for path in route.known_hosts for entry in self._file(path).matching(name)]

    def _file(self, path: Path) -> KnownFile:
        name = str(path)
        if name not in self._looked:
            self._files[name] = self._newest(path)
        return self._files[name]

    def _newest(self, path: Path) -> KnownFile:
        known = self._files.get(str(path))
        return KnownFile(path) if known is None or known.changed() else known


def name_of(route: Route) -> str:
    """Return the name under which the key of a route's host is looked up: HostKeyAlias, ``host`` or ``[host]:port``."""
    if route.alias is not None:
        return route.alias.lower()
    return f"[{route.host.lower()}]:{route.port}" if _unusual(route) else route.host.lower()


def fingerprint(blob: bytes) -> str:
    """Return the fingerprint of a public key as ssh shows it: ``SHA256:`` and 43 characters."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def kind_of(blob: bytes) -> str:
    """Return the type that a public key in wire format names; the key came from a server and may be garbage."""
    return blob[4 : 4 + int.from_bytes(blob[:4], "big")][:64].decode("ascii", "replace")


def _judgement(verdict: Verdict, route: Route, blob: bytes, entry: Entry | None) -> Judgement:
    path, line = (entry.path, entry.line) if entry is not None else (None, None)
    return Judgement(verdict, fingerprint(blob), kind_of(blob), path, line, name_of(route))


def _identity(route: Route) -> str:
    """What keys that were met are held under; the files belong to it, since they say whose trust it is."""
    return "\0".join((name_of(route), *map(str, route.known_hosts)))


def _unusual(route: Route) -> bool:
    return route.port != STANDARD_PORT


def _keys(blobs: Sequence[bytes]) -> list["asyncssh.SSHKey"]:
    import asyncssh

    keys = []
    for blob in dict.fromkeys(blobs):
        try:
            line = f"{kind_of(blob)} {base64.b64encode(blob).decode()}"
            keys.append(asyncssh.import_public_key(line))
        except asyncssh.KeyImportError:
            continue  # a type that asyncssh cannot check; ssh can, and the host is then known by its other keys
    return keys
