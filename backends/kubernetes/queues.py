"""Where jobs wait: the queues of Kueue and Volcano, and namespaces with what they may have."""

from collections.abc import Iterable, Mapping

from backends.jobs import Qos, Queue, QueueState, Quota
from backends.kubernetes.quantity import Amount, number
from backends.kubernetes.raw import Condition
from backends.kubernetes.raw_queues import Admitted, Flavor, QueueSpec, QueueStatus, RawClass, RawQueue, RawQuota
from backends.kubernetes.seen import Kept

_SPEC = QueueSpec()
_STATUS = QueueStatus()
_VOLCANO = {"Open": QueueState.UP, "Closed": QueueState.CLOSED, "Closing": QueueState.DRAINING}


class SeenQuota(Kept, frozen=True):
    """What one namespace may have and has."""

    namespace: str
    name: str
    quotas: tuple[Quota, ...]


def quota(raw: RawQuota) -> SeenQuota | None:
    """Make a resource quota small."""
    meta, status = raw.metadata, raw.status
    if not meta.name or status is None:
        return None
    used = status.used or {}
    quotas = tuple(
        Quota(name.removeprefix("requests."), number(limit), number(used.get(name)))
        for name, limit in sorted((status.hard or {}).items())
    )
    return SeenQuota(meta.namespace or "default", meta.name, quotas)


def priority_class(raw: RawClass) -> Qos | None:
    """A priority class."""
    if not raw.metadata.name:
        return None
    never = raw.preemption_policy == "Never"
    flags = ("default",) if raw.global_default else ()
    return Qos(
        raw.metadata.name,
        raw.value,
        preemption=raw.preemption_policy,
        flags=(*flags, "never preempts") if never else flags,
    )


def local_name(namespace: str, queue: str) -> str:
    """What a local queue is called among all queues: two namespaces may have one of the same name."""
    return f"{namespace}/{queue}"


def cluster_queue(raw: RawQueue) -> Queue | None:
    """A cluster queue of Kueue; those of one cohort lend each other what they do not need."""
    meta, spec, status = raw.metadata, raw.spec or _SPEC, raw.status or _STATUS
    if not meta.name:
        return None
    state, said = _kueue_state(spec, status.conditions or ())
    used = _by_flavor(status.flavors_usage or status.flavor_usage or ())
    flavors = [flavor for group in spec.resource_groups or () for flavor in group.flavors or ()]
    quotas = [
        _quota(one, flavor.name, used.get((flavor.name, one.name)))
        for flavor in flavors
        for one in flavor.resources or ()
        if one.name
    ]
    rules = spec.preemption
    told = [
        f"{name}: {value}"
        for name, value in (
            ("withinClusterQueue", rules.within_cluster_queue if rules is not None else None),
            ("reclaimWithinCohort", rules.reclaim_within_cohort if rules is not None else None),
        )
        if value and value != "Never"
    ]
    return Queue(
        meta.name,
        "clusterqueue",
        state,
        parent=spec.cohort_name or spec.cohort,
        preemption="; ".join(told) or None,
        quotas=tuple(quotas),
        said=said or spec.queueing_strategy,
    )


def local_queue(raw: RawQueue) -> Queue | None:
    """A local queue of Kueue: one namespace's door to a cluster queue."""
    meta, spec, status = raw.metadata, raw.spec or _SPEC, raw.status or _STATUS
    if not meta.name:
        return None
    state, said = _kueue_state(spec, status.conditions or ())
    namespace = meta.namespace or "default"
    used = _by_flavor(status.flavors_usage or status.flavor_usage or ())
    return Queue(
        local_name(namespace, meta.name),
        "localqueue",
        state,
        parent=spec.cluster_queue,
        allowed=(f"namespace={namespace}",),
        quotas=tuple(_quota(Admitted(name), flavor, one) for (flavor, name), one in sorted(used.items(), key=str)),
        said=said,
    )


def _kueue_state(spec: QueueSpec, conditions: Iterable[Condition]) -> tuple[QueueState, str | None]:
    if spec.stop_policy in ("Hold", "HoldAndDrain"):
        return QueueState.STOPPED, spec.stop_policy
    active = next((one for one in conditions if one.type == "Active"), None)
    if active is None:
        return QueueState.UNKNOWN, None
    return (QueueState.UP, None) if active.status == "True" else (QueueState.STOPPED, active.message or active.reason)


def _by_flavor(flavors: Iterable[Flavor]) -> dict[tuple[str | None, str], Admitted]:
    return {(flavor.name, one.name): one for flavor in flavors for one in flavor.resources or () if one.name}


def _quota(asked: Admitted, flavor: str | None, used: Admitted | None) -> Quota:
    return Quota(
        asked.name or "",
        number(asked.nominal_quota),
        number(used.total) if used is not None else None,
        flavor,
        number(used.borrowed) if used is not None else None,
        number(asked.borrowing_limit),
    )


def volcano_queue(raw: RawQueue) -> Queue | None:
    """A queue of Volcano."""
    meta, spec, status = raw.metadata, raw.spec or _SPEC, raw.status or _STATUS
    if not meta.name:
        return None
    limits: Mapping[str, Amount] = spec.capability or spec.deserved or {}
    used = status.allocated or {}
    names = sorted({*limits, *used})
    return Queue(
        meta.name,
        "queue",
        _VOLCANO.get(status.state or "", QueueState.UNKNOWN),
        default=meta.name == "default",
        priority=spec.priority if spec.priority is not None else spec.weight,
        parent=spec.parent,
        preemption="reclaimable" if spec.reclaimable else None,
        quotas=tuple(Quota(name, number(limits.get(name)), number(used.get(name))) for name in names),
    )


def namespace_name(namespace: str, taken: frozenset[str]) -> str:
    """What a namespace is called among the queues, where it may share its name with one of Kueue or Volcano."""
    return f"namespace:{namespace}" if namespace in taken else namespace


def of_namespaces(quotas: Iterable[SeenQuota], used: Iterable[str], taken: frozenset[str]) -> list[Queue]:
    """The namespaces that have a quota, or in which something waits or runs, as queues."""
    found: dict[str, list[Quota]] = {namespace: [] for namespace in used}
    for one in quotas:
        found.setdefault(one.namespace, []).extend(one.quotas)
    return [
        Queue(namespace_name(name, taken), "namespace", QueueState.UP, quotas=tuple(found[name]))
        for name in sorted(found)
    ]
