"""The rules of the simulated schedulers: what makes a priority, who may have how much, who preempts whom."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from backends.demo import kubernetes, slurm
from backends.demo.capacity import VERSIONS
from backends.demo.curves import scatter
from backends.demo.nodes import DAY
from backends.demo.people import PEOPLE
from backends.jobs import HOLDING, Job, Policy, Qos, Share

_QOS = (
    Qos("normal", 0.0, {"MaxTRESPU": "gres/gpu=16", "MaxJobsPU": "40"}, preemption="cluster", usage_factor=1.0),
    Qos("interactive", 500.0, {"MaxTRESPU": "gres/gpu=4", "MaxJobsPU": "2", "MaxWall": "12:00:00"}, usage_factor=1.5),
    Qos("long", -100.0, {"GrpTRES": "gres/gpu=64"}, usage_factor=0.8),
    Qos("urgent", 10_000.0, {"MaxJobsPU": "1"}, ("normal", "long"), "requeue", ("DenyOnLimit",), 2.0),
)
_WHOLE = 8
"""Cards in whole numbers of which limits are given."""
_CLASSES = (
    Qos("high", 10_000.0, {}, ("normal", "low"), "LowerPriority"),
    Qos("normal", 1000.0, {}, ("low",), "LowerPriority"),
    Qos("low", 100.0, {}, (), "Never"),
)


def policy(source: str, seed: int, now: float, mono: float, jobs: Iterable[Job] = ()) -> Policy:
    """Say the rules of one scheduler: its limits are such that those who run now are within them."""
    if source == kubernetes.NAME:
        return Policy(
            source, now, mono, VERSIONS[source], "kueue", preemption="within the cluster queue: LowerPriority",
            qos=_CLASSES, settings={"queueingStrategy": "BestEffortFIFO", "waitForPodsReady": "true"},
        )  # fmt: skip
    return Policy(
        source,
        now,
        mono,
        VERSIONS[slurm.NAME],
        "sched/backfill",
        {"age": 1000.0, "fairshare": 10_000.0, "jobsize": 500.0, "partition": 2000.0, "qos": 4000.0},
        7 * DAY,
        7 * DAY,
        "preempt/qos, REQUEUE",
        tuple(_within(qos, jobs) for qos in _QOS),
        tuple(shares(seed)),
        {"SchedulerParameters": "bf_window=7200,bf_max_job_user=20", "PriorityFlags": "NO_FAIR_TREE"},
    )


def _within(qos: Qos, jobs: Iterable[Job]) -> Qos:
    """A quality of service whose limits nobody who runs under it exceeds."""
    cards: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for job in jobs:
        if job.state in HOLDING and job.qos == qos.name:
            cards[job.user or ""] += job.gpus or 0
            count[job.user or ""] += 1
    limits = dict(qos.limits)
    for name, used in (
        ("MaxTRESPU", max(cards.values(), default=0)),
        ("GrpTRES", cards.total()),
    ):
        if name in limits:
            most = int(limits[name].rpartition("=")[2])
            limits[name] = f"gres/gpu={max(most, -(-used // _WHOLE) * _WHOLE)}"
    if "MaxJobsPU" in limits:
        limits["MaxJobsPU"] = str(max(int(limits["MaxJobsPU"]), max(count.values(), default=0)))
    return msgspec.structs.replace(qos, limits=limits)


def shares(seed: int) -> list[Share]:
    """What each account and each of its people may have, and has had."""
    projects = sorted({person.project for person in PEOPLE})
    weight = {project: 1 + scatter(seed, len(project) * 31 + ord(project[0])) % 9 for project in projects}
    whole = sum(weight.values())
    found = []
    for project in projects:
        may = round(1 / len(projects), 4)
        used = round(weight[project] / whole, 4)
        factor = round(2 ** (-used / may), 4)
        found.append(Share(project, None, may, used, factor))
        people = [person.user for person in PEOPLE if person.project == project]
        parts = [1 + scatter(seed, ord(user[0]) * 7 + len(user)) % 5 for user in people]
        for user, part in zip(people, parts, strict=True):
            own = round(used * part / sum(parts), 4)
            found.append(Share(project, user, round(may / len(people), 4), own, factor))
    return found
