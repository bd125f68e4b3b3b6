"""The state of cards and nodes at one moment, with everything that belongs to them joined."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from backends.records import Card, CardHealth, GpuSample
from console.model.fleet import Node
from console.model.severity import Severity

Place = tuple[str, int]
"""A node's name and a slot in it."""


class Status(StrEnum):
    """How a card or a node is, in one word."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    LOST = "lost"
    BROKEN = "broken"
    SILENT = "silent"
    """Its driver does not answer."""
    STALE = "stale"
    """What is known is too old."""
    DOWN = "down"
    """The node is unreachable."""
    UNKNOWN = "unknown"


class Point(msgspec.Struct, frozen=True, gc=False):
    """One thing that is wrong."""

    severity: Severity
    code: str
    """Stable, for filters and scripts."""
    text: str
    """A message id with {names}."""
    values: dict[str, str] = {}
    since: float | None = None
    """UTC; fills ``{since}``, in the reader's zone."""


def worst(points: Iterable[Point]) -> Severity:
    """The largest severity among points."""
    return max((point.severity for point in points), default=Severity.OK)


class Owner(msgspec.Struct, frozen=True, gc=False):
    """Who holds a card."""

    user: str | None
    project: str | None = None
    job: str | None = None
    name: str | None = None
    """Of the job or, without one, of the program."""
    others: int = 0
    """How many more hold the same card."""
    allocated: bool = True
    """False where only a process tells, not the scheduler."""


class JudgedCard(msgspec.Struct, frozen=True, gc=False):
    """A card with everything that belongs to it."""

    card: Card
    gpu: GpuSample | None
    health: CardHealth | None
    status: Status
    points: tuple[Point, ...]
    owner: Owner | None


class JudgedNode(msgspec.Struct, frozen=True, gc=False):
    """A node with everything that belongs to it."""

    node: Node
    status: Status
    """Its own or, where that is no worse than a warning, the worst of its cards."""
    points: tuple[Point, ...]
    """Of the node itself; its cards have their own."""
    cards: tuple[JudgedCard, ...]
    """By slot."""
    stale: bool
    """Whether its fast group is too old to be believed."""
    people: tuple[Owner, ...] = ()
    """The owners of its cards, each with one of their jobs, those with most cards first."""
