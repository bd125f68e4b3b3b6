"""What each command means for each kind of job, as exact requests; what cannot be done says why.

Every request names the object by its uid (`backends.kubernetes.identity`): one that was made anew under the same name
after the plan is not touched.
"""

from collections.abc import Callable, Sequence

from backends.commands import (
    Call,
    CancelJobs,
    HoldJobs,
    JobCommand,
    MoveJobs,
    ReleaseJobs,
    RequeueJobs,
    ResumeJobs,
    SetLimit,
    SetPriority,
    SuspendJobs,
)
from backends.jobs import ENDED
from backends.kubernetes.families import Family
from backends.kubernetes.identity import bound, deleting, scaled
from backends.kubernetes.kinds import KUEUE
from backends.kubernetes.namespace import Place, body_of, place_of, pod_place
from backends.kubernetes.rights import Right
from backends.ports import Unavailable
from backends.record import N_, Trouble

SUSPENDS = {
    "Job": ("suspend",),
    "JobSet": ("suspend",),
    "RayJob": ("suspend",),
    "TrainJob": ("suspend",),
    "PyTorchJob": ("runPolicy", "suspend"),
    "TFJob": ("runPolicy", "suspend"),
    "MPIJob": ("runPolicy", "suspend"),
    "XGBoostJob": ("runPolicy", "suspend"),
    "PaddleJob": ("runPolicy", "suspend"),
}
"""Where in its spec each kind has the switch that stops it."""
SCALED = frozenset({"Deployment", "StatefulSet"})
BEFORE = "quarterdeck/replicas"
"""The annotation under which the replicas are kept of what we scaled to nothing."""
QUEUE = "kueue.x-k8s.io/queue-name"

Wanted = tuple[Right, Call]
"""A request, with the right that it needs."""


def requests(
    command: JobCommand,
    name: str,
    family: Family,
    workloads: str | None,
    has: Callable[[Right], bool] = lambda _: True,
) -> Sequence[Wanted]:
    """Say what a command sends for one job.

    Args:
        command: what is to be done.
        name: the job's id.
        family: what it is made of.
        workloads: the version of Kueue's workloads; None where there is no Kueue.
        has: whether the person has a right, where there are two ways.

    Raises:
        Unavailable: it cannot be done to this kind of job, or not as it is now.
    """
    act = _Act(name, family, workloads, has)
    match command:
        case CancelJobs():
            return act.cancel()
        case HoldJobs():
            return act.hold()
        case SuspendJobs():
            return act.stop()
        case ReleaseJobs() | ResumeJobs():
            return act.go()
        case RequeueJobs(hold=hold):
            return act.stop() if hold else act.requeue()
        case SetPriority(priority=priority):
            return act.priority(priority)
        case SetLimit(seconds=seconds):
            return act.limit(seconds)
        case MoveJobs(partition=partition):
            return act.move(partition)
    raise Unavailable(
        Trouble(N_("Kubernetes has nothing that corresponds to {act}."), "", {"act": type(command).__name__})
    )


class _Act:
    """One job to which something is done."""

    def __init__(self, name: str, family: Family, workloads: str | None, has: Callable[[Right], bool]) -> None:
        self._has = has
        self._name = name
        self._family = family
        self._kind = family.key[1]
        self._place = place_of(family)
        self._workload: Place | None = None
        if family.workload is not None and workloads is not None:
            namespace = family.workload.namespace
            self._workload = Place(KUEUE, "workloads", namespace, family.workload.name, workloads)
        self._uids = {self._place: family.uid, self._workload: family.workload.uid if family.workload else None}

    def cancel(self) -> Sequence[Wanted]:
        """Delete what made it, and its pods with it: the API alone would leave the pods of a job behind."""
        if self._place is not None:
            options = {"propagationPolicy": "Background", **deleting(self._family.uid)}
            return [self._send("DELETE", self._place, options)]
        return self._delete_pods()

    def hold(self) -> Sequence[Wanted]:
        """Keep it from starting; one that has begun would be stopped by that."""
        if any(pod.pod.node is not None and pod.state not in ENDED for pod in self._family.pods):
            raise self._cannot(N_("{job} has begun; to hold it would stop it."), N_("Suspend it, if that is meant."))
        return self.stop()

    def stop(self) -> Sequence[Wanted]:
        """Stop it, or keep it from starting; its pods are deleted, and begin anew when it goes on."""
        if self._workload is not None:
            return [self._send("PATCH", self._workload, {"spec": {"active": False}})]
        if self._kind in SUSPENDS and self._place is not None:
            return [self._send("PATCH", self._place, _spec(SUSPENDS[self._kind], True))]
        if self._kind in SCALED and self._place is not None:
            return self._scale_down(self._place)
        raise self._cannot(
            N_("{job} is a {kind}: Kubernetes can neither hold nor suspend it."),
            N_("Cancel it, or submit it as a Job, which can be suspended."),
        )

    def go(self) -> Sequence[Wanted]:
        """Let it start, or go on."""
        workload = self._family.workload
        if self._workload is not None and workload is not None:
            if workload.active:
                raise self._cannot(N_("{job} is not held: Kueue starts it when there is quota for it."))
            return [self._send("PATCH", self._workload, {"spec": {"active": True}})]
        if self._kind in SUSPENDS and self._place is not None:
            return [self._send("PATCH", self._place, _spec(SUSPENDS[self._kind], False))]
        if self._kind in SCALED and self._place is not None:
            before = self._family.made.before if self._family.made is not None else None
            if before is None:
                text = N_("Nobody knows how many replicas {job} had.")
                raise self._cannot(text, N_("Scale it by kubectl scale."))
            return [self._scale(self._place, before, None)]
        raise self._cannot(N_("{job} is a {kind}: Kubernetes can neither release nor resume it."))

    def requeue(self) -> Sequence[Wanted]:
        """Delete its pods, so that whatever made them makes new ones."""
        made = self._family.made
        if made is not None and made.state is not None and made.state in ENDED:
            text = N_("{job} has ended, and Kubernetes starts no ended job again.")
            raise self._cannot(text, N_("Submit it anew."))
        if self._kind in ("Pod", "PodGroup", "TrainingJob"):
            text = N_("{job} is a {kind}: nobody would make its pods again.")
            raise self._cannot(text, N_("Submit it anew."))
        return self._delete_pods()

    def priority(self, priority: int) -> Sequence[Wanted]:
        """Change the priority of its workload; that of pods is fixed when they are made."""
        if self._workload is None:
            text = N_("The priority of {job} was fixed when its pods were made.")
            raise self._cannot(text, N_("Only what waits in a queue of Kueue can be given another one."))
        return [self._send("PATCH", self._workload, {"spec": {"priority": priority}})]

    def limit(self, seconds: int) -> Sequence[Wanted]:
        """Change for how long it may run, from when it started."""
        if self._kind in ("Job", "Pod") and self._place is not None:
            return [self._send("PATCH", self._place, {"spec": {"activeDeadlineSeconds": seconds}})]
        raise self._cannot(N_("{job} is a {kind}, which has no time limit."))

    def move(self, partition: str) -> Sequence[Wanted]:
        """Have it wait in another local queue of its namespace."""
        namespace, _, queue = partition.rpartition("/")
        if namespace and namespace != self._family.key[0]:
            raise self._cannot(N_("{job} cannot leave its namespace; a local queue of another one does not take it."))
        if self._workload is None or self._place is None:
            text = N_("{job} waits in no queue of Kueue, so there is none to move it to.")
            raise self._cannot(text)
        if self._family.workload is not None and self._family.workload.admitted:
            raise self._cannot(N_("{job} has been admitted; only what still waits can be moved."))
        return [self._send("PATCH", self._place, {"metadata": {"labels": {QUEUE: queue}}})]

    # ---- parts -------------------------------------------------------------------------------------------------------

    def _scale_down(self, place: Place) -> Sequence[Wanted]:
        made = self._family.made
        count = sum(count for count, _ in made.wants) if made is not None else 0
        if made is not None and made.suspended:
            raise self._cannot(N_("{job} has no replicas already."))
        return [self._scale(place, 0, str(count))]

    def _scale(self, place: Place, replicas: int, before: str | None) -> Wanted:
        """Change the replicas, and note how many there were; who may only scale does so, and nobody knows it later."""
        change: dict[str, object] = {"metadata": {"annotations": {BEFORE: before}}, "spec": {"replicas": replicas}}
        whole = self._send("PATCH", place, change)
        if self._has(whole[0]):
            return whole
        right = Right("patch", place.group, place.plural, place.namespace, "scale")
        body = body_of(scaled(replicas, self._family.uid))
        return right, Call((self._name,), method="PATCH", path=f"{place.path}/scale", body=body)

    def _delete_pods(self) -> Sequence[Wanted]:
        live = [pod for pod in self._family.pods if pod.state not in ENDED]
        if not live:
            raise self._cannot(N_("{job} has no pods now."))
        return [self._send("DELETE", pod_place(pod.namespace, pod.pod.name), deleting(pod.pod.uid)) for pod in live]

    def _send(self, method: str, place: Place, body: dict[str, object]) -> Wanted:
        if method == "PATCH":
            body = bound(body, self._uids.get(place))
        right = Right(method.lower(), place.group, place.plural, place.namespace)
        return right, Call((self._name,), method=method, path=place.path, body=body_of(body))

    def _cannot(self, text: str, hint: str = "") -> Unavailable:
        return Unavailable(Trouble(text, hint, {"job": self._name, "kind": self._kind}))


def _spec(path: Sequence[str], value: object) -> dict[str, object]:
    """A change of one field of a spec."""
    change: object = value
    for step in reversed(path):
        change = {step: change}
    return {"spec": change}
