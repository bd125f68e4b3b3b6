"""One pod, made small: what it asks for, how it is, why it waits or how it ended."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from backends.jobs import JobState, Pod
from backends.kubernetes.quantity import cards_in, moment, number
from backends.kubernetes.raw import (
    Annotations,
    Condition,
    Container,
    ContainerStatus,
    Labels,
    Meta,
    PodSpec,
    PodStatus,
    RawPod,
    Terminated,
)
from backends.kubernetes.seen import Owner, SeenPod, Want

_LABELS = Labels()
_ANNOTATIONS = Annotations()
_STATUS = PodStatus()
_SPEC = PodSpec()
_PHASES = {
    "Pending": JobState.PENDING,
    "Running": JobState.RUNNING,
    "Succeeded": JobState.COMPLETED,
    "Failed": JobState.FAILED,
}
_ENDED = {
    "DeadlineExceeded": JobState.TIMEOUT,
    "NodeLost": JobState.NODE_FAIL,
    "NodeShutdown": JobState.NODE_FAIL,
    "OOMKilled": JobState.OUT_OF_MEMORY,
    "Preempting": JobState.PREEMPTED,
    "Preempted": JobState.PREEMPTED,
    "PreemptionByScheduler": JobState.PREEMPTED,
    "DeletionByTaintManager": JobState.NODE_FAIL,
    "DeletionByPodGC": JobState.NODE_FAIL,
}
"""How a pod failed, by the reason that it, its condition DisruptionTarget or a container gives."""
LONGEST = 500
"""Characters of a sentence that are kept."""


def seen(raw: RawPod) -> SeenPod | None:
    """Make a pod small; None where it has no name or no uid."""
    meta, spec, status = raw.metadata, raw.spec or _SPEC, raw.status or _STATUS
    if not meta.uid or not meta.name:
        return None
    labels, notes = meta.labels or _LABELS, meta.annotations or _ANNOTATIONS
    wanted, ends = want(spec), _ends(status.container_statuses or ())
    state, reason, said = _standing(meta, status)
    pod = _pod(meta, spec, status, state, wanted.gpus, ends)
    pod = replace(pod, reason=reason, said=said[:LONGEST] if said else None)
    selector = spec.node_selector
    return SeenPod(
        pod,
        meta.namespace or "default",
        state,
        wanted,
        controller(meta),
        labels.hash,
        labels.training,
        labels.volcano,
        notes.group,
        labels.group,
        labels.queue,
        user_of(labels, notes, spec),
        spec.priority,
        spec.priority_class_name,
        spec.active_deadline_seconds,
        spelled(selector) if selector else None,
        moment(meta.creation_timestamp),
        _ended(ends, status) if state in _OVER else None,
        notes.mirror is not None,
    )


def _pod(meta: Meta, spec: PodSpec, status: PodStatus, state: JobState, gpus: int, ends: Sequence[Terminated]) -> Pod:
    """What is shown of it, but for its reason."""
    statuses = status.container_statuses or ()
    worst = next((end for end in ends if end.exit_code), ends[0] if ends else None)
    return Pod(
        meta.name or "",
        meta.uid or "",
        spec.node_name,
        "Terminating" if meta.deletion_timestamp and state not in _OVER else status.phase,
        gpus=gpus,
        restarts=sum(one.restart_count or 0 for one in statuses),
        ready=all(one.ready for one in statuses) if statuses else None,
        containers=tuple(one.name for one in spec.containers or () if one.name),
        started=moment(status.start_time) if state is not JobState.PENDING else None,
        exit=worst.exit_code if worst is not None else None,
    )


_OVER = frozenset(_ENDED.values()) | {JobState.COMPLETED, JobState.FAILED}


def spelled(selector: dict[str, str]) -> str:
    """Spell a node selector as kubectl does."""
    return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))


def controller(meta: Meta) -> Owner | None:
    """Who makes it anew when it is gone; None where nobody does."""
    for one in meta.owner_references or ():
        if one.controller and one.kind and one.name:
            kind = one.kind
            if kind == "Job" and (one.api_version or "").startswith("batch.volcano.sh/"):
                kind = "vcjob"
            return Owner(one.api_version or "", kind, one.name, one.uid)
    return None


def user_of(labels: Labels, notes: Annotations, spec: PodSpec | None) -> str | None:
    """Whose it is, as far as the usual labels tell; else its service account, unless that is everybody's.

    Kubernetes itself does not say who made something: the labels that are believed, in this order, are
    ``app.kubernetes.io/created-by``, ``hub.jupyter.org/username``, ``user``, ``username``, ``owner``, and the
    annotation ``kubernetes.io/created-by`` where it is a name.
    """
    told = labels.creator or labels.jupyter or labels.user or labels.username or labels.owner
    if told:
        return told
    if notes.creator and not notes.creator.startswith("{"):  # of old it held an object in JSON
        return notes.creator
    account = spec.service_account_name if spec is not None else None
    return account if account and account != "default" else None


# ---- what it asks for ------------------------------------------------------------------------------------------------


def want(spec: PodSpec) -> Want:
    """What a pod asks for: the most that its containers need at one time.

    Ordinary ones run together, beside the first ones that stay (sidecars); the other first ones run by themselves.
    """
    together = list(spec.containers or ())
    alone: list[Container] = []
    for first in spec.init_containers or ():
        (together if first.restart_policy == "Always" else alone).append(first)
    cards, cpus, memory = _sum(together)
    for one in alone:
        others, more_cpus, more_memory = _sum((one,))
        for name, count in others.items():
            cards[name] = max(cards.get(name, 0), count)
        cpus, memory = max(cpus, more_cpus), max(memory, more_memory)
    held = tuple(sorted((name, count) for name, count in cards.items() if count > 0)) if cards else ()
    return Want(held, cpus, memory)


def _sum(containers: Iterable[Container]) -> tuple[dict[str, int], float, float]:
    cards: dict[str, int] = {}
    cpus = memory = 0.0
    for one in containers:
        resources = one.resources
        if resources is None:
            continue
        limits, requests = resources.limits or {}, resources.requests or {}
        for name, count in cards_in(limits.items()).items():
            cards[name] = cards.get(name, 0) + count
        cpus += number(requests.get("cpu", limits.get("cpu"))) or 0.0
        memory += number(requests.get("memory", limits.get("memory"))) or 0.0
    return cards, cpus, memory


# ---- how it is -------------------------------------------------------------------------------------------------------


def _standing(meta: Meta, status: PodStatus) -> tuple[JobState, str | None, str | None]:
    """State, reason and sentence: what a container waits for comes before the phase, which hides it."""
    state = _PHASES.get(status.phase or "", JobState.UNKNOWN)
    if state is JobState.COMPLETED:
        return state, status.reason, status.message
    if state is JobState.FAILED:
        reason, said = _failure(status)
        return _ENDED.get(reason or "", state), reason, said
    if meta.deletion_timestamp:
        target = _condition(status.conditions, "DisruptionTarget", "True")
        return JobState.COMPLETING, "Terminating", target.message if target is not None else None
    waits = _waits(status)
    if waits is not None:
        return state, waits[0], waits[1]
    if state is JobState.PENDING:
        placed = _condition(status.conditions, "PodScheduled", "False")
        if placed is not None:
            return state, placed.reason, placed.message
    return state, status.reason, status.message


def _waits(status: PodStatus) -> tuple[str, str | None] | None:
    """Why a container has not begun, and what it says; a container that crashed says how it ended last."""
    found: tuple[str, str | None] | None = None
    for one in (*(status.init_container_statuses or ()), *(status.container_statuses or ())):
        waiting = one.state.waiting if one.state is not None else None
        if waiting is None or not waiting.reason:
            continue
        said = waiting.message
        last = one.last_state.terminated if one.last_state is not None else None
        if last is not None and last.reason == "OOMKilled":
            said = f"OOMKilled: {said}" if said else "OOMKilled"
        if waiting.reason not in ("ContainerCreating", "PodInitializing"):
            return waiting.reason, said
        found = found or (waiting.reason, said)
    return found


def _failure(status: PodStatus) -> tuple[str | None, str | None]:
    for end in _ends((*(status.container_statuses or ()), *(status.init_container_statuses or ()))):
        if end.reason == "OOMKilled":
            return end.reason, end.message or status.message
    target = _condition(status.conditions, "DisruptionTarget", "True")
    if target is not None and target.reason in _ENDED:
        return target.reason, target.message or status.message
    if status.reason:
        return status.reason, status.message
    ends = [end for end in _ends(status.container_statuses or ()) if end.exit_code]
    return (ends[0].reason, ends[0].message) if ends else (None, status.message)


def _condition(conditions: Sequence[Condition] | None, kind: str, value: str) -> Condition | None:
    return next((one for one in conditions or () if one.type == kind and one.status == value), None)


def _ends(statuses: Iterable[ContainerStatus]) -> list[Terminated]:
    found = []
    for one in statuses:
        state, last = one.state, one.last_state
        end = (state.terminated if state is not None else None) or (last.terminated if last is not None else None)
        if end is not None:
            found.append(end)
    return found


def _ended(ends: Sequence[Terminated], status: PodStatus) -> float | None:
    times = [time for end in ends if (time := moment(end.finished_at)) is not None]
    if times:
        return max(times)
    changes = [time for one in status.conditions or () if (time := moment(one.last_transition_time)) is not None]
    return max(changes, default=None)
