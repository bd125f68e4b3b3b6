"""Fills a simulated lab's history in a child process of its collector: ``python -m console.rehearsal FILE JSON``."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec

from console.model.settings import Demo


class Task(msgspec.Struct, frozen=True):
    """What a child is told."""

    generation: int
    demo: Demo
    origin: float
    """UTC at which the lab opened that the collector shows."""
    gap: tuple[float, float] | None
    """What nobody watched since the last time; None where only what an earlier child left is to be done."""


def last_look(path: Path) -> float | None:
    """When somebody last looked at a lab; None where nobody did, or the file cannot be read."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1)) as db:
            (at,) = db.execute("SELECT at FROM span_mark").fetchone()
            return at if isinstance(at, float) else None
    except sqlite3.Error:
        return None


def start(path: Path, task: Task) -> "subprocess.Popen[bytes]":
    """Start a child that fills the history in a file.

    Raises:
        OSError: it cannot be started.
    """
    command = [sys.executable, "-P", "-m", "console.rehearsal", str(path), msgspec.json.encode(task).decode()]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def fill(path: Path, task: Task) -> None:
    """Fill what is missing in a file; returns when it is done, or another collector has the file.

    Raises:
        sqlite3.Error: it cannot be written.
    """
    from backends.demo.past import said
    from backends.demo.shape import Shape
    from console.model.intervals import SECONDS_BRIDGED
    from console.services.retrace import DAY, Retrace
    from console.store.database import Database, Superseded

    demo = task.demo
    shape = Shape(demo.nodes, demo.gpus, demo.seed)
    database = Database.beside(path, task.generation)
    retrace = Retrace(
        database,
        lambda piece: said(shape, task.origin, piece.since, piece.until, piece.step),
        task.origin,
        SECONDS_BRIDGED * max(1.0, demo.speed),
    )
    try:
        if task.gap is not None:
            retrace.leave(task.gap)
        polite = False
        for piece in retrace.run():
            if not polite and piece.since <= task.origin - DAY:
                os.nice(10)  # the first day is waited for; from now on, whoever looks at the lab goes first
                polite = True
    except Superseded:
        pass  # the collector that has the file now starts a child of its own
    finally:
        database.close()


if __name__ == "__main__":
    fill(Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Task))
