"""How the simulated Kubernetes says a run: a job, deployment, training or notebook with its pods folded into it."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from backends.demo.lanes import Place, Tell
from backends.demo.nodes import Node
from backends.demo.runs import Run
from backends.demo.slurm import asked, exit_of, gres
from backends.jobs import Held, Job, JobState, Pod

NAME = "k8s"
KEPT = 6 * 3600.0
"""Seconds after which the cluster forgets what ended."""
_HASH = "bcdfghjklmnpqrstvwxz2456789"
_ENDED = {
    JobState.COMPLETED: ("Succeeded", "Completed", 0),
    JobState.FAILED: ("Failed", "Error", None),
    JobState.OUT_OF_MEMORY: ("Failed", "OOMKilled", 137),
    JobState.TIMEOUT: ("Failed", "DeadlineExceeded", 143),
    JobState.NODE_FAIL: ("Failed", "NodeLost", None),
    JobState.PREEMPTED: ("Failed", "Preempted", 143),
}
"""For each end: phase of its pods, their reason, their exit code."""


def teller(nodes: Sequence[Node]) -> Tell:
    """Make what says the runs on these nodes."""

    def tell(run: Run, state: JobState, places: Sequence[Place]) -> Job:
        return job(run, state, places, nodes)

    return tell


def listed(job: Job, now: float) -> bool:
    """Whether the cluster still has it: what was deleted is gone, and what ended is forgotten after a while."""
    return job.ended is None or (job.state is not JobState.CANCELLED and now - job.ended < KEPT)


def name_of(run: Run) -> str:
    """What the thing is called there: a name that the API takes."""
    if run.told is not None:
        return run.told.id.rpartition("/")[2]
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in run.task.name.lower()).strip("-")
    return f"{name[:40]}-{run.number}"


def kind_of(run: Run, places: Sequence[Place]) -> str:
    """What owns its pods."""
    curve = run.task.curve
    if run.told is not None:
        return run.told.kind
    if curve == "service":
        return "Deployment"
    if curve in ("notebook", "idle"):
        return "Notebook"
    return "PyTorchJob" if len(places) > 1 else "Job"


def uid_of(run: Run, index: int) -> str:
    """The uid of one of its pods: the same for the listing and for the node's processes."""
    known = hashlib.blake2b(f"{run.number}/{run.restarts}/{index}".encode(), digest_size=16).digest()
    return str(UUID(bytes=known, version=4))


def word(key: str, length: int) -> str:
    """Letters that look as those at the end of a generated name."""
    known = hashlib.blake2b(key.encode(), digest_size=length).digest()
    return "".join(_HASH[byte % len(_HASH)] for byte in known)


def pod_name(run: Run, kind: str, index: int) -> str:
    """What one of its pods is called."""
    name = name_of(run)
    if kind == "Deployment":
        return f"{name}-{word(name, 9)}-{word(f'{name}/{index}/{run.restarts}', 5)}"
    if kind == "PyTorchJob":
        return f"{name}-master-0" if index == 0 else f"{name}-worker-{index - 1}"
    return f"{name}-{index}" if kind == "Notebook" else f"{name}-{word(f'{name}/{index}/{run.restarts}', 5)}"


def container_of(kind: str) -> str:
    """The container in which the work is done."""
    return {"PyTorchJob": "pytorch", "Notebook": "notebook", "Deployment": "server"}.get(kind, "main")


def container_id(uid: str) -> str:
    """The runtime's own id of it, as a control group has it."""
    return hashlib.blake2b(uid.encode(), digest_size=32).hexdigest()


def job(run: Run, state: JobState, places: Sequence[Place], nodes: Sequence[Node]) -> Job:
    """Say a run as a listing of the cluster does while it is in `state`."""
    first, kind = nodes[places[0][0]], kind_of(run, places)
    pending, ended = state is JobState.PENDING, state in _ENDED or state is JobState.CANCELLED
    _phase, reason, exit_code = _ENDED.get(state, ("", None, None))
    code = (exit_of(run) if state is JobState.FAILED else exit_code) if ended else None
    return Job(
        id=f"{run.person.project}/{name_of(run)}",
        name=run.task.name if run.told is None else run.told.name,
        user=run.person.user,
        project=run.person.project,
        partition=run.partition or queue_of(run.person.project),
        state=state,
        reason="WaitingForQuota" if pending else reason,
        gpus=run.cards,
        held=() if pending or ended else _held(places, nodes),
        submitted=run.submitted,
        started=None if pending else run.started,
        ended=run.ended if ended else None,
        limit=None if kind in ("Deployment", "Notebook") else run.limit,
        priority=run.priority if pending else None,
        nodes=() if pending else tuple(nodes[index].name for index, _slots in places),
        asked=asked(places, first),
        qos="high" if run.priority > 7000 else "normal" if run.told is None else run.told.qos,
        eligible=run.submitted,
        exit=code,
        said=_quota(run, first) if pending else None,
        restarts=run.restarts,
        requeues=False,
        kind=kind,
        pods=() if pending else tuple(_pod(run, state, kind, at, place, nodes) for at, place in enumerate(places)),
        partitions=(run.partition or queue_of(run.person.project),),
        uid=run.person.uid,
    )


def queue_of(project: str) -> str:
    """The local queue of a namespace."""
    return f"{project}-queue"


def _held(places: Sequence[Place], nodes: Sequence[Node]) -> tuple[Held, ...]:
    """A pod that has all cards of its node has these; of any other, the cluster tells their number alone."""
    return tuple(
        Held(nodes[node].name, slots if len(slots) == len(nodes[node].cards) else None, len(slots), gres(nodes[node]))
        for node, slots in places
    )


def _quota(run: Run, node: Node) -> str:
    return (
        "couldn't assign flavors to pod set main: insufficient unused quota for nvidia.com/gpu in flavor "
        f"{node.kind.partition}, {run.cards} more needed"
    )


def _pod(run: Run, state: JobState, kind: str, at: int, place: Place, nodes: Sequence[Node]) -> Pod:
    node, slots = place
    phase, reason, code = _ENDED.get(state, ("Running", None, None))
    return Pod(
        name=pod_name(run, kind, at),
        uid=uid_of(run, at),
        node=nodes[node].name,
        phase=phase,
        reason=reason,
        gpus=len(slots),
        restarts=run.restarts,
        ready=state is JobState.RUNNING,
        containers=(container_of(kind),),
        started=run.started,
        exit=exit_of(run) if state is JobState.FAILED else code,
    )
