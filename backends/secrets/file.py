"""A file of the user's own, mode 0600; one that others could read or have put there is refused, with the reason."""

import contextlib
import json
import os
import secrets
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path

from backends.ports import Unavailable
from backends.record import N_, Trouble
from backends.secrets.names import check, unavailable

LARGEST = 1 << 20
"""Bytes of the file."""


class SecretFile:
    """Names and secrets as TOML strings. The folder gets mode 0700 and the file 0600, whatever the umask says."""

    def __init__(self, path: Path) -> None:
        """Make it; nothing is read yet.

        Args:
            path: of the file; it is made with the first secret.
        """
        self._path = path

    def describe(self) -> str:
        """Name the store by its file."""
        return f"file {self._path}"

    async def trouble(self) -> Trouble | None:
        """Say why the file is refused; None where it can be used or is not there yet."""
        try:
            self._read()
        except Unavailable as error:
            return error.trouble
        return None

    async def get(self, name: str) -> str | None:
        """Fetch a secret; None where it is not there."""
        check(name)
        return self._read().get(name)

    async def set(self, name: str, secret: str) -> None:
        """Keep a secret; the file is replaced as a whole."""
        check(name)
        self._write({**self._read(), name: secret})

    async def delete(self, name: str) -> bool:
        """Remove a secret; False where there was none."""
        check(name)
        known = self._read()
        if name not in known:
            return False
        del known[name]
        self._write(known)
        return True

    @contextlib.contextmanager
    def _folder(self) -> Iterator[int]:
        """Open the folder itself, so that nobody can put another one in its place meanwhile."""
        folder = self._path.parent
        with self._said(folder):
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            found = os.fstat(opened)
            if found.st_uid != os.geteuid():
                raise unavailable(N_("{file} belongs to another user; nothing secret is read there."), file=str(folder))
            if found.st_mode & 0o022:
                raise unavailable(
                    N_("Others may write in {file}; nothing secret is read there."),
                    N_("Close it: {command}"),
                    file=str(folder),
                    command=f"chmod 700 {folder}",
                )
            yield opened
        finally:
            os.close(opened)

    def _read(self) -> dict[str, str]:
        if not self._path.parent.exists():
            return {}
        with self._folder() as folder, self._said(self._path):
            try:
                file = os.open(
                    self._path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder
                )
            except FileNotFoundError:
                return {}
            with os.fdopen(file, "rb") as opened:
                self._examine(os.fstat(file))
                text = opened.read(LARGEST)
        try:
            found = tomllib.loads(text.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            # The words of a parser's error may hold what stands in the file.
            raise unavailable(N_("{file} is no TOML file; mend it or remove it."), file=str(self._path)) from None
        return {name: secret for name, secret in found.items() if isinstance(secret, str)}

    def _examine(self, found: os.stat_result) -> None:
        """Refuse what is no plain file of ours alone."""
        if not stat.S_ISREG(found.st_mode):
            raise unavailable(N_("{file} is no plain file; no secret is read from it."), file=str(self._path))
        if found.st_uid != os.geteuid():
            raise unavailable(N_("{file} belongs to another user; no secret is read from it."), file=str(self._path))
        if found.st_mode & 0o077:
            raise unavailable(
                N_("Others may read {file} (mode {mode}); no secret is read from it."),
                N_("Take what stands in it for known to others, then: {command}"),
                file=str(self._path),
                mode=f"{stat.S_IMODE(found.st_mode):04o}",
                command=f"chmod 600 {self._path}",
            )

    def _write(self, known: dict[str, str]) -> None:
        for path in [each for each in reversed(self._path.parents) if not each.exists()]:
            with self._said(path):
                path.mkdir(mode=0o700)
                path.chmod(0o700)
        text = "".join(f"{_quoted(name)} = {_quoted(secret)}\n" for name, secret in sorted(known.items()))
        fresh = f".{self._path.name}.{secrets.token_hex(4)}"
        with self._folder() as folder, self._said(self._path):
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
            try:
                with os.fdopen(file, "wb") as opened:
                    os.fchmod(file, 0o600)
                    opened.write(text.encode())
                    opened.flush()
                    os.fsync(file)
                os.rename(fresh, self._path.name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(fresh, dir_fd=folder)
                raise

    @contextlib.contextmanager
    def _said(self, path: Path) -> Iterator[None]:
        """Say in words what the system refuses; a symbolic link (ELOOP, ENOTDIR) among it."""
        try:
            yield
        except OSError as error:
            text = N_("{file} cannot be used for secrets: {error}")
            if path.is_symlink():
                text = N_("{file} is a symbolic link; no secret is read or written there.")
            raise unavailable(text, file=str(path), error=error.strerror or type(error).__name__) from None


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's is the same but for DEL, and for what is no text at all."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")
