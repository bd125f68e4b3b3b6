"""What we keep of Kubernetes' objects: small, flat, and ready to be folded into jobs."""

import msgspec

from backends.jobs import JobState, Pod
from backends.kubernetes.quantity import whole

Cards = tuple[tuple[str, int], ...]
"""Resource and count, by name of the resource."""


class Kept(msgspec.Struct, frozen=True, gc=False):
    """The kind of all of them."""


class Owner(Kept, frozen=True):
    """Who owns something."""

    api: str
    """``batch/v1``."""
    kind: str
    name: str
    uid: str | None = None


class Want(Kept, frozen=True):
    """What one pod asks for."""

    cards: Cards = ()
    cpus: float = 0.0
    memory: float = 0.0

    @property
    def gpus(self) -> int:
        """Cards and parts of cards of every kind."""
        return whole(sum(count for _, count in self.cards))


class SeenPod(Kept, frozen=True):
    """A pod."""

    pod: Pod
    namespace: str
    state: JobState
    want: Want
    owner: Owner | None = None
    """Its controller, as it names it."""
    template: str | None = None
    """The hash that a replica set put between its deployment's name and its own."""
    training: str | None = None
    volcano: str | None = None
    group: str | None = None
    """Volcano's pod group."""
    together: str | None = None
    """Kueue's group of plain pods."""
    queue: str | None = None
    """Kueue's local queue."""
    user: str | None = None
    priority: int | None = None
    priority_class: str | None = None
    limit: float | None = None
    selector: str | None = None
    created: float | None = None
    ended: float | None = None
    static: bool = False
    """Whether the node made it itself, from a file."""


class Made(Kept, frozen=True):
    """What makes pods: a job, a deployment, a stateful set, a job of Volcano."""

    api: str
    kind: str
    namespace: str
    name: str
    uid: str
    owner: Owner | None = None
    created: float | None = None
    deleted: bool = False
    user: str | None = None
    wants: tuple[tuple[int, Want], ...] = ()
    """So many pods that ask for this, each."""
    suspended: bool = False
    state: JobState | None = None
    """How it ended; None where its pods must tell."""
    reason: str | None = None
    said: str | None = None
    started: float | None = None
    ended: float | None = None
    limit: float | None = None
    queue: str | None = None
    """Kueue's local queue, or Volcano's."""
    priority_class: str | None = None
    selector: str | None = None
    failed: int | None = None
    requeues: bool | None = None
    stays: bool = False
    """Whether it runs for ever: a deployment, a stateful set."""
    before: int | None = None
    """How many replicas it had before it was suspended by us."""


class Workload(Kept, frozen=True):
    """What Kueue makes of a job."""

    namespace: str
    name: str
    uid: str
    owner: Owner | None = None
    created: float | None = None
    queue: str | None = None
    cluster_queue: str | None = None
    active: bool = True
    admitted: bool = False
    state: JobState | None = None
    reason: str | None = None
    said: str | None = None
    ended: float | None = None
    priority: int | None = None
    priority_class: str | None = None
    wants: tuple[tuple[int, Want], ...] = ()


class PodGroup(Kept, frozen=True):
    """What Volcano makes of a job."""

    namespace: str
    name: str
    owner: Owner | None = None
    queue: str | None = None
    phase: str | None = None
    reason: str | None = None
    said: str | None = None


class Said(Kept, frozen=True):
    """A warning about something."""

    uid: str
    """Of what it is about."""
    namespace: str
    kind: str
    name: str
    reason: str
    text: str
    at: float | None = None
    count: int = 1
