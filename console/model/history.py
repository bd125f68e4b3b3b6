"""What can be asked of the past, and what is answered: curves, rows of a timeline, and what held from when to when.

Times are UTC in seconds. Unknown is ``None`` (in packed rows the value named beside them) and never 0. Questions and
answers travel as arrays, so a field is added at the end, with a default.
"""

from enum import StrEnum

import msgspec

CARD_METRICS = ("util", "memory_used", "temperature", "power", "clock", "memory_util")
"""Of one card, as `backends.records.GpuSample` names them, in its units."""
NODE_METRICS = (
    *("cpu", "iowait", "load1", "memory_used", "swap_used"),
    *("disk_read", "disk_write", "disk_busy", "net_received", "net_sent"),
)
"""Of one node: percent, load, bytes, bytes a second over all disks (of the busiest: percent) and interfaces."""
CLUSTER_METRICS = (
    *("util", "memory_part", "power", "cards", "answering", "busy", "held", "idle_held", "nodes", "nodes_up"),
)
"""Of all nodes: percent, percent, watts, then counts of cards and nodes.

``busy`` is at 5 percent or more, ``held`` has an owner, ``idle_held`` has one and is under 5 percent.
"""


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """The kind of every question."""


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """The kind of every answer."""


class CurvesOf(Asked, frozen=True, tag="curves"):
    """Curves for a plot."""

    metrics: tuple[str, ...]
    since: float
    until: float
    points: int
    """How many at most; 1 to 2,000."""
    node: str | None = None
    """None asks for the whole cluster."""
    slot: int | None = None
    """None asks for the node itself."""


class Curve(msgspec.Struct, frozen=True, array_like=True):
    """One metric over slots of equal length; None where nothing was measured."""

    metric: str
    low: tuple[float | None, ...]
    mean: tuple[float | None, ...]
    high: tuple[float | None, ...]


class Curves(Answered, frozen=True, tag="curves"):
    """The answer to `CurvesOf`: a slot ``i`` begins at ``since + i * step``."""

    since: float
    step: float
    """Seconds; never finer than what was kept at that age."""
    curves: tuple[Curve, ...]
    kept_since: float | None = None
    """The oldest instant of which anything is kept; None where nothing is."""


class Rows(StrEnum):
    """What the rows of a timeline are."""

    CARDS = "cards"
    NODES = "nodes"
    USERS = "users"
    PROJECTS = "projects"


class TimelineOf(Asked, frozen=True, tag="timeline"):
    """Utilisation and owners over time, a row each."""

    rows: Rows
    since: float
    until: float
    slots: int
    """1 to 500."""
    nodes: tuple[str, ...] = ()
    """Only these; empty asks for all. Ask for what is in view where rows are cards or nodes."""


class Holder(msgspec.Struct, frozen=True, array_like=True):
    """Who held a card."""

    user: str | None = None
    project: str | None = None
    job: str | None = None
    name: str | None = None
    allocated: bool = True
    """False where only a process told, not the scheduler."""


UNKNOWN_UTIL = 255
"""In `Row.util`: nothing was measured in that slot."""
NO_HOLDER = 0
"""In `Row.holders`: nobody held it."""


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One row: each slot's mean utilisation, and who held most of it."""

    key: str
    """``node:slot``, the node, the user or the project."""
    util: bytes
    """One byte a slot, 0 to 100, or `UNKNOWN_UTIL`. Of users and projects: of the cards that they held."""
    holders: bytes
    """Two bytes a slot, little: 1 + index in `Timeline.holders`, or `NO_HOLDER`. Empty for users and projects."""
    cards: tuple[float | None, ...] = ()
    """Of users and projects: how many cards they held on average in each slot."""


class Timeline(Answered, frozen=True, tag="timeline"):
    """The answer to `TimelineOf`."""

    since: float
    step: float
    rows: tuple[Row, ...]
    holders: tuple[Holder, ...]
    kept_since: float | None = None


class Kind(StrEnum):
    """What is remembered as having held from one time to another."""

    OWNER = "owner"
    """Who held a card."""
    JOB = "job"
    """A job's state."""
    STATE = "state"
    """How a card (or, without a slot, a node) was: `console.model.judged.Status`."""
    HEALTH = "health"
    """What was wrong with it: codes of `console.model.judged.Point`, joined by blanks."""
    INVENTORY = "inventory"
    """Which card was in a slot; of a node its kernel, driver and probe."""


class SpansOf(Asked, frozen=True, tag="spans"):
    """What held at some time between two instants, the newest first."""

    kinds: tuple[Kind, ...]
    since: float
    until: float
    node: str | None = None
    slot: int | None = None
    most: int = 500
    """1 to 5,000."""


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Something that held from one time to another."""

    kind: Kind
    node: str | None
    slot: int | None
    since: float
    until: float | None
    """None: it still holds."""
    value: str
    """A word or a text, by kind; of an owner its user."""
    holder: Holder | None = None
    """Of an owner, and of a job."""


class Spans(Answered, frozen=True, tag="spans"):
    """The answer to `SpansOf`."""

    spans: tuple[Span, ...]
    more: bool = False
    """Whether there were more than were asked for."""
    kept_since: float | None = None


class ForgetUser(Asked, frozen=True, tag="forget"):
    """Not a question but a wish: that a person is removed from what is kept. Only the collector's own user may."""

    user: str


class Forgotten(Answered, frozen=True, tag="forgotten"):
    """The answer to `ForgetUser`."""

    rows: dict[str, int]
    """How much was changed or removed, by what it was: ``events``, ``holders`` …"""


class ListAnew(Asked, frozen=True, tag="list"):
    """Not a question but a wish: that a scheduler is asked for its jobs now, since somebody has changed something."""

    source: str


class Listed(Answered, frozen=True, tag="listed"):
    """The answer to `ListAnew`: what a listing that began after it brought has been told, or could not be had."""


Question = CurvesOf | TimelineOf | SpansOf
"""Everything that can be asked of the past."""
Answer = Curves | Timeline | Spans
"""Everything that is answered."""
