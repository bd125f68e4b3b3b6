"""What a card and a host show at one moment, as the probe would send it: pure but for the counters it is given."""

from collections.abc import Sequence

from backends.demo.curves import HOST, scatter
from backends.demo.kinds import MIB
from backends.demo.lanes import Lane
from backends.demo.nodes import Card, Node
from backends.probe.wire import DiskLine, GpuLine, HostLine, NetLine

RESERVED = 430 * MIB
"""Bytes that a card holds without any process."""
CONTEXT = 320 * MIB
"""Bytes of a process's context that are not its own."""
_IDLE, _POWER_CAP, _SOFT_HEAT, _HARD_HEAT = 0x1, 0x4, 0x20, 0x40
_LOST_ERROR = 15
"""NVML's number for a card that is lost."""
_NOISE_STEP = 6
"""Seconds for which a card's small deviation stays."""
_HZ = 100

Working = Sequence[tuple[Lane, bool] | None]
"""For each slot: its lane, and whether the lane's job uses that card at all."""


def cards(node: Node, working: Working, now: float) -> list[GpuLine]:
    """Say the fast group of every card of a node."""
    beat = int(now)
    lines = []
    for card, place in zip(node.cards, working, strict=True):
        line = _card(node, card, place, scatter(card.seed, (beat + card.slot) // _NOISE_STEP))
        lines.append(_odd(node, card, place, line) if card.odd and now >= card.since else line)
    return lines if node.kind.vendor == "nvidia" else [_few(line) for line in lines]


def _card(node: Node, card: Card, place: tuple[Lane, bool] | None, noise: int) -> GpuLine:
    kind = node.kind
    util = heat = memory = 0.0
    if place is not None:
        lane, used = place
        util, heat, memory = (lane.util, lane.heat, lane.memory) if used else (0.0, 0.0, 0.0)
    if util > 0.0:
        util = min(100.0, max(1.0, util + (noise & 7) - 4))
    share = heat * (0.97 + (noise >> 3 & 7) * 0.01)
    power = kind.idle + (kind.limit - kind.idle) * (share if share < 1.0 else 1.0)
    busy = util > 0.0 or memory > 0.0
    capped = power > 0.95 * kind.limit
    temperature = int(node.ambient + 7 + card.warmth + kind.rise * power / kind.limit)
    clock = kind.clock_idle if not busy else kind.clock - (90 + 15 * (noise >> 6 & 3) if capped else 0)
    whole = int(util)
    lacks = kind.unsupported
    return GpuLine(
        "ok",
        None,
        whole,
        int(util * 0.55),
        RESERVED + (int(kind.memory * memory * (0.97 + (card.seed & 15) * 0.002)) if memory else 0),
        temperature,
        None if kind.links == 0 else temperature + 6 + whole // 20,
        round(power + (noise >> 8 & 15) * 0.1, 1),
        clock,
        kind.memory_clock if busy else kind.memory_clock // 4 if kind.links == 0 else kind.memory_clock,
        (_POWER_CAP if capped else 0) if busy else _IDLE,
        0 if busy or kind.links else 8,
        None if "fan" in lacks else min(100, max(30, temperature + (noise >> 12 & 3))),
        0,
        0,
    )


def _odd(node: Node, card: Card, place: tuple[Lane, bool] | None, line: GpuLine) -> GpuLine:
    """Change what a card says by what a story did to it."""
    if card.lost:
        return GpuLine("lost", _LOST_ERROR)
    util, used, heat, power, clock, throttle = (
        line.util, line.memory_used or 0, line.temperature or 0, line.power or 0.0, line.clock or 0, line.throttle,
    )  # fmt: skip
    parts: list[int | None] = []
    memory_util = line.memory_util
    if card.hot and util:
        heat, clock, power = 88 + heat % 4, int(clock * 0.58), power * 0.66
        throttle = _SOFT_HEAT | _HARD_HEAT
    if card.slow and util:
        util, clock, power, heat = 99, int(clock * (1 - card.slow)), power * (1 - card.slow * 1.2), heat - 7
    if card.memory:
        util, used, power, heat, throttle = 97, RESERVED + card.memory, node.kind.limit * 0.71, heat + 26, 0
        clock = node.kind.clock
    if card.parts:
        share = place[0].memory if place is not None and place[1] else 0.0
        parts = [20 * MIB + int(size * share) if number % 3 != 1 else 20 * MIB for _name, number, size in card.parts]
        util = memory_util = None
        used = RESERVED + sum(part or 0 for part in parts)
    return GpuLine(
        "ok", None, util, memory_util, used, heat, line.memory_temperature, round(power, 1), clock, line.memory_clock,
        throttle, line.pstate, line.fan, None if parts else 0, None if parts else 0, parts,
    )  # fmt: skip


def _few(line: GpuLine) -> GpuLine:
    """Keep what another vendor's tool tells."""
    return GpuLine(
        line.state, line.error, line.util, None, line.memory_used, line.temperature, None, line.power, line.clock,
    )  # fmt: skip


class Host:
    """The host of one node: its counters grow with what the lanes do."""

    def __init__(self, node: Node, mono: float) -> None:
        self._node = node
        self._mono = mono
        rest = node.seed % 997
        self._busy = mono * node.kind.cpus * _HZ * 0.21
        self._wait = mono * node.kind.cpus * _HZ * 0.004
        self._read = mono * 4e6 + rest * 4096
        self._written = mono * 2e6 + rest * 8192
        self._disk_ms = mono * 31.0
        self._received = mono * 11e6 + rest
        self._sent = mono * 9e6 + rest
        self._fast = mono * 60e6

    def line(self, lanes: Sequence[Lane], mono: float) -> HostLine:
        """Say the host's counters and gauges, `mono` seconds after its start."""
        node, kind = self._node, self._node.kind
        step = max(0.0, mono - self._mono)
        self._mono = mono
        cpu, net, memory, starving = 0.012, 0.0, 0.05, 0.0
        slots = len(node.cards)
        for lane in lanes:
            if lane.run is None:
                continue
            part = lane.run.cards / (slots * len(lane.places)) if slots else 0.45
            of_cpu, of_net = HOST[lane.run.task.curve]
            cpu += of_cpu * part * (0.08 + lane.util * 0.006)
            net += of_net * part * lane.util * 0.01 * (4.0 if len(lane.places) > 1 else 0.4)
            memory += part * (0.12 + 0.4 * lane.memory)
            starving += part if lane.run.task.curve == "data_bound" else 0.0
        cpu = min(0.97, cpu + (scatter(node.seed, int(mono) // 4) & 15) * 0.0008)
        self._count(step, cpu, net, starving)
        return HostLine(
            int(self._busy),
            int(self._wait),
            int(mono * kind.cpus * _HZ),
            round(cpu * kind.cpus, 2),
            round(cpu * kind.cpus * 0.98 + 0.2, 2),
            round(cpu * kind.cpus * 0.95 + 0.4, 2),
            kind.host_memory,
            int(kind.host_memory * (1 - min(memory, 0.94))),
            8 << 30,
            8 << 30,
            round(cpu * cpu * 9, 2),
            0.0,
            round(starving * 11, 2),
            round(mono, 2),
            self._disks(),
            self._nets(),
        )

    def _count(self, step: float, cpu: float, net: float, starving: float) -> None:
        kind = self._node.kind
        self._busy += step * kind.cpus * _HZ * cpu
        self._wait += step * kind.cpus * _HZ * 0.03 * starving
        self._read += step * (0.3e6 + 1.9e9 * starving)
        self._written += step * (0.9e6 + 40e6 * cpu)
        self._disk_ms += step * min(980.0, 8 + 600 * starving + 60 * cpu)
        self._received += step * (60e3 + 240e6 * net)
        self._sent += step * (40e3 + 130e6 * net)
        self._fast += step * kind.fabric * 125_000 * min(0.8, 0.2 * net)

    def _disks(self) -> list[DiskLine]:
        busy = int(self._disk_ms)
        read, written = int(self._read), int(self._written)
        return [DiskLine("nvme0n1", read, written, busy), DiskLine("sda", read // 60, written // 9, busy // 40)]

    def _nets(self) -> list[NetLine]:
        nets = [NetLine("eno1", int(self._received), int(self._sent), 0, 3, 25_000, True)]
        fast = self._node.kind.fabric
        if fast:
            count = int(self._fast)
            nets.append(NetLine("ib0", count, count - count // 50, 0, 0, fast, True))
        return nets
