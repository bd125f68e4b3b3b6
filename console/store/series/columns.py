"""What is kept of samples: numbers of 32 bits in their metrics' own units, column by column."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import repeat
from math import inf, isfinite
from operator import add, attrgetter, itemgetter
from typing import TypeAlias, cast

from backends.records import GpuSample, HostSample, NodeSample
from console.model.history import CARD_METRICS, NODE_METRICS

NONE = -inf
"""Unknown; below every value, so that the least of some tells whether one is unknown."""
OF_NODE = len(NODE_METRICS)
OF_CARD = len(CARD_METRICS)
RATES = (NODE_METRICS.index("disk_read"), len(NODE_METRICS))
"""The first of `NODE_METRICS` that are rates, and where they end: they are noise, and kept roughly."""
SLOTS = 256
"""Cards of a node that are kept; in the keys of rows a slot has eight bits."""
MINUTE = 60

Column: TypeAlias = "array[float]"
Numbers: TypeAlias = "array[int]"
Place = tuple[int, int, int]
"""A node's place in the columns of a tick: its own, that of its first card, and how many cards it has."""


class Tick:
    """What many nodes measured at about one moment; each node at most once.

    Args:
        ids: the nodes' numbers.
        counts: how many cards each has.
        minutes: since 1970, in which each was measured.
        millis: within that minute.
        node: the values of `NODE_METRICS` of the first node, of the second, …
        card: the values of `CARD_METRICS` of the first card of the first node, of its second, …
    """

    def __init__(
        self, ids: Numbers, counts: Numbers, minutes: Numbers, millis: Numbers, node: Column, card: Column
    ) -> None:
        self.ids, self.counts, self.minutes, self.millis = ids, counts, minutes, millis
        self.node, self.card = node, card
        self.places: dict[int, Place] = {}

    def place(self, like: "Tick | None" = None) -> None:
        """Find where each node is; that of an earlier tick of the same nodes is shared, for 512 take 60 KB."""
        if like is not None and self.ids == like.ids and self.counts == like.counts:
            self.ids, self.counts, self.places = like.ids, like.counts, like.places
            return
        first = 0
        for position, (number, count) in enumerate(zip(self.ids, self.counts, strict=True)):
            self.places[number] = (position, first, count)
            first += count


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
        array("i", map(len, by_node)),
        array("i", [int(sample.at // MINUTE) for sample in samples]),
        array("i", [int(sample.at % MINUTE * 1000.0) for sample in samples]),
        _beside(_of_hosts([sample.host for sample in samples])),
        _beside([_taken(cards, name) for name in CARD_METRICS]),
    )


def _taken(cards: Sequence[GpuSample], name: str) -> Sequence[float | None]:
    """One metric of all cards. Power is kept in whole watts: what lies below is noise, and costs a fifth more room."""
    values = list(map(attrgetter(name), cards))
    if name != "power":
        return values
    try:
        return list(map(round, values))
    except (TypeError, ValueError, OverflowError):  # some are unknown, or no numbers
        return [value if _sound(value) is None else round(value) for value in values]


def _in_slots(gpus: Sequence[GpuSample]) -> Sequence[GpuSample]:
    """The cards so that each stands at its slot; they nearly always do."""
    if not gpus or (gpus[-1].slot == len(gpus) - 1 < SLOTS and gpus[0].slot == 0):
        return gpus
    found = {gpu.slot: gpu for gpu in gpus if 0 <= gpu.slot < SLOTS}
    return [found.get(slot) or GpuSample(slot) for slot in range(max(found, default=-1) + 1)]


def _beside(columns: Sequence[Sequence[float | None]]) -> Column:
    """Columns as rows one after the other."""
    width = len(columns)
    found = array("f", bytes(4 * width * len(columns[0])))
    for number, values in enumerate(columns):
        found[number::width] = column(values)
    return found


def column(values: Sequence[float | None]) -> Column:
    """Values as they are kept; there are 4,096 of each metric every round, so it is done in as few steps as can be."""
    try:
        found = array("f", cast(Sequence[float], values))
        if isfinite(sum(found)):
            return found
    except (TypeError, OverflowError):  # some are unknown, or too large
        pass
    return array("f", [NONE if value is None else value for value in map(_sound, values)])


def _sound(value: float | None) -> float | None:
    """A value that can be kept: what is no number, or an infinite one, is unknown."""
    if value is None or not -3.4e38 < value < 3.4e38:
        return None
    return value


def _of_hosts(hosts: Sequence[HostSample]) -> list[Sequence[float | None]]:
    disks, nets = [host.disks for host in hosts], [host.nets for host in hosts]
    values: dict[str, Sequence[float | None]] = {
        "cpu": [host.cpu for host in hosts],
        "iowait": [host.iowait for host in hosts],
        "load1": [host.load1 for host in hosts],
        "memory_used": [_less(host.memory_total, host.memory_available) for host in hosts],
        "swap_used": [_less(host.swap_total, host.swap_free) for host in hosts],
        "disk_read": _joined(disks, "read", add),
        "disk_write": _joined(disks, "write", add),
        "disk_busy": _joined(disks, "busy", max),
        "net_received": _joined(nets, "received", add),
        "net_sent": _joined(nets, "sent", add),
    }
    return [values[name] for name in NODE_METRICS]


def _joined(
    things: Sequence[Sequence[object]], name: str, join: Callable[[float, float], float]
) -> Sequence[float | None]:
    """Join what all things of each node say, as far as they say it; None where none does."""
    value = attrgetter(name)
    count = len(things[0]) if things else 0
    if count and all(map(count.__eq__, map(len, things))):
        columns = [list(map(value, map(itemgetter(number), things))) for number in range(count)]
        try:
            return reduce(lambda one, other: list(map(join, one, other)), columns)
        except TypeError:  # one does not say it
            pass
    known = ([found for found in map(value, each) if found is not None] for each in things)
    return [reduce(join, each) if each else None for each in known]


def _less(whole: int | None, rest: int | None) -> int | None:
    return None if whole is None or rest is None else whole - rest


def unknown(count: int) -> Column:
    """So many unknown values."""
    return array("f", repeat(NONE, count))
