"""What two schedulers say beside the simulated lab: arrays, every way to wait and to end, pods, rules, services."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from stage import INTERVAL, OPENED, TICKS

from backends.commands import Call, JobCommand, Outcome
from backends.jobs import (
    Asked,
    Capacity,
    Held,
    Job,
    JobDetail,
    JobEvent,
    Jobs,
    JobState,
    JobUse,
    JobUses,
    Outputs,
    Pod,
    Policy,
    Progress,
    Progresses,
    Qos,
    Queue,
    Queues,
    QueueState,
    Quota,
    Reservation,
    Service,
    Services,
    Share,
)
from backends.ports import Unavailable
from backends.record import Trouble
from backends.records import AnyRecord

WALL = OPENED + (TICKS - 1) * INTERVAL
MONO = 1000.0 + (TICKS - 1) * INTERVAL
HOUR = 3600.0
SLURM, KUBE = "slurm", "k8s"


def _running(id_: str, name: str, user: str, node: str, cards: int = 8, hours: float = 5.0, **more: object) -> Job:
    given: dict[str, object] = {
        "id": id_,
        "name": name,
        "user": user,
        "project": "nlp" if user == "wang" else "cv",
        "partition": "a100",
        "state": JobState.RUNNING,
        "gpus": cards,
        "held": (Held(node, tuple(range(cards))),),
        "nodes": (node,),
        "submitted": WALL - (hours + 0.4) * HOUR,
        "started": WALL - hours * HOUR,
        "limit": 24 * HOUR,
        "qos": "normal",
        "output": f"/home/{user}/{name}-{id_}.out",
    }
    return Job(**(given | more))  # type: ignore[arg-type]


def _waiting(id_: str, reason: str, priority: float, cards: int = 8, **more: object) -> Job:
    given: dict[str, object] = {
        "id": id_,
        "name": f"wait-{reason.lower()}",
        "user": "li",
        "project": "rl",
        "partition": "a100",
        "state": JobState.PENDING,
        "reason": reason,
        "gpus": cards,
        "submitted": WALL - 2.5 * HOUR,
        "limit": 48 * HOUR,
        "priority": priority,
        "qos": "normal",
        "asked": Asked(nodes=1, cpus=16, memory=64 << 30, gpus_per_node=cards),
    }
    return Job(**(given | more))  # type: ignore[arg-type]


def _ended(id_: str, state: JobState, minutes: float, **more: object) -> Job:
    given: dict[str, object] = {
        "id": id_,
        "name": "eval",
        "user": "zhao",
        "project": "cv",
        "partition": "a100",
        "state": state,
        "gpus": 1,
        "nodes": ("gpu-07",),
        "submitted": WALL - 9 * HOUR,
        "started": WALL - 8 * HOUR,
        "ended": WALL - minutes * 60,
        "limit": 12 * HOUR,
    }
    return Job(**(given | more))  # type: ignore[arg-type]


def jobs() -> tuple[Job, ...]:
    """Of Slurm."""
    sweep = tuple(
        _running(
            f"8841_{task}",
            "sweep",
            "li",
            "gpu-07",
            1,
            1.0 + task / 10,
            array="8841",
            number=str(9000 + task),
            held=(Held("gpu-07", (task,)),),
        )
        for task in range(4)
    )
    return (
        _running("8812", "llama-sft", "wang", "gpu-01", 8, 51.2, limit=120 * HOUR),
        _running("8820", "notebook", "zhao", "gpu-04", 8, 3.2, limit=12 * HOUR),
        _running("8830", "眼底图像分割-第二阶段", "王小明", "gpu-02", 4, 11.9, limit=12 * HOUR),
        *sweep,
        _ended("8841_5", JobState.FAILED, 12, name="sweep", user="li", array="8841", exit=1, reason="NonZeroExitCode"),
        _waiting("8841", "Priority", 4000, 1, name="sweep", array="8841", tasks="20-39%4", count=20),
        _waiting("8850", "Resources", 9000, 64, name="big", user="chen", asked=Asked(nodes=8, gpus_per_node=8)),
        _waiting("8852", "Dependency", 3000, 8, dependency="afterok:8812(unfulfilled)"),
        _waiting("8853", "JobHeldUser", 0, 8),
        _waiting("8854", "QOSMaxGRESPerUser", 2000, 8),
        _ended("8700", JobState.FAILED, 20, exit=1, reason="NonZeroExitCode"),
        _ended("8701", JobState.OUT_OF_MEMORY, 45, signal=9),
        _ended("8702", JobState.COMPLETED, 50),
        _ended("8703", JobState.FAILED, 200, exit=2),
        _ended("8704", JobState.CANCELLED, 300),
        _ended("8705", JobState.TIMEOUT, 30),
    )


def pods() -> tuple[Job, ...]:
    """Of Kubernetes."""
    worker = Pod("pretrain-worker-0", "u1", "gpu-12", "Running", gpus=8, ready=True, containers=("main",))
    broken = Pod("pretrain-worker-1", "u2", "gpu-13", "Pending", "ImagePullBackOff", "cannot pull x", 8, 3)
    return (
        Job(
            "team-a/pretrain",
            "pretrain",
            "sun",
            "team-a",
            "team-a",
            JobState.RUNNING,
            gpus=16,
            kind="PyTorchJob",
            held=(Held("gpu-12", tuple(range(8))),),
            nodes=("gpu-12",),
            started=WALL - 7200,
            submitted=WALL - 7300,
            pods=(worker, broken),
        ),
        Job(
            "team-a/notebook",
            "notebook",
            "sun",
            "team-a",
            "team-a",
            JobState.PENDING,
            "Unschedulable",
            2,
            kind="Pod",
            submitted=WALL - 900,
            said="0/32 nodes are available: 32 Insufficient nvidia.com/gpu.",
        ),
    )


def records() -> Sequence[AnyRecord]:
    """Everything, as it is told at the lab's present moment."""
    nodes = tuple(f"gpu-{number:02}" for number in range(1, 33))
    capacities = tuple(
        Capacity(
            name,
            ("MIXED",),
            usable=number % 9 != 0,
            cpus=64,
            memory=1 << 40,
            gpus=8,
            gpus_used=8 if number % 3 else 5,
            gpu_kind="a100",
            queues=("a100",),
        )
        for number, name in enumerate(nodes)
    )
    uses = (
        JobUse("8812", 8, 8, 96.0, 98.6, 71 << 30, None, 51 * HOUR, 8),
        JobUse("8820", 8, 0, 0.4, 0.0, 2 << 30, WALL - 3.1 * HOUR, 3.2 * HOUR, 1),
        JobUse("8830", 4, 3, 61.0, 70.0, 33 << 30, None, 11 * HOUR, 4),
        *(JobUse(f"8841_{task}", 1, 1, 40.0 + task, 50.0, 9 << 30) for task in range(4)),
    )
    progress = Progress(
        "8812",
        WALL - 20,
        12_400,
        50_000,
        1.2,
        4.0,
        1.734,
        0.21,
        WALL + 49 * HOUR,
        WALL - 1900,
        (),
        "/home/wang/llama-sft-8812.out",
    )
    partition = Queue(
        "a100", "partition", QueueState.UP, nodes, True, 120 * HOUR, HOUR, 10, quotas=(Quota("gres/gpu", 256, 200),)
    )
    debug = Queue("debug", "partition", QueueState.DRAINING, nodes[:1], limit=HOUR, priority=100, said="maintenance")
    local = Queue(
        "team-a",
        "localqueue",
        QueueState.UP,
        (),
        parent="research",
        quotas=(Quota("nvidia.com/gpu", 32, 16, "a100", 4, 8),),
    )
    return (
        Jobs(SLURM, WALL, MONO, jobs(), interval=30.0),
        Jobs(KUBE, WALL, MONO, pods(), interval=30.0),
        Queues(
            SLURM,
            WALL,
            MONO,
            (partition, debug),
            capacities,
            (Reservation("maint", WALL + 5 * HOUR, WALL + 9 * HOUR, ("gpu-01", "gpu-02"), ("root",)),),
        ),
        Queues(KUBE, WALL, MONO, (local,)),
        JobUses(SLURM, WALL, MONO, uses),
        Progresses(SLURM, WALL, MONO, (progress,)),
        Policy(
            SLURM,
            WALL,
            MONO,
            "22.05.8",
            "sched/backfill",
            {"age": 1000.0, "fairshare": 100_000.0, "qos": 5000.0},
            7 * 86_400.0,
            7 * 86_400.0,
            "REQUEUE",
            (Qos("normal", 0, {"MaxTRESPU": "gres/gpu=16"}), Qos("high", 100, {}, ("normal",), "REQUEUE")),
            (Share("nlp", None, 0.5, 0.61, 0.43), Share("nlp", "wang", 0.25, 0.5, 0.4)),
            {"SchedulerParameters": "bf_window=2880"},
        ),
        Services(
            SLURM,
            WALL,
            MONO,
            (
                Service("slurmctld", "head-1", True, 0.012, WALL - 9 * 86_400, said="22.05.8", replicas=2),
                Service(
                    "slurmdbd",
                    "head-1",
                    False,
                    None,
                    WALL - 600,
                    Trouble("It does not answer within {seconds} s.", "", {"seconds": "5"}),
                    replicas=1,
                ),
            ),
        ),
        Services(KUBE, WALL, MONO, (Service("kube-apiserver", "cp-1", True, 0.004, WALL - 86_400, replicas=3),)),
    )


class Own:
    """A person's own way to the scheduler: it reads one script and two outputs, and does nothing."""

    def __init__(self, written: dict[str, list[bytes]] | None = None, trouble: Trouble | None = None) -> None:
        self.written = written if written is not None else {"output": [], "errors": []}
        self.trouble = trouble
        self.asked: list[tuple[str, str, int]] = []
        self.more: asyncio.Queue[bytes] = asyncio.Queue()
        self.closed = False

    async def detail(self, job: str) -> JobDetail:
        """What there is to know of any job."""
        if self.trouble is not None:
            raise Unavailable(self.trouble)
        return JobDetail(
            job,
            WALL,
            next((each for each in jobs() if each.id == job), None),
            raw=f"JobId={job} JobName=llama-sft",
            command="/home/wang/run.sh --token=redacted",
            folder="/home/wang",
            script="#!/bin/bash\n#SBATCH --gres=gpu:8\n\nsrun python train.py --epochs 4\n",
            environment={"CUDA_VISIBLE_DEVICES": "0,1,2,3,4,5,6,7", "WANDB_MODE": "offline"},
            outputs=tuple(self.written),
            events=(JobEvent(WALL - 60, "StepStarted", "step 0 runs on gpu-01", "8812.0"),),
            troubles=(Trouble("The standard error cannot be read: {error}", "", {"error": "permission denied"}),),
        )

    async def outputs(self, job: str) -> Outputs:
        """What any job writes."""
        if self.trouble is not None:
            raise Unavailable(self.trouble)
        return Outputs(tuple(self.written), (None,) * len(self.written), "/home/wang")

    async def follow(self, job: str, output: str, back: int) -> AsyncIterator[bytes]:
        """The end of what was written, then what the test writes."""
        self.asked.append((job, output, back))
        whole = b"".join(self.written[output])
        yield whole[-back:]
        while True:
            yield await self.more.get()

    async def calls(self, command: JobCommand) -> Sequence[Call]:
        """Nothing."""
        return ()

    async def carry_out(self, call: Call) -> Sequence[Outcome]:
        """Nothing."""
        return ()

    async def look(self, jobs: Sequence[str]) -> Sequence[Job]:
        """Nothing."""
        return ()

    async def shell(self, job: str, node: str | None = None) -> Sequence[str]:
        """Nothing."""
        return ()

    async def close(self) -> None:
        """Remember it."""
        self.closed = True


def written() -> list[bytes]:
    """What a training writes: lines, a progress bar, Chinese, and an escape sequence that must not work."""
    steps = [
        f"step {number:>5}  loss {4 / (1 + number / 90):.4f}  lr 2.0e-05\n".encode() for number in range(0, 900, 3)
    ]
    return [
        *steps,
        "正在保存检查点 checkpoint-900 …\n".encode(),
        b"\x1b]0;owned\x07\x1b[31mWARNING\x1b[0m grad norm is large\n",
        b"eval:  10%|#\reval:  60%|######\reval: 100%|##########\r\n",
        b"a long line: " + b"0123456789" * 30 + b"\n",
        b"saved\n",
    ]
