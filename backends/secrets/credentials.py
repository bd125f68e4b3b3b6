"""systemd's credentials: files that the service manager decrypts for a unit, in $CREDENTIALS_DIRECTORY."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from backends.record import N_, Trouble
from backends.secrets.names import check, read_only, unavailable

LARGEST = 1 << 16
"""Bytes of one secret."""
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]")


class Credentials:
    """What a unit was given with `LoadCredential=` or `LoadCredentialEncrypted=`; read only."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """Make it.

        Args:
            environ: where $CREDENTIALS_DIRECTORY is looked up.
        """
        self._folder = (os.environ if environ is None else environ).get("CREDENTIALS_DIRECTORY", "")

    def describe(self) -> str:
        """Name the store and its folder."""
        return f"systemd credentials ({self._folder})" if self._folder else "systemd credentials"

    async def trouble(self) -> Trouble | None:
        """Say why there are none; None where there are."""
        if not self._folder:
            return Trouble(N_("This process was not given credentials by systemd."))
        if not self._there():
            return Trouble(N_("The folder of credentials {folder} is not there."), "", {"folder": self._folder})
        return None

    def _there(self) -> bool:
        return Path(self._folder).is_dir()

    async def get(self, name: str) -> str | None:
        """Fetch a secret; a character that no file's name may have is ``-`` in the credential's name."""
        check(name)
        if not self._folder:
            return None
        path = Path(self._folder) / file_name(name)
        try:
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unavailable(N_("{file} cannot be read: {error}"), file=str(path), error=str(error.strerror)) from None
        with os.fdopen(file, "rb") as opened:
            text = opened.read(LARGEST).decode("utf-8", "replace")
        return text.removesuffix("\n").removesuffix("\r")

    async def set(self, name: str, secret: str) -> None:
        """Refuse: systemd-creds writes them."""
        del secret
        raise read_only(self.describe(), name)

    async def delete(self, name: str) -> bool:
        """Refuse, as `set` does."""
        raise read_only(self.describe(), name)


def file_name(name: str) -> str:
    """Return what a secret is called as a credential: ``ssh:/home/me/id`` is ``ssh--home-me-id``."""
    return _UNFIT.sub("-", name)
