"""What waits in the simulated Slurm for as long as anybody looks: a job for every reason that people meet.

They follow from the shape of the lab and the moment at which it was opened; none starts unless somebody acts on it.
"""

from collections.abc import Iterator, Sequence

import msgspec

from backends.demo.curves import scatter
from backends.demo.people import LARGE, PEOPLE, SMALL, Person
from backends.demo.runs import HOUR, number
from backends.demo.shape import Shape
from backends.demo.slurm import gres_of, qos
from backends.demo.stories import ARRAY_AGE
from backends.jobs import Asked, Job, JobState

KEYS = 16
"""Places from which what only waits gets its numbers; see `stories.keys`."""
PROTECTED = "nightly-regression"
"""The job on which nobody may act."""
NODES_AWAY = "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions"
HORIZON = 18 * HOUR
"""Second of a UTC day at which the nightly jobs begin: 02:00 where the lab stands."""
_SPAN = 1.5 * HOUR
_MOST = 2000
"""Jobs at most that wait for nothing but their turn."""


class Started(msgspec.Struct, frozen=True):
    """An array of which some tasks run."""

    number: str
    running: int
    person: Person
    partition: str


class Ground(msgspec.Struct, frozen=True):
    """What the jobs that wait are told from."""

    shape: Shape
    origin: float
    keys: int
    partition: str
    """Where most wait: that of the lab's largest cards."""
    other: str
    """Another partition, or the same where there is but one."""
    largest: tuple[str, int]
    """The partition with most nodes that have cards, and how many it has."""
    trained: str
    """Number of a job that runs and does not end."""
    failed: str
    """Number of a job that failed."""
    away: tuple[str, str] | None
    """A node of Slurm that is down, and its partition."""
    array: Started | None
    """The array of which some tasks run."""


def numbered(origin: float, place: int, keys: int) -> tuple[str, float]:
    """Number and UTC of submission of the one at `place` among those that only wait."""
    at = origin - HOUR / 2 - place // KEYS * _SPAN - scatter(place, 11) % 500
    return number(at, keys - 1 - place % KEYS, keys), at


def next_night(now: float) -> float:
    """UTC at which the nightly jobs begin next."""
    return (now - HORIZON) // 86_400 * 86_400 + HORIZON + 86_400


class _Line:
    """Makes jobs, one after the other, each with a number of its own."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.place = 0
        self.last = ""

    def job(self, name: str, reason: str, nodes: int, cards: int, **other: object) -> Job:
        """Make one that asks for `cards` cards on each of `nodes` nodes."""
        ground, place = self.ground, self.place
        self.place += 1
        known, at = numbered(ground.origin, place, ground.keys)
        self.last = known
        person = PEOPLE[(place * 5 + place // len(PEOPLE)) % len(PEOPLE)]
        limit = other.pop("limit", 48 * HOUR)
        task = other.pop("task", None)
        partition = str(other.pop("partition", ground.partition))
        made = Job(
            id=known if task is None else f"{known}+{task}",
            name=name,
            user=person.user,
            project=person.project,
            partition=partition,
            state=JobState.PENDING,
            reason=reason,
            gpus=nodes * cards,
            submitted=at,
            limit=limit if isinstance(limit, float) else None,
            priority=float(8900 - 97 * place if reason == "Resources" else 6900 - 7 * place),
            asked=_asked(nodes, cards, partition, exclusive=cards == ground.shape.gpus),
            qos=qos(name, 48 * HOUR),
            eligible=at,
            restarts=0,
            requeues=True,
            partitions=(partition,),
            uid=person.uid,
        )  # fmt: skip
        return owned(msgspec.structs.replace(made, **other))


def owned(job: Job) -> Job:
    """The same, writing where its owner's jobs do."""
    folder, known = f"/home/{job.user}/logs", job.number or job.id
    return msgspec.structs.replace(job, output=f"{folder}/{known}.out", errors=f"{folder}/{known}.err")


def _asked(nodes: int, cards: int, partition: str, **other: object) -> Asked:
    """What a job asks for that wants so many cards on each node, with processors and memory for each."""
    asked = Asked(nodes, nodes * cards * 12, nodes * cards * (96 << 30), cards, gres_of(partition))
    return msgspec.structs.replace(asked, **other)


def waiting(ground: Ground) -> list[Job]:
    """List them."""
    line = _Line(ground)
    jobs = [*_large(line), *_limits(line), *_others(line), *_arrays(line)]
    whole = min(_MOST, ground.shape.nodes * 2)
    return jobs + [_turn(line, at) for at in range(whole)]


def _large(line: _Line) -> Iterator[Job]:
    """What waits for cards, whole nodes of them, or for its turn."""
    all_cards = line.ground.shape.gpus
    where, most = line.ground.largest
    eight = min(8, most)
    expected = line.ground.origin + 7.3 * HOUR
    yield line.job("qwen-pretrain", "Resources", eight, all_cards, partition=where, expected=expected)
    yield line.job("moe-ablation", "Priority", max(1, eight // 2), all_cards, partition=where)
    yield line.job("llama-sft", "Resources", 1, all_cards, partition=line.ground.other)
    leading = line.job("physics-coupled", "Resources", 2, all_cards, task=0)
    leader = line.last
    follower = line.job("physics-coupled", "Resources", 1, 1)
    yield msgspec.structs.replace(leading, het=leader, number=leader)
    yield owned(msgspec.structs.replace(follower, id=f"{leader}+1", het=leader, number=follower.id, user=leading.user,
                                        project=leading.project, uid=leading.uid))  # fmt: skip


def _limits(line: _Line) -> Iterator[Job]:
    """What somebody's limits keep from starting."""
    most = max(1, line.ground.shape.gpus // 2)
    yield line.job("arch-search", "QOSMaxGRESPerUser", 1, most, qos="normal")
    yield line.job("rank-sweep", "QOSMaxJobsPerUserLimit", 1, 1, qos="interactive")
    yield line.job("video-diffusion", "AssocGrpGRES", 2, line.ground.shape.gpus)
    yield line.job("protein-fold", "PartitionTimeLimit", 1, most, limit=240 * HOUR)
    yield line.job(
        "course-exercise", "Reservation", 1, 1, reservation="course", user="smith", project="safety", uid=20_010
    )
    yield line.job("render-atlas", "Licenses", 1, 1)


def _others(line: _Line) -> Iterator[Job]:
    """What waits for other jobs, for people, for a time, or for what there is not."""
    ground = line.ground
    night = next_night(ground.origin)
    yield line.job(PROTECTED, "BeginTime", 1, 1, eligible=night, expected=night, user="xu", project="infra", uid=20_014)
    trained = f"afterok:{ground.trained}(unfulfilled)"
    yield line.job("merge-checkpoints", "Dependency", 1, 1, dependency=trained)
    yield line.job("eval-merged", "Dependency", 1, 1, dependency=f"afterok:{line.last}(unfulfilled)")
    yield line.job("singleton-tts", "Dependency", 1, 1, dependency="singleton(unfulfilled)")
    never = f"afterok:{ground.failed}(failed)"
    yield line.job("publish-model", "DependencyNeverSatisfied", 1, 1, dependency=never)
    waits = "held by its owner until the new labels are there"
    yield line.job("vit-large", "JobHeldUser", 1, 1, priority=0.0, said=waits)
    waits = "held by ops: the crawl fills /data, see ticket 31"
    yield line.job("crawl-images", "JobHeldAdmin", 1, 1, priority=0.0, said=waits)
    yield line.job(
        "clip-zh", "BadConstraints", 1, 1, asked=_asked(1, 1, ground.partition, features="nvlink5&infiniband")
    )
    yield line.job("whisper-ft", "Resources", 1, 1, said=NODES_AWAY)
    if ground.away is not None:
        node, where = ground.away
        said = f"ReqNodeNotAvail, UnavailableNodes:{node}"
        asked = _asked(1, 1, where, only=(node,))
        yield line.job("debug-node", "ReqNodeNotAvail", 1, 1, asked=asked, said=said, partition=where)


def _arrays(line: _Line) -> Iterator[Job]:
    """The tasks of arrays that still wait."""
    array, running = line.ground.array, 4
    where: dict[str, object] = {}
    if array is not None:
        running, person, at = array.running, array.person, line.ground.origin - ARRAY_AGE
        where = {"partition": array.partition, "user": person.user, "project": person.project, "uid": person.uid}
        where |= {"submitted": at, "eligible": at, "limit": 120 * HOUR}
    rest = line.job("serve-small", "JobArrayTaskLimit", 1, 1, tasks=f"21-40%{running}", count=20, **where)
    known = rest.id if array is None else array.number
    yield owned(msgspec.structs.replace(rest, id=known, array=known))
    grid = line.job("grid-search", "Priority", 1, 1, tasks="0-99%10", count=100)
    yield msgspec.structs.replace(grid, array=grid.id)


def _turn(line: _Line, at: int) -> Job:
    """One that waits for its turn."""
    draw = scatter(line.ground.shape.seed, at + 77)
    large = draw % 5 == 0
    tasks: Sequence[object] = LARGE if large else SMALL
    task = (LARGE if large else SMALL)[draw // 5 % len(tasks)]
    cards = line.ground.shape.gpus if large else 1 << draw // 64 % 3
    hours = (1, 4, 8, 24, 48)[draw // 512 % 5]
    where = line.ground.other if draw % 3 == 0 else line.ground.partition
    cards = min(cards, line.ground.shape.gpus)
    return line.job(task.name, "Priority", 1, cards, limit=hours * HOUR, partition=where)
