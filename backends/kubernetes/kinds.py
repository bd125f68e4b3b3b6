"""Which kinds of objects are read, where they lie in the API, and into what each is made."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from backends.kubernetes import makers, nodes, pods, queues
from backends.kubernetes.client import Client
from backends.kubernetes.raw import Raw, RawPod
from backends.kubernetes.raw_owners import RawEvent, RawGroup, RawJob, RawScaled, RawVolcano, RawWorkload
from backends.kubernetes.raw_queues import Groups, RawClass, RawNode, RawQueue, RawQuota
from backends.kubernetes.words import Failure, garbled

KUEUE = "kueue.x-k8s.io"
VISIBILITY = "visibility.kueue.x-k8s.io"
VOLCANO = "scheduling.volcano.sh"
VOLCANO_JOBS = "batch.volcano.sh"


class Kind(msgspec.Struct, frozen=True):
    """One kind of objects."""

    key: str
    """What we call it."""
    plural: str
    group: str
    raw: type[Raw]
    make: Callable[[Any], Any]
    """Makes it small; None where it is of no use."""
    version: str = "v1"
    namespaced: bool = True
    selector: str = ""
    """Of fields."""
    extra: bool = False
    """Whether its group is there only where somebody installed it; then the version is the one it prefers."""

    def path(self, versions: Mapping[str, str], namespace: str | None) -> str:
        """Where the API lists them; in one namespace or in all."""
        version = versions[self.group] if self.extra else self.version
        root = f"/apis/{self.group}/{version}" if self.group else f"/api/{version}"
        return f"{root}/namespaces/{namespace}/{self.plural}" if namespace else f"{root}/{self.plural}"

    @property
    def title(self) -> str:
        """As an access review names it: ``jobs.batch``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


PODS = Kind("pods", "pods", "", RawPod, pods.seen)
JOBS = Kind("jobs", "jobs", "batch", RawJob, makers.batch_job)
DEPLOYMENTS = Kind("deployments", "deployments", "apps", RawScaled, makers.deployment)
STATEFUL = Kind("statefulsets", "statefulsets", "apps", RawScaled, makers.stateful_set)
EVENTS = Kind("events", "events", "", RawEvent, makers.said, selector="type=Warning")
WORKLOADS = Kind("workloads", "workloads", KUEUE, RawWorkload, makers.workload, extra=True)
GROUPS = Kind("podgroups", "podgroups", VOLCANO, RawGroup, makers.pod_group, extra=True)
VCJOBS = Kind("vcjobs", "jobs", VOLCANO_JOBS, RawVolcano, makers.volcano_job, extra=True)
OF_JOBS = (PODS, JOBS, DEPLOYMENTS, STATEFUL, EVENTS, WORKLOADS, GROUPS, VCJOBS)
"""What jobs are folded from."""

NODES = Kind("nodes", "nodes", "", RawNode, nodes.node, namespaced=False)
QUOTAS = Kind("resourcequotas", "resourcequotas", "", RawQuota, queues.quota)
CLASSES = Kind(
    "priorityclasses", "priorityclasses", "scheduling.k8s.io", RawClass, queues.priority_class, namespaced=False
)
CLUSTER_QUEUES = Kind(
    "clusterqueues", "clusterqueues", KUEUE, RawQueue, queues.cluster_queue, namespaced=False, extra=True
)
LOCAL_QUEUES = Kind("localqueues", "localqueues", KUEUE, RawQueue, queues.local_queue, extra=True)
VOLCANO_QUEUES = Kind("queues", "queues", VOLCANO, RawQueue, queues.volcano_queue, namespaced=False, extra=True)
ALL = (*OF_JOBS, NODES, QUOTAS, CLASSES, CLUSTER_QUEUES, LOCAL_QUEUES, VOLCANO_QUEUES)


def discovered(client: Client) -> dict[str, str]:
    """Ask which groups the API has, and which version each prefers; a server without the question has none.

    Raises:
        Failure: the server does not answer.
    """
    try:
        body = client.get("/apis")
    except Failure as failure:
        if failure.status in (403, 404):
            return {}
        raise
    try:
        told = msgspec.json.decode(body, type=Groups)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise garbled(error, client.where, "/apis") from error
    return {
        group.name: group.preferred_version.version
        for group in told.groups or ()
        if group.name and group.preferred_version is not None and group.preferred_version.version
    }


def present(versions: Mapping[str, str]) -> tuple[Kind, ...]:
    """The kinds that this cluster has."""
    return tuple(kind for kind in ALL if not kind.extra or kind.group in versions)
