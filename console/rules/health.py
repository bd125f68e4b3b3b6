"""How a card and a node are: what is wrong with them, each point with its severity and its words."""

from collections.abc import Iterable, Iterator

from backends.records import (
    Card,
    CardHealth,
    CardState,
    Event,
    Filesystem,
    GpuSample,
    Link,
    LinkState,
    MountState,
    ReaderState,
)
from console.language import N_
from console.model.fleet import Node
from console.model.judged import Point
from console.model.severity import Severity
from console.model.xid import CODES, RECOVERY

HOT = 87
"""°C from which a card is warned of; the slowdown threshold of current data-centre cards is 87 to 92."""
RECENT = 86400.0
"""Seconds for which an Xid counts: nobody has marked it as repaired before."""
THERMAL = 0x20 | 0x40
"""NVML's reasons: software and hardware thermal slowdown."""
SLOWED = 0x08 | 0x80
"""NVML's reasons: hardware slowdown and power brake. 0x01 idle and 0x04 power cap are normal."""
SKEW = 2.0
"""Seconds by which a node's clock may differ before it is said."""


_HELD_BACK = THERMAL | SLOWED


def hot(gpu: GpuSample) -> bool:
    """Whether heat or hardware is about to hold a card back, or does."""
    return bool((gpu.throttle or 0) & _HELD_BACK) or (gpu.temperature or 0) >= HOT


def of_sample(gpu: GpuSample, reader_since: float | None = None) -> tuple[Point, ...]:
    """What the fast group of a card says against it; `reader_since` is since when its reader is as it is, UTC."""
    if gpu.state is CardState.LOST:
        return (Point(Severity.CRITICAL, "lost", N_("The GPU is lost: it was here and is no longer found.")),)
    if gpu.state is CardState.BROKEN:
        return (
            Point(
                Severity.CRITICAL,
                "broken",
                N_("The GPU does not work: the driver answers every query with error {error}."),
                {"error": "?" if gpu.error is None else str(gpu.error)},
            ),
        )
    if gpu.state is CardState.SILENT:
        return (_silent("silent", reader_since),)
    if not hot(gpu):
        return ()
    throttle = gpu.throttle or 0
    points = []
    if throttle & THERMAL:
        points.append(Point(Severity.WARNING, "throttle", N_("Throttled by heat.")))
    if throttle & SLOWED:
        points.append(Point(Severity.WARNING, "slowdown", N_("Slowed by hardware: power brake or slowdown.")))
    if (gpu.temperature or 0) >= HOT:
        points.append(Point(Severity.WARNING, "hot", N_("Hot: {value} °C."), {"value": str(gpu.temperature)}))
    return tuple(points)


def _silent(code: str, since: float | None) -> Point:
    if since is None:
        return Point(Severity.CRITICAL, code, N_("The driver does not answer."))
    return Point(Severity.CRITICAL, code, N_("The driver has not answered since {since}."), {}, since)


def of_health(card: Card, health: CardHealth | None) -> tuple[Point, ...]:
    """What the slow group of a card says against it."""
    if health is None:
        return ()
    points: list[Point] = []

    def add(severity: Severity, code: str, text: str, **values: object) -> None:
        points.append(Point(severity, code, text, {name: str(value) for name, value in values.items()}))

    if health.recovery:
        text = RECOVERY.get(health.recovery, N_("The driver asks for a recovery that is not known here ({action})."))
        add(Severity.CRITICAL, "recovery", text, action=health.recovery)
    if health.remap_failed:
        add(Severity.CRITICAL, "remap", N_("Remapping of a bad memory row failed: replace the GPU."))
    if health.remap_pending or health.retired_pending:
        add(Severity.WARNING, "remap", N_("A bad memory row waits to be remapped: reset the GPU when it is free."))
    if health.ecc_uncorrected:
        count = health.ecc_uncorrected
        add(
            Severity.WARNING, "ecc", N_("{count} uncorrectable memory errors since the driver was loaded."), count=count
        )
    if card.pcie_width and health.pcie_width and health.pcie_width < card.pcie_width:
        text = N_("PCIe runs with {now} of {most} lanes.")
        add(Severity.WARNING, "pcie", text, now=health.pcie_width, most=card.pcie_width)
    return (*points, *_of_links(health.links)) if health.links else tuple(points)


def _of_links(links: Iterable[Link]) -> Iterator[Point]:
    """What is wrong with the NVLinks of a card."""
    down, bad, every = [], [], 0
    for link in links:
        every += 1
        if link.up is False:
            down.append(str(link.index))
        if link.replay or link.recovery or link.crc:
            bad.append(str(link.index))
    if down and len(down) < every:
        # All links down is a card without a bridge; some down among others is a fault.
        yield Point(Severity.WARNING, "nvlink", N_("NVLink {links} is down."), {"links": ",".join(down)})
    if bad:
        yield Point(Severity.WARNING, "nvlink", N_("Errors on NVLink {links}."), {"links": ",".join(bad)})


def of_events(events: Iterable[Event], now: float) -> dict[str | None, tuple[Point, ...]]:
    """What happened to cards lately, by PCI address; each code once, with how often."""
    counted: dict[tuple[str | None, str, int | None], int] = {}
    for event in events:
        if now - event.at < RECENT and (event.kind == "bus" or (event.kind == "xid" and event.code is not None)):
            key = (event.pci, event.kind, event.code)
            counted[key] = counted.get(key, 0) + 1
    found: dict[str | None, tuple[Point, ...]] = {}
    for (pci, kind, code), count in counted.items():
        found[pci] = (*found.get(pci, ()), _event_point(kind, code, count))
    return found


def until(events: Iterable[Event], now: float) -> float:
    """The time from which the next of these events no longer counts."""
    return min((event.at + RECENT for event in events if now - event.at < RECENT), default=float("inf"))


def _event_point(kind: str, code: int | None, count: int) -> Point:
    if kind == "bus" or code is None:
        return Point(Severity.CRITICAL, "bus", N_("The kernel says that the GPU has fallen off the bus."))
    known = CODES.get(code)
    severity = known.severity if known is not None else Severity.WARNING
    return Point(severity, f"xid{code}", N_("Xid {code}: {count} in 24 h."), {"code": str(code), "count": str(count)})


def slower(cards: Iterable[Card], samples: Iterable[GpuSample]) -> frozenset[int]:
    """The slots of cards that are slower than their equals under the same load.

    Equals are cards of one kind in one node that are at 80 % or more; at least four of them are needed, and one is
    slow when its clock is below 0.85 of their median.
    """
    kinds: dict[str, list[tuple[int, int]]] = {}
    least = most = 0
    for card, gpu in zip(cards, samples, strict=False):
        clock = gpu.clock
        if clock and gpu.util and gpu.util >= 80 and card.name:
            kinds.setdefault(card.name, []).append((clock, gpu.slot))
            if clock > most:
                most = clock
            if not least or clock < least:
                least = clock
    if least >= 0.85 * most:  # so it is nearly always
        return frozenset()
    slow: set[int] = set()
    for clocks in kinds.values():
        if len(clocks) >= 4:
            median = sorted(clock for clock, _ in clocks)[len(clocks) // 2]
            slow.update(slot for clock, slot in clocks if clock < 0.85 * median)
    return frozenset(slow)


SLOW = Point(Severity.WARNING, "slow", N_("Slower than its peers under the same load."))


def _stuck(mount: Filesystem) -> Point:
    values = {"mount": mount.mount}
    if mount.state is not MountState.HUNG:
        return Point(Severity.WARNING, "mount", N_("{mount} is stale or broken."), values)
    if mount.since is None:
        return Point(Severity.WARNING, "mount", N_("{mount} does not answer."), values)
    return Point(Severity.WARNING, "mount", N_("{mount} has not answered since {since}."), values, mount.since)


def _counted(node: Node) -> Iterable[Point]:
    """Whether there are as many cards as the inventory says. One that is known to be lost is told of by itself."""
    expected = node.listed.cards if node.listed is not None else None
    sample, facts = node.sample, node.facts
    if expected is None or facts is None or sample is None:
        return
    if sample.reader not in (ReaderState.OK, ReaderState.ABSENT):
        return  # nobody has counted
    lost = sum(1 for gpu in sample.gpus if gpu.state is CardState.LOST)
    found = len(facts.cards) - lost
    values = {"expected": str(expected), "found": str(found)}
    if found + lost < expected:
        yield Point(Severity.CRITICAL, "cards", N_("GPUs are missing: expected {expected}, found {found}."), values)
    elif found > expected:
        text = N_("More GPUs than the inventory says: expected {expected}, found {found}.")
        yield Point(Severity.INFO, "cards", text, values)


def of_node(node: Node) -> tuple[Point, ...]:
    """What is wrong with a node as a whole; its cards are judged by themselves."""
    points: list[Point] = []
    if node.link is not None and node.link.state is LinkState.DOWN:
        points.append(Point(Severity.CRITICAL, "down", N_("The node is unreachable.")))
    sample = node.sample
    if sample is not None and sample.reader is ReaderState.STALLED:
        points.append(_silent("driver", sample.reader_since))
    if sample is not None and sample.reader is ReaderState.FAILED:
        text = N_("The driver cannot be used: {detail}")
        points.append(Point(Severity.CRITICAL, "driver", text, {"detail": sample.reader_detail or "?"}))
    points += _counted(node)
    mounts = node.mounts.filesystems if node.mounts is not None else ()
    points += [_stuck(mount) for mount in mounts if mount.state is not MountState.OK]
    skew = node.facts.skew if node.facts is not None else None
    if skew is not None and abs(skew) > SKEW:
        text = N_("The node's clock differs by {seconds} s.")
        points.append(Point(Severity.WARNING, "skew", text, {"seconds": f"{skew:+.1f}"}))
    return tuple(points)
