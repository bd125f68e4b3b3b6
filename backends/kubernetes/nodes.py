"""What each node can still take: what may be handed out, less what the pods that are bound to it asked for."""

from collections.abc import Iterable, Mapping

from backends.jobs import ENDED, Capacity
from backends.kubernetes.quantity import PLAIN, cards_in, kind_of, moment, number, whole
from backends.kubernetes.raw import Condition
from backends.kubernetes.raw_queues import NodeSpec, NodeStatus, RawNode, Taint
from backends.kubernetes.seen import Kept, SeenPod

_OWN = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
"""Taints by which Kubernetes itself keeps everything away; others are tolerated by whom they are meant for."""
_DULL = ("feature.node.kubernetes.io/", "beta.kubernetes.io/", "kubernetes.io/hostname", "kubernetes.io/os")
_FEATURES = 32
"""Labels of a node that are kept; feature discovery puts hundreds there."""


class SeenNode(Kept, frozen=True):
    """A node, without what is used of it."""

    name: str
    states: tuple[str, ...]
    usable: bool
    reason: str | None = None
    reason_at: float | None = None
    cpus: int | None = None
    memory: int | None = None
    gpus: int = 0
    gpu_kind: str | None = None
    features: tuple[str, ...] = ()
    version: str | None = None
    host: str | None = None


def node(raw: RawNode) -> SeenNode | None:
    """Make a node small; None where it has no name."""
    meta, spec, status = raw.metadata, raw.spec or NodeSpec(), raw.status or NodeStatus()
    if not meta.name:
        return None
    allocatable, labels = status.allocatable or {}, meta.labels or {}
    cards = {name: count for name, count in cards_in(allocatable.items()).items() if count > 0}
    kinds = [kind_of(name) for name in sorted(cards) if name != PLAIN]
    states, usable, reason, since = _standing(spec, status)
    cpus, memory = number(allocatable.get("cpu")), number(allocatable.get("memory"))
    hosts = {one.type: one.address for one in status.addresses or ()}
    host = hosts.get("Hostname") or hosts.get("InternalIP")
    return SeenNode(
        meta.name,
        states,
        usable,
        reason,
        since,
        None if cpus is None else int(cpus),
        None if memory is None else int(memory),
        whole(sum(cards.values())),
        labels.get("nvidia.com/gpu.product") or labels.get("amd.com/gpu.product-name") or (kinds[0] if kinds else None),
        _features(labels, spec.taints or ()),
        status.node_info.kubelet_version if status.node_info is not None else None,
        host if host != meta.name else None,
    )


def _standing(spec: NodeSpec, status: NodeStatus) -> tuple[tuple[str, ...], bool, str | None, float | None]:
    """Its states in Kubernetes' words, whether it takes pods, and why not, since when."""
    ready = next((one for one in status.conditions or () if one.type == "Ready"), None)
    states = ["Ready" if ready is not None and ready.status == "True" else "NotReady"]
    reason: str | None = None
    since: float | None = None
    if states == ["NotReady"]:
        reason, since = _said(ready), moment(ready.last_transition_time) if ready is not None else None
    if spec.unschedulable:
        states.append("SchedulingDisabled")
        added = next(
            (one.time_added for one in spec.taints or () if one.key == "node.kubernetes.io/unschedulable"), None
        )
        reason, since = reason or "cordoned", since if since is not None else moment(added)
    conditions = status.conditions or ()
    states += [one.type for one in conditions if one.type and one.type != "Ready" and one.status == "True"]
    keeps = [one for one in spec.taints or () if _keeps(one) and one.key != "node.kubernetes.io/unschedulable"]
    if keeps and reason is None:
        reason, since = keeps[0].key, moment(keeps[0].time_added)
    return tuple(states), states[0] == "Ready" and not spec.unschedulable and not keeps, reason, since


def _said(ready: Condition | None) -> str:
    if ready is None:
        return "no condition Ready"
    return ": ".join(part for part in (ready.reason, (ready.message or "")[:240]) if part) or "NotReady"


def _keeps(taint: Taint) -> bool:
    return (taint.key or "").startswith(_OWN) and taint.effect in ("NoSchedule", "NoExecute")


def _features(labels: Mapping[str, str], taints: Iterable[Taint]) -> tuple[str, ...]:
    kept = [f"{key}={value}" for key, value in sorted(labels.items()) if not key.startswith(_DULL)]
    others = [one for one in taints if not (one.key or "").startswith(_OWN)]
    return (*kept[:_FEATURES], *(f"taint:{one.key}={one.value or ''}:{one.effect}" for one in others))


def capacities(nodes: Iterable[SeenNode], pods: Iterable[SeenPod]) -> tuple[Capacity, ...]:
    """Say what each node can still take; pods that were bound by hand may have taken more than there is."""
    used: dict[str, list[float]] = {}
    for one in pods:
        where = one.pod.node
        if where is not None and one.state not in ENDED:
            taken = used.setdefault(where, [0.0, 0.0, 0.0])
            taken[0] += one.want.cpus
            taken[1] += one.want.memory
            taken[2] += one.want.gpus
    return tuple(_capacity(one, used.get(one.name, (0.0, 0.0, 0.0))) for one in nodes)


def _capacity(one: SeenNode, used: Iterable[float]) -> Capacity:
    cpus, memory, gpus = used
    return Capacity(
        one.name,
        one.states,
        one.usable,
        one.reason,
        reason_at=one.reason_at,
        cpus=one.cpus,
        cpus_used=whole(round(cpus)),
        memory=one.memory,
        memory_used=whole(memory),
        gpus=one.gpus,
        gpus_used=whole(gpus),
        gpu_kind=one.gpu_kind,
        features=one.features,
        version=one.version,
        host=one.host,
    )
