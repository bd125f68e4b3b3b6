"""What every part of the history is: it takes the fleet once a round, inside the collector's one transaction."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from backends.jobs import Job
from backends.records import NodeSample
from console.model.config import Retention
from console.model.fleet import Node
from console.model.judged import JudgedNode


class Round(msgspec.Struct, frozen=True):
    """The lab at one moment, as the archive found it."""

    at: float
    """UTC of the collector's clock."""
    mono: float
    """The same instant on its monotonic clock."""
    nodes: Sequence[Node]
    jobs: Sequence[Job]
    samples: Sequence[NodeSample] = ()
    """Every sample since the last round, in the order in which they came; `nodes` has only the newest."""
    judged: Callable[[], Sequence[JudgedNode]] = tuple
    """Judges all nodes, with the owners of their cards; some 50 ms for 4,096 cards, and then no more in this round."""


class Ledger(Protocol):
    """A group of tables of the history; called on the archive's thread, in a transaction that may be rolled back.

    What a ledger keeps in memory between rounds must stay right when a round was rolled back: take it over only in
    `committed`.
    """

    def write(self, db: sqlite3.Connection, found: Round) -> None:
        """Write what this round adds."""

    def committed(self) -> None:
        """The round is on the disk."""

    def prune(self, db: sqlite3.Connection, now: float, kept: Retention) -> None:
        """Remove what is too old; called about once a minute, and takes at most some milliseconds."""

    def settle(self, db: sqlite3.Connection) -> None:
        """Write what was counted and waits, before somebody is forgotten whom it may name; `forget_numbers` follows."""

    def forget_numbers(self) -> None:
        """Look the numbers of names up again, for some were removed; what `settle` wrote is on the disk."""

    def oldest(self, db: sqlite3.Connection) -> float | None:
        """The instant of the oldest that it keeps, for the disk budget; None where it keeps nothing."""
