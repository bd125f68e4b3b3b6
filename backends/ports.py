"""The doors between us and the outside world: what a source of records is, and what names a driver."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from backends.records import AnyRecord, Card, Trouble

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


class Driver(msgspec.Struct, frozen=True):
    """The card of a driver: what it is called, and how to open it."""

    name: str
    open_source: Callable[["Opening"], Source]
    """Opens without I/O; heavy libraries are imported inside."""


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


class Unavailable(Exception):  # noqa: N818 - it is a state of the world, not a mistake in the program
    """A driver cannot work here; the trouble says why and what to do."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.text)
        self.trouble = trouble
