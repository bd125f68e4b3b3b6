"""The tables of the lab's file, as the steps that lead from one schema to the next. A step that was released stays."""

import sqlite3
from collections.abc import Callable

SCHEMA = 3
"""What this program writes. A file also states the oldest program that may read it and that may write it."""

Migration = Callable[[sqlite3.Connection], None]

_FIRST = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    """INSERT INTO meta VALUES
        ('schema', 0), ('oldest_reader', 1), ('oldest_writer', 1), ('generation', 0), ('heartbeat', 0)""",
    """CREATE TABLE card (
        node TEXT NOT NULL, pci TEXT NOT NULL, uuid TEXT, name TEXT, vendor TEXT NOT NULL, memory INTEGER,
        first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, PRIMARY KEY (node, pci)) WITHOUT ROWID""",
    """CREATE TABLE event (
        id INTEGER PRIMARY KEY, node TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL, code INTEGER,
        slot INTEGER, pci TEXT, text TEXT, origin TEXT NOT NULL)""",
    "CREATE INDEX event_node ON event (node, at)",
)

_SERIES = (
    "CREATE TABLE series_node (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "CREATE TABLE tail (id INTEGER PRIMARY KEY, round INTEGER NOT NULL, needed INTEGER NOT NULL, d BLOB NOT NULL)",
    "CREATE TABLE chunk (id INTEGER PRIMARY KEY, d BLOB NOT NULL)",
    "CREATE TABLE minutes (id INTEGER PRIMARY KEY, d BLOB NOT NULL)",
    "CREATE TABLE card_hour (id INTEGER PRIMARY KEY, d BLOB NOT NULL)",
    "CREATE TABLE node_hour (id INTEGER PRIMARY KEY, d BLOB NOT NULL)",
    """CREATE TABLE five (
        at INTEGER NOT NULL, node INTEGER NOT NULL, slot INTEGER NOT NULL, samples INTEGER NOT NULL,
        util INTEGER, util_max INTEGER, memory_used INTEGER, memory_used_max INTEGER, power INTEGER, power_max INTEGER,
        temperature INTEGER, temperature_max INTEGER, PRIMARY KEY (at, node, slot)) WITHOUT ROWID""",
    """CREATE VIEW gpu_5min AS
        SELECT five.at, series_node.name AS node, slot, samples, util, util_max, memory_used, memory_used_max,
            power, power_max, temperature, temperature_max
        FROM five JOIN series_node ON series_node.id = five.node""",
    *(
        f"""CREATE TABLE {table} (
        at INTEGER PRIMARY KEY, readings INTEGER NOT NULL,
        util_low REAL, util REAL, util_high REAL,
        memory_part_low REAL, memory_part REAL, memory_part_high REAL,
        power_low REAL, power REAL, power_high REAL, cards_low REAL, cards REAL, cards_high REAL,
        answering_low REAL, answering REAL, answering_high REAL, busy_low REAL, busy REAL, busy_high REAL,
        held_low REAL, held REAL, held_high REAL, idle_held_low REAL, idle_held REAL, idle_held_high REAL,
        nodes_low REAL, nodes REAL, nodes_high REAL, nodes_up_low REAL, nodes_up REAL, nodes_up_high REAL)"""
        for table in ("cluster_minute", "cluster_ten", "cluster_hour")
    ),
)
"""The numeric history; what lies in its blobs is told in `console.store.series`."""

_SPANS = (
    "CREATE TABLE span_mark (one INTEGER PRIMARY KEY CHECK (one = 1), at REAL)",
    "INSERT INTO span_mark VALUES (1, NULL)",
    "CREATE TABLE place (id INTEGER PRIMARY KEY, name TEXT NOT NULL, slot INTEGER NOT NULL)",
    "CREATE UNIQUE INDEX place_name ON place (name, slot)",
    "CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
    """CREATE TABLE holder (
        id INTEGER PRIMARY KEY, user TEXT, project TEXT, job TEXT, name TEXT, allocated INTEGER NOT NULL)""",
    "CREATE INDEX holder_who ON holder (user, job)",
    """CREATE TABLE span (
        id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, place INTEGER NOT NULL, value INTEGER NOT NULL,
        holder INTEGER, since REAL NOT NULL, until REAL, size INTEGER NOT NULL)""",
    "CREATE UNIQUE INDEX span_open ON span (place, kind) WHERE until IS NULL",
    "CREATE INDEX span_when ON span (kind, size, since)",
    "CREATE INDEX span_where ON span (place, kind, size, since)",
    "CREATE INDEX span_whose ON span (holder) WHERE holder IS NOT NULL",
    "CREATE TABLE unfilled (since REAL PRIMARY KEY, until REAL NOT NULL)",
    "CREATE TABLE person (id INTEGER PRIMARY KEY, user TEXT, project TEXT)",
    "CREATE INDEX person_who ON person (user, project)",
    """CREATE TABLE usage (
        step INTEGER NOT NULL, at INTEGER NOT NULL, person INTEGER NOT NULL, held REAL NOT NULL,
        known REAL NOT NULL, work REAL NOT NULL, PRIMARY KEY (step, at, person)) WITHOUT ROWID""",
)
"""The interval tables, and who used how much; `console.store.spans` and `console.store.usage` say what they mean."""

_JOBS = (
    """CREATE TABLE job_use (
        source TEXT NOT NULL, job TEXT NOT NULL, started REAL NOT NULL, seen REAL NOT NULL, cards INTEGER NOT NULL,
        measured REAL NOT NULL, known REAL NOT NULL, work REAL NOT NULL, memory INTEGER, idle_since REAL,
        hour BLOB NOT NULL, PRIMARY KEY (source, job)) WITHOUT ROWID""",
    "CREATE INDEX job_use_seen ON job_use (seen)",
)
"""What jobs made of their cards; `console.store.job_use` says what the columns mean."""


def _all(statements: tuple[str, ...]) -> Migration:
    def migrate(db: sqlite3.Connection) -> None:
        for statement in statements:
            db.execute(statement)

    return migrate


MIGRATIONS: tuple[Migration, ...] = (_all(_FIRST), _all((*_SERIES, *_SPANS)), _all(_JOBS))
"""The n-th leads from schema n to n + 1."""
