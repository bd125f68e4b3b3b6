"""What the outside world says, as immutable values; nothing here does I/O.

Unknown is ``None`` and never 0. ``at`` is UTC in seconds of the collector's clock, ``mono`` the same instant on its
monotonic clock, from which age is told. Records travel as arrays, so a field is added at the end, with a default.
"""

from enum import StrEnum

from backends.jobs import AnySchedule
from backends.record import Record, Trouble


class CardState(StrEnum):
    """How one card is, as far as it answers."""

    OK = "ok"
    LOST = "lost"
    """Expected in this slot and not there: off the bus, or its driver says that it is gone."""
    BROKEN = "broken"
    """There, but every question is answered with an error."""
    SILENT = "silent"
    """The driver of its node does not answer at all."""
    UNKNOWN = "unknown"
    """Not asked yet."""


class ReaderState(StrEnum):
    """How the reader of a node's accelerators is."""

    STARTING = "starting"
    OK = "ok"
    STALLED = "stalled"
    """A call into the driver has not come back; the host's own samples go on."""
    ABSENT = "absent"
    """No driver and no accelerator here."""
    FAILED = "failed"
    """There are accelerators, but the driver cannot be used; the detail says why."""


class LinkState(StrEnum):
    """How the way to a node is."""

    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"


class Part(Record, frozen=True):
    """One MIG instance of a card. It is shown under its card and never summed beside it."""

    index: int
    uuid: str | None = None
    name: str | None = None
    gpu_instance: int | None = None
    compute_instance: int | None = None
    memory: int | None = None
    """Bytes."""


class Card(Record, frozen=True):
    """What a card is: facts that hold for hours. Identity is (node, uuid) and its slot; a lost card has no uuid."""

    slot: int
    """Place in the node in the order of PCI addresses, from 0."""
    uuid: str | None = None
    name: str | None = None
    vendor: str = "nvidia"
    pci: str | None = None
    """Lower-case ``domain:bus:device.function`` with a domain of four digits, e.g. ``0000:3b:00.0``."""
    serial: str | None = None
    vbios: str | None = None
    memory: int | None = None
    """Bytes in all."""
    power_limit: float | None = None
    """Watts that the driver enforces."""
    clock_max: int | None = None
    """MHz, streaming multiprocessors."""
    pcie_generation: int | None = None
    """The highest that card and slot can do."""
    pcie_width: int | None = None
    """The most lanes that card and slot can do."""
    mig: bool | None = None
    parts: tuple[Part, ...] = ()
    unsupported: tuple[str, ...] = ()
    """Names of GpuSample and CardHealth fields that this card does not have; they are ``n/a``, not unknown."""


class NodeFacts(Record, frozen=True, tag="facts"):
    """Who a node is. A new one comes when the node starts anew or its cards change."""

    node: str
    at: float
    mono: float
    host: str | None = None
    """What the node calls itself."""
    boot: str | None = None
    kernel: str | None = None
    system: str | None = None
    cpu: str | None = None
    cpus: int | None = None
    memory: int | None = None
    """Bytes."""
    reader: str | None = None
    """What reads the accelerators: ``nvml``, ``nvidia-smi``, or None where there are none."""
    driver: str | None = None
    cuda: str | None = None
    cards: tuple[Card, ...] = ()
    """By slot, lost ones included."""
    skew: float | None = None
    """Seconds that the node's wall clock is ahead of the collector's."""
    interval: float | None = None
    """Seconds between samples."""
    probe: str | None = None
    """Version of the probe that speaks."""
    rack: str | None = None
    """Where it stands, or the group it is listed under."""


class Disk(Record, frozen=True):
    """A block device: bytes a second, and percent of the time it was busy."""

    name: str
    read: float | None = None
    write: float | None = None
    busy: float | None = None


class Net(Record, frozen=True):
    """A network interface: bytes a second, errors and drops a second."""

    name: str
    received: float | None = None
    sent: float | None = None
    errors: float | None = None
    drops: float | None = None
    speed: int | None = None
    """Mbit/s as negotiated."""
    up: bool | None = None


class HostSample(Record, frozen=True):
    """A node's own figures: percent for CPU and pressure (some, 10 s), bytes for memory."""

    cpu: float | None = None
    iowait: float | None = None
    load1: float | None = None
    load5: float | None = None
    load15: float | None = None
    memory_total: int | None = None
    memory_available: int | None = None
    swap_total: int | None = None
    swap_free: int | None = None
    pressure_cpu: float | None = None
    pressure_memory: float | None = None
    pressure_io: float | None = None
    uptime: float | None = None
    """Seconds."""
    disks: tuple[Disk, ...] = ()
    nets: tuple[Net, ...] = ()


class PartSample(Record, frozen=True):
    """What a MIG instance says at one instant; NVML has no utilisation for it."""

    index: int
    memory_used: int | None = None
    """Bytes."""


class GpuSample(Record, frozen=True):
    """What a card says at one instant."""

    slot: int
    state: CardState = CardState.UNKNOWN
    error: int | None = None
    """The driver's own error number where the state is not ok."""
    util: float | None = None
    """Percent of the time in which any kernel ran."""
    memory_util: float | None = None
    memory_used: int | None = None
    """Bytes."""
    temperature: int | None = None
    """°C."""
    memory_temperature: int | None = None
    power: float | None = None
    """Watts."""
    clock: int | None = None
    """MHz, streaming multiprocessors."""
    memory_clock: int | None = None
    throttle: int | None = None
    """NVML's mask of reasons why the clock is not higher."""
    pstate: int | None = None
    fan: int | None = None
    """Percent."""
    encoder: float | None = None
    decoder: float | None = None
    parts: tuple[PartSample, ...] = ()


class NodeSample(Record, frozen=True, tag="sample"):
    """The fast group: host and cards of one node at one tick."""

    node: str
    at: float
    mono: float
    host: HostSample
    reader: ReaderState = ReaderState.STARTING
    reader_since: float | None = None
    """UTC since when the reader is in that state."""
    reader_detail: str | None = None
    gpus: tuple[GpuSample, ...] = ()
    """By slot, one for each card of NodeFacts, lost ones included."""


class Link(Record, frozen=True):
    """One NVLink of a card; errors are counts since the driver was loaded."""

    index: int
    up: bool | None = None
    replay: int | None = None
    recovery: int | None = None
    crc: int | None = None


class CardHealth(Record, frozen=True):
    """The slow group of one card. Counts are since the driver was loaded unless they say ``ever``."""

    slot: int
    ecc_corrected: int | None = None
    ecc_uncorrected: int | None = None
    ecc_corrected_ever: int | None = None
    ecc_uncorrected_ever: int | None = None
    remapped_corrected: int | None = None
    remapped_uncorrected: int | None = None
    remap_pending: bool | None = None
    remap_failed: bool | None = None
    retired_single: int | None = None
    retired_double: int | None = None
    retired_pending: bool | None = None
    recovery: int | None = None
    """The driver's own verdict: 0 none, 1 reset, 2 reboot, 3 drain P2P, 4 drain and reset, …"""
    pcie_generation: int | None = None
    pcie_width: int | None = None
    pcie_replays: int | None = None
    pcie_sent: float | None = None
    """Bytes a second from the card."""
    pcie_received: float | None = None
    throttled_power: float | None = None
    """Percent of the time since the last slow sample in which power held the clock down."""
    throttled_thermal: float | None = None
    """The same for heat, software and hardware together (the larger)."""
    throttled_brake: float | None = None
    links: tuple[Link, ...] = ()
    fabric: int | None = None
    """State of registration with the fabric manager: 3 is completed."""
    fabric_status: int | None = None
    persistence: bool | None = None


class NodeHealth(Record, frozen=True, tag="health"):
    """The slow group of one node."""

    node: str
    at: float
    mono: float
    cards: tuple[CardHealth, ...] = ()
    kernel_log: str | None = None
    """Why the kernel log, and so the history of Xid codes, cannot be read; None when it can."""


class ProcessUse(Record, frozen=True):
    """One process on one card."""

    slot: int
    part: int | None = None
    """Index of the MIG instance."""
    memory: int | None = None
    """Bytes on the card."""
    util: float | None = None
    """Percent of the card's multiprocessors, 0 to 100."""


class Process(Record, frozen=True):
    """A process that holds a card; (node, pid, started) tells it from every other."""

    pid: int
    started: float | None = None
    """UTC."""
    uid: int | None = None
    user: str | None = None
    command: str | None = None
    """Redacted command line."""
    uses: tuple[ProcessUse, ...] = ()
    job: str | None = None
    """The scheduler's job id, where the control group tells it."""
    step: str | None = None
    sluid: str | None = None
    """Slurm 26.05's own id of the job, where it stands instead of the job id."""
    pod: str | None = None
    """Uid of its Kubernetes pod."""
    container: str | None = None
    cpu: float | None = None
    """Percent of one core."""
    memory: int | None = None
    """Bytes resident on the host."""


class NodeProcesses(Record, frozen=True, tag="processes"):
    """Everything that holds a card of one node."""

    node: str
    at: float
    mono: float
    processes: tuple[Process, ...] = ()
    complete: bool = True
    """False where the driver hides processes (inside a container, say), so that an empty list proves nothing."""


class MountState(StrEnum):
    """How a file system answers."""

    OK = "ok"
    HUNG = "hung"
    STALE = "stale"
    ERROR = "error"


class Filesystem(Record, frozen=True):
    """A mounted file system; sizes in bytes."""

    mount: str
    device: str | None = None
    kind: str | None = None
    state: MountState = MountState.OK
    since: float | None = None
    """UTC since when it has been hung."""
    size: int | None = None
    used: int | None = None
    available: int | None = None
    inodes: int | None = None
    inodes_free: int | None = None
    read_only: bool | None = None


class NodeMounts(Record, frozen=True, tag="mounts"):
    """The file systems of one node."""

    node: str
    at: float
    mono: float
    filesystems: tuple[Filesystem, ...] = ()


class Event(Record, frozen=True, tag="event"):
    """Something that happened once on a node."""

    node: str
    at: float
    mono: float
    kind: str
    """``xid``, ``bus`` (a card fell off) …"""
    code: int | None = None
    slot: int | None = None
    pci: str | None = None
    text: str | None = None
    """The raw line."""
    origin: str = "nvml"
    """``nvml`` or ``kernel``."""


class NodeLink(Record, frozen=True, tag="link"):
    """How a source stands with one node."""

    node: str
    at: float
    mono: float
    source: str
    state: LinkState
    since: float
    """UTC since when it has been so."""
    trouble: Trouble | None = None
    next_try: float | None = None
    """UTC."""


class SourceStatus(Record, frozen=True, tag="source"):
    """How a source as a whole is."""

    source: str
    at: float
    mono: float
    trouble: Trouble | None = None
    since: float | None = None
    next_try: float | None = None
    interval: float | None = None


class NodeListed(Record, frozen=True, tag="listed"):
    """What the lab says of a node in its inventory, whether or not it answers."""

    node: str
    at: float
    mono: float
    source: str = "ssh"
    """The driver that reaches it."""
    address: str | None = None
    """What is handed to ``ssh``; None where it is the node's name."""
    group: str | None = None
    rack: str | None = None
    cards: int | None = None
    """Cards that must be there; None where the lab does not say."""
    labels: dict[str, str] = {}
    groups: tuple[str, ...] = ()
    """Every group that it belongs to, `group` among them."""


AnyRecord = (
    NodeFacts
    | NodeSample
    | NodeHealth
    | NodeProcesses
    | NodeMounts
    | Event
    | NodeLink
    | SourceStatus
    | NodeListed
    | AnySchedule
)
"""Everything that a source may deliver."""
