"""What is wrong with a running job: cards that idle, a training that hangs, a limit that is near, a node in trouble."""

from collections.abc import Iterable, Iterator, Mapping

from backends.jobs import Job, JobState, JobUse, Progress
from console.language import N_
from console.model.judged import JudgedNode, Point, Status
from console.model.severity import Severity

IDLE = 1800.0
"""Seconds for which all cards of a job must have been below 5 percent before it is said that it idles."""
STARTING = 300.0
"""Seconds that a job has to put a process on its cards: containers are fetched first."""
NEAR = 0.1
"""Part of its limit that a job has left when the end is near."""

_FLAGS: Mapping[str, tuple[Severity, str]] = {
    "hung": (Severity.CRITICAL, N_("Its training hangs: it has made no step for long.")),
    "diverging": (Severity.WARNING, N_("Its loss grows: the training may diverge.")),
    "rerun": (Severity.INFO, N_("It does steps again that it had done before.")),
}
_BAD = {
    Status.DOWN: (Severity.CRITICAL, N_("Its node {node} is unreachable.")),
    Status.SILENT: (Severity.CRITICAL, N_("The GPU driver of its node {node} does not answer.")),
    Status.CRITICAL: (Severity.CRITICAL, N_("Its node {node} has a critical fault.")),
    Status.LOST: (Severity.CRITICAL, N_("Its node {node} has lost a GPU.")),
    Status.BROKEN: (Severity.CRITICAL, N_("Its node {node} has a broken GPU.")),
}


def troubled(nodes: Iterable[JudgedNode]) -> dict[str, Point]:
    """What a job is told of each node that is in trouble, by the node's name."""
    found = {}
    for node in nodes:
        bad = _BAD.get(node.status)
        if bad is not None:
            found[node.node.name] = Point(bad[0], "node", bad[1], {"node": node.node.name})
    return found


def of_running(
    job: Job, use: JobUse | None, progress: Progress | None, trouble: Iterable[Point], wall: float
) -> tuple[Point, ...]:
    """What is wrong with a job that has its nodes, the worst first.

    Args:
        job: the job.
        use: what it makes of its cards.
        progress: of its training.
        trouble: what is said of its nodes.
        wall: now, UTC.
    """
    if job.state is not JobState.RUNNING:
        return tuple(trouble)
    found = [*trouble, *_of_use(job, use, wall), *_of_progress(job, progress), *_of_limit(job, wall)]
    if len(found) > 1:
        found.sort(key=lambda point: -point.severity)
    return tuple(found)


def _of_use(job: Job, use: JobUse | None, wall: float) -> Iterator[Point]:
    if use is None:
        return
    if use.idle_since is not None and wall - use.idle_since > IDLE:
        yield Point(Severity.WARNING, "idle", N_("None of its GPUs has worked since {since}."), {}, use.idle_since)
    elif use.busy is not None and 0 < use.busy < use.cards:
        values = {"idle": str(use.cards - use.busy), "cards": str(use.cards)}
        yield Point(Severity.INFO, "partly_idle", N_("{idle} of its {cards} GPUs idle now."), values)
    if use.empty and job.started is not None and wall - job.started > STARTING:
        values = {"empty": str(use.empty), "cards": str(max(use.cards, use.empty, job.gpus or 0))}
        text = N_("No process is on {empty} of its {cards} GPUs.")
        if values["empty"] == values["cards"]:
            text = N_("No process is on any of its GPUs.") if use.empty > 1 else N_("No process is on its GPU.")
        yield Point(Severity.WARNING, "empty", text, values)


def _of_progress(job: Job, progress: Progress | None) -> Iterator[Point]:
    if progress is None:
        return
    for flag in progress.flags:
        severity, text = _FLAGS.get(flag, (Severity.INFO, "{flag}"))
        since = progress.at if flag == "hung" else None
        if since is not None:
            text = N_("Its training hangs: its last sign of life was at {since}.")
        yield Point(severity, flag, text, {"flag": flag}, since)
    end = ends(job)
    if end is not None and progress.ends is not None and progress.ends > end:
        text = N_("At its speed it will not be done before its time is up at {since}.")
        yield Point(Severity.WARNING, "late", text, {}, end)


def _of_limit(job: Job, wall: float) -> Iterator[Point]:
    end = ends(job)
    if end is not None and job.limit is not None and end - wall < NEAR * job.limit:
        yield Point(Severity.INFO, "limit", N_("Its time is nearly up: it is ended at {since}."), {}, end)


def ends(job: Job) -> float | None:
    """UTC at which a running job is ended by its limit; None where it has none, or it is not known."""
    return None if job.started is None or job.limit is None else job.started + job.limit
