"""The whole cluster: read some times a minute, and kept by minute and by hour in columns that SQL can ask for."""

import sqlite3
from collections.abc import Sequence

from backends.records import CardState, LinkState
from console.model.fleet import Node
from console.model.freshness import Group, stale
from console.model.history import CLUSTER_METRICS
from console.model.judged import JudgedNode
from console.store.ledger import Round

BUSY = 5.0
"""Percent from which a card counts as busy."""
EVERY = 15.0
"""Seconds between two readings."""
MINUTE = 60
TEN = 600
HOUR = 3600

Reading = tuple[float | None, ...]
"""A value for each of `CLUSTER_METRICS`."""
_TABLES = {MINUTE: "cluster_minute", TEN: "cluster_ten", HOUR: "cluster_hour"}
SUMMED = (TEN, HOUR)
"""Seconds that are summed up from minutes."""


def reading(found: Round, held: tuple[int, int] | None) -> Reading:
    """Look at all nodes once; what is stale or unreachable counts as a node and its cards, and for nothing else."""
    ok = CardState.OK  # 4,096 cards are looked at within some milliseconds
    counted = util = power = 0.0
    used = total = cards = answering = busy = measured = up = 0
    for node in found.nodes:
        slots = _expected(node)
        cards += slots
        sample = node.sample
        down = node.link is not None and node.link.state is LinkState.DOWN
        if sample is None or down or stale(node, Group.SAMPLE, found.mono):
            continue
        up += 1
        sizes = [card.memory for card in node.facts.cards] if node.facts is not None else []
        for gpu, size in zip(sample.gpus, sizes, strict=False):
            if gpu.state is not ok:
                continue
            answering += 1
            if (percent := gpu.util) is not None:
                counted += 1
                util += percent
                busy += percent >= BUSY
            if (watts := gpu.power) is not None:
                measured += 1
                power += watts
            if size and (taken := gpu.memory_used) is not None:
                used += taken
                total += size
    return (
        util / counted if counted else None,
        100.0 * used / total if total else None,
        power if measured else None,
        cards,
        answering,
        busy if counted else None,
        *(held if held is not None else (None, None)),
        len(found.nodes),
        up,
    )


def _expected(node: Node) -> int:
    listed = node.listed.cards if node.listed is not None else None
    return max(listed or 0, len(node.facts.cards) if node.facts is not None else 0)


def held(judged: Sequence[JudgedNode]) -> tuple[int, int]:
    """How many cards have an owner, and how many of these are idle."""
    owned = idle = 0
    for node in judged:
        for card in node.cards:
            if card.owner is not None:
                owned += 1
                gpu = card.gpu
                idle += gpu is not None and not node.stale and gpu.util is not None and gpu.util < BUSY
    return owned, idle


def put(db: sqlite3.Connection, minute: int, readings: Sequence[Reading]) -> None:
    """Write the readings of a minute; those that were written before count as well."""
    values: list[float | None] = []
    for series in zip(*readings, strict=True):
        known = [value for value in series if value is not None]
        values += [min(known), sum(known) / len(known), max(known)] if known else [None, None, None]
    db.execute(_PUT, (minute * MINUTE, len(readings), *(None if v is None else round(v, 3) for v in values)))


def _kept_with(name: str) -> str:
    """What a column becomes when there is a row already: the mean is weighted by how many readings each has."""
    here, there = f"cluster_minute.{name}", f"excluded.{name}"
    weighed = f"({here} * cluster_minute.readings + {there} * excluded.readings)"
    return ", ".join(
        (
            f"{name}_low = coalesce(min({here}_low, {there}_low), {here}_low, {there}_low)",
            f"{name} = coalesce({weighed} / (cluster_minute.readings + excluded.readings), {here}, {there})",
            f"{name}_high = coalesce(max({here}_high, {there}_high), {here}_high, {there}_high)",
        )
    )


_PUT = f"""
INSERT INTO cluster_minute VALUES ({", ".join("?" * (2 + 3 * len(CLUSTER_METRICS)))})
ON CONFLICT (at) DO UPDATE SET {", ".join(map(_kept_with, CLUSTER_METRICS))},
    readings = cluster_minute.readings + excluded.readings
"""  # noqa: S608 - names of columns cannot be parameters, and these are ours


def sum_up(db: sqlite3.Connection, resolution: int, number: int) -> None:
    """Write ten minutes or an hour, by its number since 1970, from the minutes; where none are left nothing changes."""
    parts = ", ".join(f"min({name}_low), avg({name}), max({name}_high)" for name in CLUSTER_METRICS)
    db.execute(
        f"""INSERT OR REPLACE INTO {_TABLES[resolution]}
            SELECT ?, sum(readings), {parts} FROM cluster_minute WHERE at >= ? AND at < ? HAVING count(*)""",  # noqa: S608
        (number * resolution, number * resolution, (number + 1) * resolution),
    )


def read(
    db: sqlite3.Connection, resolution: int, metrics: Sequence[str], since: float, until: float, step: float
) -> list[tuple[float | int | None, ...]]:
    """Rows of ``slot, low, mean, high, low, …``, aggregated over slots of `step` seconds from `since` on.

    Args:
        db: to read from.
        resolution: `MINUTE`, `TEN` or `HOUR`.
        metrics: some of `CLUSTER_METRICS`; any other name is a defect of the caller.
        since: the beginning of slot 0.
        until: the end.
        step: of a slot.
    """
    assert set(metrics) <= set(CLUSTER_METRICS)
    parts = ", ".join(f"min({name}_low), avg({name}), max({name}_high)" for name in metrics)
    return db.execute(
        f"""SELECT CAST((at - ?) / ? AS INTEGER) AS slot, {parts} FROM {_TABLES[resolution]}
            WHERE at >= ? AND at < ? GROUP BY slot""",  # noqa: S608 - the names are checked above
        (since, step, since, until),
    ).fetchall()
