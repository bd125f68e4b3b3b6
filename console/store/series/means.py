"""The mean utilisation of many cards at once in equal slots of time, from their hours and what is in none yet."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence

from console.model.history import CARD_METRICS
from console.store.series import chunks, hours
from console.store.series.columns import NONE, OF_CARD, Column
from console.store.series.hours import CARD_STEPS, HOUR, UNKNOWN
from console.store.series.read import fresh, recent, running
from console.store.series.waiting import Pending, of_node

_UTIL = CARD_METRICS.index("util")
_PERCENT = CARD_STEPS["util"]
"""What a step in an hour's blob is."""

Place = tuple[str, int]
Utils = Callable[[sqlite3.Connection, Sequence[Place], float, float, int], Mapping[Place, Sequence[float | None]]]
"""`utils` with what waits at one moment."""


Cut = tuple[int, int, int]
"""A slot, and the minutes of an hour that begin in it: the first, and the one after the last."""


class _Grid:
    """Slots of time, and how each hour is cut into them."""

    def __init__(self, since: float, step: float, count: int) -> None:
        self.count = count
        self.hours = (int(since // 3600), int((since + step * count) // 3600))
        self.finer = int(-(-60.0 // step)) if step < 60.0 else 1
        """How many slots a minute has."""
        self._since = since / 60.0
        self._step = step / 60.0
        self._cuts: dict[int, list[Cut]] = {}

    def cuts(self, hour: int) -> list[Cut]:
        """Cut an hour."""
        found = self._cuts.get(hour)
        if found is None:
            found = self._cuts[hour] = []
            for minute in range(HOUR):
                slot = int((hour * HOUR + minute - self._since) // self._step)
                if found and found[-1][0] == slot:
                    found[-1] = (slot, found[-1][1], minute + 1)
                elif 0 <= slot < self.count:
                    found.append((slot, minute, minute + 1))
        return found


class _Sums:
    """The sums of a card's minutes in each slot."""

    def __init__(self, grid: _Grid) -> None:
        self._grid = grid
        self._sums = [0.0] * grid.count
        self._known = [0] * grid.count

    def add(self, hour: int, values: Sequence[int], percent: float) -> None:
        """Add the 60 minutes of an hour, in steps."""
        sums, known, gaps = self._sums, self._known, UNKNOWN in values
        for slot, first, end in self._grid.cuts(hour):
            part = values[first:end]
            if gaps and UNKNOWN in part:
                part = [value for value in part if value != UNKNOWN]
            sums[slot] += sum(part) * percent
            known[slot] += len(part)

    def add_minutes(self, hour: int, values: Mapping[int, float]) -> None:
        """Add some minutes of an hour, in percent."""
        for slot, first, end in self._grid.cuts(hour):
            for minute in range(hour * HOUR + first, hour * HOUR + end):
                if minute in values:
                    self._sums[slot] += values[minute]
                    self._known[slot] += 1

    def means(self) -> list[float | None]:
        """The mean of each slot; slots finer than a minute are filled from the one in which their minute began."""
        found: list[float | None] = [
            total / known if known else None for total, known in zip(self._sums, self._known, strict=True)
        ]
        if self._grid.finer == 1:
            return found
        return [_near(found, slot, self._grid.finer) for slot in range(self._grid.count)]


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
    grid = _Grid(since, step, count)
    late = fresh(db, *grid.hours)
    for node, slots in by_node.items():
        row = db.execute("SELECT id FROM series_node WHERE name = ?", (node,)).fetchone()
        if row is None:
            continue
        sums = {slot: _Sums(grid) for slot in slots}
        _of_node(db, int(row[0]), sums, of_node(pending, int(row[0])), late, grid)
        found.update({(node, slot): one.means() for slot, one in sums.items()})
    return found


def _of_node(
    db: sqlite3.Connection,
    node: int,
    sums: Mapping[int, _Sums],
    waiting: dict[int, list[Column]],
    late: Collection[int],
    grid: _Grid,
) -> None:
    open_hours = running(waiting)
    select = "SELECT d FROM card_hour WHERE id = ?"
    for hour in range(grid.hours[0], grid.hours[1] + 1):
        rows = {slot: db.execute(select, (hours.card_key(hour, node, slot),)).fetchone() for slot in sums}
        newest: Mapping[int, Column] = {}
        if hour in open_hours or (hour in late and None in rows.values()):
            newest = recent(db, node, hour, waiting, [chunks.CARDS + slot * OF_CARD + _UTIL for slot in sums])
        for place, (slot, one) in enumerate(sums.items()):
            mean = 2 + 3 * place
            values = {minute: summary[mean] for minute, summary in newest.items() if summary[mean] != NONE}
            row = rows[slot]
            if row is not None:
                kept = hours.means(hours.opened(row[0], OF_CARD), OF_CARD, _UTIL)
                if values:
                    kept = [UNKNOWN if hour * HOUR + at in values else each for at, each in enumerate(kept)]
                one.add(hour, kept, _PERCENT)
            if values:
                one.add_minutes(hour, values)
