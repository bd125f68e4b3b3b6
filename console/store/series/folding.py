"""How samples become chunks, ten minutes, five minutes and hours, node by node, as time passes."""

import sqlite3
from collections.abc import Mapping, Sequence

from console.store.series import chunks, five, hours, minutes
from console.store.series.columns import Column
from console.store.series.hours import HOUR
from console.store.series.minutes import TEN, summary
from console.store.series.pack import unpacked

_SPREAD = 10
"""Minutes after its end within which an hour is put together: 4,096 cards at once would take a second."""

_Tens = dict[int, Column]
"""Summaries by minute, of at most ten minutes."""


class Folding:
    """What is summed up and not written yet. A change counts once `keep` is called: its round was written."""

    def __init__(self, last: int | None, left: Sequence[int] = ()) -> None:
        """Go on where another collector stopped.

        Args:
            last: the last minute of which there is a chunk; what came before it and was not summed up is made good.
            left: the hours of which there are ten minutes; nodes that have some and no hour get it.
        """
        self._last = last
        self._left = left
        self._open: dict[int, dict[int, _Tens]] = {}
        self._hours: dict[int, set[int]] = {}
        self._changed: dict[int, tuple[dict[int, _Tens], set[int]]] = {}

    def keep(self) -> None:
        """The round was written."""
        for node, (tens, open_hours) in self._changed.items():
            self._open[node] = tens
            self._hours[node] = open_hours
        self._changed = {}

    def drop(self) -> None:
        """The round was not written."""
        self._changed = {}

    def settle(
        self, db: sqlite3.Connection, node: int, rank: float, now: int, samples: Mapping[int, list[Column]]
    ) -> None:
        """Write what is over of a node.

        Args:
            db: within a transaction.
            node: its number.
            rank: 0 for the first of all nodes, nearly 1 for the last; hours are written in that order.
            now: the minute that is running.
            samples: the columns of other minutes, that are in no chunk yet.
        """
        tens = {number: dict(found) for number, found in self._open.get(node, {}).items()}
        open_hours = set(self._hours.get(node, ()))
        if node not in self._open and self._last is not None:
            tens[self._last // TEN] = _loaded(db, node, self._last // TEN)
            open_hours = self._unfinished(db, node, self._last)
        for minute in sorted(samples):
            if minute // TEN not in tens:  # before it is written, for what is about to be need not be read
                tens[minute // TEN] = _loaded(db, node, minute // TEN)
            tens[minute // TEN][minute] = summary(chunks.put(db, minute, node, samples[minute]))
        for number in sorted(tens):
            if number != now // TEN:
                found = tens.pop(number)
                if found:
                    minutes.put(db, number, node, found)
                    five.put(db, node, found)
                    open_hours.add(number * TEN // HOUR)
        for hour in sorted(open_hours):
            if not hour * HOUR <= now < (hour + 1) * HOUR + int(rank * _SPREAD):
                open_hours.discard(hour)
                _fold(db, node, hour)
        self._changed[node] = (tens, open_hours)

    def _unfinished(self, db: sqlite3.Connection, node: int, last: int) -> set[int]:
        """The hours that an earlier collector may not have put together, or not for the last time."""
        found = {last // HOUR, (last - _SPREAD) // HOUR}  # it knew of both, even if they had been written before
        lacking = [hour for hour in self._left if hour not in found]
        return found.union(lacking).difference(chunks.find(db, "node_hour", node, lacking))


def _loaded(db: sqlite3.Connection, node: int, tens: int) -> _Tens:
    """The summaries of ten minutes that were written before: from chunks and, where they are gone, as they were."""
    found: _Tens = {}
    for blob in chunks.find(db, "minutes", node, (tens,)).values():
        found.update(minutes.taken(tens, blob))
    for minute, blob in chunks.find(db, "chunk", node, range(tens * TEN, (tens + 1) * TEN)).items():
        found[minute] = summary(unpacked(blob))
    return found


def _fold(db: sqlite3.Connection, node: int, hour: int) -> None:
    """Put an hour together; from samples, where the summaries of some minutes are missing."""
    found: _Tens = {}
    parts = range(hour * HOUR // TEN, (hour + 1) * HOUR // TEN)
    written = chunks.find(db, "minutes", node, parts)
    for tens in parts:
        found.update(minutes.taken(tens, written[tens]) if tens in written else _loaded(db, node, tens))
    if found:
        oldest = chunks.oldest(db)
        hours.put(db, hour, node, found, whole=oldest is not None and oldest <= hour * HOUR)
