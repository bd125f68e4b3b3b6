"""What schedulers say, as immutable values: jobs, queues, what nodes can still take, the rules, the services behind.

One vocabulary for Slurm and Kubernetes. Unknown is ``None`` and never 0. Times are UTC in seconds, spans are seconds,
memory is bytes. A record that lists things lists all of them, unless it says that it is a change.
"""

from enum import StrEnum

from backends.record import Record, Trouble


class JobState(StrEnum):
    """The states of a job that matter to people, of either scheduler."""

    PENDING = "pending"
    RUNNING = "running"
    SUSPENDED = "suspended"
    COMPLETING = "completing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    NODE_FAIL = "node_fail"
    OUT_OF_MEMORY = "out_of_memory"
    UNKNOWN = "unknown"
    PREEMPTED = "preempted"


HOLDING = frozenset({JobState.RUNNING, JobState.SUSPENDED, JobState.COMPLETING})
"""A job in one of these has its nodes."""
WAITING = frozenset({JobState.PENDING})
FAILED = frozenset({JobState.FAILED, JobState.TIMEOUT, JobState.NODE_FAIL, JobState.OUT_OF_MEMORY})
"""It ended, and not as it was meant to."""
HELD = frozenset({"JobHeldUser", "JobHeldAdmin", "Suspended", "InactiveWorkload", "Deactivated"})
"""Reasons of jobs that wait because somebody keeps them from starting."""
ENDED = FAILED | {JobState.COMPLETED, JobState.CANCELLED, JobState.PREEMPTED}


class Held(Record, frozen=True):
    """The cards of one node that a job holds; slots is None where only their number is known."""

    node: str
    slots: tuple[int, ...] | None = None
    count: int | None = None
    """Cards; None where nobody says. A part of a card (MIG, time slice) counts as one here, and has no slot."""
    kind: str | None = None
    """The scheduler's name for them: ``a100``, ``mig-1g.10gb``."""


class Asked(Record, frozen=True):
    """What a job asks for beyond cards, all nodes together unless it says otherwise."""

    nodes: int | None = None
    """The least."""
    cpus: int | None = None
    memory: int | None = None
    gpus_per_node: int | None = None
    gpu_kind: str | None = None
    exclusive: bool | None = None
    """Whether whole nodes are wanted."""
    features: str | None = None
    """The scheduler's own expression: a constraint, or a node selector."""
    only: tuple[str, ...] = ()
    """Nodes that must be among its own."""
    never: tuple[str, ...] = ()
    """Nodes that must not."""


class Pod(Record, frozen=True):
    """One pod of a job of Kubernetes."""

    name: str
    uid: str
    node: str | None = None
    phase: str | None = None
    """``Pending``, ``Running``, ``Succeeded``, ``Failed``, or ``Terminating``."""
    reason: str | None = None
    """Why it waits or ended, as Kubernetes names it: ``ImagePullBackOff``, ``OOMKilled``, ``Unschedulable``."""
    said: str | None = None
    """Its message."""
    gpus: int = 0
    restarts: int = 0
    ready: bool | None = None
    containers: tuple[str, ...] = ()
    started: float | None = None
    exit: int | None = None


class Job(Record, frozen=True):
    """A job of Slurm or Kubernetes. (source of its listing, id) tells it from every other."""

    id: str
    """As it is typed: ``8812``, ``8841_20``, ``18+0``; of Kubernetes ``namespace/name``. The tasks of an array that
    still wait are one job, whose id is the array's and whose `tasks` names them."""
    name: str | None = None
    user: str | None = None
    project: str | None = None
    """Account or namespace."""
    partition: str | None = None
    """Partition or queue; where the job names several, the first."""
    state: JobState = JobState.UNKNOWN
    reason: str | None = None
    """Why it waits or how it ended, as one word of the scheduler: ``Priority``, ``Unschedulable``."""
    gpus: int | None = None
    """Cards asked for, all nodes together; of an array's waiting tasks those of one task."""
    held: tuple[Held, ...] = ()
    submitted: float | None = None
    started: float | None = None
    ended: float | None = None
    limit: float | None = None
    """Seconds; None is none, or not known."""
    priority: float | None = None
    number: str | None = None
    """By which nodes know it where that is not `id`: Slurm's own number of an array's task."""
    array: str | None = None
    """Id of the array that it belongs to."""
    tasks: str | None = None
    """Of an array's waiting tasks: which, and how many at a time: ``2-9,14%4``."""
    count: int = 1
    """How many jobs this one stands for."""
    het: str | None = None
    """Id of the heterogeneous job of which it is a component."""
    nodes: tuple[str, ...] = ()
    """That it has, or had."""
    asked: Asked = Asked()
    qos: str | None = None
    """Quality of service, or priority class."""
    reservation: str | None = None
    dependency: str | None = None
    """What it waits for, in the scheduler's spelling: ``afterok:4711(unfulfilled)``."""
    eligible: float | None = None
    """From when on it may start."""
    expected: float | None = None
    """When the scheduler itself expects it to start."""
    exit: int | None = None
    signal: int | None = None
    said: str | None = None
    """The scheduler's sentence about it, where it has one: hostile text."""
    restarts: int | None = None
    requeues: bool | None = None
    """Whether the scheduler may start it again."""
    kind: str = "batch"
    """What it is there: ``batch``, or of Kubernetes the kind of its owner: ``Job``, ``Deployment``, ``Pod`` …"""
    pods: tuple[Pod, ...] = ()
    output: str | None = None
    """Path of its standard output, patterns filled in."""
    errors: str | None = None
    place: int | None = None
    """Its place in its queue as the scheduler itself counts, from 1."""
    partitions: tuple[str, ...] = ()
    """All of them, where it names several."""
    uid: int | None = None


class Jobs(Record, frozen=True, tag="jobs"):
    """One listing of one scheduler: waiting, running, and what ended in the last day as far as it is known.

    A source delivers all of them each time, unless it says `whole` is False.
    """

    source: str
    at: float
    mono: float
    jobs: tuple[Job, ...] = ()
    gone: tuple[str, ...] = ()
    """Ids that are no longer listed; only where it is a change."""
    whole: bool = True
    """False: jobs that are not named are as they were."""
    interval: float | None = None
    """Seconds between listings at present; three without one make it stale."""


class QueueState(StrEnum):
    """What a queue does with jobs."""

    UP = "up"
    DRAINING = "draining"
    """Takes none; what it has goes on."""
    STOPPED = "stopped"
    """Takes jobs and starts none."""
    CLOSED = "closed"
    """Neither."""
    UNKNOWN = "unknown"


class Quota(Record, frozen=True):
    """How much of a resource a queue may hand out, and does."""

    resource: str
    """``nvidia.com/gpu``, ``gres/gpu``, ``cpu``, ``memory``."""
    limit: float | None = None
    used: float | None = None
    flavor: str | None = None
    borrowed: float | None = None
    may_borrow: float | None = None


class Queue(Record, frozen=True):
    """A place where jobs wait for the same things."""

    name: str
    kind: str = "partition"
    """``partition``, ``clusterqueue``, ``localqueue``, ``queue`` (Volcano), ``namespace``."""
    state: QueueState = QueueState.UNKNOWN
    nodes: tuple[str, ...] = ()
    default: bool = False
    limit: float | None = None
    """The longest that a job may ask for; None is none."""
    default_limit: float | None = None
    priority: int | None = None
    """Tier or weight: a queue with more goes first."""
    parent: str | None = None
    """Cohort, parent, or the cluster queue of a local one."""
    allowed: tuple[str, ...] = ()
    """Who may use it, as words of the scheduler: ``account=nlp``; empty: everybody."""
    denied: tuple[str, ...] = ()
    qos: str | None = None
    preemption: str | None = None
    quotas: tuple[Quota, ...] = ()
    said: str | None = None
    """Why it is as it is."""


class Capacity(Record, frozen=True):
    """What a scheduler can hand out on one node, and how much of it is taken."""

    node: str
    """As the scheduler calls it; the inventory may know it by another name."""
    states: tuple[str, ...] = ()
    """In the scheduler's words, upper case: ``MIXED``, ``DRAIN``, ``SchedulingDisabled``."""
    usable: bool | None = None
    """Whether it takes new jobs."""
    reason: str | None = None
    """Why it does not."""
    reason_by: str | None = None
    reason_at: float | None = None
    cpus: int | None = None
    cpus_used: int | None = None
    memory: int | None = None
    memory_used: int | None = None
    """Handed out, whether or not it is in use."""
    gpus: int | None = None
    gpus_used: int | None = None
    gpu_kind: str | None = None
    slots_used: tuple[int, ...] | None = None
    """Which cards are handed out; None where only their number is known."""
    queues: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    boot: float | None = None
    version: str | None = None
    host: str | None = None
    """What it is called on the network, where that is not `node`."""


class Reservation(Record, frozen=True):
    """Nodes that are set aside."""

    name: str
    since: float | None = None
    until: float | None = None
    nodes: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    queue: str | None = None
    flags: tuple[str, ...] = ()


class Queues(Record, frozen=True, tag="queues"):
    """Where jobs of one scheduler wait, and what there is for them."""

    source: str
    at: float
    mono: float
    queues: tuple[Queue, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    reservations: tuple[Reservation, ...] = ()


class Qos(Record, frozen=True):
    """A quality of service of Slurm, or a priority class of Kubernetes."""

    name: str
    priority: float | None = None
    limits: dict[str, str] = {}
    """In the scheduler's words: ``MaxTRESPU`` to ``gres/gpu=8``."""
    preempts: tuple[str, ...] = ()
    preemption: str | None = None
    flags: tuple[str, ...] = ()
    usage_factor: float | None = None


class Share(Record, frozen=True):
    """What an account, or somebody in it, may have of the whole, and has had."""

    account: str
    user: str | None = None
    shares: float | None = None
    """Of all shares; 0 to 1."""
    used: float | None = None
    """Of all that was used; 0 to 1, older use counting less."""
    factor: float | None = None
    """Fair share: 0 to 1, more goes first."""


class Policy(Record, frozen=True, tag="policy"):
    """The rules by which one scheduler orders and starts jobs. Asked for every few minutes."""

    source: str
    at: float
    mono: float
    version: str | None = None
    scheduler: str | None = None
    """``sched/backfill``, ``default-scheduler``, ``kueue`` …"""
    weights: dict[str, float] = {}
    """Of what makes a job's priority: ``age``, ``fairshare``, ``jobsize``, ``partition``, ``qos``, ``tres``,
    ``assoc``, ``nice``; empty where jobs go in the order of their arrival."""
    half_life: float | None = None
    """Seconds after which use counts half."""
    age_most: float | None = None
    """Seconds after which waiting longer adds nothing."""
    preemption: str | None = None
    qos: tuple[Qos, ...] = ()
    shares: tuple[Share, ...] = ()
    settings: dict[str, str] = {}
    """Others that matter, as the scheduler spells them."""


class Service(Record, frozen=True):
    """One service behind the platform."""

    name: str
    """``slurmctld``, ``slurmdbd``, ``kube-apiserver``, ``coredns`` …"""
    host: str | None = None
    up: bool | None = None
    answered: float | None = None
    """Seconds that its last answer took."""
    since: float | None = None
    """UTC since when it has been so."""
    trouble: Trouble | None = None
    said: str | None = None
    """What it says of itself: a version, a queue's length."""
    replicas: int | None = None
    """How many there are to take over; 1 is a single point of failure."""


class Services(Record, frozen=True, tag="services"):
    """How the services behind one source are."""

    source: str
    at: float
    mono: float
    services: tuple[Service, ...] = ()


class JobUse(Record, frozen=True):
    """What a running job makes of its cards, measured on them."""

    id: str
    cards: int = 0
    """Of its cards, those that are measured."""
    busy: int | None = None
    """Cards at 5 percent or more now; None where none is measured now."""
    life: float | None = None
    """Mean utilisation since it started, percent, over all its cards."""
    hour: float | None = None
    """The same over the last hour."""
    memory: int | None = None
    """The most that it held on one card."""
    idle_since: float | None = None
    """UTC since when no card of it has been at 5 percent or more; None where one is."""
    measured: float | None = None
    """Seconds of its life that `life` rests on."""
    processes: int | None = None
    """Processes on its cards now; None where the nodes do not say."""
    empty: int | None = None
    """Of its cards, those that no process is on now; None where the nodes do not say all of them."""


class JobUses(Record, frozen=True, tag="uses"):
    """What all running jobs of one scheduler make of their cards."""

    source: str
    at: float
    mono: float
    uses: tuple[JobUse, ...] = ()


class Progress(Record, frozen=True):
    """How far the training in a job is, read from what it writes."""

    id: str
    at: float
    """UTC of the last sign of life."""
    step: int | None = None
    steps: int | None = None
    epoch: float | None = None
    epochs: float | None = None
    loss: float | None = None
    speed: float | None = None
    """Steps a second, over the last minutes."""
    ends: float | None = None
    """UTC at which it would be done at that speed."""
    saved: float | None = None
    """UTC of the last checkpoint."""
    flags: tuple[str, ...] = ()
    """``hung``, ``diverging``, ``rerun``."""
    origin: str | None = None
    """What it was read from: a path."""


class Progresses(Record, frozen=True, tag="progress"):
    """The progress of the jobs of one scheduler, as far as it can be read."""

    source: str
    at: float
    mono: float
    jobs: tuple[Progress, ...] = ()


class JobEvent(Record, frozen=True):
    """Something that a scheduler says happened to a job."""

    at: float | None
    kind: str
    text: str
    subject: str | None = None
    """A pod or step of it."""
    count: int = 1


class Outputs(Record, frozen=True):
    """What one job writes that can be followed, found out without its script and its environment."""

    names: tuple[str, ...] = ()
    """See `JobDetail.outputs`."""
    paths: tuple[str | None, ...] = ()
    """The file of each of them, on the job's nodes; None where it is none, or not known."""
    folder: str | None = None
    """In which the job works."""


class JobDetail(Record, frozen=True):
    """Everything about one job that only its own page shows; asked for by the person who looks, and never kept."""

    id: str
    at: float
    job: Job | None = None
    """None where the scheduler does not know it any more."""
    raw: str = ""
    """The scheduler's own text about it."""
    command: str | None = None
    folder: str | None = None
    script: str | None = None
    """None where it cannot be read: a trouble says why."""
    environment: dict[str, str] | None = None
    outputs: tuple[str, ...] = ()
    """Names of what can be followed: ``output``, ``errors``; of Kubernetes ``pod/container`` and, after a crash,
    ``pod/container/previous``."""
    factors: dict[str, float] = {}
    """Its priority by what makes it."""
    events: tuple[JobEvent, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    """What could not be read, and why."""


AnySchedule = Jobs | Queues | Policy | Services | JobUses | Progresses
"""Everything that a scheduler's source may deliver."""
