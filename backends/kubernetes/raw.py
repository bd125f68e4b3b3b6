"""The fields of Kubernetes' objects that we want, as its JSON spells them; all others are skipped while decoding.

Everything may be missing or null: a field that we do not find is unknown, and one odd object spoils no listing.
"""

from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import field

from backends.kubernetes.quantity import Amount

T = TypeVar("T")
Count = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""A whole number that can be added and multiplied a little and still be sent: our socket carries 64 bits."""


class Raw(msgspec.Struct, rename="camel", gc=False):
    """The kind of all of them."""


class Reference(Raw):
    """Who owns an object."""

    api_version: str | None = None
    kind: str | None = None
    name: str | None = None
    uid: str | None = None
    controller: bool | None = None


class Labels(msgspec.Struct, gc=False):
    """Labels that say what belongs together, and to whom."""

    training: str | None = field(default=None, name="training.kubeflow.org/job-name")
    volcano: str | None = field(default=None, name="volcano.sh/job-name")
    group: str | None = field(default=None, name="kueue.x-k8s.io/pod-group-name")
    queue: str | None = field(default=None, name="kueue.x-k8s.io/queue-name")
    hash: str | None = field(default=None, name="pod-template-hash")
    creator: str | None = field(default=None, name="app.kubernetes.io/created-by")
    user: str | None = None
    username: str | None = None
    owner: str | None = None
    jupyter: str | None = field(default=None, name="hub.jupyter.org/username")


class Annotations(msgspec.Struct, gc=False):
    """Annotations that do."""

    creator: str | None = field(default=None, name="kubernetes.io/created-by")
    group: str | None = field(default=None, name="scheduling.k8s.io/group-name")
    mirror: str | None = field(default=None, name="kubernetes.io/config.mirror")
    replicas: str | None = field(default=None, name="quarterdeck/replicas")


class Meta(Raw):
    """What every object has."""

    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: Labels | None = None
    annotations: Annotations | None = None
    owner_references: list[Reference] | None = None


class Condition(Raw):
    """One thing that is so, or not, and why."""

    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None
    last_transition_time: str | None = None


class Resources(Raw):
    """What a container may use and asks for."""

    limits: dict[str, Amount] | None = None
    requests: dict[str, Amount] | None = None


class Container(Raw):
    """A container as it is asked for."""

    name: str | None = None
    resources: Resources | None = None
    restart_policy: str | None = None


class PodSpec(Raw):
    """A pod as it is asked for."""

    node_name: str | None = None
    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    service_account_name: str | None = None
    priority: Count | None = None
    priority_class_name: str | None = None
    active_deadline_seconds: Count | None = None
    node_selector: dict[str, str] | None = None


class Waiting(Raw):
    """Why a container has not begun."""

    reason: str | None = None
    message: str | None = None


class Running(Raw):
    """Since when it runs."""

    started_at: str | None = None


class Terminated(Raw):
    """How it ended."""

    reason: str | None = None
    message: str | None = None
    exit_code: Count | None = None
    signal: Count | None = None
    started_at: str | None = None
    finished_at: str | None = None


class ContainerState(Raw):
    """One of the three."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(Raw):
    """How a container is."""

    name: str | None = None
    ready: bool | None = None
    restart_count: Count | None = None
    state: ContainerState | None = None
    last_state: ContainerState | None = None


class PodStatus(Raw):
    """How a pod is."""

    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    start_time: str | None = None
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None


class RawPod(Raw):
    """A pod."""

    metadata: Meta
    spec: PodSpec | None = None
    status: PodStatus | None = None


class Template(Raw):
    """What pods are made after."""

    metadata: Meta | None = None
    spec: PodSpec | None = None


class ListMeta(Raw):
    """Where a listing stands."""

    resource_version: str | None = None
    more: str | None = field(default=None, name="continue")


class Page(Raw, Generic[T]):
    """A part of a listing."""

    metadata: ListMeta
    items: list[T] | None = None


class Line(msgspec.Struct, gc=False):
    """A line of a watch."""

    type: str
    object: msgspec.Raw
