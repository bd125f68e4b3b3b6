"""What is sent to the simulated schedulers: commands as calls, and calls as what their receiver understands.

One program writes the call and another reads it, as with the real ones; whatever is not understood is refused in words.
"""

import json
from collections.abc import Mapping, Sequence

import msgspec

from backends.commands import (
    Call,
    CancelJobs,
    HoldJobs,
    JobCommand,
    MoveJobs,
    ReleaseJobs,
    RequeueJobs,
    ResumeJobs,
    SetLimit,
    SetPriority,
    SuspendJobs,
)
from backends.jobs import Job
from backends.ports import Unavailable
from backends.record import N_, Trouble

AT_ONCE = 64
"""Jobs in one call at most."""
_PLURALS: Mapping[str, tuple[str, str]] = {
    "Job": ("batch/v1", "jobs"),
    "PyTorchJob": ("kubeflow.org/v1", "pytorchjobs"),
    "Notebook": ("kubeflow.org/v1", "notebooks"),
    "Deployment": ("apps/v1", "deployments"),
}
_KUEUE = "kueue.x-k8s.io/v1beta2"
_CLASSES = ((7000, "high"), (1000, "normal"), (-(2**31), "low"))
"""The least priority of each workload priority class."""


class Order(msgspec.Struct, frozen=True):
    """What a call wants."""

    verb: str
    """``cancel``, ``hold``, ``release``, ``requeue``, ``requeuehold``, ``suspend``, ``resume``, ``priority``,
    ``limit``, ``partition``."""
    ids: tuple[str, ...]
    value: str = ""


class Garbled(Exception):  # noqa: N818 - it is what was said, not a mistake in the program
    """A call that its receiver does not understand; the text says so in its words."""


def slurm_calls(command: JobCommand) -> Sequence[Call]:
    """Say what would be run for a command, a few dozen jobs at a time."""
    found = []
    for start in range(0, len(command.ids), AT_ONCE):
        ids = command.ids[start : start + AT_ONCE]
        found.append(Call(ids, _argv(command, ids)))
    return found


def _argv(command: JobCommand, ids: tuple[str, ...]) -> tuple[str, ...]:
    joined = ",".join(ids)
    match command:
        case CancelJobs():
            return ("scancel", *ids)
        case HoldJobs():
            return ("scontrol", "hold", joined)
        case ReleaseJobs():
            return ("scontrol", "release", joined)
        case RequeueJobs(hold=hold):
            return ("scontrol", "requeuehold" if hold else "requeue", joined)
        case SuspendJobs():
            return ("scontrol", "suspend", joined)
        case ResumeJobs():
            return ("scontrol", "resume", joined)
        case SetPriority(priority=priority):
            return ("scontrol", "update", f"JobId={joined}", f"Priority={priority}")
        case SetLimit(seconds=seconds):
            return ("scontrol", "update", f"JobId={joined}", f"TimeLimit={span(seconds)}")
        case MoveJobs(partition=partition):
            return ("scontrol", "update", f"JobId={joined}", f"Partition={partition}")
    raise _cannot(type(command).__name__)


def span(seconds: int) -> str:
    """A span as Slurm writes it: ``2-03:10:00``."""
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days}-{clock}" if days else clock


def read_slurm(argv: Sequence[str]) -> Order:
    """Understand a call of Slurm's programs.

    Raises:
        Garbled: there is no such command.
    """
    match list(argv):
        case ["scancel", _first, *_rest]:
            return Order("cancel", tuple(argv[1:]))
        case ["scontrol", ("hold" | "release" | "requeue" | "requeuehold" | "suspend" | "resume") as verb, joined]:
            return Order(verb, tuple(joined.split(",")))
        case ["scontrol", "update", who, what] if who.startswith("JobId="):
            ids, (name, _equals, value) = tuple(who[6:].split(",")), what.partition("=")
            if name == "TimeLimit":
                return Order("limit", ids, str(_seconds(value)))
            if name == "Partition":
                return Order("partition", ids, value)
            if name == "Priority" and value.isdecimal():
                return Order("priority", ids, value)
    raise Garbled("scontrol: error: invalid keyword")


def _seconds(text: str) -> int:
    days, dash, clock = text.rpartition("-")
    try:
        hours, minutes, seconds = (int(part) for part in clock.split(":"))
        return (int(days) if dash else 0) * 86_400 + hours * 3600 + minutes * 60 + seconds
    except ValueError:
        raise Garbled("Invalid time limit specification") from None


def kubernetes_calls(command: JobCommand, jobs: Sequence[Job]) -> Sequence[Call]:
    """Say what would be requested for a command, one request for each job.

    Raises:
        Unavailable: there is no such thing in Kubernetes, or not for that kind of job.
    """
    return [_request(command, job) for job in jobs]


def _request(command: JobCommand, job: Job) -> Call:
    own, workload = _paths(job)
    match command:
        case CancelJobs():
            return Call((job.id,), method="DELETE", path=own, body='{"propagationPolicy": "Background"}')
        case HoldJobs() | ReleaseJobs():
            return _patch(job, workload, {"spec": {"active": isinstance(command, ReleaseJobs)}})
        case SuspendJobs() | ResumeJobs() if job.kind in ("Job", "PyTorchJob"):
            stop = isinstance(command, SuspendJobs)
            within = {"suspend": stop} if job.kind == "Job" else {"runPolicy": {"suspend": stop}}
            return _patch(job, own, {"spec": within})
        case SetPriority(priority=priority):
            name = next(name for least, name in _CLASSES if priority >= least)
            return _patch(job, workload, {"spec": {"priority": priority, "priorityClassRef": {"name": name}}})
        case SetLimit(seconds=seconds) if job.kind == "Job":
            return _patch(job, own, {"spec": {"activeDeadlineSeconds": seconds}})
        case MoveJobs(partition=partition):
            return _patch(job, own, {"metadata": {"labels": {"kueue.x-k8s.io/queue-name": partition}}})
    raise _cannot(f"{type(command).__struct_config__.tag} {job.kind}")


def _patch(job: Job, path: str, body: Mapping[str, object]) -> Call:
    return Call((job.id,), method="PATCH", path=path, body=json.dumps(body))


def _paths(job: Job) -> tuple[str, str]:
    space, _slash, name = job.id.partition("/")
    group, plural = _PLURALS.get(job.kind, ("v1", "pods"))
    root = f"/api/{group}" if group == "v1" else f"/apis/{group}"
    workload = f"/apis/{_KUEUE}/namespaces/{space}/workloads/{job.kind.lower()}-{name}"
    return f"{root}/namespaces/{space}/{plural}/{name}", workload


def read_kubernetes(method: str, path: str, body: str) -> Order:
    """Understand a request to the API.

    Raises:
        Garbled: there is nothing there, or it may not be changed so.
    """
    parts = path.strip("/").split("/")
    if len(parts) < 4 or parts[-4] != "namespaces":
        raise Garbled("404 page not found")
    space, plural, name = parts[-3:]
    if plural == "workloads":
        name = name.partition("-")[2]
    ids = (f"{space}/{name}",)
    if method == "DELETE":
        return Order("cancel", ids)
    try:
        told = json.loads(body)
        if method == "PATCH" and isinstance(told, dict):
            return _change(told, ids)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise Garbled("the server could not understand the request")


def _change(told: Mapping[str, object], ids: tuple[str, ...]) -> Order:
    spec = told.get("spec")
    if not isinstance(spec, dict):
        metadata = told["metadata"]
        if not isinstance(metadata, dict):
            raise TypeError
        return Order("partition", ids, str(metadata["labels"]["kueue.x-k8s.io/queue-name"]))
    if "active" in spec:
        return Order("release" if spec["active"] else "hold", ids)
    if "priority" in spec:
        return Order("priority", ids, str(int(spec["priority"])))
    if "activeDeadlineSeconds" in spec:
        return Order("limit", ids, str(int(spec["activeDeadlineSeconds"])))
    stop = spec["runPolicy"]["suspend"] if "runPolicy" in spec else spec["suspend"]
    return Order("suspend" if stop else "resume", ids)


def _cannot(what: str) -> Unavailable:
    return Unavailable(
        Trouble(
            N_("this scheduler cannot do that: {what}"),
            N_("choose something else; cancelling is always possible"),
            {"what": what},
        )
    )
