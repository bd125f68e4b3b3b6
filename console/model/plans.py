"""A plan: what is about to be done to which jobs, exactly how, whom it concerns, and how it is undone."""

from enum import IntEnum, StrEnum

import msgspec

from backends.commands import Call, JobCommand, Outcome
from backends.jobs import Job


class Level(IntEnum):
    """How dangerous it is."""

    REVERSIBLE = 1
    DISRUPTIVE = 2
    """Work is lost, or somebody waits longer."""
    DESTRUCTIVE = 3
    """The same for many at once: the number of jobs is typed."""


class Note(msgspec.Struct, frozen=True):
    """Something to be known about a plan: a message id with {names}."""

    text: str
    values: dict[str, str] = {}


class Target(msgspec.Struct, frozen=True):
    """A job that somebody named or marked, with what it stands for."""

    id: str
    """As it is sent: of an array the array's id, which is acted on as a whole."""
    jobs: tuple[Job, ...]
    """What it is at present: one job, or the tasks of an array."""
    refused: Note | None = None
    """Why nothing can be done to it; then it is left out of the calls."""


class Plan(msgspec.Struct, frozen=True):
    """What will be done once somebody has said yes."""

    command: JobCommand
    """Of all targets that are not refused."""
    targets: tuple[Target, ...]
    calls: tuple[Call, ...]
    """Exactly what is sent; empty where every target is refused."""
    level: Level
    notes: tuple[Note, ...] = ()
    undo: JobCommand | None = None
    """None where it cannot be undone."""

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every job that it concerns."""
        return tuple(job for target in self.targets if target.refused is None for job in target.jobs)


class Proof(StrEnum):
    """What the source itself says afterwards."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not confirmed"
    """It took the call, or refused it, and the job is not as it should be."""
    TIMED_OUT = "timed out"
    """It did not answer in time; nothing is known."""


class Result(msgspec.Struct, frozen=True):
    """What came of one target."""

    id: str
    proof: Proof
    outcome: Outcome | None = None
    after: tuple[Job, ...] = ()
    """How the scheduler lists it now; empty where it does not know it any more."""
