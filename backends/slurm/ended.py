"""Jobs that have ended, from a slice of ``sacct``; it reads text and nothing else."""

from datetime import UTC, datetime

from backends.jobs import ENDED, Asked, Job
from backends.slurm.gres import tres_of
from backends.slurm.hostlist import nodes_of
from backends.slurm.ids import name_of
from backends.slurm.rows import SEPARATOR, rows_of
from backends.slurm.states import ending_of, reason_of, state_of
from backends.slurm.values import exit_pair, moment, number, real, span, text

FIELDS = (
    "JobID", "JobIDRaw", "State", "ExitCode", "Submit", "Eligible", "Start", "End", "Timelimit", "ReqTRES",
    "AllocTRES", "NodeList", "ReqNodes", "User", "UID", "Account", "Partition", "QOS", "Reservation", "Priority",
    "Reason", "JobName",
)  # fmt: skip
"""All that are Slurm's own words first, as in `backends.slurm.rows`."""
STATES = "CA,CD,F,TO,NF,OOM,PR,BF,DL"


def arguments(begin: float, end: float, nonce: str) -> list[str]:
    """What to hand to sacct for all that ended between two times (UTC in seconds).

    Every field ends with a word that nobody can foresee, and none is written twice: a requeued job is its last run.
    """
    return [
        "-a", "-X", "-n", "-p", f"--delimiter={SEPARATOR}{nonce}", "-s", STATES,
        "-S", _told(begin), "-E", _told(end), "-o", ",".join(FIELDS),
    ]  # fmt: skip


def one(job: str, nonce: str) -> list[str]:
    """What to hand to sacct for one job, whatever its state."""
    return ["-X", "-n", "-p", f"--delimiter={SEPARATOR}{nonce}", "-j", job, "-o", ",".join(FIELDS)]


def ended_of(output: str, nonce: str, *, every: bool = False) -> tuple[Job, ...]:
    """Read a slice; what has not ended is left out, unless every job is wanted."""
    values = rows_of(output, nonce)
    width = len(FIELDS)
    jobs = [_job(values[start : start + width]) for start in range(0, len(values) - width + 1, width)]
    return tuple(job for job in jobs if job is not None and (every or job.state in ENDED))


def _job(values: list[str]) -> Job | None:
    said = dict(zip(FIELDS, values, strict=True))
    name = name_of(said["JobID"].strip())
    if name is None:
        return None
    state = state_of(said["State"])
    asked, had = tres_of(said["ReqTRES"]), tres_of(said["AllocTRES"])
    nodes = nodes_of(said["NodeList"])
    cards = had.cards or asked.cards
    code, signal = exit_pair(said["ExitCode"])
    partitions = tuple(said["Partition"].split(","))
    reason, sentence = ending_of(state, *reason_of(said["Reason"]))
    return Job(
        name.id,
        said["JobName"],
        text(said["User"]),
        text(said["Account"]),
        partitions[0] or None,
        state,
        reason,
        cards.count if cards is not None else 0,
        (),
        moment(said["Submit"]),
        moment(said["Start"]),
        moment(said["End"]),
        span(said["Timelimit"]),
        real(said["Priority"]),
        *name.belongs(said["JobIDRaw"]),
        nodes,
        Asked(number(said["ReqNodes"]) or asked.nodes, asked.cpus, asked.memory),
        text(said["QOS"]),
        text(said["Reservation"]),
        eligible=moment(said["Eligible"]),
        exit=code,
        signal=signal,
        said=sentence,
        partitions=partitions if len(partitions) > 1 else (),
        uid=number(said["UID"]),
    )


def _told(at: float) -> str:
    """A time as sacct takes it, for it runs with TZ=UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
