"""Five minutes of each card as a row with names, for policies that labs write in SQL: the view ``gpu_5min``.

Its columns are ``at`` (UTC, where the five minutes begin), ``node``, ``slot``, ``samples``, and of ``util`` (percent),
``memory_used`` (MiB), ``power`` (watts) and ``temperature`` (°C) the mean and, as ``…_max``, the most; whole numbers,
NULL where nothing was measured. Five minutes of which there is no sample have no row. Ask with ``at >= …``, for the
table is in the order of time.
"""

import sqlite3
from collections.abc import Mapping
from operator import mul

from console.model.history import CARD_METRICS
from console.store.series.columns import MINUTE, NONE, OF_CARD, Column
from console.store.series.minutes import CARDS, slots_of

FIVE = 5
"""Minutes."""
_SHOWN = {"util": 1.0, "memory_used": 1048576.0, "power": 1.0, "temperature": 1.0}
"""The metrics of a row, and what a 1 of it stands for."""
_PLACES = tuple((CARD_METRICS.index(metric) * 3, unit) for metric, unit in _SHOWN.items())


def put(db: sqlite3.Connection, node: int, summaries: Mapping[int, Column]) -> None:
    """Write the rows of a node's minutes; what was there is replaced."""
    fives: dict[int, list[Column]] = {}
    for minute, summary in summaries.items():
        fives.setdefault(minute // FIVE, []).append(summary)
    rows = [
        (five * FIVE * MINUTE, node, slot, *of_card(found, slot))
        for five, found in sorted(fives.items())
        for slot in range(max(map(slots_of, found)))
    ]
    db.executemany("INSERT OR REPLACE INTO five VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def of_card(summaries: list[Column], slot: int) -> list[int | None]:
    """Samples, then mean and most of each metric, of one card."""
    start = CARDS + slot * 3 * OF_CARD
    own = [summary for summary in summaries if len(summary) > start]
    samples = [summary[0] for summary in own]
    found: list[int | None] = [int(sum(samples))]
    for place, unit in _PLACES:
        column = start + place
        known, weights = own, samples
        if NONE in [summary[column] for summary in own]:
            known = [summary for summary in own if summary[column] != NONE]
            weights = [summary[0] for summary in known]
        if not known:
            found += [None, None]
            continue
        mean = sum(map(mul, [summary[column + 1] for summary in known], weights)) / sum(weights)
        found += [round(mean / unit), round(max([summary[column + 2] for summary in known]) / unit)]
    return found


def prune(db: sqlite3.Connection, before: float, most: int) -> int:
    """Remove the oldest rows that begin before that; returns how many."""
    return db.execute(
        "DELETE FROM five WHERE (at, node, slot) IN (SELECT at, node, slot FROM five WHERE at < ? ORDER BY at LIMIT ?)",
        (int(before), most),
    ).rowcount
