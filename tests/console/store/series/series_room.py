"""A small lab whose samples are told to the series round by round, and what a plain computation makes of them."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from backends.records import Card, CardState, Disk, GpuSample, HostSample, Net, NodeFacts, NodeSample, ReaderState
from console.model.fleet import Node
from console.model.history import Curves, CurvesOf
from console.store.database import Database
from console.store.ledger import Round
from console.store.series.ledger import Series

BEGIN = 1_795_003_200.0
"""A whole hour."""


def sample(node: str, at: float, *utils: float | None, cpu: float | None = 10.0) -> NodeSample:
    """What a node says; everything of a card follows from its utilisation."""
    gpus = tuple(
        GpuSample(slot, CardState.LOST)
        if util is None
        else GpuSample(slot, CardState.OK, None, util, None, int(util) << 30, 40, None, util * 5.0, 1500)
        for slot, util in enumerate(utils)
    )
    host = HostSample(
        cpu=cpu,
        memory_total=1 << 40,
        memory_available=1 << 39,
        disks=(Disk("a", 1024.0, None, 5.0), Disk("b", 1024.0, 7.0, 50.0)),
        nets=(Net("e", 1e6, 2e6),),
    )
    return NodeSample(node, at, at, host, ReaderState.OK, gpus=gpus)


class Recorder:
    """A file, and the series that writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.begin()

    def begin(self) -> None:
        """Begin as a new collector does, without any farewell of the one before."""
        self.database = Database(self.path)
        self.series = Series()

    def tell(self, at: float, samples: Iterable[NodeSample], *, fail: bool = False) -> None:
        """One round; one that fails is rolled back at its end."""
        told = list(samples)
        cards = {each.node: tuple(Card(gpu.slot, memory=80 << 30) for gpu in each.gpus) for each in told}
        nodes = [Node(each.node, NodeFacts(each.node, 0.0, 0.0, cards=cards[each.node]), each) for each in told]
        try:
            with self.database.writing() as db:
                self.series.write(db, Round(at, at, nodes, [], told))
                if fail:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            return
        self.series.committed()

    def ask(self, question: CurvesOf) -> Curves:
        """Ask as a reader does: on a connection of its own."""
        db = sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)
        try:
            answer = self.series.curves(db, question)
        finally:
            db.close()
        assert isinstance(answer, Curves)
        return answer

    def count(self, table: str) -> int:
        """Rows of a table."""
        ((number,),) = self.database.read(f"SELECT count(*) FROM {table}")
        assert isinstance(number, int)
        return number
