"""How much room there is for history: what must stay free on the disk, and what the file may have."""

import os
import sqlite3
from pathlib import Path

from backends.record import Trouble
from console.language import N_
from console.model.config import Retention
from console.store.room import used

_MARGIN = 1.05
"""By how much more must be free again before history goes on, so that it does not start and stop all the time."""
_BEYOND = 1.1
"""Over its budget by so much, because what is old could not be removed fast enough, history waits."""


class Disk:
    """The disk that a file lies on."""

    def __init__(self, path: Path, kept: Retention) -> None:
        self._folder = path.parent
        self._kept = kept
        self._stopped = False

    def trouble(self, db: sqlite3.Connection) -> Trouble | None:
        """Why no more history can be written at present; None where it can. Takes some microseconds."""
        room = os.statvfs(self._folder)
        free = room.f_bavail * room.f_frsize
        self._stopped = free < self._kept.spare * (_MARGIN if self._stopped else 1.0)
        if self._stopped:
            return Trouble(
                N_("The disk is full: {free} are free and {spare} must stay so. No history is written; live goes on."),
                N_("Free disk space, or lower history.spare; history then goes on by itself."),
                {"free": _bytes(free), "spare": _bytes(self._kept.spare)},
            )
        if used(db) > self._kept.budget * _BEYOND:
            return Trouble(
                N_("The data file has {used}, its budget is {budget}. No history is written until it shrinks."),
                N_("The oldest is being removed; raise history.budget to keep more."),
                {"used": _bytes(used(db)), "budget": _bytes(self._kept.budget)},
            )
        return None


def _bytes(number: int) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
