"""What waits, or is wrong, in the simulated Kubernetes for as long as anybody looks; none of it holds a card."""

from collections.abc import Iterator, Sequence

from backends.demo.kubernetes import queue_of, word
from backends.demo.runs import HOUR
from backends.jobs import Asked, Job, JobState, Pod

_IMAGE = "registry.lab.example/nlp/reranker:2026-11-19"


class _Cluster:
    """Where they wait."""

    def __init__(self, origin: float, seed: int, nodes: Sequence[str], kind: str, cards: int) -> None:
        self.origin = origin
        self.seed = seed
        self.nodes = nodes
        self.kind = kind
        self.cards = cards

    def pod(self, name: str, phase: str, reason: str | None = None, said: str | None = None, **other: object) -> Pod:
        """A pod that belongs to a job called `name`."""
        ending = word(f"{self.seed}/{name}/pod", 5)
        digits = "".join(f"{ord(c):02x}" for c in word(f"{self.seed}/{name}/uid", 16))
        uid = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
        fields: dict[str, object] = {"containers": ("main",), "ready": False, **other}
        return Pod(f"{name}-{ending}", uid, phase=phase, reason=reason, said=said, **fields)  # type: ignore[arg-type]

    def job(self, project: str, name: str, user: str, uid: int, age: float, **other: object) -> Job:
        """A job in a namespace, `age` seconds old when the lab was opened."""
        fields: dict[str, object] = {"state": JobState.PENDING, "kind": "Job", "qos": "normal", "gpus": 0, **other}
        at = self.origin - age
        return Job(
            id=f"{project}/{name}", name=name, user=user, project=project, partition=queue_of(project), submitted=at,
            eligible=at, requeues=False, partitions=(queue_of(project),), uid=uid, **fields,  # type: ignore[arg-type]
        )  # fmt: skip


def waiting(origin: float, seed: int, nodes: Sequence[str], kind: str, cards: int) -> list[Job]:
    """List them.

    Args:
        origin: UTC at which the lab was opened.
        seed: of the lab.
        nodes: that the cluster has; none has none of these.
        kind: what its cards are called.
        cards: of one node.
    """
    cluster = _Cluster(origin, seed, nodes, kind, cards)
    return [*_queued(cluster), *_unplaced(cluster), *_broken(cluster)] if nodes else []


def _queued(cluster: _Cluster) -> Iterator[Job]:
    """What Kueue has not admitted, by its place."""
    kind = cluster.kind
    short = "couldn't assign flavors to pod set {set}: insufficient unused quota for nvidia.com/gpu in flavor {kind}, "
    entries = (
        ("nlp", "dpo-13b", "chen", 20_004, 3.1, 4, "PyTorchJob", "high"),
        ("cv", "segment-sweep", "haddad", 20_013, 2.4, 1, "Job", "normal"),
        ("speech", "tts-large", "tanaka", 20_012, 1.7, 2, "PyTorchJob", "normal"),
        ("rl", "walker-ppo", "li", 20_002, 0.8, 1, "Job", "low"),
    )
    for place, (project, name, user, uid, hours, wanted, owner, qos) in enumerate(entries, 1):
        said = short.format(set="worker" if owner == "PyTorchJob" else "main", kind=kind)
        yield cluster.job(
            project, name, user, uid, hours * HOUR, kind=owner, qos=qos, place=place, reason="WaitingForQuota",
            gpus=wanted * cluster.cards, said=f"{said}{wanted * cluster.cards} more needed",
            asked=Asked(wanted, wanted * 48, wanted * (200 << 30), cluster.cards, kind), limit=24 * HOUR,
            priority={"high": 10_000.0, "normal": 1000.0, "low": 100.0}[qos],
        )  # fmt: skip
    yield cluster.job(
        "bio", "fold-monomer", "novak", 20_008, 20 * HOUR, reason="Suspended", gpus=cluster.cards,
        asked=Asked(1, 48, 200 << 30, cluster.cards, kind), said="Job suspended",
    )  # fmt: skip


def _unplaced(cluster: _Cluster) -> Iterator[Job]:
    """What no node can take."""
    count, cards = len(cluster.nodes), cluster.cards
    said = f"0/{count} nodes are available: {count} Insufficient nvidia.com/gpu. preemption: 0/{count} nodes are "
    said += "available: no preemption victims found for incoming pod."
    pod = cluster.pod("notebook-zhang-0", "Pending", "Unschedulable", said, gpus=cards * 2)
    yield cluster.job(
        "multimodal", "notebook-zhang", "zhang", 20_009, 0.6 * HOUR, kind="Notebook", reason="Unschedulable", said=said,
        gpus=cards * 2, pods=(pod,), asked=Asked(1, 16, 128 << 30, cards * 2, cluster.kind),
    )  # fmt: skip
    said = f"0/{count} nodes are available: {count} node(s) didn't match Pod's node affinity/selector."
    pod = cluster.pod("embed-h200", "Pending", "Unschedulable", said, gpus=1)
    yield cluster.job(
        "recsys", "embed-h200", "liu", 20_007, 5.2 * HOUR, reason="Unschedulable", said=said, gpus=1, pods=(pod,),
        asked=Asked(1, 8, 64 << 30, 1, "h200", features="nvidia.com/gpu.product=NVIDIA-H200"),
    )  # fmt: skip


def _broken(cluster: _Cluster) -> Iterator[Job]:
    """What has its node, and does not get to work: pods without cards of their own."""
    node, origin = cluster.nodes[0], cluster.origin
    said = f'Back-off pulling image "{_IMAGE}"'
    pod = cluster.pod("reranker", "Pending", "ImagePullBackOff", said, node=node)
    yield cluster.job("nlp", "reranker", "wang", 20_001, 0.4 * HOUR, kind="Deployment", reason="ImagePullBackOff",
                      said=said, pods=(pod,), nodes=(node,))  # fmt: skip
    said = "back-off 5m0s restarting failed container=main"
    pod = cluster.pod("feature-store", "Running", "CrashLoopBackOff", said, node=node, restarts=17, exit=1,
                      started=origin - 300.0)  # fmt: skip
    yield cluster.job("recsys", "feature-store", "liu", 20_007, 2.9 * HOUR, kind="Deployment", state=JobState.RUNNING,
                      reason="CrashLoopBackOff", said=said, pods=(pod,), nodes=(node,), started=origin - 2.9 * HOUR,
                      restarts=17)  # fmt: skip
    pod = cluster.pod("old-dashboard", "Terminating", "Terminating", "finalizers: foregroundDeletion", node=node,
                      started=origin - 90 * HOUR)  # fmt: skip
    yield cluster.job("infra", "old-dashboard", "xu", 20_014, 91 * HOUR, kind="Deployment", state=JobState.COMPLETING,
                      reason="Terminating", pods=(pod,), nodes=(node,), started=origin - 90 * HOUR)  # fmt: skip
    pod = cluster.pod("dedup-shards", "Failed", "OOMKilled", "memory limit 64Gi", node=node, exit=137, restarts=3,
                      started=origin - 2.2 * HOUR)  # fmt: skip
    yield cluster.job("nlp", "dedup-shards", "chen", 20_004, 2.5 * HOUR, state=JobState.OUT_OF_MEMORY,
                      reason="OOMKilled", pods=(pod,), nodes=(node,), started=origin - 2.2 * HOUR,
                      ended=origin - 0.3 * HOUR, exit=137, restarts=3)  # fmt: skip
