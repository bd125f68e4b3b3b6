"""Slurm's tools: by argument list, in one zone and language, with a time limit, and with an end to what is kept."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from backends.record import Trouble
from backends.slurm.version import version_of
from backends.slurm.words import Unanswered, hung, trouble_of

LIMIT = 15.0
"""Seconds for one call. With the controller down a tool says so after 9, hung after 10; with no slurm.conf after 60."""
MOST = 64 << 20
"""Bytes of output that are kept: `scontrol show jobs` says 10 MB of 10,000 jobs."""

_UNSET = (
    "SQUEUE_ACCOUNT", "SQUEUE_CLUSTERS", "SQUEUE_LICENSES", "SQUEUE_NAMES", "SQUEUE_PARTITION", "SQUEUE_QOS",
    "SQUEUE_SORT", "SQUEUE_USERS", "SQUEUE_ARRAY", "SQUEUE_FEDERATION", "SLURM_CLUSTERS", "SLURM_DEBUG_FLAGS",
    "SACCT_FEDERATION", "SQUEUE_ALL", "SQUEUE_FORMAT", "SQUEUE_FORMAT2", "SQUEUE_LOCAL", "SQUEUE_PRIORITY",
    "SQUEUE_SIBLING", "SQUEUE_STATES", "SACCT_LOCAL", "SCANCEL_ACCOUNT", "SCANCEL_BATCH", "SCANCEL_CRON",
    "SCANCEL_CTLD", "SCANCEL_FULL", "SCANCEL_HURRY", "SCANCEL_INTERACTIVE", "SCANCEL_NAME", "SCANCEL_PARTITION",
    "SCANCEL_QOS", "SCANCEL_RESERVATION", "SCANCEL_SIBLING", "SCANCEL_STATE", "SCANCEL_USER", "SCANCEL_VERBOSE",
    "SCANCEL_WCKEY", "SCONTROL_ALL", "SCONTROL_FEDERATION", "SCONTROL_FUTURE", "SCONTROL_LOCAL", "SCONTROL_SIB",
    "SCONTROL_SIBLING", "SINFO_ALL", "SINFO_FEDERATION", "SINFO_FORMAT", "SINFO_LOCAL", "SINFO_PARTITION",
    "SINFO_SORT", "SPRIO_CLUSTERS", "SPRIO_FEDERATION", "SPRIO_FORMAT", "SPRIO_LOCAL", "SPRIO_SIBLING",
)  # fmt: skip
"""A person's own habits, which would change what the tools say, and what they do: with SCANCEL_STATE=PENDING a running
job is not cancelled, and with SLURM_CLUSTERS a job of another cluster is."""
_SET = ("TZ=UTC", "LC_ALL=C", "SLURM_TIME_FORMAT=standard", "SLURM_BITSTR_LEN=0")
"""SLURM_BITSTR_LEN: the tasks of an array are not cut short after 64 characters."""
PREFIX = ("env", *(part for name in _UNSET for part in ("-u", name)), *_SET)


class Ran(msgspec.Struct, frozen=True):
    """How a program ended, and what it wrote."""

    status: int | None
    """Exit status; below 0 a signal."""
    output: bytes
    errors: bytes
    cut: bool = False
    """Whether more came than is kept."""


class TooLong(Exception):  # noqa: N818 - it is a state of the world, not a mistake in the program
    """A program took longer than it may, and was ended."""

    def __init__(self, errors: bytes) -> None:
        super().__init__(errors)
        self.errors = errors
        """What it has written to standard error: why it waits may stand there."""


class Said(msgspec.Struct, frozen=True):
    """What a tool said. Output is hostile text."""

    status: int | None
    output: str
    errors: str
    seconds: float
    cut: bool = False


class Place(Protocol):
    """Where tools run."""

    @property
    def host(self) -> str | None:
        """The login node, as it is handed to ssh; None: here."""

    async def run(self, argv: Sequence[str], limit: float, most: int) -> Ran:
        """Run a program to its end; its input is empty.

        Args:
            argv: the program and its arguments, each of which arrives as it is.
            limit: seconds.
            most: bytes of output to keep.

        Raises:
            TooLong: it took longer; it is ended.
            Unanswered: it could not be run.
        """

    def stream(self, argv: Sequence[str]) -> AsyncGenerator[bytes, None]:
        """Yield what a program writes, for as long as that is read; it is ended with it.

        Args:
            argv: the program and its arguments.

        Raises:
            Unanswered: it could not be run.
        """

    def read(self, argv: Sequence[str]) -> AsyncGenerator[bytes, None]:
        """Yield what a program writes until it ends by itself; its input is empty. It is ended with the generator.

        Args:
            argv: the program and its arguments.

        Raises:
            Unanswered: it could not be run, or failed.
        """

    async def close(self) -> None:
        """End what is open."""


class Tools:
    """The tools of one cluster."""

    def __init__(self, place: Place, path: Path | None = None, limit: float = LIMIT) -> None:
        self.place = place
        self._path = path
        self._limit = limit
        self._version: tuple[int, ...] | None = None

    def named(self, tool: str) -> str:
        """The tool as it is started: by name on the PATH, or by its path."""
        return tool if self._path is None else str(self._path / tool)

    async def run(self, tool: str, *arguments: str, most: int = MOST) -> Said:
        """Run a tool in a fixed zone, language and format of time; return what it said, however it ended.

        Raises:
            Unanswered: it could not be run, or took too long.
        """
        return await self.exactly([self.named(tool), *arguments], tool, most=most)

    async def exactly(self, argv: Sequence[str], tool: str, most: int = MOST) -> Said:
        """Run a tool by its argument list, as `run` does; `tool` is what it is called when it fails."""
        began = asyncio.get_running_loop().time()
        try:
            ran = await self.place.run([*PREFIX, *argv], self._limit, most)
        except TooLong as late:
            raise hung(tool, self.place.host, self._limit, late.errors) from None
        seconds = asyncio.get_running_loop().time() - began
        output, errors = ran.output.decode("utf-8", "replace"), ran.errors.decode("utf-8", "replace")
        return Said(ran.status, output, errors, seconds, ran.cut)

    async def ask(self, tool: str, *arguments: str, most: int = MOST) -> Said:
        """Run a tool that has to succeed.

        Raises:
            Unanswered: it did not; the trouble says why.
        """
        said = await self.run(tool, *arguments, most=most)
        if said.status != 0:
            raise Unanswered(self.trouble(tool, said))
        return said

    def trouble(self, tool: str, said: Said) -> Trouble:
        """Say why a tool failed."""
        return trouble_of(tool, said.status, said.errors or said.output, self.place.host)

    async def version(self) -> tuple[int, ...]:
        """Which version they are, asked once; see `version_of`.

        Raises:
            Unanswered: they cannot be asked.
        """
        if self._version is None:
            self._version = version_of((await self.ask("squeue", "--version")).output)
        return self._version

    def forget(self) -> None:
        """Find out anew which version they are: it may be another that comes back after a failure."""
        self._version = None

    async def close(self) -> None:
        """End what is open."""
        await self.place.close()
