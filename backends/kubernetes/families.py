"""Pods and what made them, put together: one family becomes one job. Also what each is called."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from backends.kubernetes.seen import Made, Owner, PodGroup, Said, SeenPod, Workload

Key = tuple[str, str, str]
"""Namespace, kind, name."""

_RANKS = {"Job": 0, "vcjob": 1, "Deployment": 3, "StatefulSet": 4, "PodGroup": 5, "Pod": 6}
"""Which kind goes by the short id where several share a name; all others are between."""
_NOT_ABOVE = frozenset({"CronJob", "Workload", "Node"})
"""Each run of a cron job is a job of its own."""
PLATFORM = frozenset({"kube-system", "kube-public", "kube-node-lease"})


class World(msgspec.Struct, frozen=True, gc=False):
    """Everything of which jobs are made, at one moment."""

    pods: Sequence[SeenPod] = ()
    made: Sequence[Made] = ()
    workloads: Sequence[Workload] = ()
    groups: Sequence[PodGroup] = ()
    said: Sequence[Said] = ()
    places: Mapping[tuple[str, str], int] = {}
    """Of workloads by namespace and name: their place in the cluster queue, from 1."""
    queues: frozenset[str] = frozenset()
    """Names of queues that a namespace may not be confused with."""


class Family:
    """Pods with what made them."""

    __slots__ = ("api", "group", "key", "made", "parts", "pods", "uid", "workload")

    def __init__(self, key: Key, api: str, uid: str | None) -> None:
        self.key = key
        self.api = api
        """Group and version of what made it; empty where nobody knows."""
        self.uid = uid
        self.made: Made | None = None
        self.parts: list[Made] = []
        """What was made by the one above, and makes pods itself: the jobs of a job set."""
        self.pods: list[SeenPod] = []
        self.workload: Workload | None = None
        self.group: PodGroup | None = None


Finder = Callable[[str, Owner], Family]
"""Finds the family of an owner in a namespace, or begins it."""


def families(world: World) -> dict[Key, Family]:
    """Put everything together, by whom it belongs to.

    What runs on every node (daemon sets, static pods) and what the cluster itself runs (kube-system) is not a job,
    unless it holds cards.
    """
    found: dict[Key, Family] = {}
    made = {(one.namespace, one.kind, one.name): one for one in world.made}

    def family(namespace: str, owner: Owner) -> Family:
        key = (namespace, owner.kind, owner.name)
        known = found.get(key)
        if known is None:
            known = found[key] = Family(key, owner.api, owner.uid)
        return known

    for one in world.made:
        if one.namespace not in PLATFORM:
            top = _top(one.namespace, Owner(one.api, one.kind, one.name, one.uid), made)
            own = family(one.namespace, top)
            if top.kind == one.kind and top.name == one.name:
                own.made = one
            else:
                own.parts.append(one)
    for pod in world.pods:
        owner = _owner(pod)
        if (pod.static or owner.kind == "DaemonSet" or pod.namespace in PLATFORM) and not pod.want.cards:
            continue
        family(pod.namespace, _top(pod.namespace, owner, made)).pods.append(pod)
    _add_workloads(world, found, made, family)
    _add_groups(world, found, made)
    return found


def _owner(pod: SeenPod) -> Owner:
    """To whom a pod belongs, first step."""
    owner = pod.owner
    if owner is not None and not pod.static:
        if owner.kind == "ReplicaSet" and pod.template and owner.name.endswith(f"-{pod.template}"):
            return Owner("apps/v1", "Deployment", owner.name[: -len(pod.template) - 1])
        return owner
    if pod.volcano:
        return Owner("batch.volcano.sh/v1alpha1", "vcjob", pod.volcano)
    if pod.training:
        return Owner("", "TrainingJob", pod.training)
    if pod.together:
        return Owner("", "PodGroup", pod.together)
    return Owner("v1", "Pod", pod.pod.name, pod.pod.uid)


def _top(namespace: str, owner: Owner, made: Mapping[Key, Made]) -> Owner:
    """Who is above all, of those that are one run; at most four steps, for a ring would have no end."""
    for _ in range(4):
        known = made.get((namespace, owner.kind, owner.name))
        above = known.owner if known is not None else None
        if above is None or above.kind in _NOT_ABOVE:
            if known is not None and owner.uid is None:
                return Owner(known.api, owner.kind, owner.name, known.uid)
            return owner
        owner = above
    return owner


def _add_workloads(world: World, found: dict[Key, Family], made: Mapping[Key, Made], family: Finder) -> None:
    for one in world.workloads:
        group = found.get((one.namespace, "PodGroup", one.name))
        if group is not None:
            group.workload = one
        elif one.owner is not None and one.owner.kind != "Pod":
            family(one.namespace, _top(one.namespace, one.owner, made)).workload = one
        elif one.owner is not None and (own := found.get((one.namespace, "Pod", one.owner.name))) is not None:
            own.workload = one


def _add_groups(world: World, found: dict[Key, Family], made: Mapping[Key, Made]) -> None:
    groups = {(one.namespace, one.name): one for one in world.groups}
    if not groups:
        return
    for one in found.values():
        names = {pod.group for pod in one.pods if pod.group}
        one.group = groups.get((one.key[0], names.pop())) if names else None
    for group in groups.values():
        if group.owner is not None:
            own = found.get((group.namespace, *_kind_and_name(_top(group.namespace, group.owner, made))))
            if own is not None:
                own.group = own.group or group


def _kind_and_name(owner: Owner) -> tuple[str, str]:
    return owner.kind, owner.name


def ids(keys: Iterable[Key]) -> dict[Key, str]:
    """Name each family: ``namespace/name``, and ``namespace/kind/name`` where another kind has that name already.

    Which one has it already depends on the kinds alone, so that everybody gives the same names.
    """
    named: dict[Key, str] = {}
    taken: set[str] = set()
    for key in sorted(keys, key=lambda one: (_RANKS.get(one[1], 2), one)):
        namespace, kind, name = key
        short = f"{namespace}/{name}"
        named[key] = short if short not in taken else f"{namespace}/{kind}/{name}"
        taken.add(short)
    return named
