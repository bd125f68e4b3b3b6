"""Rates and percents from the raw counters of one node, by the node's own monotonic clock.

A counter that fell was started anew: its rate is None for that interval, never negative and never a guess.
"""

from collections.abc import Hashable, Sequence

from backends.probe.wire import DiskLine, HealthLine, HostLine, NetLine
from backends.records import CardHealth, Disk, HostSample, Link, Net

SHORTEST = 0.001
"""Seconds; two lines closer than that do not make an interval."""


def per_second(new: int | None, old: int | None, seconds: float) -> float | None:
    """How fast a counter grew, in its unit a second; None where it is unknown or fell."""
    if new is None or old is None or new < old:
        return None
    return (new - old) / seconds


def percent(new: int | None, old: int | None, whole: float) -> float | None:
    """How much of ``whole`` a counter grew by, 0 to 100; None where it is unknown or fell."""
    if new is None or old is None or new < old:
        return None
    return min(100.0, 100.0 * (new - old) / whole)


class HostRates:
    """The host's counters of the last tick, and what they became by this one."""

    def __init__(self) -> None:
        self._mono: float | None = None
        self._jiffies: tuple[int | None, int | None, int | None] = (None, None, None)
        self._disks: dict[str, DiskLine] = {}
        self._nets: dict[str, NetLine] = {}

    def sample(self, line: HostLine, mono: float) -> HostSample:
        """Turn a host's counters into figures; what needs two ticks is None at the first one."""
        seconds = self._step(mono)
        cpu, iowait = self._cpu(line, known=seconds is not None)
        return HostSample(
            cpu,
            iowait,
            line.load1,
            line.load5,
            line.load15,
            line.memory_total,
            line.memory_available,
            line.swap_total,
            line.swap_free,
            line.pressure_cpu,
            line.pressure_memory,
            line.pressure_io,
            line.uptime,
            self._disk_rates(line.disks, seconds),
            self._net_rates(line.nets, seconds),
        )

    def _step(self, mono: float) -> float | None:
        last, self._mono = self._mono, mono
        return None if last is None or mono - last < SHORTEST else mono - last

    def _cpu(self, line: HostLine, *, known: bool) -> tuple[float | None, float | None]:
        busy, iowait, total = self._jiffies
        self._jiffies = (line.busy, line.iowait, line.total)
        if not known or line.total is None or total is None or line.total <= total:
            return None, None
        whole = line.total - total
        return percent(line.busy, busy, whole), percent(line.iowait, iowait, whole)

    def _disk_rates(self, disks: Sequence[DiskLine], seconds: float | None) -> tuple[Disk, ...]:
        last, self._disks = self._disks, {disk.name: disk for disk in disks}
        rates = []
        for disk in disks:
            old = last.get(disk.name)
            if old is None or seconds is None:
                rates.append(Disk(disk.name))
                continue
            rates.append(
                Disk(
                    disk.name,
                    per_second(disk.read, old.read, seconds),
                    per_second(disk.written, old.written, seconds),
                    percent(disk.busy, old.busy, seconds * 1000),
                )
            )
        return tuple(rates)

    def _net_rates(self, nets: Sequence[NetLine], seconds: float | None) -> tuple[Net, ...]:
        last, self._nets = self._nets, {net.name: net for net in nets}
        rates = []
        for net in nets:
            old = last.get(net.name)
            if old is None or seconds is None:
                rates.append(Net(net.name, speed=net.speed, up=net.up))
                continue
            rates.append(
                Net(
                    net.name,
                    per_second(net.received, old.received, seconds),
                    per_second(net.sent, old.sent, seconds),
                    per_second(net.errors, old.errors, seconds),
                    per_second(net.drops, old.drops, seconds),
                    net.speed,
                    net.up,
                )
            )
        return tuple(rates)


class HealthRates:
    """The slow counters of every card, kept by who the card is, so that a replaced one starts anew."""

    def __init__(self) -> None:
        self._last: dict[Hashable, tuple[float, HealthLine, tuple[Link, ...]]] = {}

    def sample(self, line: HealthLine, card: Hashable, slot: int, mono: float) -> CardHealth:
        """Turn one card's counters into figures.

        Args:
            line: what the probe read.
            card: who the card is; another value in the same slot is another card.
            slot: where it is.
            mono: when it was read, on the node's monotonic clock.
        """
        since, old, links = self._last.get(card, (mono, _NOTHING, ()))
        seconds = mono - since
        if line.links != old.links:  # they are nearly always as they were, and 18 of them take longer than the rest
            links = tuple(Link(link.index, link.up, link.replay, link.recovery, link.crc) for link in line.links)
        self._last[card] = (mono, line, links)
        if seconds < SHORTEST:
            old, seconds = _NOTHING, 1.0
        return _health(line, old, slot, seconds, links)

    def keep(self, cards: Sequence[Hashable]) -> None:
        """Forget every card but these."""
        self._last = {card: self._last[card] for card in cards if card in self._last}


_NOTHING = HealthLine()


def _health(line: HealthLine, old: HealthLine, slot: int, seconds: float, links: tuple[Link, ...]) -> CardHealth:
    nanoseconds = seconds * 1e9
    hot = (
        percent(line.throttled_software, old.throttled_software, nanoseconds),
        percent(line.throttled_hardware, old.throttled_hardware, nanoseconds),
    )
    return CardHealth(
        slot,
        line.ecc_corrected,
        line.ecc_uncorrected,
        line.ecc_corrected_ever,
        line.ecc_uncorrected_ever,
        line.remapped_corrected,
        line.remapped_uncorrected,
        line.remap_pending,
        line.remap_failed,
        line.retired_single,
        line.retired_double,
        line.retired_pending,
        line.recovery,
        line.pcie_generation,
        line.pcie_width,
        line.pcie_replays,
        per_second(line.pcie_sent, old.pcie_sent, seconds),
        per_second(line.pcie_received, old.pcie_received, seconds),
        percent(line.throttled_power, old.throttled_power, nanoseconds),
        max((share for share in hot if share is not None), default=None),
        percent(line.throttled_brake, old.throttled_brake, nanoseconds),
        links,
        line.fabric,
        line.fabric_status,
        line.persistence,
    )
