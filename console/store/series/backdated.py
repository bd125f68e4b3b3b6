"""The numeric history of a time that nobody watched: rounds are taken in one after the other, and put down at once.

They become hours, five minutes and the cluster's curves by what makes these of the present; samples are not kept.
"""

import sqlite3
from array import array

from console.store.ledger import Round
from console.store.series import cluster, columns, five, hours
from console.store.series.columns import MINUTE, OF_CARD, OF_NODE, Column, Tick
from console.store.series.hours import HOUR
from console.store.series.minutes import TEN


class Backdated:
    """What was taken in. At most one sample of a node in a minute counts.

    Args:
        step: seconds between two rounds; a node is taken to stay for so long as a round found it, within its hour.
    """

    def __init__(self, step: float) -> None:
        self._lasts = max(1, int(step // MINUTE))
        self._numbers: dict[str, int] = {}
        self._summaries: dict[int, dict[int, Column]] = {}
        self._cluster: dict[int, cluster.Reading] = {}

    def take(self, found: Round) -> None:
        """Take a round in, with all of its samples."""
        for tick in columns.ticks(found.samples, lambda name: self._numbers.setdefault(name, len(self._numbers))):
            tick.place()
            for node, (position, first, count) in tick.places.items():
                summary = _summary(tick, position, first, count)
                self._summaries.setdefault(node, {})[tick.minutes[position]] = summary
        self._cluster[int(found.at // MINUTE)] = cluster.reading(found, cluster.held(found.judged()))

    def put(self, db: sqlite3.Connection, fives_since: float) -> None:
        """Write it all down.

        Args:
            db: within a transaction.
            fives_since: UTC from which on rows of five minutes are written.
        """
        for name, number in self._numbers.items():
            db.execute("INSERT OR IGNORE INTO series_node (name) VALUES (?)", (name,))
            (node,) = db.execute("SELECT id FROM series_node WHERE name = ?", (name,)).fetchone()
            self._put(db, node, self._summaries.get(number, {}), fives_since)
        for minute, reading in self._cluster.items():
            for at in range(minute, min(minute + self._lasts, (minute // HOUR + 1) * HOUR)):
                cluster.put(db, at, [reading])
        for resolution in cluster.SUMMED:
            for number in {minute * MINUTE // resolution for minute in self._cluster}:
                cluster.sum_up(db, resolution, number)

    def _put(self, db: sqlite3.Connection, node: int, summaries: dict[int, Column], fives_since: float) -> None:
        by_hour: dict[int, list[tuple[int, int, Column]]] = {}
        by_ten: dict[int, dict[int, Column]] = {}
        for minute, summary in summaries.items():
            within = minute % HOUR
            by_hour.setdefault(minute // HOUR, []).append((within, min(self._lasts, HOUR - within), summary))
            if minute * MINUTE >= fives_since:
                by_ten.setdefault(minute // TEN, {})[minute] = summary
        for hour, held in by_hour.items():
            hours.put_held(db, hour, node, held)
        for found in by_ten.values():
            five.put(db, node, found)


def _summary(tick: Tick, position: int, first: int, count: int) -> Column:
    """The summary of a minute with one sample: least, mean and most are the same."""
    found = array("f", (1.0,))
    for value in tick.node[position * OF_NODE : (position + 1) * OF_NODE]:
        found.extend((value, value, value))
    for value in tick.card[first * OF_CARD : (first + count) * OF_CARD]:
        found.extend((value, value, value))
    return found
