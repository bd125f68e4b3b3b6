"""What is kept of samples: numbers of 32 bits in their metrics' own units, column by column."""

import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import reduce
from itertools import accumulate, chain, pairwise, repeat
from math import inf
from operator import add, attrgetter, sub
from typing import TypeAlias

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
_OF_CARD = attrgetter(*CARD_METRICS)
_POWER = CARD_METRICS.index("power")
_WHOLE = 1.5 * 2.0**52
"""So large that only whole numbers lie beside it: what is added to it is rounded, and unknown stays so."""
_UPPER = 3 if sys.byteorder == "little" else 0
"""Of the four bytes of a number the one with its sign and most of its exponent."""

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
    found: list[Tick] = []
    waiting = [sample for sample in samples if 0.0 <= sample.at < 1.27e11]  # else no clock, or not a number
    while waiting:
        layer: dict[str, NodeSample] = {}
        waiting = [sample for sample in waiting if layer.setdefault(sample.node, sample) is not sample]
        found.append(_tick(list(layer.values()), number))
    return found


def _tick(samples: Sequence[NodeSample], number: Callable[[str], int]) -> Tick:
    by_node = [_in_slots(sample.gpus) for sample in samples]
    return Tick(
        array("i", [number(sample.node) for sample in samples]),
        array("i", map(len, by_node)),
        array("i", [int(sample.at // MINUTE) for sample in samples]),
        array("i", [int(sample.at % MINUTE * 1000.0) for sample in samples]),
        _beside(_of_hosts([sample.host for sample in samples])),
        _of_cards(list(chain.from_iterable(by_node))),
    )


def _of_cards(cards: Sequence[GpuSample]) -> Column:
    """The metrics of each card. Power is kept in whole watts: what lies below is noise, and costs a fifth more room."""
    found = column(list(chain.from_iterable(map(_OF_CARD, cards))))
    power = found[_POWER::OF_CARD].tolist()
    found[_POWER::OF_CARD] = array("f", [value + _WHOLE - _WHOLE for value in power])  # half the time of `round`
    return found


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
    with suppress(struct.error):  # some are unknown, or too large
        text = struct.pack(f"{len(values)}f", *values)
        upper = text[_UPPER::4]
        if b"\x7f" not in upper and b"\xff" not in upper:  # none from 1.7e38 on, none infinite, none that is no number
            return array("f", text)
    with suppress(OverflowError):
        found = array("f", [NONE if value is None else value for value in values])
        if sum(found) < inf:
            return found
    return array("f", [NONE if value is None else value for value in map(_sound, values)])


def _sound(value: float | None) -> float | None:
    """A value that can be kept: what is no number, or an infinite one, is unknown."""
    if value is None or not -3.4e38 < value < 3.4e38:
        return None
    return value


def _of_hosts(hosts: Sequence[HostSample]) -> list[Sequence[float | None]]:
    disks, nets = _Things([host.disks for host in hosts]), _Things([host.nets for host in hosts])
    values: dict[str, Sequence[float | None]] = {
        "cpu": [host.cpu for host in hosts],
        "iowait": [host.iowait for host in hosts],
        "load1": [host.load1 for host in hosts],
        "memory_used": _used(hosts, "memory_total", "memory_available"),
        "swap_used": _used(hosts, "swap_total", "swap_free"),
        "disk_read": disks.joined("read", add, sum),
        "disk_write": disks.joined("write", add, sum),
        "disk_busy": disks.joined("busy", max, max),
        "net_received": nets.joined("received", add, sum),
        "net_sent": nets.joined("sent", add, sum),
    }
    return [values[name] for name in NODE_METRICS]


class _Things:
    """The disks, or the interfaces, of many nodes: side by side where all nodes have equally many, else in one row."""

    def __init__(self, of_nodes: Sequence[Sequence[object]]) -> None:
        counts = list(map(len, of_nodes))
        self._beside = list(zip(*of_nodes, strict=True)) if counts and min(counts) == max(counts) else []
        self._row = list(chain.from_iterable(of_nodes))
        self._bounds = list(pairwise(accumulate(counts, initial=0)))

    def joined(
        self, name: str, two: Callable[[float, float], float], many: Callable[[list[float]], float]
    ) -> Sequence[float | None]:
        """Join what all things of each node say, as far as they say it; None where none does."""
        value = attrgetter(name)
        with suppress(TypeError):  # one does not say it
            if self._beside:
                columns: list[Iterable[float]] = [map(value, things) for things in self._beside]
                return list(reduce(lambda one, other: map(two, one, other), columns))
            values = list(map(value, self._row))
            return [many(values[start:end]) if start < end else None for start, end in self._bounds]
        values = list(map(value, self._row))
        known = ([each for each in values[start:end] if each is not None] for start, end in self._bounds)
        return [many(each) if each else None for each in known]


def _used(hosts: Sequence[HostSample], whole: str, rest: str) -> Sequence[float | None]:
    """What is left of a whole without the rest, as far as both are known."""
    wholes, rests = list(map(attrgetter(whole), hosts)), list(map(attrgetter(rest), hosts))
    with suppress(TypeError):  # some are unknown
        return list(map(sub, wholes, rests))
    return [None if one is None or other is None else one - other for one, other in zip(wholes, rests, strict=True)]


def unknown(count: int) -> Column:
    """So many unknown values."""
    return array("f", repeat(NONE, count))
