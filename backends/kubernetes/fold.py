"""Families made into jobs, each anew only where something of it has changed."""

from collections.abc import Iterable, Sequence

from backends.jobs import ENDED, WAITING, Asked, Held, Job, JobState, Pod
from backends.kubernetes.families import Family, Key, World, families, ids
from backends.kubernetes.makers import total
from backends.kubernetes.quantity import PLAIN, kind_of, whole
from backends.kubernetes.queues import local_name, namespace_name
from backends.kubernetes.seen import Said, SeenPod, Want
from backends.kubernetes.states import Warnings, standing

DAY = 86400.0
"""Seconds for which jobs that have ended are listed."""


class Folder:
    """Makes jobs of everything that is known. Not for two threads at once."""

    def __init__(self) -> None:
        self._made: dict[Key, tuple[tuple[object, ...], Job]] = {}

    def fold(self, world: World, at: float) -> tuple[Job, ...]:
        """Make the jobs of a moment.

        Args:
            world: everything that is known.
            at: UTC now; what ended more than a day before is left out.
        """
        found = families(world)
        warnings = newest(world.said)
        names = ids(found)
        made: dict[Key, tuple[tuple[object, ...], Job]] = {}
        for key, family in found.items():
            if _asleep(family):
                continue
            inputs = _inputs(family, names[key], world, warnings)
            known = self._made.get(key)
            if known is None or known[0] != inputs:
                known = inputs, job_of(family, names[key], world, warnings)
            made[key] = known
        self._made = made
        return tuple(job for _, job in made.values() if job.state not in ENDED or _recent(job, at))


def _recent(job: Job, at: float) -> bool:
    ended = job.ended if job.ended is not None else job.submitted
    return ended is None or at - ended < DAY


def _asleep(family: Family) -> bool:
    """Whether it was scaled to nothing by somebody else: then it neither waits nor runs."""
    made = family.made
    return made is not None and made.stays and made.suspended and made.before is None and not family.pods


def _inputs(family: Family, name: str, world: World, warnings: Warnings) -> tuple[object, ...]:
    namespace = family.key[0]
    workload = family.workload
    place = world.places.get((namespace, workload.name)) if workload is not None else None
    told = [warnings.get((namespace, "Pod", pod.pod.name)) for pod in family.pods] if warnings else []
    own = warnings.get((namespace, "Job" if family.key[1] == "vcjob" else family.key[1], family.key[2]))
    known = namespace in world.queues
    return (name, known, place, family.made, workload, family.group, own, *family.parts, *family.pods, *told)


def newest(said: Iterable[Said]) -> dict[tuple[str, str, str], Said]:
    """The newest warning about each thing."""
    found: dict[tuple[str, str, str], Said] = {}
    for one in said:
        key = one.namespace, one.kind, one.name
        known = found.get(key)
        if known is None or (one.at or 0.0) >= (known.at or 0.0):
            found[key] = one
    return found


def job_of(family: Family, name: str, world: World, warnings: Warnings) -> Job:
    """Make a job of a family, under its id; the warnings are the newest about each thing."""
    namespace, kind, own = family.key
    place = world.places.get((namespace, family.workload.name)) if family.workload is not None else None
    now = standing(family, warnings)
    over = now.state in ENDED
    made, workload, pods = family.made, family.workload, family.pods
    live = pods if over else [pod for pod in pods if pod.state not in ENDED]
    wants = _wants(family, live)
    gpus, cpus, memory = total(wants)
    first = live[0] if live else None
    return Job(
        name,
        own,
        _user(family),
        namespace,
        _partition(family, world.queues),
        now.state,
        now.reason,
        gpus,
        () if over else _held(live),
        _submitted(family),
        _started(family, live, over=over),
        _ended(family) if over else None,
        _limit(family),
        first.priority if first is not None else workload.priority if workload is not None else None,
        nodes=tuple(sorted({pod.pod.node for pod in live if pod.pod.node is not None})),
        asked=_asked(family, wants, cpus, memory),
        qos=_class(family),
        exit=_exit(pods, now.state),
        said=now.said,
        restarts=_restarts(family),
        requeues=made.requeues if made is not None else None,
        kind=kind,
        pods=_pods(pods),
        place=place if now.state in WAITING else None,
    )


def _pods(pods: Sequence[SeenPod]) -> tuple[Pod, ...]:
    return (
        tuple(sorted((pod.pod for pod in pods), key=lambda pod: pod.name))
        if len(pods) > 1
        else tuple(pod.pod for pod in pods)
    )


def _wants(family: Family, live: Sequence[SeenPod]) -> tuple[tuple[int, Want], ...]:
    """How many pods ask for what: as whatever made them says, else as they do themselves."""
    if family.made is not None and not (family.made.stays and family.made.suspended):
        return family.made.wants
    if family.parts:
        return tuple(want for part in family.parts for want in part.wants)
    if family.workload is not None and family.workload.wants:
        return family.workload.wants
    return tuple((1, pod.want) for pod in live or family.pods)


def _held(live: Sequence[SeenPod]) -> tuple[Held, ...]:
    """The cards of each node that its pods hold: from when they are bound to it, whether or not they run."""
    counts: dict[tuple[str, str], int] = {}
    for pod in live:
        if pod.pod.node is not None:
            for resource, count in pod.want.cards:
                key = pod.pod.node, resource
                counts[key] = counts.get(key, 0) + count
    return tuple(
        Held(node, None, whole(count), kind_of(resource)) for (node, resource), count in sorted(counts.items())
    )


def _asked(family: Family, wants: Sequence[tuple[int, Want]], cpus: float, memory: float) -> Asked:
    most = max((want.gpus for _, want in wants), default=0)
    kinds = sorted({name for _, want in wants for name, _ in want.cards if name != PLAIN})
    selectors = [one.selector for one in (family.made, *family.parts, *family.pods[:1]) if one is not None]
    return Asked(
        cpus=whole(round(cpus)) if cpus else None,
        memory=whole(memory) if memory else None,
        gpus_per_node=whole(most) or None,
        gpu_kind=kind_of(kinds[0]) if kinds else None,
        features=next((one for one in selectors if one), None),
    )


def _partition(family: Family, queues: frozenset[str]) -> str:
    """Kueue's local queue, Volcano's queue, or the namespace."""
    namespace = family.key[0]
    local = family.workload.queue if family.workload is not None else None
    if local is None and family.key[1] != "vcjob":
        marked = [one.queue for one in (family.made, *family.parts, *family.pods[:1]) if one is not None]
        local = next((one for one in marked if one), None)
    if local is not None:
        return local_name(namespace, local)
    if family.group is not None and family.group.queue:
        return family.group.queue
    if family.key[1] == "vcjob" and family.made is not None and family.made.queue:
        return family.made.queue
    return namespace_name(namespace, queues)


def _user(family: Family) -> str | None:
    own = family.made.user if family.made is not None else None
    if own is not None:
        return own
    users = [*(part.user for part in family.parts), *(pod.user for pod in family.pods)]
    return next((user for user in users if user), None)


def _class(family: Family) -> str | None:
    if family.workload is not None and family.workload.priority_class:
        return family.workload.priority_class
    return next(
        (one.priority_class for one in (family.made, *family.parts, *family.pods[:1]) if one and one.priority_class),
        None,
    )


def _limit(family: Family) -> float | None:
    limits = [one.limit for one in (family.made, *family.parts) if one is not None and one.limit]
    if limits:
        return min(limits)
    return next((pod.limit for pod in family.pods if pod.limit), None) if family.made is None else None


def _submitted(family: Family) -> float | None:
    if family.made is not None:
        return family.made.created
    known = [*(part.created for part in family.parts), *(pod.created for pod in family.pods)]
    known.append(family.workload.created if family.workload is not None else None)
    return min((time for time in known if time is not None), default=None)


def _started(family: Family, live: Sequence[SeenPod], *, over: bool) -> float | None:
    times = [pod.pod.started for pod in live if pod.pod.started is not None]
    if times:
        return min(times)
    known = [one.started for one in (family.made, *family.parts) if one is not None and one.started is not None]
    return min(known, default=None) if over else None


def _ended(family: Family) -> float | None:
    if family.made is not None and family.made.ended is not None:
        return family.made.ended
    known = [*(part.ended for part in family.parts), *(pod.ended for pod in family.pods)]
    known.append(family.workload.ended if family.workload is not None else None)
    return max((time for time in known if time is not None), default=None)


def _restarts(family: Family) -> int:
    """How often a container of it began anew, and how often a pod of it failed."""
    failed = family.made.failed if family.made is not None else None
    return sum(pod.pod.restarts for pod in family.pods) + (failed or 0)


def _exit(pods: Sequence[SeenPod], state: JobState) -> int | None:
    """The exit code of the pod that failed; 0 of one that ended well."""
    if state not in ENDED:
        return None
    codes = [pod.pod.exit for pod in pods if pod.pod.exit is not None]
    return max(codes, default=None) if state is not JobState.COMPLETED else (0 if codes else None)
