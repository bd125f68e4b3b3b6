"""What makes pods, made small: jobs, deployments and stateful sets, Kueue's workloads, Volcano's jobs and groups."""

from collections.abc import Iterable, Sequence

from backends.jobs import JobState
from backends.kubernetes.pods import LONGEST, controller, spelled, user_of, want
from backends.kubernetes.quantity import moment, whole
from backends.kubernetes.raw import Annotations, Condition, Labels, Meta, PodSpec, Template
from backends.kubernetes.raw_owners import (
    JobSpec,
    JobStatus,
    RawEvent,
    RawGroup,
    RawJob,
    RawScaled,
    RawVolcano,
    RawWorkload,
    ScaleSpec,
)
from backends.kubernetes.seen import Made, Owner, PodGroup, Said, Want, Workload

_LABELS = Labels()
_ANNOTATIONS = Annotations()
_SPEC = PodSpec()
_VOLCANO = {
    "Completed": JobState.COMPLETED,
    "Failed": JobState.FAILED,
    "Aborted": JobState.CANCELLED,
    "Terminated": JobState.CANCELLED,
    "Aborting": JobState.COMPLETING,
    "Completing": JobState.COMPLETING,
    "Terminating": JobState.COMPLETING,
}
"""Phases of Volcano that are over, or nearly; in all others the pods tell more."""


def batch_job(raw: RawJob) -> Made | None:
    """A job of Kubernetes itself."""
    meta, spec, status = raw.metadata, raw.spec or JobSpec(), raw.status or JobStatus()
    if not meta.uid or not meta.name:
        return None
    state, reason, said, changed = _outcome(status.conditions)
    template = _pod_of(spec.template)
    at_once = spec.parallelism if spec.parallelism is not None else 1
    if spec.completions is not None:
        at_once = min(at_once, max(1, spec.completions))
    labels = meta.labels or _LABELS
    return Made(
        "batch/v1",
        "Job",
        meta.namespace or "default",
        meta.name,
        meta.uid,
        controller(meta),
        moment(meta.creation_timestamp),
        meta.deletion_timestamp is not None,
        user_of(labels, meta.annotations or _ANNOTATIONS, template),
        ((at_once, want(template)),),
        spec.suspend is True,
        state,
        reason,
        said,
        moment(status.start_time),
        (moment(status.completion_time) or changed) if state is not None else None,
        spec.active_deadline_seconds or template.active_deadline_seconds,
        labels.queue,
        template.priority_class_name,
        spelled(template.node_selector) if template.node_selector else None,
        status.failed,
        (spec.backoff_limit if spec.backoff_limit is not None else 6) > 0,
    )


def _outcome(conditions: Sequence[Condition] | None) -> tuple[JobState | None, str | None, str | None, float | None]:
    """How a batch job ended, by its conditions; None where it has not."""
    for one in conditions or ():
        if one.status != "True" or one.type not in ("Complete", "Failed"):
            continue
        changed, said = moment(one.last_transition_time), _short(one.message)
        if one.type == "Complete":
            return JobState.COMPLETED, None, None, changed
        state = JobState.TIMEOUT if one.reason == "DeadlineExceeded" else JobState.FAILED
        return state, one.reason, said, changed
    return None, None, None, None


def scaled(kind: str, raw: RawScaled) -> Made | None:
    """A deployment or a stateful set: it never ends."""
    meta, spec = raw.metadata, raw.spec or ScaleSpec()
    if not meta.uid or not meta.name:
        return None
    labels, notes, template = meta.labels or _LABELS, meta.annotations or _ANNOTATIONS, _pod_of(spec.template)
    replicas = spec.replicas if spec.replicas is not None else 1
    before = int(notes.replicas) if notes.replicas and notes.replicas.isdecimal() and len(notes.replicas) < 7 else None
    conditions = raw.status.conditions if raw.status is not None else None
    refused = next((one for one in conditions or () if one.type == "ReplicaFailure" and one.status == "True"), None)
    return Made(
        "apps/v1",
        kind,
        meta.namespace or "default",
        meta.name,
        meta.uid,
        controller(meta),
        moment(meta.creation_timestamp),
        meta.deletion_timestamp is not None,
        user_of(labels, notes, template),
        ((replicas, want(template)),),
        replicas == 0,
        None,
        refused.reason if refused is not None else None,
        _short(refused.message) if refused is not None else None,
        queue=labels.queue,
        priority_class=template.priority_class_name,
        selector=spelled(template.node_selector) if template.node_selector else None,
        requeues=True,
        stays=True,
        before=before,
    )


def deployment(raw: RawScaled) -> Made | None:
    """A deployment."""
    return scaled("Deployment", raw)


def stateful_set(raw: RawScaled) -> Made | None:
    """A stateful set."""
    return scaled("StatefulSet", raw)


def volcano_job(raw: RawVolcano) -> Made | None:
    """A job of Volcano."""
    meta, spec = raw.metadata, raw.spec
    if not meta.uid or not meta.name:
        return None
    phase = raw.status.state if raw.status is not None else None
    state = _VOLCANO.get(phase.phase or "") if phase is not None else None
    over = state is not None and state is not JobState.COMPLETING
    wants: list[tuple[int, Want]] = []
    template = _SPEC
    for task in (spec.tasks if spec is not None else None) or ():
        pod = _pod_of(task.template)
        template = template if wants else pod
        wants.append((task.replicas if task.replicas is not None else 1, want(pod)))
    return Made(
        "batch.volcano.sh/v1alpha1",
        "vcjob",
        meta.namespace or "default",
        meta.name,
        meta.uid,
        controller(meta),
        moment(meta.creation_timestamp),
        meta.deletion_timestamp is not None,
        user_of(meta.labels or _LABELS, meta.annotations or _ANNOTATIONS, template),
        tuple(wants),
        state=state,
        reason=phase.reason if phase is not None else None,
        said=_short(phase.message) if phase is not None else None,
        ended=moment(phase.last_transition_time) if over and phase is not None else None,
        queue=(spec.queue if spec is not None else None) or "default",
        priority_class=spec.priority_class_name if spec is not None else None,
        requeues=True,
    )


def workload(raw: RawWorkload) -> Workload | None:
    """A workload of Kueue, of v1beta1 or v1beta2."""
    meta, spec = raw.metadata, raw.spec
    if not meta.uid or not meta.name or spec is None:
        return None
    conditions = {one.type: one for one in (raw.status.conditions if raw.status is not None else None) or ()}
    admitted = _true(conditions.get("Admitted"))
    state, ended = None, None
    finished = conditions.get("Finished")
    if finished is not None and finished.status == "True":
        state = JobState.FAILED if "Failed" in (finished.reason or "") else JobState.COMPLETED
        ended = moment(finished.last_transition_time)
    reason, said = _held_back(spec.active is not False, conditions)
    admission = raw.status.admission if raw.status is not None else None
    named = spec.priority_class_ref.name if spec.priority_class_ref is not None else None
    return Workload(
        meta.namespace or "default",
        meta.name,
        meta.uid,
        _owner(meta),
        moment(meta.creation_timestamp),
        spec.queue_name,
        admission.cluster_queue if admission is not None else None,
        spec.active is not False,
        admitted,
        state,
        reason,
        said,
        ended,
        spec.priority,
        named or spec.priority_class_name,
        tuple((part.count or 0, want(_pod_of(part.template))) for part in spec.pod_sets or ()),
    )


def _owner(meta: Meta) -> Owner | None:
    """Whose workload it is; of plain pods in a group the owners are many, and none controls it."""
    return controller(meta) or next(
        (
            Owner(one.api_version or "", one.kind, one.name, one.uid)
            for one in meta.owner_references or ()
            if one.kind and one.name
        ),
        None,
    )


def _held_back(active: bool, conditions: dict[str | None, Condition]) -> tuple[str | None, str | None]:
    """Why a workload is not admitted, in Kueue's words."""
    evicted, reserved, admitted = (conditions.get(name) for name in ("Evicted", "QuotaReserved", "Admitted"))
    if not active:
        return "InactiveWorkload", _short(evicted.message) if evicted is not None else None
    if _true(admitted):
        return None, None
    if _true(reserved):
        why = admitted if admitted is not None else reserved
        return "QuotaReserved", _short(why.message if why is not None else None)
    if reserved is not None:
        said = _short(reserved.message)
        if reserved.reason in (None, "Pending"):  # its word for all of them; the sentence tells which
            return "WaitingForQuota" if "quota" in (said or "") else reserved.reason, said
        return reserved.reason, said
    if _true(evicted) and evicted is not None:
        return evicted.reason, _short(evicted.message)
    return None, None


def pod_group(raw: RawGroup) -> PodGroup | None:
    """A pod group of Volcano."""
    meta, spec, status = raw.metadata, raw.spec, raw.status
    if not meta.name:
        return None
    refused = None
    for one in (status.conditions if status is not None else None) or ():
        if one.type == "Unschedulable" and one.status == "True":
            refused = one
    return PodGroup(
        meta.namespace or "default",
        meta.name,
        controller(meta),
        (spec.queue if spec is not None else None) or "default",
        status.phase if status is not None else None,
        refused.reason if refused is not None else None,
        _short(refused.message) if refused is not None else None,
    )


def said(raw: RawEvent) -> Said | None:
    """A warning; None where it is about nothing."""
    about = raw.involved_object
    if about is None or not about.uid or not raw.reason:
        return None
    at = moment(raw.last_timestamp) or moment(raw.event_time) or moment(raw.metadata.creation_timestamp)
    text = _short(raw.message) or ""
    namespace = about.namespace or raw.metadata.namespace or "default"
    return Said(about.uid, namespace, about.kind or "", about.name or "", raw.reason, text, at, raw.count or 1)


def total(wants: Iterable[tuple[int, Want]]) -> tuple[int, float, float]:
    """Cards, processors and bytes of memory of so many pods of each kind."""
    cards, cpus, memory = 0, 0.0, 0.0
    for count, one in wants:
        cards, cpus, memory = cards + count * one.gpus, cpus + count * one.cpus, memory + count * one.memory
    return whole(cards), cpus, memory


def _pod_of(template: Template | None) -> PodSpec:
    return template.spec if template is not None and template.spec is not None else _SPEC


def _true(condition: Condition | None) -> bool:
    return condition is not None and condition.status == "True"


def _short(text: str | None) -> str | None:
    return text[:LONGEST] if text else None
