"""Reads the cluster as rounds pass, and writes each minute and hour once it is over."""

import sqlite3

from console.store.ledger import Round
from console.store.series import cluster
from console.store.series.cluster import EVERY, MINUTE, SUMMED, Reading


class ClusterLedger:
    """The readings that are not written yet. A change counts once `keep` is called."""

    def __init__(self, last: int | None) -> None:
        """Go on where another collector stopped.

        Args:
            last: the last minute that it wrote; what it belongs to is summed up as well, once it is over.
        """
        self._readings: dict[int, list[Reading]] = {}
        self._open: set[tuple[int, int]] = set() if last is None else _around(last)
        self._looked: float | None = None
        self._held: tuple[int, tuple[int, int]] | None = None
        self._next: tuple[dict[int, list[Reading]], set[tuple[int, int]], float] | None = None

    def write(self, db: sqlite3.Connection, found: Round) -> None:
        """Look, if it is time to, and write what is over."""
        self._next = None
        if self._looked is not None and abs(found.at - self._looked) < EVERY:
            return
        now = int(found.at // MINUTE)
        readings = {minute: list(known) for minute, known in self._readings.items()}
        if self._held is None or self._held[0] != now:
            self._held = (now, cluster.held(found.judged()))  # once a minute: to judge 4,096 cards takes 50 ms
        readings.setdefault(now, []).append(cluster.reading(found, self._held[1]))
        still = set(self._open)
        for minute in [each for each in readings if each != now]:
            cluster.put(db, minute, readings.pop(minute))
            still |= _around(minute)
        for resolution, number in still - _around(now):
            cluster.sum_up(db, resolution, number)
        self._next = (readings, still & _around(now), found.at)

    def keep(self) -> None:
        """The round was written."""
        if self._next is not None:
            self._readings, self._open, self._looked = self._next
            self._next = None


def _around(minute: int) -> set[tuple[int, int]]:
    """The ten minutes and the hour that a minute belongs to."""
    return {(resolution, minute * MINUTE // resolution) for resolution in SUMMED}
