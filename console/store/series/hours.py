"""An hour of minutes of one card, or of one node, in a blob: the least, the mean and the most of each metric.

A value is a number of 16 bits: how many steps it is, by the table below; rates are told on a scale of their logarithm.
Beside the mean lie the distances to the least and to the most, which are small. A blob is compressed and holds, of all
metrics one after the other, 60 numbers each: the lower bytes of the means, of the distances down, of the distances up,
then the upper bytes of the three.

The key is ``hour << 32 | node << 8 | slot`` for cards and ``hour << 32 | node`` for nodes: what is written together is
read and removed together.
"""

import math
import sqlite3
import sys
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from operator import add, sub

import msgspec

from console.model.history import CARD_METRICS, NODE_METRICS
from console.store.series.columns import NONE, OF_CARD, OF_NODE, Column
from console.store.series.minutes import CARDS
from console.store.series.pack import Unreadable

HOUR = 60
"""Minutes."""
UNKNOWN = 0xFFFF
_MOST = 0xFFFE
_KIB = 1024.0
_PER_OCTAVE = 16
"""Steps of a rate for each doubling: one is 4.4 percent."""
CARD_STEPS = {
    **{"util": 1.0, "memory_used": 64.0 * 2**20, "temperature": 1.0, "power": 4.0, "clock": 5.0, "memory_util": 4.0},
}
"""What a step is: percent, bytes, °C, watts, MHz, percent."""
NODE_STEPS = {
    **{"cpu": 1.0, "iowait": 1.0, "load1": 0.25, "memory_used": 128.0 * 2**20, "swap_used": 128.0 * 2**20},
    **{"disk_read": 0.0, "disk_write": 0.0, "disk_busy": 1.0, "net_received": 0.0, "net_sent": 0.0},
}
"""The same for nodes; 0 is a rate, told from 1 KiB/s on."""

Codes = tuple["array[int]", "array[int]", "array[int]"]
"""Of one metric: the 60 means, distances down, distances up."""


class Kept(msgspec.Struct, frozen=True):
    """What a blob holds of one metric: 60 numbers each, in steps; `UNKNOWN` where nothing was measured."""

    mean: Sequence[int]
    low: Sequence[int]
    high: Sequence[int]


def code(value: float, step: float) -> int:
    """A value as steps."""
    if value == NONE:
        return UNKNOWN
    if value <= 0.0:
        return 0
    if step:
        return min(_MOST, int(value / step + 0.5))
    return min(_MOST, int(math.log2(1.0 + value / _KIB) * _PER_OCTAVE + 0.5))


def value(number: int, step: float) -> float:
    """Steps as a value."""
    return number * step if step else (2.0 ** (number / _PER_OCTAVE) - 1.0) * _KIB


def values(numbers: Sequence[int], step: float) -> list[float]:
    """Many steps as values."""
    if step == 1.0:  # a third of what is asked for is percent or °C
        return list(numbers)
    return [number * step for number in numbers] if step else [value(number, step) for number in numbers]


def blob(metrics: Iterable[Codes]) -> bytes:
    """Make a blob of all metrics of a card or node."""
    every = list(metrics)
    numbers = array("H")
    for part in range(3):
        for each in every:
            numbers.extend(each[part])
    if sys.byteorder == "big":
        numbers.byteswap()
    text = numbers.tobytes()
    return zlib.compress(text[0::2] + text[1::2], 9)  # at 8 cards took 5 percent more pages, and thereby missed 1.3 GB


def kept(text: bytes, metrics: int, wanted: int) -> Kept:
    """Read one metric of what `opened` gave.

    Args:
        text: it.
        metrics: how many it holds.
        wanted: which of them.
    """
    mean, down, up = (_numbers(text, metrics, part * metrics + wanted) for part in range(3))
    if UNKNOWN not in mean:
        return Kept(mean, list(map(sub, mean, down)), list(map(add, mean, up)))
    return Kept(
        mean,
        [UNKNOWN if m == UNKNOWN else m - d for m, d in zip(mean, down, strict=True)],
        [UNKNOWN if m == UNKNOWN else m + u for m, u in zip(mean, up, strict=True)],
    )


def means(text: bytes, metrics: int, wanted: int) -> Sequence[int]:
    """Read the 60 means of one metric of what `opened` gave, in steps."""
    return _numbers(text, metrics, wanted)


def _numbers(text: bytes, metrics: int, row: int) -> list[int]:
    """Read 60 numbers: the means are the first rows, then come the distances down, then those up."""
    lower = text[row * HOUR : (row + 1) * HOUR]
    upper = text[(3 * metrics + row) * HOUR : (3 * metrics + row + 1) * HOUR]
    if upper == _NOTHING:
        return list(lower)
    mixed = bytearray(2 * HOUR)
    mixed[_LOWER::2], mixed[1 - _LOWER :: 2] = lower, upper
    return memoryview(mixed).cast("H").tolist()


def opened(found: bytes, metrics: int) -> bytes:
    """Uncompress a blob that holds so many metrics.

    Raises:
        Unreadable: it is damaged.
    """
    try:
        text = zlib.decompress(found)
    except zlib.error as error:
        raise Unreadable(str(error)) from error
    if len(text) != 6 * metrics * HOUR:
        raise Unreadable(f"{len(text)} bytes for {metrics} metrics of an hour")
    return text


def codes(summaries: Mapping[int, Column], start: int, step: float, old: Kept | None, whole: bool) -> Codes:
    """One metric of an hour, from the summaries of its minutes and what was kept of it before.

    Args:
        summaries: by minute of the hour.
        start: of its three columns.
        step: see `CARD_STEPS`.
        old: what is there already: minutes stay that there are no summaries of.
        whole: whether the summaries are of all samples of their minutes, as they are while their chunks exist. Where
            not (the clock was set back by days), least and most are of both, and the mean is the mean of both means.
    """
    if old is None:
        return _codes(summaries, start, step)
    mean, low, high = array("H", old.mean), array("H", old.low), array("H", old.high)
    for minute, summary in summaries.items():
        if len(summary) <= start or summary[start] == NONE:
            continue
        was = mean[minute]
        least, middle, most = (code(summary[start + part], step) for part in range(3))
        if was != UNKNOWN:
            least, most = min(least, low[minute]), max(most, high[minute])
            middle = middle if whole else (middle + was) // 2
        mean[minute], low[minute], high[minute] = middle, min(least, middle), max(most, middle)
    down, up = _ZEROS[:], _ZEROS[:]
    for minute, middle in enumerate(mean):
        if middle != UNKNOWN:
            down[minute], up[minute] = middle - low[minute], high[minute] - middle
    return mean, down, up


def _codes(summaries: Mapping[int, Column], start: int, step: float) -> Codes:
    """The same where there is nothing yet, as nearly always; 4,096 cards are put together within minutes."""
    own = sorted(minute for minute, summary in summaries.items() if len(summary) > start)
    table = array("f", b"".join([summaries[minute][start : start + 3] for minute in own]))
    low, middle, high = (table[part::3].tolist() for part in range(3))
    if NONE in low:
        known = [place for place, value in enumerate(low) if value != NONE]
        own = [own[place] for place in known]
        low, middle, high = ([part[place] for place in known] for part in (low, middle, high))
    if not own:
        return _BLANK, _ZEROS, _ZEROS
    means = _coded(middle, step)
    mean = _spread(own, means, _BLANK)
    if low == high:
        return mean, _ZEROS, _ZEROS
    down = [one - less if one > less else 0 for one, less in zip(means, _coded(low, step), strict=True)]
    up = [more - one if more > one else 0 for one, more in zip(means, _coded(high, step), strict=True)]
    return mean, _spread(own, down, _ZEROS), _spread(own, up, _ZEROS)


def _spread(minutes: Sequence[int], numbers: Sequence[int], blank: "array[int]") -> "array[int]":
    """Numbers at their minutes of an hour."""
    found, first = blank[:], minutes[0]
    if minutes[-1] - first == len(minutes) - 1:  # none is missing between the first and the last
        found[first : first + len(minutes)] = array("H", numbers)
        return found
    for minute, number in zip(minutes, numbers, strict=True):
        found[minute] = number
    return found


def _coded(known: Sequence[float], step: float) -> list[int]:
    """Many values, none of them unknown, as steps."""
    if not step or max(known, default=0.0) >= _MOST * step:
        return [code(value, step) for value in known]
    return [int(value / step + 0.5) if value > 0.0 else 0 for value in known]


_NOTHING = bytes(HOUR)
_LOWER = 0 if sys.byteorder == "little" else 1
"""Of the two bytes of a number in memory the lower one."""
_BLANK = array("H", [UNKNOWN] * HOUR)
_ZEROS = array("H", [0] * HOUR)


def card_key(hour: int, node: int, slot: int) -> int:
    """The key of a card's hour."""
    return hour << 32 | node << 8 | slot


def put(db: sqlite3.Connection, hour: int, node: int, summaries: Mapping[int, Column], whole: bool = True) -> None:
    """Write an hour of a node and of its cards.

    Args:
        db: within a transaction.
        hour: since 1970.
        node: its number.
        summaries: by minute since 1970, as `minutes.summary` makes them; at least one.
        whole: see `codes`.
    """
    within = {minute - hour * HOUR: found for minute, found in summaries.items()}
    slots = (max(map(len, within.values())) - CARDS) // (3 * OF_CARD)
    _put(db, "node_hour", hour << 32 | node, within, 1, NODE_STEPS, whole)
    for slot in range(slots):
        _put(db, "card_hour", card_key(hour, node, slot), within, CARDS + slot * 3 * OF_CARD, CARD_STEPS, whole)


def put_held(db: sqlite3.Connection, hour: int, node: int, held: Sequence[tuple[int, int, Column]]) -> None:
    """Write an hour of a node that was looked at only now and then, and is taken to have stayed as it was in between.

    Args:
        db: within a transaction.
        hour: since 1970.
        node: its number.
        held: the minute of the hour from which on a summary holds, for how many, and the summary of one sample.
    """
    if db.execute("SELECT 1 FROM node_hour WHERE id = ?", (hour << 32 | node,)).fetchone() is not None:
        minutes = {hour * HOUR + at: found for first, count, found in held for at in range(first, first + count)}
        put(db, hour, node, minutes)
        return
    slots = (max(len(found) for _, _, found in held) - CARDS) // (3 * OF_CARD)
    of_node = blob(_held(held, 1 + 3 * number, step) for number, step in enumerate(NODE_STEPS.values()))
    db.execute("INSERT INTO node_hour VALUES (?, ?)", (hour << 32 | node, of_node))
    for slot in range(slots):
        start = CARDS + slot * 3 * OF_CARD
        made = blob(_held(held, start + 3 * number, step) for number, step in enumerate(CARD_STEPS.values()))
        db.execute("INSERT OR REPLACE INTO card_hour VALUES (?, ?)", (card_key(hour, node, slot), made))


def _held(held: Sequence[tuple[int, int, Column]], start: int, step: float) -> Codes:
    mean = _BLANK[:]
    for first, count, summary in held:
        if len(summary) > start:
            mean[first : first + count] = array("H", (code(summary[start], step),)) * count
    return mean, _ZEROS, _ZEROS


def _put(
    db: sqlite3.Connection,
    table: str,
    key: int,
    summaries: Mapping[int, Column],
    start: int,
    steps: Mapping[str, float],
    whole: bool,
) -> None:
    row = db.execute(f"SELECT d FROM {table} WHERE id = ?", (key,)).fetchone()  # noqa: S608 - the table's name is ours
    before = None if row is None else opened(row[0], len(steps))
    made = blob(
        codes(
            summaries,
            start + 3 * number,
            step,
            None if before is None else kept(before, len(steps), number),
            whole,
        )
        for number, step in enumerate(steps.values())
    )
    db.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", (key, made))  # noqa: S608


assert len(CARD_STEPS) == OF_CARD
assert tuple(CARD_STEPS) == CARD_METRICS
assert len(NODE_STEPS) == OF_NODE
assert tuple(NODE_STEPS) == NODE_METRICS
