"""Fills a simulated lab's history in a child process of its collector: ``python -m console.rehearsal FILE JSON``."""

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from backends.records import AnyRecord
from console.model.settings import Demo


class Orphaned(Exception):  # noqa: N818 - it is a state of the world
    """The collector that started this child was killed."""


class Task(msgspec.Struct, frozen=True):
    """What a child is told."""

    generation: int
    demo: Demo
    origin: float
    """UTC at which the lab opened that the collector shows."""
    gap: tuple[float, float] | None
    """What nobody watched since the last time; None where only what an earlier child left is to be done."""
    parent: int | None = None
    """The collector's process, which `start` fills in; None for whoever is the parent when the child begins."""


async def start(path: Path, task: Task) -> asyncio.subprocess.Process:
    """Start a child that fills the history in a file.

    Raises:
        OSError: it cannot be started.
    """
    task = msgspec.structs.replace(task, parent=os.getpid())  # it may be killed while the child is still importing
    command = [sys.executable, "-P", "-m", "console.rehearsal", str(path), msgspec.json.encode(task).decode()]
    nothing = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(*command, stdin=nothing, stdout=nothing)


def unwatched(gap: tuple[float, float] | None) -> bool:
    """Whether nobody watched for so long that what jobs made of their cards is counted for that time, too."""
    return gap is not None and gap[1] - gap[0] >= 86_400.0


def fill(path: Path, task: Task) -> None:
    """Fill what is missing in a file; returns when it is done, or another collector has the file.

    Raises:
        sqlite3.Error: it cannot be written.
    """
    from backends.demo.past import said
    from backends.demo.shape import Shape
    from console.model.intervals import SECONDS_BRIDGED
    from console.services.relived import relive, write
    from console.services.retrace import DAY, Piece, Retrace
    from console.store.database import Database, Superseded

    parent = os.getppid() if task.parent is None else task.parent

    def simulate(piece: Piece) -> Iterator[tuple[float, Sequence[AnyRecord]]]:
        for step in said(shape, task.origin, piece.since, piece.until, piece.step):
            if os.getppid() != parent:
                raise Orphaned
            yield step

    demo = task.demo
    shape = Shape(demo.nodes, demo.gpus, demo.seed)
    database = Database.beside(path, task.generation)
    retrace = Retrace(
        database,
        simulate,
        task.origin,
        SECONDS_BRIDGED * max(1.0, demo.speed),
    )
    try:
        if task.gap is not None:
            retrace.leave(task.gap)
        polite, lives = False, unwatched(task.gap)
        for piece in retrace.run():
            if lives:  # the last two hours are in the file, and are what most look at first
                write(database, relive(simulate, task.origin))
                lives = False
            if not polite and piece.since <= task.origin - DAY:
                os.nice(10)  # the first day is waited for; from now on, whoever looks at the lab goes first
                polite = True
    except (Superseded, Orphaned):
        pass  # the collector that has the file next starts a child of its own
    finally:
        database.close()


if __name__ == "__main__":
    fill(Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Task))
