"""What ssh has answered before, kept in a file for as long as nothing that it came from changes."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from backends.ssh.said import Said

BRIEFLY = 300.0
"""Seconds for which answers are kept that depend on more than files: on a command, a network, a name server."""

_NAME = "ssh-routes.msgpack"
_VERSION = 1
"""Raised when what is kept comes to mean something else."""

_LARGEST = 64 << 20


class Kept(msgspec.Struct):
    """Answers with what they came from."""

    signature: str = ""
    until: float | None = None
    """UTC after which they are no longer true; None where only a change ends them."""
    read: tuple[str, ...] = ()
    """Configuration files that ssh reads though we would not have thought of them."""
    said: dict[str, Said] = {}
    """By address as text."""


class Answers:
    """Keeps answers in memory, and in a folder where there is one; what cannot be read or written is asked again."""

    def __init__(self, folder: Path | None, now: Callable[[], float]) -> None:
        self._path = None if folder is None else folder / _NAME
        self._now = now
        self._kept: Kept | None = None
        self._written: tuple[str, float | None, int] | None = None

    def last(self) -> Kept:
        """Return what was kept last, true or not any more."""
        if self._kept is None:
            self._kept = self._load()
            self._written = (self._kept.signature, self._kept.until, len(self._kept.said))
        return self._kept

    def matching(self, signature: str) -> dict[str, Said]:
        """Return the answers that hold where everything they come from is as the signature says; a copy."""
        kept = self.last()
        old = kept.until is not None and not 0 <= kept.until - self._now() <= BRIEFLY
        return {} if kept.signature != signature or old else dict(kept.said)

    def keep(self, signature: str, read: tuple[str, ...], said: dict[str, Said], *, briefly: bool) -> None:
        """Keep answers. Brief ones end when the first of them does."""
        until = None
        if briefly:
            fresh = self.last().signature != signature or self.last().until is None or not self.matching(signature)
            until = self._now() + BRIEFLY if fresh else self.last().until
        self._kept = Kept(signature, until, read, said)
        if self._path is not None and self._written != (signature, until, len(said)):
            self._write(self._path, msgspec.msgpack.encode(self._kept))
            self._written = (signature, until, len(said))

    def _load(self) -> Kept:
        if self._path is None:
            return Kept()
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_uid != os.getuid() or status.st_mode & 0o022:
                    return Kept()  # somebody else could have written how we connect
                return msgspec.msgpack.decode(file.read(_LARGEST), type=Kept)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return Kept()

    def _write(self, path: Path, data: bytes) -> None:
        """Write beside and move there, so that nobody reads half of it; it is 0600 from its first byte."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=_NAME)
        except OSError:
            return
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)


def signature(*parts: object) -> str:
    """Return a short text that differs where the parts do; values of the environment go in, and do not come out."""
    return hashlib.sha256(repr((_VERSION, *parts)).encode("utf-8", "surrogateescape")).hexdigest()
