"""Curves of a card, a node or the cluster: from what was kept at that age."""

import sqlite3
from collections.abc import Iterable, Sequence
from math import inf

from console.model.history import CARD_METRICS, CLUSTER_METRICS, NODE_METRICS, Curve, Curves, CurvesOf
from console.store.series import chunks, cluster, hours, minutes
from console.store.series.columns import MINUTE, NONE, OF_CARD, Column
from console.store.series.hours import CARD_STEPS, HOUR, NODE_STEPS, UNKNOWN, value
from console.store.series.minutes import TEN
from console.store.series.pack import some, unpacked
from console.store.series.points import Grid, Points
from console.store.series.waiting import Pending, of_node

SAMPLES_WITHIN = 6 * 3600.0
"""Seconds up to which a question may be answered from samples; 360 chunks take some 20 ms."""
MINUTES_WITHIN = 14 * 86400.0
"""Seconds up to which a question may be answered from minutes; beyond it, from hours."""
_WITHIN = [float(MINUTE * minute) for minute in range(HOUR)]
CLUSTER_WITHIN = {cluster.MINUTE: 86400.0, cluster.TEN: 10 * 86400.0, cluster.HOUR: inf}
"""Seconds up to which a question about the cluster is answered from its minutes, its ten minutes, its hours."""


class Subject:
    """What curves are asked of: a node, or one of its cards; and where its metrics lie.

    Args:
        node: its number.
        slot: None asks for the node itself.
        metrics: those that are asked for.
    """

    def __init__(self, node: int, slot: int | None, metrics: Sequence[str]) -> None:
        self.node = node
        self.slot = slot
        self.metrics = metrics
        known = NODE_METRICS if slot is None else CARD_METRICS
        steps = NODE_STEPS if slot is None else CARD_STEPS
        self.numbers = [known.index(metric) for metric in metrics]
        self.steps = [steps[metric] for metric in metrics]
        self.in_chunk = [number + (1 if slot is None else chunks.CARDS + slot * OF_CARD) for number in self.numbers]
        self.in_hour = len(known)
        self.table = "node_hour" if slot is None else "card_hour"

    def hour_key(self, hour: int) -> int:
        """The key of its hour."""
        return chunks.key(hour, self.node) if self.slot is None else hours.card_key(hour, self.node, self.slot)


def curves(db: sqlite3.Connection, question: CurvesOf, pending: Sequence[Pending]) -> Curves:
    """Answer a question whose bounds and metrics were checked.

    Args:
        db: read-only, within a transaction that has read nothing yet.
        question: it.
        pending: what is in no chunk yet; was taken before anything is read, so that nothing falls between the two.

    Raises:
        console.store.series.pack.Unreadable: a blob is damaged.
    """
    if question.node is None:
        return _of_cluster(db, question)
    row = db.execute("SELECT id FROM series_node WHERE name = ?", (question.node,)).fetchone()
    if row is None:
        grid = Grid(question.since, question.until, question.points, MINUTE)
        return _answer(db, grid, Points(question.metrics).curves(grid.since, grid.step, grid.slots))
    subject = Subject(int(row[0]), question.slot, question.metrics)
    span = question.until - question.since
    waiting = of_node(pending, subject.node)
    first = chunks.oldest(db)
    if (
        span <= SAMPLES_WITHIN
        and span / question.points < MINUTE
        and (first is None or first * MINUTE <= question.since or not _any_hour(db, question.since))
    ):
        grid = Grid(question.since, question.until, question.points, 1.0)
        found = _samples(db, subject, grid, question.until, waiting)
    else:
        coarse = span > MINUTES_WITHIN
        grid = Grid(question.since, question.until, question.points, HOUR * MINUTE if coarse else MINUTE)
        found = _minutes(db, subject, grid, question.until, waiting, coarse)
    grid.coarsen(found.spacing())
    return _answer(db, grid, found.curves(grid.since, grid.step, grid.slots))


def _any_hour(db: sqlite3.Connection, since: float) -> bool:
    """Whether there are hours that tell of a time of which there are no chunks any more."""
    row = db.execute("SELECT 1 FROM node_hour WHERE id < ? LIMIT 1", (chunks.key(int(since // 3600) + 1, 0),))
    return row.fetchone() is not None


def _answer(db: sqlite3.Connection, grid: Grid, found: tuple[Curve, ...]) -> Curves:
    return Curves(grid.since, grid.step, found, kept_since(db))


def kept_since(db: sqlite3.Connection) -> float | None:
    """The oldest instant of which anything is kept; None where nothing is."""
    (minute,) = db.execute("SELECT min(id) FROM chunk").fetchone()
    (hour,) = db.execute("SELECT min(id) FROM node_hour").fetchone()
    (first,) = db.execute("SELECT min(at) FROM cluster_minute").fetchone()
    times = (
        None if minute is None else float(chunks.minute_of(minute) * MINUTE),
        None if hour is None else float(chunks.minute_of(hour) * 3600),
        None if first is None else float(first),
    )
    return min((time for time in times if time is not None), default=None)


def _of_cluster(db: sqlite3.Connection, question: CurvesOf) -> Curves:
    span = question.until - question.since
    resolution = next(each for each, most in CLUSTER_WITHIN.items() if span <= most)
    grid = Grid(question.since, question.until, question.points, resolution)
    metrics = [metric for metric in question.metrics if metric in CLUSTER_METRICS]
    rows = cluster.read(db, resolution, metrics, grid.since, question.until, grid.step) if metrics else []
    found = []
    for number, metric in enumerate(metrics):
        parts: list[list[float | None]] = [[None] * grid.slots for _ in range(3)]
        for row in rows:
            for part in range(3):
                parts[part][int(row[0] or 0)] = row[1 + 3 * number + part]
        found.append(Curve(metric, *(tuple(part) for part in parts)))
    return _answer(db, grid, tuple(found))


def _samples(
    db: sqlite3.Connection, subject: Subject, grid: Grid, until: float, waiting: dict[int, list[Column]]
) -> Points:
    found = Points(subject.metrics)
    wanted = [0, *subject.in_chunk]
    minutes_asked = range(int(grid.since // MINUTE), int(until // MINUTE) + 1)
    written = chunks.find(db, "chunk", subject.node, minutes_asked)
    for minute in minutes_asked:
        blob = written.get(minute)
        if minute in waiting:
            whole = waiting[minute] if blob is None else chunks.merged(unpacked(blob), waiting[minute])
            columns = _of(whole, wanted)
        elif blob is not None:
            columns = some(blob, wanted)
        else:
            continue
        start = minute * MINUTE
        times = [start + milli / 1000.0 for milli in columns[0]]
        for number, column in enumerate(columns[1:]):
            if NONE in column:
                pairs = [(time, each) for time, each in zip(times, column, strict=True) if each != NONE]
                values = [each for _, each in pairs]
                found.extend(number, [time for time, _ in pairs], values, values, values)
            elif column:
                values = column.tolist()
                found.extend(number, times, values, values, values)
    return found


def _minutes(
    db: sqlite3.Connection,
    subject: Subject,
    grid: Grid,
    until: float,
    waiting: dict[int, list[Column]],
    coarse: bool,
) -> Points:
    """Hours from their blobs and, of those that have none yet, from what they will be made of."""
    found = Points(subject.metrics)
    first, last = int(grid.since // 3600), int(until // 3600)
    every = range(first, last + 1)
    rows = chunks.rows(db, subject.table, [subject.hour_key(hour) for hour in every])
    written = {chunks.minute_of(number): blob for number, blob in rows}
    late = fresh(db, first, last)
    by_hour = running(waiting)
    for hour in every:
        blob = written.get(hour)
        if blob is not None and hour not in by_hour:
            _from_hour(found, subject, hour, blob, coarse)
        elif hour in by_hour or hour in late:
            _from_minutes(found, subject, hour, blob, recent(db, subject.node, hour, waiting, subject.in_chunk))
    return found


def fresh(db: sqlite3.Connection, first: int, last: int) -> frozenset[int]:
    """The hours, between two and including both, of which there are minutes or samples, whoever's."""
    found = chunks.periods(db, "minutes", HOUR // TEN, first, last)
    return frozenset(found + chunks.periods(db, "chunk", HOUR, first, last))


def running(waiting: Iterable[int]) -> set[int]:
    """The hours of minutes that wait, and those before them: what is kept of these may lack their last minutes."""
    return {hour for minute in waiting for hour in (minute // HOUR - 1, minute // HOUR)}


def _from_hour(found: Points, subject: Subject, hour: int, blob: bytes, coarse: bool) -> None:
    text = hours.opened(blob, subject.in_hour)
    start = float(hour * HOUR * MINUTE)
    every = [start + within for within in _WITHIN]
    for number, place in enumerate(subject.numbers):
        kept, step = hours.kept(text, subject.in_hour, place), subject.steps[number]
        low, mean, high, times = kept.low, kept.mean, kept.high, every
        if UNKNOWN in mean:
            known = [minute for minute, each in enumerate(mean) if each != UNKNOWN]
            low, mean, high = ([part[minute] for minute in known] for part in (low, mean, high))
            times = [every[minute] for minute in known]
        if not coarse:
            found.extend(number, times, *(hours.values(part, step) for part in (low, mean, high)))
        elif mean:
            middle = sum(hours.values(mean, step)) / len(mean)
            found.add(number, start, value(min(low), step), middle, value(max(high), step))


def recent(
    db: sqlite3.Connection, node: int, hour: int, waiting: dict[int, list[Column]], wanted: Sequence[int]
) -> dict[int, Column]:
    """The summaries of an hour's minutes that are in no blob of an hour, of the wanted columns of a chunk."""
    found: dict[int, Column] = {}
    tens = range(hour * HOUR // TEN, (hour + 1) * HOUR // TEN)
    written = chunks.find(db, "minutes", node, tens)
    for number, blob in written.items():
        found.update(minutes.taken(number, blob, wanted))
    others = [number * TEN + minute for number in tens if number not in written for minute in range(TEN)]
    own = {minute: columns for minute, columns in waiting.items() if minute // HOUR == hour}
    there = chunks.find(db, "chunk", node, {*others, *own})
    for minute, text in there.items():
        if minute not in own:
            found[minute] = minutes.summary(some(text, [0, *wanted]))
    for minute, columns in own.items():
        whole = columns if minute not in there else chunks.merged(unpacked(there[minute]), columns)
        found[minute] = minutes.summary(_of(whole, [0, *wanted]))
    return found


def _of(columns: Sequence[Column], wanted: Sequence[int]) -> list[Column]:
    """Some of the columns; one that is lacking is empty."""
    return [columns[number] if number < len(columns) else columns[0][:0] for number in wanted]


def _from_minutes(found: Points, subject: Subject, hour: int, blob: bytes | None, recent: dict[int, Column]) -> None:
    kept = None if blob is None else hours.opened(blob, subject.in_hour)
    for number, place in enumerate(subject.numbers):
        old = None if kept is None else hours.kept(kept, subject.in_hour, place)
        step, column = subject.steps[number], 1 + 3 * number
        for minute in range(hour * HOUR, (hour + 1) * HOUR):
            summary = recent.get(minute)
            within = minute - hour * HOUR
            time = float(minute * MINUTE)
            if summary is not None and summary[column] != NONE:
                found.add(number, time, summary[column], summary[column + 1], summary[column + 2])
            elif old is not None and old.mean[within] != UNKNOWN:
                least, most = value(old.low[within], step), value(old.high[within], step)
                found.add(number, time, least, value(old.mean[within], step), most)
