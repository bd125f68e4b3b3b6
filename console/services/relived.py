"""What the jobs of a simulated lab made of their cards while nobody watched: counted as the present counts it.

A day is looked back, in steps as coarse as those of the history; what a job did before counts for nothing.
"""

from collections.abc import Sequence

from console.model.fleet import Fleet
from console.model.intervals import SECONDS_BRIDGED
from console.rules.jobs.lives import Life, Lives
from console.services.retrace import DAY, STEPS, Piece, Simulate
from console.store import job_use
from console.store.database import Database
from console.store.job_use import Row

_FINE, _COARSE = (step for _age, step in STEPS[:2])
_BOUNDS = STEPS[0][0]


def relive(simulate: Simulate, now: float) -> Sequence[Life]:
    """The lives of the jobs that run at a moment or ended in the day before it.

    Args:
        simulate: tells what the lab said.
        now: UTC.
    """
    lives = Lives(_COARSE / SECONDS_BRIDGED)
    fleet = Fleet()
    for piece in (Piece(now - DAY, now - _BOUNDS, _COARSE), Piece(now - _BOUNDS, now, _FINE)):
        for at, records in simulate(piece):
            fleet.apply(records)
            lives.look(fleet.nodes, fleet.jobs, at, at)
            lives.inspect(fleet.nodes, at)
    return [*lives.ended.values(), *lives.running]


def write(database: Database, lives: Sequence[Life]) -> None:
    """Write them down, for a collector that waits for it.

    Raises:
        console.store.database.Superseded: another collector has the file now.
        sqlite3.Error: it cannot be written.
    """
    rows = [Row(*(getattr(life, name) for name in Row._fields)) for life in lives]
    with database.writing() as db:
        job_use.put(db, rows)
