"""CPU of keeping who held what for 512 nodes with 8 cards: a quiet and a busy round, and what reading it back takes.

Run it as ``python tests/bench/spans.py [NODES]``.
"""

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time

import msgspec

from backends.demo.shape import EPOCH, Shape
from backends.demo.source import LabFeed
from backends.jobs import Job
from console.model.fleet import Fleet
from console.model.history import Holder, Kind, Rows, SpansOf, TimelineOf
from console.model.intervals import Begun, Ended, Fact, Key
from console.services.watch import TURNS, Watch
from console.store import recall, spans, timeline
from console.store.database import Database
from console.store.ledger import Round
from console.store.series.ledger import Series

ORIGIN = EPOCH + 20 * 86_400
DAY = 86_400.0


def rounds(database: Database, nodes: int, busy: bool) -> list[float]:
    """Milliseconds of each round; in a busy one, one job in forty is another one."""
    feed, fleet, watch = LabFeed(Shape(nodes=nodes), ORIGIN, 0.0), Fleet(), Watch()
    jobs: Sequence[Job] = ()
    took = []
    for number in range(2 * TURNS):
        at = ORIGIN + 2.0 * number
        fleet.apply(asyncio.run(feed.batch(at, 2.0 * number)))
        if not jobs:
            jobs = fleet.all_jobs()
        elif busy:
            jobs = [job if (place + number) % 40 else _next(job, number) for place, job in enumerate(jobs)]
        found = Round(at, 2.0 * number, list(fleet.nodes.values()), jobs)
        began = process_time()
        with database.writing() as db:
            watch.write(db, found)
        watch.committed()
        took.append((process_time() - began) * 1e3)
    return took[TURNS:]


def _next(job: Job, number: int) -> Job:
    return msgspec.structs.replace(job, id=f"{job.id}-{number}", user=f"user{number % 50}")


def month(database: Database, nodes: int) -> None:
    """Write a month in which each card has ten holders a day."""
    writer = spans.Writer()
    for node in range(nodes):
        with database.writing() as db:
            for slot in range(8):
                key = Key(Kind.OWNER, f"gpu-{node:03d}", slot)
                for part in range(300):
                    fact = Fact(f"user{part % 40}", Holder(f"user{part % 40}", "nlp", f"{node // 8}-{part}", "train"))
                    since = ORIGIN - 30 * DAY + part * DAY / 10 + node
                    writer.put(db, key, fact, since, since + DAY / 10 - 60)
            writer.write(db, (Begun(Key(Kind.STATE, "n", 0), Fact("ok"), ORIGIN),), ORIGIN)
            writer.write(db, (Ended(Key(Kind.STATE, "n", 0), ORIGIN, ORIGIN + 1),), ORIGIN)


def took(what: str, read: Callable[[], object]) -> None:
    times = []
    for _ in range(5):
        began = process_time()
        read()
        times.append((process_time() - began) * 1e3)
    print(f"{what:48s} median {median(times):7.1f} ms")


def reads(db: sqlite3.Connection) -> None:
    utils = Series().utils()
    nodes = tuple(f"gpu-{number:03d}" for number in range(8))
    card = SpansOf(tuple(Kind), ORIGIN - 30 * DAY, ORIGIN, "gpu-001", 3)
    took("spans of one card over a month", lambda: recall.spans(db, card))
    for ago in (1, 20):
        then = ORIGIN - ago * DAY
        asked = SpansOf((Kind.OWNER,), then, then + 1.0, most=5000)
        took(f"who held every card {ago} days ago", lambda asked=asked: recall.spans(db, asked))  # type: ignore[misc]
    cards = TimelineOf(Rows.CARDS, ORIGIN - DAY, ORIGIN, 200, nodes)
    took("holders of 64 cards in 200 slots of a day", lambda: timeline.timeline(db, cards, utils))


def main(nodes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for busy in (False, True):
            database = Database(Path(folder) / f"{busy}.db")
            times = rounds(database, nodes, busy)
            name = "busy" if busy else "quiet"
            print(f"{name:6s} round of {nodes} nodes: median {median(times):6.2f} max {max(times):6.2f} ms")
            database.close()
        database = Database(Path(folder) / "month.db")
        month(database, nodes)
        with database.writing() as db:
            reads(db)
        database.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 512)
