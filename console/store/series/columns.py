"""What is kept of samples: whole numbers, each in its metric's unit, column by column."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import TypeAlias

from backends.records import GpuSample, HostSample, NodeSample
from console.model.history import CARD_METRICS, NODE_METRICS

NONE = -(2**31)
"""Unknown; below every value, so that the least of some tells whether one is unknown."""
MOST = 2**31 - 1
"""The largest number that is kept; larger ones become this one."""
_MIB = float(1 << 20)
_KIB = 1024.0
CARD_UNITS = {"util": 0.1, "memory_used": _MIB, "temperature": 1.0, "power": 0.1, "clock": 1.0, "memory_util": 0.1}
"""What 1 stands for: a value is kept to the nearest of these. Percent, bytes, °C, watts, MHz, percent."""
NODE_UNITS = {
    **{"cpu": 0.1, "iowait": 0.1, "load1": 0.01, "memory_used": _MIB, "swap_used": _MIB},
    **{"disk_read": _KIB, "disk_write": _KIB, "disk_busy": 0.1, "net_received": _KIB, "net_sent": _KIB},
}
"""The same for a node's metrics."""
OF_NODE = len(NODE_METRICS)
OF_CARD = len(CARD_METRICS)
SLOTS = 256
"""Cards of a node that are kept; in the keys of rows a slot has eight bits."""
MINUTE = 60

Column: TypeAlias = "array[int]"
Place = tuple[int, int, int]
"""A node's place in the columns of a tick: its own, that of its first card, and how many cards it has."""


class Tick:
    """What many nodes measured at about one moment; each node at most once.

    Args:
        ids: the nodes' numbers.
        counts: how many cards each has.
        minutes: since 1970, in which each was measured.
        millis: within that minute.
        node: a column for each of `NODE_METRICS`, a number for each node.
        card: a column for each of `CARD_METRICS`, a number for each card, node after node.
    """

    def __init__(
        self, ids: Column, counts: Column, minutes: Column, millis: Column, node: list[Column], card: list[Column]
    ) -> None:
        self.ids, self.counts, self.minutes, self.millis = ids, counts, minutes, millis
        self.node, self.card = node, card
        self.places: dict[int, Place] = {}
        first = 0
        for position, (number, count) in enumerate(zip(ids, counts, strict=True)):
            self.places[number] = (position, first, count)
            first += count

    def like(self, other: "Tick") -> None:
        """Share what says which node is where with a tick of the same nodes: 512 of them take 60 KB."""
        if self.ids == other.ids and self.counts == other.counts:
            self.ids, self.counts, self.places = other.ids, other.counts, other.places


def ticks(samples: Iterable[NodeSample], number: Callable[[str], int]) -> list[Tick]:
    """Make ticks of samples in the order in which they came: a node's second sample begins another one.

    Args:
        samples: those at a time before 1970 or after 6000 are left out.
        number: gives a node's number.
    """
    layers: list[dict[str, NodeSample]] = []
    newest: dict[str, int] = {}
    for sample in samples:
        if not 0.0 <= sample.at < 1.27e11:  # no clock, or not a number
            continue
        layer = newest.get(sample.node, -1) + 1
        newest[sample.node] = layer
        if layer == len(layers):
            layers.append({})
        layers[layer][sample.node] = sample
    return [_tick(list(layer.values()), number) for layer in layers]


def _tick(samples: Sequence[NodeSample], number: Callable[[str], int]) -> Tick:
    by_node = [_in_slots(sample.gpus) for sample in samples]
    cards = [gpu for gpus in by_node for gpu in gpus]
    return Tick(
        array("i", [number(sample.node) for sample in samples]),
        array("i", [len(gpus) for gpus in by_node]),
        array("i", [int(sample.at // MINUTE) for sample in samples]),
        array("i", [int(sample.at % MINUTE * 1000.0) for sample in samples]),
        _node_columns([sample.host for sample in samples]),
        _card_columns(cards),
    )


def _in_slots(gpus: Sequence[GpuSample]) -> Sequence[GpuSample]:
    """The cards so that each stands at its slot; they nearly always do."""
    if not gpus or (gpus[-1].slot == len(gpus) - 1 and gpus[0].slot == 0 and len(gpus) <= SLOTS):
        return gpus
    found = {gpu.slot: gpu for gpu in gpus if 0 <= gpu.slot < SLOTS}
    return [found.get(slot) or GpuSample(slot) for slot in range(max(found, default=-1) + 1)]


def _card_columns(cards: Sequence[GpuSample]) -> list[Column]:
    return [_column(list(map(attrgetter(name), cards)), CARD_UNITS[name]) for name in CARD_METRICS]


def _node_columns(hosts: Sequence[HostSample]) -> list[Column]:
    disks, nets = [host.disks for host in hosts], [host.nets for host in hosts]
    values: dict[str, list[float | None]] = {
        "cpu": [host.cpu for host in hosts],
        "iowait": [host.iowait for host in hosts],
        "load1": [host.load1 for host in hosts],
        "memory_used": [_less(host.memory_total, host.memory_available) for host in hosts],
        "swap_used": [_less(host.swap_total, host.swap_free) for host in hosts],
        "disk_read": _joined(disks, "read", sum),
        "disk_write": _joined(disks, "write", sum),
        "disk_busy": _joined(disks, "busy", max),
        "net_received": _joined(nets, "received", sum),
        "net_sent": _joined(nets, "sent", sum),
    }
    return [_column(values[name], NODE_UNITS[name]) for name in NODE_METRICS]


def _joined(
    things: Sequence[Sequence[object]], name: str, join: Callable[[Iterable[float]], float]
) -> list[float | None]:
    """Join what all things of each node say, as far as they say it; None where none does."""
    every: list[float | None] = list(map(attrgetter(name), chain.from_iterable(things)))
    found: list[float | None] = []
    start = 0
    for each in things:
        own = every[start : start + len(each)]
        start += len(each)
        known = own if None not in own else [value for value in own if value is not None]
        found.append(join(known) if known else None)  # type: ignore[arg-type]
    return found


def _column(values: Sequence[float | None], unit: float) -> Column:
    """Values in their unit. There are 4,096 of each metric every round, so it is done in as few steps as can be."""
    per = 1.0 / unit
    try:
        if None not in values:
            if unit == 1.0:
                return array("i", values)  # type: ignore[arg-type]
            return array("i", [int(value * per + 0.5) for value in values])  # type: ignore[operator]
        return array("i", [NONE if value is None else int(value * per + 0.5) for value in values])
    except (OverflowError, ValueError, TypeError):  # one is infinite, too large, no number; or no whole one
        return array("i", [scaled(value, unit) for value in values])


def scaled(value: float | None, unit: float) -> int:
    """A value in its unit; what is no number is unknown, and what is too large the largest there is."""
    if value is None or value != value:  # what is not a number differs from itself
        return NONE
    if abs(value) >= MOST * unit:
        return MOST if value > 0 else NONE + 1
    return int(value / unit + (0.5 if value > 0 else -0.5))


def _less(whole: int | None, rest: int | None) -> int | None:
    return None if whole is None or rest is None else whole - rest
