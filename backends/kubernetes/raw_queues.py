"""The wanted fields of queues, quotas, nodes and of the API itself; see `backends.kubernetes.raw`."""

from msgspec import field

from backends.kubernetes.quantity import Amount
from backends.kubernetes.raw import Condition, Count, Meta, Raw


class QuotaStatus(Raw):
    """What a namespace may have and has."""

    hard: dict[str, Amount] | None = None
    used: dict[str, Amount] | None = None


class RawQuota(Raw):
    """A resource quota."""

    metadata: Meta
    status: QuotaStatus | None = None


class RawClass(Raw):
    """A priority class."""

    metadata: Meta
    value: Count | None = None
    global_default: bool | None = None
    preemption_policy: str | None = None


class Admitted(Raw):
    """One resource of a flavor of a cluster queue: what it may hand out, or has."""

    name: str | None = None
    nominal_quota: Amount | None = None
    borrowing_limit: Amount | None = None
    total: Amount | None = None
    borrowed: Amount | None = None


class Flavor(Raw):
    """A flavor of a cluster queue."""

    name: str | None = None
    resources: list[Admitted] | None = None


class FlavorGroup(Raw):
    """Flavors that stand for each other."""

    flavors: list[Flavor] | None = None


class Preemption(Raw):
    """Who must make room for whom."""

    within_cluster_queue: str | None = None
    reclaim_within_cohort: str | None = None


class QueueSpec(Raw):
    """A queue of Kueue or Volcano as it is asked for."""

    cohort_name: str | None = None
    cohort: str | None = None
    cluster_queue: str | None = None
    queueing_strategy: str | None = None
    stop_policy: str | None = None
    resource_groups: list[FlavorGroup] | None = None
    preemption: Preemption | None = None
    weight: Count | None = None
    priority: Count | None = None
    parent: str | None = None
    reclaimable: bool | None = None
    capability: dict[str, Amount] | None = None
    deserved: dict[str, Amount] | None = None


class QueueStatus(Raw):
    """How it is."""

    flavors_usage: list[Flavor] | None = None
    flavor_usage: list[Flavor] | None = None
    conditions: list[Condition] | None = None
    state: str | None = None
    allocated: dict[str, Amount] | None = None


class RawQueue(Raw):
    """A cluster queue or local queue of Kueue, or a queue of Volcano."""

    metadata: Meta
    spec: QueueSpec | None = None
    status: QueueStatus | None = None


class Taint(Raw):
    """What keeps pods from a node."""

    key: str | None = None
    value: str | None = None
    effect: str | None = None
    time_added: str | None = None


class NodeSpec(Raw):
    """A node as it is wanted."""

    unschedulable: bool | None = None
    taints: list[Taint] | None = None


class NodeInfo(Raw):
    """What runs it."""

    kubelet_version: str | None = None


class Address(Raw):
    """What it is called on the network."""

    type: str | None = None
    address: str | None = None


class NodeStatus(Raw):
    """How it is."""

    allocatable: dict[str, Amount] | None = None
    conditions: list[Condition] | None = None
    node_info: NodeInfo | None = None
    addresses: list[Address] | None = None


class NodeMeta(Raw):
    """A node's labels are wanted as they are."""

    name: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    creation_timestamp: str | None = None
    labels: dict[str, str] | None = None


class RawNode(Raw):
    """A node."""

    metadata: NodeMeta
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


class Pending(Raw):
    """Where a workload stands in its queues, from 0."""

    metadata: Meta
    priority: Count | None = None
    in_cluster_queue: Count | None = field(default=None, name="positionInClusterQueue")


class PendingList(Raw):
    """What waits in a queue of Kueue."""

    items: list[Pending] | None = None


class Preferred(Raw):
    """A version."""

    version: str | None = None


class Group(Raw):
    """A group of the API."""

    name: str | None = None
    preferred_version: Preferred | None = None


class Groups(Raw):
    """Which groups there are."""

    groups: list[Group] | None = None


class Version(Raw):
    """Which server."""

    git_version: str | None = None
