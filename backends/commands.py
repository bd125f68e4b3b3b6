"""What may be asked of the outside world, as immutable values: they say what is wanted and do nothing.

Targets are ids as the scheduler's listing has them; an array is one id and is acted on as a whole, for to act on some
of its tasks splits it into thousands of records in the controller.
"""

import msgspec


class Command(msgspec.Struct, frozen=True, tag_field="act", kw_only=True):
    """The kind of every command."""


class JobCommand(Command, frozen=True, kw_only=True):
    """Something to do to jobs of one scheduler."""

    source: str
    """The name of the scheduler's source."""
    ids: tuple[str, ...]


class CancelJobs(JobCommand, frozen=True, tag="cancel", kw_only=True):
    """End them; what they computed since their last checkpoint is lost."""


class HoldJobs(JobCommand, frozen=True, tag="hold", kw_only=True):
    """Keep waiting jobs from starting."""


class ReleaseJobs(JobCommand, frozen=True, tag="release", kw_only=True):
    """Let held jobs start."""


class RequeueJobs(JobCommand, frozen=True, tag="requeue", kw_only=True):
    """Stop running or ended jobs and have them wait again, to begin anew."""

    hold: bool = False
    """Whether they then wait until they are released."""


class SuspendJobs(JobCommand, frozen=True, tag="suspend", kw_only=True):
    """Stop running jobs where they are; on Kubernetes their pods are deleted and begin anew when they go on."""


class ResumeJobs(JobCommand, frozen=True, tag="resume", kw_only=True):
    """Let suspended jobs go on."""


class SetPriority(JobCommand, frozen=True, tag="priority", kw_only=True):
    """Give waiting jobs another priority."""

    priority: int


class SetLimit(JobCommand, frozen=True, tag="limit", kw_only=True):
    """Give jobs another time limit."""

    seconds: int


class MoveJobs(JobCommand, frozen=True, tag="partition", kw_only=True):
    """Have waiting jobs wait in another partition or queue."""

    partition: str


class Call(msgspec.Struct, frozen=True):
    """One thing that will be, or was, sent to the world, exactly."""

    ids: tuple[str, ...]
    """The targets that it concerns."""
    argv: tuple[str, ...] = ()
    """A program with its arguments; empty where it is a request."""
    method: str | None = None
    path: str | None = None
    body: str | None = None
    """JSON."""
    where: str | None = None
    """The host on which it runs, where that is not this machine."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of a call for one target. Output is hostile text."""

    id: str
    call: Call
    done: bool
    """Whether the world took it; what became of it is read back from the source, not from here."""
    status: int | None = None
    """Exit status, or HTTP status; None where there was none in time."""
    said: str = ""
    """What it printed or answered."""
    denied: bool = False
    """Whether it was refused for want of a right."""
