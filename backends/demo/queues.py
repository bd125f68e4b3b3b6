"""Where jobs wait in the simulated lab: partitions and reservations of Slurm; Kueue's queues and the namespaces."""

from collections.abc import Iterator, Sequence

from backends.demo import kubernetes, slurm
from backends.demo.capacity import capacities
from backends.demo.nodes import DAY, Node
from backends.demo.people import PEOPLE
from backends.demo.runs import HOUR
from backends.demo.schedule import Schedule, source_of
from backends.jobs import HOLDING, Capacity, Job, Queue, Queues, QueueState, Quota, Reservation

LONGEST = 120 * HOUR
COURSE = "course"
_CARD = "nvidia.com/gpu"
_COHORT = "lab"
_WHOLE = 8
"""Cards in whole numbers of which quotas are given."""


def queues(schedule: Schedule, source: str, now: float, mono: float, origin: float) -> Queues:
    """Say all queues of a scheduler."""
    own = [node for node in schedule.nodes if source_of(node) == source]
    room = tuple(capacities(schedule, source, now))
    if source == slurm.NAME:
        return Queues(source, now, mono, tuple(_partitions(own)), room, tuple(_reservations(own, now, origin)))
    jobs = [job for job in schedule.jobs(now, source) if job.state in HOLDING]
    return Queues(source, now, mono, tuple(_kueue(own, jobs, room)), room)


def _partitions(own: Sequence[Node]) -> Iterator[Queue]:
    names = list(dict.fromkeys(node.kind.partition for node in own))
    for place, name in enumerate(names):
        nodes = tuple(node.name for node in own if node.kind.partition == name)
        plain = name == "cpu"
        yield Queue(
            name,
            state=QueueState.UP,
            nodes=nodes,
            default=place == 0,
            limit=14 * DAY if plain else LONGEST,
            default_limit=HOUR,
            priority=10 if plain else 100 - 10 * place,
            qos=None if plain else f"part-{name}",
            preemption="off",
        )
    cards = tuple(node.name for node in own if node.cards)
    if cards:
        yield Queue("scavenge", state=QueueState.UP, nodes=cards, limit=LONGEST, default_limit=HOUR, priority=1,
                    preemption="requeue")  # fmt: skip
        yield Queue("legacy", state=QueueState.DRAINING, nodes=cards[-1:], limit=DAY, priority=1,
                    said="moves to another partition at the end of the month")  # fmt: skip


def _reservations(own: Sequence[Node], now: float, origin: float) -> Iterator[Reservation]:
    cards = [node.name for node in own if node.cards and not node.down]
    if not cards:
        return
    start = (origin // DAY + 1) * DAY + 1 * HOUR
    while start + 8 * HOUR <= now:
        start += 7 * DAY
    large = [node.name for node in own if node.name in cards and node.kind is own[0].kind]
    yield Reservation(COURSE, start, start + 8 * HOUR, tuple(large[-1:]), ("smith", "sun"), ("safety",), None,
                      ("WEEKLY",))  # fmt: skip
    window = (origin // DAY + 5) * DAY + 20 * HOUR
    if now < window + 6 * HOUR:
        yield Reservation("firmware", window, window + 6 * HOUR, tuple(cards[:4]), ("ops",), (), None,
                          ("MAINT", "IGNORE_JOBS"))  # fmt: skip


def _kueue(own: Sequence[Node], jobs: Sequence[Job], room: Sequence[Capacity]) -> Iterator[Queue]:
    total = sum(len(node.cards) for node in own)
    taken = sum(one.gpus_used or 0 for one in room)
    nodes = tuple(node.name for node in own)
    kinds = list(dict.fromkeys(node.kind.partition for node in own))
    quotas = tuple(
        Quota(
            _CARD,
            float(sum(len(node.cards) for node in own if node.kind.partition == kind)),
            float(sum(one.gpus_used or 0 for one, node in zip(room, own, strict=True) if node.kind.partition == kind)),
            kind,
            0.0,
            0.0,
        )
        for kind in kinds
    )
    yield Queue("cards", "clusterqueue", QueueState.UP, nodes, True, priority=100, parent=_COHORT,
                preemption="LowerPriority", quotas=quotas)  # fmt: skip
    spare = max(0.0, float(total - taken))
    yield Queue("batch-cpu", "clusterqueue", QueueState.STOPPED, nodes, parent=_COHORT, said="stopPolicy: Hold",
                quotas=(Quota(_CARD, 0.0, 0.0, None, 0.0, spare),))  # fmt: skip
    for project in sorted({person.project for person in PEOPLE}):
        used = float(sum(job.gpus or 0 for job in jobs if job.project == project))
        yield Queue(kubernetes.queue_of(project), "localqueue", QueueState.UP, parent="cards",
                    allowed=(f"namespace={project}",), quotas=(Quota(_CARD, None, used),))  # fmt: skip
        most = float(max(1, total // 2, -(-int(used) // _WHOLE) * _WHOLE))  # nobody is over a quota
        yield Queue(project, "namespace", QueueState.UP, allowed=(f"namespace={project}",),
                    quotas=(Quota(_CARD, most, used),))  # fmt: skip
