"""The mean utilisation of many cards at once in equal slots of time, from their hours and what is in none yet."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from console.model.history import CARD_METRICS
from console.store.series import hours, minutes
from console.store.series.columns import CARD_UNITS, NONE, OF_CARD
from console.store.series.hours import CARD_STEPS, HOUR, UNKNOWN
from console.store.series.read import fresh, recent
from console.store.series.waiting import Pending, of_node

_UTIL = CARD_METRICS.index("util")
_PERCENT = CARD_STEPS["util"] * CARD_UNITS["util"]
"""What a step in an hour's blob is."""

Place = tuple[str, int]
Utils = Callable[[sqlite3.Connection, Sequence[Place], float, float, int], Mapping[Place, Sequence[float | None]]]
"""`utils` with what waits at one moment."""


class _Sums:
    """The sums of a card's minutes in each slot."""

    def __init__(self, since: float, step: float, count: int) -> None:
        self._since = since / 60.0
        self._step = step / 60.0
        self._count = count
        self._sums = [0.0] * count
        self._known = [0] * count

    def add(self, first: int, values: Sequence[int], per: float, unknown: int) -> None:
        """Add some minutes that follow each other; a slot has those that begin in it, and no slot is empty for that."""
        slot = max(0, int((first - self._since) / self._step))
        end = first + len(values)
        at = first
        while at < end and slot < self._count:
            until = min(end, -int(-(self._since + (slot + 1) * self._step) // 1))
            part = values[max(0, at - first) : until - first]
            known = part if unknown not in part else [value for value in part if value != unknown]
            if len(known):
                self._sums[slot] += sum(known) * per
                self._known[slot] += len(known)
            at, slot = max(at, until), slot + 1

    def means(self) -> list[float | None]:
        """The mean of each slot; what is finer than a minute is filled from the slot before it."""
        found: list[float | None] = [
            total / known if known else None for total, known in zip(self._sums, self._known, strict=True)
        ]
        within = int(1.0 / self._step + 0.999) if self._step < 1.0 else 1
        if within > 1:
            return [_near(found, slot, within) for slot in range(self._count)]
        return found


def _near(found: Sequence[float | None], slot: int, within: int) -> float | None:
    return next((found[at] for at in range(slot, max(-1, slot - within), -1) if found[at] is not None), None)


def utils(
    db: sqlite3.Connection, pending: Sequence[Pending], cards: Sequence[Place], since: float, step: float, count: int
) -> Mapping[Place, Sequence[float | None]]:
    """The mean utilisation of each card in percent; None where nothing was measured. Cards that are unknown are absent.

    Args:
        db: read-only, within a transaction that has read nothing yet.
        pending: what is in no chunk yet; was taken before anything is read.
        cards: their nodes and slots.
        since: UTC of the first slot.
        step: seconds of a slot.
        count: of the slots.

    Raises:
        console.store.series.pack.Unreadable: a blob is damaged.
    """
    by_node: dict[str, list[int]] = {}
    for node, slot in cards:
        by_node.setdefault(node, []).append(slot)
    found: dict[Place, Sequence[float | None]] = {}
    late = fresh(db)
    for node, slots in by_node.items():
        row = db.execute("SELECT id FROM series_node WHERE name = ?", (node,)).fetchone()
        if row is None:
            continue
        sums = {slot: _Sums(since, step, count) for slot in slots}
        _of_node(db, int(row[0]), sums, pending, late, (int(since // 3600), int((since + step * count) // 3600)))
        found.update({(node, slot): one.means() for slot, one in sums.items()})
    return found


def _of_node(
    db: sqlite3.Connection,
    node: int,
    sums: Mapping[int, _Sums],
    pending: Sequence[Pending],
    late: int,
    within: tuple[int, int],
) -> None:
    waiting = of_node(pending, node)
    open_hours = {minute // HOUR for minute in waiting}
    for hour in range(within[0], within[1] + 1):
        newest: Mapping[int, Sequence[int]] = {}
        if hour in open_hours or hour >= late:
            newest = recent(db, node, hour, waiting)
        for slot, one in sums.items():
            row = db.execute("SELECT d FROM card_hour WHERE id = ?", (hours.card_key(hour, node, slot),)).fetchone()
            place = minutes.CARDS + 3 * (slot * OF_CARD + _UTIL) + 1
            values = {
                minute: summary[place]
                for minute, summary in newest.items()
                if len(summary) > place and summary[place] != NONE
            }
            if row is not None:
                text = hours.means(hours.opened(row[0], OF_CARD), OF_CARD, _UTIL)
                if values:
                    text = [UNKNOWN if hour * HOUR + number in values else one for number, one in enumerate(text)]
                one.add(hour * HOUR, text, _PERCENT, UNKNOWN)
            for minute, value in values.items():
                one.add(minute, (value,), CARD_UNITS["util"], NONE)
