"""The stores in their order: the first that has a secret gives it, and each can say why it is not used."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from backends.ports import SecretStore, Unavailable
from backends.record import N_, Trouble
from backends.secrets.command import Command
from backends.secrets.credentials import Credentials
from backends.secrets.file import SecretFile
from backends.secrets.names import unavailable
from backends.secrets.system import SystemKeyring


class Standing(msgspec.Struct, frozen=True):
    """How one store stands."""

    described: str
    trouble: Trouble | None
    """Why it is not used; None where it is."""
    refuses: bool = False
    """Whether it is there and must be mended: an open file, a command that is wrong."""


class Chain:
    """Several stores as one."""

    def __init__(self, stores: Sequence[SecretStore]) -> None:
        """Make it of stores, the one that is asked first at the beginning."""
        self._stores = tuple(stores)

    def describe(self) -> str:
        """Name them in their order."""
        return ", ".join(store.describe() for store in self._stores)

    async def trouble(self) -> Trouble | None:
        """Say that none can be used; None where one can."""
        if any(standing.trouble is None for standing in await self.standings()):
            return None
        return Trouble(N_("No store of secrets can be used here."))

    async def standings(self) -> list[Standing]:
        """How each of them stands, in their order."""
        found = []
        for store in self._stores:
            trouble = await store.trouble()
            refuses = trouble is not None and not isinstance(store, SystemKeyring | Credentials)
            found.append(Standing(store.describe(), trouble, refuses))
        return found

    async def get(self, name: str) -> str | None:
        """Fetch a secret of the first that has it; one that cannot be used is passed over.

        Raises:
            Unavailable: nobody has it, and one refused for a reason that a person should know (an open file, say).
        """
        refused: Unavailable | None = None
        for store in self._stores:
            try:
                found = await store.get(name)
            except Unavailable as error:
                if not isinstance(store, SystemKeyring):  # that there is none is normal
                    refused = error
                continue
            if found is not None:
                return found
        if refused is not None:
            raise refused
        return None

    async def set(self, name: str, secret: str) -> None:
        """Keep a secret in the first that takes it; returns nothing, `put` says where."""
        await self.put(name, secret)

    async def put(self, name: str, secret: str) -> str:
        """Keep a secret in the first that takes it; returns what that is called.

        Raises:
            Unavailable: none takes it; the trouble is that of the last.
        """
        last = unavailable(N_("No store of secrets can be used here."))
        for store in self._stores:
            try:
                await store.set(name, secret)
            except Unavailable as error:
                last = error
            else:
                return store.describe()
        raise last

    async def delete(self, name: str) -> bool:
        """Remove a secret from every store that can be written; False where none had it."""
        found = False
        for store in self._stores:
            with contextlib.suppress(Unavailable):
                found = await store.delete(name) or found
        return found


def chain(command: tuple[str, ...] = (), file: Path | None = None) -> Chain:
    """Make the stores of this user: keyring, systemd's credentials, the lab's command, the user's file.

    Args:
        command: the configured one; empty where there is none.
        file: of the last; ``secrets.toml`` in the user's configuration by default.
    """
    stores: list[SecretStore] = [SystemKeyring(), Credentials()]
    if command:
        stores.append(Command(command))
    return Chain([*stores, SecretFile(file or default_file())])


def default_file() -> Path:
    """Where the user's own file lies."""
    folder = os.environ.get("XDG_CONFIG_HOME") or ""
    base = Path(folder) if folder.startswith("/") else Path.home() / ".config"
    return base / "quarterdeck" / "secrets.toml"
