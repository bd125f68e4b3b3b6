"""The doors between us and the outside world: what a source of records is, and what names a driver."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from backends.commands import Call, JobCommand, Outcome
from backends.jobs import Job, JobDetail, Outputs
from backends.record import Trouble
from backends.records import AnyRecord, Card

Sink = Callable[[Sequence[AnyRecord]], None]
"""Takes a batch that is applied at once and painted once. Called on the event loop; never blocks."""


class Clock(Protocol):
    """Where time comes from; a simulated lab runs faster than the world."""

    def wall(self) -> float:
        """UTC in seconds."""

    def mono(self) -> float:
        """Seconds of the machine's monotonic clock; equal in all processes of the machine."""

    @property
    def speed(self) -> float:
        """Seconds of UTC that pass in a second of the monotonic clock; 1 but in a simulated lab."""


class Prompt(msgspec.Struct, frozen=True):
    """Something that only a person can answer: a login code, a key's passphrase."""

    host: str
    """Who asks, as the person knows it."""
    text: str
    """What is asked; hostile text."""
    echo: bool = False
    """Whether the answer may be seen while it is typed."""
    secret: str | None = None
    """The name under which a store of secrets may know the answer, ``ssh:/path/to/key`` say; None: only a person."""


Ask = Callable[[Prompt], Awaitable[str | None]]
"""Asks a person and waits; None where nobody is there to answer, or nobody did in time."""


class SecretStore(Protocol):
    """A place where secrets are kept. A secret is in no log, no configuration, no list of processes, no database."""

    def describe(self) -> str:
        """Name the store and where it is, without anything secret."""

    async def trouble(self) -> Trouble | None:
        """Say why it cannot be used here; None where it can."""

    async def get(self, name: str) -> str | None:
        """Fetch a secret; None where this store does not have it.

        Raises:
            Unavailable: the store cannot be used; the trouble says why.
        """

    async def set(self, name: str, secret: str) -> None:
        """Keep a secret under a name.

        Raises:
            Unavailable: the store cannot be used, or not written.
        """

    async def delete(self, name: str) -> bool:
        """Remove a secret; False where there was none.

        Raises:
            Unavailable: the store cannot be used, or not written.
        """


class Source(Protocol):
    """Something that delivers records until it is told to stop."""

    async def run(self, sink: Sink) -> None:
        """Deliver batches until cancelled; reconnects by itself and says in records what it lacks.

        Raises:
            Unavailable: it can never work as it was opened (a library is missing, the settings are wrong).
        """


class Access(Protocol):
    """A person's own way to one scheduler: in that person's process, under that person's identity.

    What it reads is not kept; what it does is done by nobody else. Every call has a time limit of its own.
    """

    async def detail(self, job: str) -> JobDetail:
        """Read everything about a job; what cannot be read is among its troubles.

        Raises:
            Unavailable: the scheduler does not answer; the trouble says why.
        """

    async def outputs(self, job: str) -> Outputs:
        """Say what a job writes and can be followed; reads neither its script nor its environment.

        Of a job that the scheduler does not know any more, and of one that has written nothing yet, it may be nothing.

        Raises:
            Unavailable: the scheduler does not answer; the trouble says why.
        """

    def follow(self, job: str, output: str, back: int, *, go_on: bool = True) -> AsyncIterator[bytes]:
        """Yield what a job writes, beginning at most `back` bytes before its end.

        Args:
            job: its id.
            output: one of `Outputs.names`.
            back: bytes; a text may begin in the midst of a line.
            go_on: wait for more until it is closed; False ends at what is there now.

        Raises:
            Unavailable: it cannot be read, or not any more; the trouble says why.
        """

    async def calls(self, command: JobCommand) -> Sequence[Call]:
        """Say exactly what `carry_out` would send; sends nothing that changes anything.

        Raises:
            Unavailable: the scheduler cannot do that; the trouble says why.
        """

    async def carry_out(self, call: Call) -> Sequence[Outcome]:
        """Send one call, and say for each of its targets what came of it."""

    async def look(self, jobs: Sequence[str]) -> Sequence[Job]:
        """Read these jobs anew from the scheduler; those that it does not know any more are left out.

        Of an array it is every task of it that the scheduler lists, whose `Job.array` is the id that was asked for.

        Raises:
            Unavailable: it does not answer; then nothing is known of them.
        """

    async def shell(self, job: str, node: str | None = None) -> Sequence[str]:
        """Say which program, with its arguments, opens a shell inside a running job.

        Raises:
            Unavailable: there is no way into it.
        """

    async def close(self) -> None:
        """End what is open."""


class Driver(msgspec.Struct, frozen=True):
    """The card of a driver: what it is called, and how to open it."""

    name: str
    open_source: Callable[["Opening"], Source]
    """Opens without I/O; heavy libraries are imported inside."""
    open_access: Callable[["Opening"], Access] | None = None
    """Opens a person's own way to it, without I/O; None where there is nothing that a person could do there."""


class Opening(msgspec.Struct, frozen=True):
    """What every driver is given."""

    clock: Clock
    interval: float
    """Seconds between samples."""
    settings: dict[str, object]
    """The driver's own part of the configuration."""
    known: dict[str, tuple[Card, ...]] = {}
    """The cards that each node is known to have had, by slot, so that one lost before we began is still missed."""
    ask: Ask | None = None
    """How to ask a person; None where nobody can be asked."""
    name: str = ""
    """What the source is called in its records; empty: as its driver is."""


class Unavailable(Exception):  # noqa: N818 - it is a state of the world, not a mistake in the program
    """A driver cannot work here; the trouble says why and what to do."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.text)
        self.trouble = trouble
