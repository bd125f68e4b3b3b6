"""One known_hosts file: its lines as entries that can be asked for a name, and the lines that are no entries."""

import base64
import binascii
import fnmatch
import hashlib
import hmac
import os
import re
import stat
from pathlib import Path

import msgspec

LARGEST = 16 << 20
"""Bytes of a file that are read; 16 MiB are 100,000 hosts."""

_MARKERS = {"@cert-authority": "cert-authority", "@revoked": "revoked"}
_HASHED = "|1|"
_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class Entry(msgspec.Struct, frozen=True):
    """A key and where it stands."""

    path: Path
    line: int
    marker: str | None
    """``cert-authority``, ``revoked`` or None."""
    kind: str
    blob: bytes
    """The key in ssh's wire format."""


class Broken(msgspec.Struct, frozen=True):
    """A line that is no entry, and was skipped."""

    path: Path
    line: int
    why: str


class KnownFile:
    """A file as it was when it was read; one that cannot be read is empty and says why in ``broken``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken: list[Broken] = []
        self._stamp = _stamp(path)
        self._exact: dict[str, list[Entry]] = {}
        self._patterns: list[tuple[list[tuple[bool, re.Pattern[str]]], Entry]] = []
        self._hashed: list[tuple[_Hashed, Entry]] = []
        self._answers: dict[str, list[Entry]] = {}
        for number, line in enumerate(self._read(), 1):
            text = line.strip()
            if text and not text.startswith("#"):
                self._take(number, text)

    def changed(self) -> bool:
        """Say whether the file on the disk is another one now."""
        return _stamp(self.path) != self._stamp

    def matching(self, name: str) -> list[Entry]:
        """Return the entries for a lower-case name, in the order of the lines. A name is hashed once only."""
        if name not in self._answers:
            self._answers[name] = self._match(name)
        return self._answers[name]

    def _match(self, name: str) -> list[Entry]:
        encoded = name.encode()
        found = list(self._exact.get(name, ()))
        found += [entry for patterns, entry in self._patterns if _fits(name, patterns)]
        hashed = [entry for name_, entry in self._hashed if name_.stands_for(encoded)]
        if hashed:  # a hashed line has one name only: nobody else need be compared with it
            self._hashed = [(name_, entry) for name_, entry in self._hashed if entry not in hashed]
        found += hashed
        return sorted(found, key=lambda entry: entry.line)

    def _read(self) -> list[str]:
        if self._stamp is None:
            return []
        try:
            with self.path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            self.broken.append(Broken(self.path, 0, error.strerror or str(error)))
            return []
        if len(data) > LARGEST:
            self.broken.append(Broken(self.path, 0, f"larger than {LARGEST >> 20} MiB; the rest is not read"))
        return data[:LARGEST].decode("utf-8", "replace").split("\n")

    def _take(self, number: int, text: str) -> None:
        try:
            names, entry = _parse(self.path, number, text)
            if names.startswith("|"):
                self._hashed.append((_Hashed(*_salted(names)), entry))
            elif any(sign in names for sign in "*?!"):
                self._patterns.append((_compiled(names), entry))
            else:
                for name in dict.fromkeys(names.lower().split(",")):
                    self._exact.setdefault(name, []).append(entry)
        except ValueError as error:
            self.broken.append(Broken(self.path, number, str(error)))


class _Hashed:
    """A name that is there as its HMAC only. The two halves of the work that depend on the salt are done once.

    That halves the time of `hmac.digest`, which counts: 512 hosts and 1,536 hashed lines are 400,000 comparisons.
    """

    __slots__ = ("_digest", "_inner", "_outer")

    def __init__(self, salt: bytes, digest: bytes) -> None:
        key = (salt if len(salt) <= _BLOCK else hashlib.sha1(salt, usedforsecurity=False).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha1(key.translate(_INNER), usedforsecurity=False)
        self._outer = hashlib.sha1(key.translate(_OUTER), usedforsecurity=False)
        self._digest = digest

    def stands_for(self, name: bytes) -> bool:
        """Say whether this is the HMAC of a name."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(name)
        outer.update(inner.digest())
        return outer.digest() == self._digest


def add(path: Path, name: str, kind: str, blob: bytes) -> bool:
    """Write a key at the end of a file, its name hashed; say whether that could be done.

    Only a plain file of our own is written to, or a new one, of mode 0600, in a folder that is there.
    """
    salt = os.urandom(20)
    hashed = "|".join(base64.b64encode(part).decode() for part in (salt, hmac.digest(salt, name.encode(), "sha1")))
    line = f"{_HASHED}{hashed} {kind} {base64.b64encode(blob).decode()}\n".encode()
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError:
        return False
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
            return False
        unended = status.st_size and os.pread(handle, 1, status.st_size - 1) != b"\n"
        return os.write(handle, b"\n" + line if unended else line) > 0
    except OSError:
        return False
    finally:
        os.close(handle)


def _parse(path: Path, number: int, text: str) -> tuple[str, Entry]:
    marker = None
    if text.startswith("@"):
        word, _, text = text.partition(" ") if " " in text else text.partition("\t")
        if word not in _MARKERS:
            raise ValueError("unknown marker")
        marker = _MARKERS[word]
    words = text.split(None, 3)
    if len(words) < 3:
        raise ValueError("fewer than three words")
    names, kind, data = words[:3]
    try:
        blob = base64.b64decode(data, validate=True)
    except binascii.Error:
        raise ValueError("the key is not base64") from None
    if blob[:4] != len(kind).to_bytes(4, "big") or blob[4 : 4 + len(kind)] != kind.encode():
        raise ValueError("the key is not of the type that stands before it")
    return names, Entry(path, number, marker, kind, blob)


def _salted(names: str) -> tuple[bytes, bytes]:
    salt, _, digest = names.removeprefix(_HASHED).partition("|")
    try:
        if names.startswith(_HASHED):
            return base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True)
    except binascii.Error:
        pass
    raise ValueError("the hashed name cannot be read")


def _compiled(names: str) -> list[tuple[bool, re.Pattern[str]]]:
    """Patterns of `*` and `?` only, as ssh's: a bracket is a bracket, as in ``[host]:port``."""
    compiled = []
    for name in names.lower().split(","):
        negated = name.startswith("!")
        literal = name[negated:].replace("[", "[[]")
        compiled.append((negated, re.compile(fnmatch.translate(literal))))
    return compiled


def _fits(name: str, patterns: list[tuple[bool, re.Pattern[str]]]) -> bool:
    fits = [negated for negated, pattern in patterns if pattern.match(name)]
    return bool(fits) and not any(fits)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What tells one content from another; None for what is no plain file (a pipe, ``/dev/null``), and is not read."""
    try:
        status = path.stat()
    except OSError:
        return None
    is_file = stat.S_ISREG(status.st_mode)
    return (status.st_ino, status.st_size, status.st_mtime_ns) if is_file else None
