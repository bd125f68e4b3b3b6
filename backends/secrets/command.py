"""A command of the lab that prints a secret: `["pass", "show", "quarterdeck/{name}"]`."""

import asyncio
import contextlib
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process

from backends.record import N_, Trouble
from backends.secrets.names import check, read_only, unavailable

PATIENCE = 20.0
"""Seconds; it may ask the lab's vault over the network."""
LARGEST = 1 << 16
"""Bytes of what it prints."""


class Command:
    """Runs the command without a shell, without a terminal, and reads the first line that it prints; read only."""

    def __init__(self, command: tuple[str, ...], patience: float = PATIENCE) -> None:
        """Make it; nothing is run yet.

        Args:
            command: its words; ``{name}`` in one stands for the secret's name.
            patience: seconds that it may take.
        """
        self._command = command
        self._patience = patience

    def describe(self) -> str:
        """Name the store by its command."""
        return f"command {self._command[0]}" if self._command else "command"

    async def trouble(self) -> Trouble | None:
        """Say why it cannot be run; None where it can."""
        if not self._command:
            return Trouble(N_("No command for secrets is configured."))
        if not any("{name}" in word for word in self._command):
            text = N_("The command for secrets names no secret.")
            return Trouble(text, N_("Put {placeholder} into one of its words."), {"placeholder": "{name}"})
        if shutil.which(self._command[0]) is None:
            text = N_("The command for secrets is not found: {command}")
            return Trouble(text, "", {"command": self._command[0]})
        return None

    async def get(self, name: str) -> str | None:
        """Fetch a secret; None where the command ends with a failure, as tools do that do not have it."""
        check(name)
        trouble = await self.trouble()
        if trouble is not None:
            if not self._command:
                return None
            raise unavailable(trouble.text, trouble.hint, **trouble.values)
        words = [word.replace("{name}", name) for word in self._command]
        try:
            process = await asyncio.create_subprocess_exec(
                *words, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True
            )
        except OSError as error:
            text = N_("The command for secrets cannot be run: {error}")
            raise unavailable(text, error=str(error.strerror)) from None
        try:
            async with asyncio.timeout(self._patience):
                said, _ = await process.communicate()
        except TimeoutError:
            text = N_("The command for secrets has not ended within {seconds} s.")
            raise unavailable(text, seconds=f"{self._patience:g}") from None
        finally:
            await _end(process)
        if process.returncode:
            return None
        return said[:LARGEST].decode("utf-8", "replace").split("\n")[0].removesuffix("\r") or None

    async def set(self, name: str, secret: str) -> None:
        """Refuse: the vault's own tool writes it."""
        del secret
        raise read_only(self.describe(), name)

    async def delete(self, name: str) -> bool:
        """Refuse, as `set` does."""
        raise read_only(self.describe(), name)


async def _end(process: Process) -> None:
    """End it with all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1.0):
            await process.wait()
