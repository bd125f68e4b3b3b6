"""What the history costs: CPU and bytes of a round of 4,096 GPUs, bytes of a GPU's day, reads, and a start on 10 GB.

Run as ``python tests/bench/history.py [--nodes 512] [--big 10]``. Where bytes at rest are told, the values are those of
the simulated lab (`backends.demo`), an hour of 32 nodes through the probe's own decoder. Where CPU and bytes written
are told, they are a walk: utilisation ± 3 around a level that a job holds, power with 40 W of noise, rates that are
noise; to make 512 nodes by the simulated lab would take longer than to write them. Everything goes through `Series` in
a file on the disk of the temporary folder; CPU is that of the writing thread.
"""

import argparse
import asyncio
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, thread_time

sys.path.insert(0, str(Path(__file__).parents[2]))

from backends.demo.shape import Shape
from backends.demo.source import LabFeed
from backends.records import Card, CardState, Disk, GpuSample, HostSample, Net, NodeFacts, NodeSample, ReaderState
from console.model.config import Retention
from console.model.fleet import Fleet, Node
from console.model.history import Curves, CurvesOf
from console.services.archive import Archive
from console.services.clock import LabClock
from console.store.database import Database
from console.store.ledger import Round
from console.store.series import cluster, hours
from console.store.series.ledger import Series

INTERVAL = 2.0
BEGIN = 1_795_003_200.0
FOLDED = 120.0
"""Seconds after its end within which an hour is put together for all nodes."""
GPUS = 4_096
DAY = 86_400
HELD = (0.0, 80.0, 97.0)


class Walk:
    """Nodes of eight cards whose values walk."""

    def __init__(self, nodes: int) -> None:
        self._chance = random.Random(7)
        self._levels = [(self._chance.choice(HELD), self._chance.randrange(10, 70)) for _ in range(nodes)]
        cards = tuple(Card(slot, memory=80 << 30) for slot in range(8))
        self.facts = [NodeFacts(f"gpu{n:04d}", 0.0, 0.0, cards=cards, interval=INTERVAL) for n in range(nodes)]

    def tick(self, at: float) -> list[NodeSample]:
        chance = self._chance
        for _ in range(max(1, len(self._levels) // 1000)):
            self._levels[chance.randrange(len(self._levels))] = (chance.choice(HELD), chance.randrange(10, 70))
        return [self._node(facts.node, at, *level) for facts, level in zip(self.facts, self._levels, strict=True)]

    def _node(self, name: str, at: float, level: float, memory: int) -> NodeSample:
        rand = self._chance.random
        gpus = []
        for slot in range(8):
            util = float(int(min(100.0, level + rand() * 6 - 3))) if level else 0.0
            power = round(250 + util * 4 + rand() * 40, 1) if level else round(70 + rand(), 1)
            clock = 1980 - 15 * int(rand() * 4) if level else 345
            used = (memory << 30) + (slot << 20) if level else 450 << 20
            heat = int(33 + util * 0.3 + rand() * 2)
            gpus.append(GpuSample(slot, CardState.OK, None, util, util // 2, used, heat, None, power, clock))
        rates = [rand() * 1e7 for _ in range(6)]
        host = HostSample(
            cpu=round(20 + rand() * 3, 1), iowait=0.3, load1=round(40 + rand(), 2),
            memory_total=2 << 40, memory_available=(1 << 40) + int(rand() * 1e8), swap_total=8 << 30, swap_free=8 << 30,
            disks=(Disk("a", rates[0], rates[1], rand() * 10), Disk("b", 0.0, 0.0, 0.0)),
            nets=(Net("e", rates[2], rates[3]), Net("i", rates[4], rates[5])),
        )  # fmt: skip
        return NodeSample(name, at, at, host, ReaderState.OK, gpus=tuple(gpus))


def written() -> int:
    """Bytes that this process has had written to disks, by the kernel's account."""
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("write_bytes"):
            return int(line.split()[1])
    raise OSError("/proc/self/io does not tell")


def speed() -> float:
    """How long a fixed loop takes, in ms; about 4 on a free core of 2024. It tells how busy the machine is."""
    began, total = thread_time(), 0
    for number in range(100_000):
        total += number
    return (thread_time() - began) * 1e3


class Tally:
    """What was asked of the bench, and whether it was reached."""

    def __init__(self) -> None:
        self.missed = 0

    def say(self, what: str, found: float, most: float, unit: str, more: str = "") -> None:
        self.missed += found > most
        print(f"{what:58s} {found:8.3f} {unit:8s} to reach {most:g} {'' if found <= most else 'MISSED '}{more}")


def ticks(folder: Path, nodes: int, tally: Tally) -> None:
    """Fifteen minutes of rounds, across the end of an hour; what is too old goes as fast as new comes.

    The mean is that of an hour, which ends once: the two minutes after its end, in which hours are put together, count
    as they are, and the others stand for its other 58.
    """
    database, series, walk = Database(folder / "ticks.db"), Series(), Walk(nodes)
    kept = Retention(ticks=240.0, five_minutes=300.0)
    spent: list[float] = []
    folding: list[float] = []
    began = 0
    warm = 120
    rounds = warm + 450
    for number in range(rounds):
        at = BEGIN - 600.0 - warm * INTERVAL + number * INTERVAL
        samples = walk.tick(at)
        found = [Node(facts.node, facts, sample) for facts, sample in zip(walk.facts, samples, strict=True)]
        if number == warm:
            began = written()
            spent.clear()
            folding.clear()
        before = thread_time()
        with database.writing() as db:
            series.write(db, Round(at, at, found, [], samples))
        series.committed()
        if number % 15 == 14:
            with database.writing() as db:
                series.prune(db, at, kept)
        took = thread_time() - before
        spent.append(took)
        if 0.0 <= at - BEGIN < FOLDED:
            folding.append(took)
    others = sum(spent) - sum(folding)
    mean = others / (len(spent) - len(folding)) * (1.0 - FOLDED / 3600) + sum(folding) / len(folding) * FOLDED / 3600
    gigabytes = (written() - began) / (rounds - warm) * DAY / INTERVAL / 1e9
    median = sorted(spent)[len(spent) // 2] * 1e3
    more = f"(median {median:.1f}, longest {max(spent) * 1e3:.0f}; loop {speed():.1f} ms)"
    tally.say(f"round of {nodes * 8} GPUs, CPU", mean * 1e3, 15, "ms", more)
    tally.say("written to the disk a day, pruning included", gigabytes, 6, "GB")
    database.close()


def _grid(seconds: float) -> Iterator[float]:
    return (number * INTERVAL for number in range(int(seconds / INTERVAL)))


async def at_rest(folder: Path, tally: Tally) -> None:
    """An hour and a quarter of the simulated lab."""
    database, series, fleet = Database(folder / "rest.db"), Series(), Fleet()
    feed = LabFeed(Shape(nodes=32, interval=INTERVAL), BEGIN, 0.0)
    for mono in _grid(4500.0):
        at = BEGIN + mono
        batch = await feed.batch(at, mono)
        fleet.apply(batch)
        samples = [record for record in batch if isinstance(record, NodeSample)]
        with database.writing() as db:
            series.write(db, Round(at, mono, list(fleet.nodes.values()), [], samples))
        series.committed()
    gpus = sum(len(node.sample.gpus) for node in fleet.nodes.values() if node.sample is not None)
    size = {table: bytes_of(database, table) for table in ("chunk", "card_hour", "node_hour", "five")}
    ((minutes,),) = database.read("SELECT count(DISTINCT id >> 32) FROM chunk")
    assert isinstance(minutes, int)
    tally.say("full resolution, a GPU's day, its node included", size["chunk"] / gpus / minutes * 1440 / 1e6, 0.4, "MB")
    month = GPUS * 24 * 30 / 1e9
    ((done,),) = database.read("SELECT count(*) FROM card_hour")
    assert isinstance(done, int)
    cards, nodes = size["card_hour"] / done * month, size["node_hour"] / done * month
    more = f"(cards {cards:.2f}, their nodes {nodes:.2f}; extrapolated from {done} hours of cards)"
    tally.say("30 days of minutes of 4,096 GPUs", cards + nodes, 1.3, "GB", more)
    ((rows,),) = database.read("SELECT count(*) FROM five")
    assert isinstance(rows, int)
    print(f"{'14 days of gpu_5min of 4,096 GPUs':58s} {size['five'] / rows * GPUS * 288 * 14 / 1e9:8.3f} GB")
    database.close()


def bytes_of(database: Database, table: str) -> int:
    """The pages that a table fills, as far as this SQLite can tell; else its blobs and their keys."""
    try:
        ((size,),) = database.read("SELECT sum(pgsize) FROM dbstat WHERE name = ?", (table,))
    except sqlite3.OperationalError:
        column = "40" if table == "five" else "length(d) + 12"
        ((size,),) = database.read(f"SELECT sum({column}) FROM {table}")
    assert isinstance(size, int)
    return size


def reads(folder: Path, tally: Tally) -> None:
    """Thirty days of 64 nodes' hours, and of the cluster's minutes."""
    path = folder / "rest.db"
    database = Database(path)
    blobs = database.read("SELECT d FROM card_hour LIMIT 200")
    of_nodes = database.read("SELECT d FROM node_hour LIMIT 20")
    now = int(BEGIN // 3600) + 1
    chance = random.Random(3)
    with database.writing() as db:
        for hour in range(now - 720, now - 2):
            for node in range(1, 33):
                db.execute("INSERT INTO node_hour VALUES (?, ?)", (hour << 32 | node, *chance.choice(of_nodes)))
                keys = [(hours.card_key(hour, node, slot), *chance.choice(blobs)) for slot in range(8)]
                db.executemany("INSERT INTO card_hour VALUES (?, ?)", keys)
            for minute in range(60):
                cluster.put(db, hour * 60 + minute, [tuple(chance.random() * 100 for _ in range(10))])
            for resolution in cluster.SUMMED:
                for number in range(hour * 3600 // resolution, (hour + 1) * 3600 // resolution):
                    cluster.sum_up(db, resolution, number)
    ((name,),) = database.read("SELECT name FROM series_node WHERE id = 1")
    until = BEGIN + 4500.0
    three = ("util", "power", "memory_used")
    for what, question, most in (
        ("1 h of a card", CurvesOf(three, until - 3600, until, 400, str(name), 0), 0.0),
        ("24 h of a card", CurvesOf(three, until - DAY, until, 400, str(name), 0), 5.0),
        ("7 d of a card", CurvesOf(three, until - 7 * DAY, until, 400, str(name), 0), 0.0),
        ("30 d of a card", CurvesOf(three, until - 30 * DAY, until, 400, str(name), 0), 0.0),
        ("24 h of a node", CurvesOf(("cpu", "memory_used", "disk_busy"), until - DAY, until, 400, str(name)), 0.0),
        ("7 d of the cluster", CurvesOf(("util", "power", "held"), until - 7 * DAY, until, 400), 10.0),
        ("30 d of the cluster", CurvesOf(("util", "power", "held"), until - 30 * DAY, until, 400), 10.0),
    ):
        found = []
        for _ in range(5):
            reader = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
            began = thread_time()
            answer = Series().curves(reader, question)
            found.append(thread_time() - began)
            reader.close()
            assert isinstance(answer, Curves)
            assert any(value is not None for value in answer.curves[0].mean)
        took = sorted(found)[2] * 1e3
        if most:
            tally.say(f"{what}, 400 points of 3 metrics, CPU", took, most, "ms")
        else:
            print(f"{what + ', 400 points of 3 metrics, CPU':58s} {took:8.3f} ms")
    database.close()


def big(folder: Path, gigabytes: float, tally: Tally) -> None:
    """A start on a large file: what it reads must not grow with it."""
    path = folder / "big.db"
    Database(path).close()
    rows = int(gigabytes * 1e9 / 60_000)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=OFF")
    db.execute("PRAGMA synchronous=OFF")
    first = int(BEGIN // 3600) - rows // 512
    db.execute(
        """WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x + 1 < ?)
           INSERT INTO card_hour SELECT (? + x / 512) << 32 | (x % 512 + 1), zeroblob(60000) FROM n""",
        (rows, first),
    )
    db.executemany("INSERT INTO series_node VALUES (?, ?)", [(n, f"gpu{n:04d}") for n in range(1, 513)])
    db.close()
    took = []
    for _ in range(3):
        clock = LabClock(BEGIN + 600, 0.0, 0.0)
        began = perf_counter()
        archive = Archive(path, clock, ledgers=(Series(),), kept=Retention(spare=0))
        assert archive._write(archive._gather(Fleet(), beat=False))
        took.append((perf_counter() - began) * 1e3)
        assert archive.troubles == ()
        archive._database.close()
    print(f"{'the file has':58s} {path.stat().st_size / 1e9:8.1f} GB")
    tally.say("start on it and first round, wall", sorted(took)[1], 100, "ms")


def main() -> None:
    """Print the figures; fail where one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=512)
    parser.add_argument("--big", type=float, default=10.0, help="GB of the large file; less where the disk is small")
    options = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        ticks(folder, options.nodes, tally)
        asyncio.run(at_rest(folder, tally))
        reads(folder, tally)
        big(folder, min(options.big, shutil.disk_usage(folder).free / 3e9), tally)
    sys.exit(1 if tally.missed else 0)


if __name__ == "__main__":
    main()
