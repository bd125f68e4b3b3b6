"""The wanted fields of what makes pods: jobs, deployments, Kueue's and Volcano's; see `backends.kubernetes.raw`."""

from backends.kubernetes.raw import Condition, Count, Meta, Raw, Template


class JobSpec(Raw):
    """A batch job as it is asked for."""

    parallelism: Count | None = None
    completions: Count | None = None
    suspend: bool | None = None
    active_deadline_seconds: Count | None = None
    backoff_limit: Count | None = None
    template: Template | None = None


class JobStatus(Raw):
    """How a batch job is."""

    start_time: str | None = None
    completion_time: str | None = None
    active: Count | None = None
    failed: Count | None = None
    conditions: list[Condition] | None = None


class RawJob(Raw):
    """A batch job."""

    metadata: Meta
    spec: JobSpec | None = None
    status: JobStatus | None = None


class ScaleSpec(Raw):
    """A deployment or stateful set as it is asked for."""

    replicas: Count | None = None
    template: Template | None = None


class ScaleStatus(Raw):
    """How it is."""

    replicas: Count | None = None
    ready_replicas: Count | None = None
    conditions: list[Condition] | None = None


class RawScaled(Raw):
    """A deployment or a stateful set."""

    metadata: Meta
    spec: ScaleSpec | None = None
    status: ScaleStatus | None = None


class Task(Raw):
    """One kind of pods of a Volcano job."""

    replicas: Count | None = None
    template: Template | None = None


class VolcanoSpec(Raw):
    """A Volcano job as it is asked for."""

    queue: str | None = None
    priority_class_name: str | None = None
    tasks: list[Task] | None = None


class Phase(Raw):
    """Where a Volcano job stands."""

    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    last_transition_time: str | None = None


class VolcanoStatus(Raw):
    """How a Volcano job is."""

    state: Phase | None = None


class RawVolcano(Raw):
    """A Volcano job."""

    metadata: Meta
    spec: VolcanoSpec | None = None
    status: VolcanoStatus | None = None


class GroupSpec(Raw):
    """A Volcano pod group as it is asked for."""

    queue: str | None = None
    priority_class_name: str | None = None


class GroupStatus(Raw):
    """How it is."""

    phase: str | None = None
    conditions: list[Condition] | None = None


class RawGroup(Raw):
    """A Volcano pod group."""

    metadata: Meta
    spec: GroupSpec | None = None
    status: GroupStatus | None = None


class PodSet(Raw):
    """One kind of pods of a workload."""

    name: str | None = None
    count: Count | None = None
    template: Template | None = None


class ClassRef(Raw):
    """A priority class by reference, as v1beta2 has it."""

    name: str | None = None


class WorkloadSpec(Raw):
    """A Kueue workload as it is asked for."""

    queue_name: str | None = None
    priority: Count | None = None
    priority_class_ref: ClassRef | None = None
    priority_class_name: str | None = None
    active: bool | None = None
    pod_sets: list[PodSet] | None = None


class Admission(Raw):
    """What a workload was given."""

    cluster_queue: str | None = None


class WorkloadStatus(Raw):
    """How it is."""

    admission: Admission | None = None
    conditions: list[Condition] | None = None


class RawWorkload(Raw):
    """A Kueue workload."""

    metadata: Meta
    spec: WorkloadSpec | None = None
    status: WorkloadStatus | None = None


class Involved(Raw):
    """What an event is about."""

    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None


class RawEvent(Raw):
    """An event."""

    metadata: Meta
    involved_object: Involved | None = None
    reason: str | None = None
    message: str | None = None
    type: str | None = None
    count: Count | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
