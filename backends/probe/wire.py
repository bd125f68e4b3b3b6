"""The language of the probe: one JSON array a line, tagged by its first element.

``backends/probe/program.py`` speaks it from Python 3.6 on, so nothing but arrays, numbers, strings and null is on the
wire. A reader ignores elements that it does not know at the end of an array, and gives missing ones their default:
the format grows at the end, and `PROTOCOL` moves only when that is not enough. null is "could not be read".
"""

import msgspec

PROTOCOL = (1, 1)
"""The oldest and the newest protocol that this side speaks."""


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Part of a message."""


class Hello(Line, frozen=True, tag="h"):
    """The first line, sent before any driver is touched."""

    protocol: tuple[int, int]
    """The oldest and the newest that the probe speaks."""
    probe: str
    """Version of the program."""
    host: str
    boot: str | None
    """The kernel's boot_id."""
    wall: float
    """The node's own UTC when the line was written."""
    mono: float
    """The node's monotonic clock at the same instant; every ``mono`` below is of this clock."""
    interval: float
    kernel: str | None = None
    system: str | None = None
    """PRETTY_NAME of os-release."""
    python: str | None = None
    cpu: str | None = None
    cpus: int | None = None
    memory: int | None = None
    """Bytes."""
    uid: int | None = None
    clock_ticks: int = 100
    """Jiffies a second."""


class PartLine(Line, frozen=True):
    """A MIG instance."""

    index: int
    uuid: str | None = None
    name: str | None = None
    gpu_instance: int | None = None
    compute_instance: int | None = None
    memory: int | None = None


class CardLine(Line, frozen=True):
    """What a card is. A card that is known to be lost is still listed, with what is known of it."""

    pci: str | None
    """``0000:3b:00.0``"""
    uuid: str | None = None
    name: str | None = None
    vendor: str = "nvidia"
    serial: str | None = None
    vbios: str | None = None
    memory: int | None = None
    power_limit: float | None = None
    """Watts."""
    clock_max: int | None = None
    pcie_generation: int | None = None
    pcie_width: int | None = None
    mig: bool | None = None
    parts: list[PartLine] = []
    unsupported: list[str] = []
    """Names of `records.GpuSample` and `records.CardHealth` fields for which the driver says NOT_SUPPORTED."""


class Cards(Line, frozen=True, tag="c"):
    """All cards; sent at the start and whenever one comes, goes or changes. Other lines count on its order."""

    mono: float
    reader: str | None
    """``nvml``, ``nvidia-smi`` or null."""
    driver: str | None = None
    cuda: str | None = None
    cards: list[CardLine] = []
    bus: list[str] = []
    """PCI addresses of every accelerator that sysfs lists; one that is missing from ``cards`` has no driver."""


class DiskLine(Line, frozen=True):
    """Counters of /proc/diskstats."""

    name: str
    read: int
    """Bytes since boot."""
    written: int
    busy: int
    """Milliseconds since boot."""


class NetLine(Line, frozen=True):
    """Counters of /proc/net/dev."""

    name: str
    received: int
    sent: int
    errors: int
    drops: int
    speed: int | None = None
    up: bool | None = None


class HostLine(Line, frozen=True):
    """The host's own counters and gauges."""

    busy: int | None = None
    """Jiffies since boot in which any CPU worked."""
    iowait: int | None = None
    total: int | None = None
    """Jiffies since boot of all CPUs, idle ones included."""
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
    disks: list[DiskLine] = []
    nets: list[NetLine] = []


class GpuLine(Line, frozen=True):
    """The fast group of one card, in the order of the last `Cards`."""

    state: str
    """A `records.CardState`."""
    error: int | None = None
    util: float | None = None
    memory_util: float | None = None
    memory_used: int | None = None
    temperature: int | None = None
    memory_temperature: int | None = None
    power: float | None = None
    """Watts."""
    clock: int | None = None
    memory_clock: int | None = None
    throttle: int | None = None
    pstate: int | None = None
    fan: int | None = None
    encoder: float | None = None
    decoder: float | None = None
    parts: list[int | None] = []
    """Bytes used on each MIG instance."""


class Tick(Line, frozen=True, tag="s"):
    """The fast group: one a tick, on the wall-clock grid of the interval. Never waits for the driver."""

    mono: float
    wall: float
    host: HostLine
    reader: str = "starting"
    """A `records.ReaderState`."""
    reader_since: float | None = None
    """Of the monotonic clock."""
    reader_detail: str | None = None
    gpus: list[GpuLine] = []
    """Empty while the reader is not ok; the cards of the last `Cards` are then silent."""
    gpus_mono: float | None = None
    """When the cards were read."""


class LinkLine(Line, frozen=True):
    """One NVLink."""

    index: int
    up: bool | None = None
    replay: int | None = None
    recovery: int | None = None
    crc: int | None = None


class HealthLine(Line, frozen=True):
    """The slow group of one card: gauges and raw counters, named as in `records.CardHealth`."""

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
    pcie_generation: int | None = None
    pcie_width: int | None = None
    pcie_replays: int | None = None
    pcie_sent: int | None = None
    """Bytes since the driver was loaded."""
    pcie_received: int | None = None
    throttled_power: int | None = None
    """Nanoseconds since the driver was loaded."""
    throttled_software: int | None = None
    throttled_hardware: int | None = None
    throttled_brake: int | None = None
    links: list[LinkLine] = []
    fabric: int | None = None
    fabric_status: int | None = None
    persistence: bool | None = None


class Health(Line, frozen=True, tag="w"):
    """The slow group, about every 10 s, in the order of the last `Cards`."""

    mono: float
    cards: list[HealthLine] = []
    kernel_log: str | None = None
    """Why the kernel log cannot be read; null when it can."""


class ProcessLine(Line, frozen=True):
    """What a process is: sent once for each (pid, start)."""

    pid: int
    start: int
    """Jiffies after boot, from /proc/PID/stat; 0 where /proc does not show the process."""
    uid: int | None = None
    user: str | None = None
    command: str | None = None
    """Redacted by the probe, at most 200 characters."""
    job: str | None = None
    step: str | None = None
    sluid: str | None = None
    pod: str | None = None
    container: str | None = None
    started: float | None = None
    """The node's UTC."""


class UseLine(Line, frozen=True):
    """A process on a card."""

    pid: int
    start: int
    card: int
    """Position in the last `Cards`."""
    part: int | None = None
    memory: int | None = None
    util: float | None = None
    cpu: int | None = None
    """Jiffies of CPU time since the process began; the same on each of its lines."""
    resident: int | None = None
    """Bytes."""


class Processes(Line, frozen=True, tag="p"):
    """Who holds the cards, about every 4 s."""

    mono: float
    new: list[ProcessLine] = []
    uses: list[UseLine] = []
    complete: bool = True


class MountLine(Line, frozen=True):
    """A file system."""

    mount: str
    device: str | None = None
    kind: str | None = None
    state: str = "ok"
    """A `records.MountState`."""
    since: float | None = None
    """Of the monotonic clock."""
    size: int | None = None
    used: int | None = None
    available: int | None = None
    inodes: int | None = None
    inodes_free: int | None = None
    read_only: bool | None = None


class Mounts(Line, frozen=True, tag="f"):
    """The file systems, about every 10 s; a stuck one is listed as hung and never asked a second time."""

    mono: float
    mounts: list[MountLine] = []


class Happened(Line, frozen=True, tag="x"):
    """Something happened: an Xid, a card off the bus."""

    mono: float
    wall: float
    """The node's UTC; of the event, not of the line, where the kernel log tells it."""
    kind: str
    code: int | None = None
    pci: str | None = None
    text: str | None = None
    origin: str = "nvml"


class Fault(Line, frozen=True, tag="!"):
    """The probe itself failed in one part and goes on with the rest; one line a cause."""

    mono: float
    where: str
    text: str


Message = Hello | Cards | Tick | Health | Processes | Mounts | Happened | Fault
"""Everything that a probe says."""


def decoder() -> msgspec.json.Decoder[Message]:
    """A decoder of one line; raises `msgspec.DecodeError` on anything else."""
    return msgspec.json.Decoder(Message)
