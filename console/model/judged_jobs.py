"""Jobs and queues at one moment, with everything that belongs to them joined: use, place, why they wait, until when."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from backends.jobs import Job, JobUse, Progress, Queue
from console.model.judged import Point


class Told(StrEnum):
    """Who says when a job will start."""

    SCHEDULER = "scheduler"
    ESTIMATE = "estimate"
    """We do, from the time limits of what runs; it may be earlier, and later where others come in between."""


class Why(msgspec.Struct, frozen=True, gc=False):
    """One reason why a job waits, or what is to be known about it."""

    code: str
    """Stable, for filters and scripts: ``resources``, ``priority``, ``dependency``, ``held_user`` …"""
    text: str
    """A message id with {names}; one short sentence."""
    values: dict[str, str] = {}
    until: float | None = None
    """UTC; fills ``{until}``, in the reader's zone."""
    plural: str = ""
    """The message id for other counts than 1; empty: the sentence counts nothing."""
    count: int = 1
    """Which of the two is said."""


class JudgedJob(msgspec.Struct, frozen=True, gc=False):
    """A job with everything that belongs to it."""

    source: str
    job: Job
    use: JobUse | None = None
    """What a running one makes of its cards; None where it has none, or nobody measures."""
    progress: Progress | None = None
    why: tuple[Why, ...] = ()
    """Of one that waits, the most telling first; a list shows the first, its page all."""
    place: int | None = None
    """Of one that waits: in its queue, from 1."""
    start: float | None = None
    """Of one that waits: UTC at which it is expected to start."""
    told: Told | None = None
    """Who expects that."""
    points: tuple[Point, ...] = ()
    """What is wrong with it: cards that idle, a training that hangs …"""
    stale: bool = False
    """Whether the listing is too old to be believed."""

    @property
    def key(self) -> str:
        """What tells it from every other job of the lab."""
        return f"{self.source}/{self.job.id}"


class Ahead(msgspec.Struct, frozen=True):
    """A job that goes before another, or holds what that one needs."""

    job: Job
    cards: int | None = None
    """That it holds of what is needed, or asks for itself."""
    frees: float | None = None
    """UTC at which it must have given them back; None where it has no limit, or does not run."""


class Short(msgspec.Struct, frozen=True):
    """A resource of which there is not enough, or which lies in the wrong pieces."""

    resource: str
    """``gpu``, ``node``, ``cpu``, ``memory``, or a limit's name."""
    needed: float
    free: float | None
    """Free where the job may run; None where nobody says."""
    fitting: float | None = None
    """Of that, what lies so that this job could take it: whole nodes, enough cards on one node."""


class Explanation(msgspec.Struct, frozen=True):
    """All that is known of why one job waits and when it will start."""

    job: JudgedJob
    ahead: tuple[Ahead, ...] = ()
    """Who waits before it, in the order in which they will be served; at most 20."""
    ahead_count: int = 0
    holding: tuple[Ahead, ...] = ()
    """Who has what it needs, those that give back first before the others; at most 20."""
    short: tuple[Short, ...] = ()
    factors: tuple[tuple[str, float], ...] = ()
    """What makes its priority, the largest first."""
    policy: tuple[Why, ...] = ()
    """The rules that concern it, in words."""


class JudgedQueue(msgspec.Struct, frozen=True):
    """A queue with what it has, and what waits for it."""

    source: str
    queue: Queue
    nodes: int = 0
    usable: int = 0
    """Nodes that take new jobs."""
    cards: int = 0
    held: int = 0
    """Cards that jobs hold."""
    free: int = 0
    """Cards on usable nodes that nobody holds."""
    broken: int = 0
    """Cards that nobody can get: their node is down or drained, or they do not work."""
    running: int = 0
    pending: int = 0
    wanted: int = 0
    """Cards that those ask for which wait."""
    waited_median: float | None = None
    """Seconds that jobs waited which started in the last day; None where none did."""
    waited_most: float | None = None
    """The 90th percentile of the same."""
    failed: int = 0
    """Jobs that failed today, in the reader's zone."""
    ended: int = 0
    """Jobs that ended today."""
    fits: Mapping[int, int] = {}
    """How many jobs of so many cards on one node (1, 2, 4, 8) could start now."""
    whole: int = 0
    """Nodes whose cards are all free."""
    util: float | None = None
    """Mean of the cards that are held, percent."""

    @property
    def key(self) -> str:
        """What tells it from every other queue of the lab."""
        return f"{self.source}/{self.queue.name}"
