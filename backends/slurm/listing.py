"""From the rows of squeue to jobs; it reads text and nothing else."""

from collections.abc import Sequence

from backends.jobs import ENDED, HOLDING, WAITING, Asked, Held, Job, JobState
from backends.slurm.gres import NONE, Cards, Tres, cards_of, tres_of
from backends.slurm.hostlist import nodes_of
from backends.slurm.ids import name_of
from backends.slurm.rows import FIELDS, SEPARATOR
from backends.slurm.states import ending_of, reason_of, state_of
from backends.slurm.values import moment, number, real, span, text, wait_status

EXCLUSIVE_UNTIL = (24, 11)
"""Up to this version OverSubscribe=NO means whole nodes; 26.05 says it of every job, and it means nothing."""


class Reader:
    """Reads listings; rows that it has read before are not read again.

    Of 10,000 rows few differ from the last listing, and to look one up costs a fiftieth of reading it.
    """

    def __init__(self, fields: Sequence[str] = FIELDS, version: tuple[int, ...] = ()) -> None:
        """Make one.

        Args:
            fields: what squeue was asked for.
            version: of Slurm; empty where it is not known.
        """
        self.version = version
        self._fields = tuple(field.lower() for field in fields)
        self._tells_exclusive = bool(version) and version[:2] <= EXCLUSIVE_UNTIL
        self._known: dict[str, Job] = {}

    def read(self, rows: Sequence[str]) -> tuple[Job, ...]:
        """Return the jobs of a listing; rows that are none are left out, and of two with one id the last counts."""
        known, now = self._known, {}
        for row in rows:
            job = known.get(row) or self._job(row)
            if job is not None:
                now[row] = job
        self._known = now
        return tuple({job.id: job for job in now.values()}.values())

    def _job(self, row: str) -> Job | None:
        values = row.split(SEPARATOR, len(self._fields) - 1)
        if len(values) != len(self._fields):
            return None
        return job_of(dict(zip(self._fields, values, strict=True)), tells_exclusive=self._tells_exclusive)


def job_of(said: dict[str, str], *, tells_exclusive: bool = False) -> Job | None:
    """Make the job of one row, by field in lower case; None where its id is none."""
    get = said.get
    name = name_of(get("jobarrayid", ""))
    if name is None:
        return None
    state = state_of(get("state", ""))
    reason, sentence = ending_of(state, *reason_of(get("reason", "")))
    partitions = tuple(get("partition", "").split(","))
    nodes = nodes_of(get("nodelist", ""))
    tres = tres_of(get("tres-alloc", ""))
    least = number(get("numnodes", ""))
    wanted = _wanted(said)
    count = _cards(tres, wanted, least, number(get("numtasks", "")))
    kind = wanted[0].kind or wanted[1].kind or wanted[2].kind or (tres.cards or NONE).kind
    code, signal = wait_status(get("exit_code", "")) if state in ENDED else (None, None)
    return Job(
        name.id,
        get("name"),
        text(get("username", "")),
        text(get("account", "")),
        partitions[0] or None,
        state,
        reason,
        count,
        held_of(nodes, count, kind, wanted[1].count) if state in HOLDING else (),
        *_when(said, state),
        *name.belongs(get("jobid", "")),
        nodes,
        _asked(said, tres, least, wanted, kind, tells_exclusive),
        *_conditions(said, state),
        code,
        signal,
        sentence,
        number(get("restartcnt", "")),
        {"1": True, "0": False}.get(get("requeue", "")),
        partitions=partitions if len(partitions) > 1 else (),
        uid=number(get("userid", "")),
    )


_When = tuple[float | None, float | None, float | None, float | None, float | None]


def _when(said: dict[str, str], state: JobState) -> _When:
    """Submitted, started, ended, limit, priority; a StartTime of one that never had nodes is when it was given up."""
    get = said.get
    return (
        moment(get("submittime", "")),
        moment(get("starttime", "")) if state not in WAITING and nodes_of(get("nodelist", "")) else None,
        moment(get("endtime", "")) if state in ENDED else None,
        span(get("timelimit", "")),
        real(get("prioritylong", "")),
    )


_Conditions = tuple[str | None, str | None, str | None, float | None, float | None]


def _conditions(said: dict[str, str], state: JobState) -> _Conditions:
    """Quality of service, reservation, dependency, from when on it may start, when it is expected to."""
    get = said.get
    return (
        text(get("qos", "")),
        text(get("reservation", "")),
        text(get("dependency", "")),
        moment(get("eligibletime", "")),
        moment(get("starttime", "")) if state in WAITING else None,
    )


def _wanted(said: dict[str, str]) -> tuple[Cards, Cards, Cards]:
    """Cards for the job, for each node, for each task."""
    get = said.get
    return cards_of(get("tres-per-job", "")), cards_of(get("tres-per-node", "")), cards_of(get("tres-per-task", ""))


def _cards(tres: Tres, wanted: tuple[Cards, Cards, Cards], nodes: int | None, tasks: int | None) -> int | None:
    """Cards of all nodes together; where Slurm does not count them (AccountingStorageTRES), what was asked for."""
    if tres.cards is not None:
        return tres.cards.count
    job, node, task = wanted
    if job.count:
        return job.count
    if node.count:
        return None if nodes is None else node.count * nodes
    if task.count:
        return None if tasks is None else task.count * tasks
    return 0


def held_of(nodes: Sequence[str], count: int | None, kind: str | None, each: int = 0) -> tuple[Held, ...]:
    """What it holds of each node as far as a list tells: how many, where it asked for so many of each, or has one."""
    if not nodes or count == 0:
        return ()
    if not each and count is not None and len(nodes) == 1:
        each = count
    return tuple(Held(node, None, each or None, kind) for node in nodes)


def _asked(
    said: dict[str, str],
    tres: Tres,
    nodes: int | None,
    wanted: tuple[Cards, Cards, Cards],
    kind: str | None,
    tells_exclusive: bool,
) -> Asked:
    each = wanted[1].count or (wanted[0].count if nodes == 1 else 0)
    exclusive = said.get("oversubscribe") == "NO" if tells_exclusive and "oversubscribe" in said else None
    return Asked(
        nodes,
        tres.cpus,
        tres.memory,
        each or None,
        kind,
        exclusive,
        text(said.get("feature", "")),
        nodes_of(said.get("reqnodes", "")),
    )


def started_as(job: Job) -> tuple[str, float | None]:
    """What tells one run of a job from the next: a job that is requeued gets other cards."""
    return job.number or job.id, job.started


def runs(job: Job) -> bool:
    """Whether it has cards now."""
    return job.state in HOLDING and bool(job.held)
