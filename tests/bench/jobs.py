"""CPU of judging 10,000 jobs of which one in a hundred changed, and of their queues.

Run it as ``python tests/bench/jobs.py [JOBS]``.
"""

import gc
import sys
from random import Random
from statistics import median
from time import process_time

import msgspec

from backends.jobs import Asked, Capacity, Held, Job, Jobs, JobState, JobUse, JobUses, Queue, Queues, QueueState
from backends.records import (
    Card,
    CardState,
    GpuSample,
    HostSample,
    NodeFacts,
    NodeProcesses,
    NodeSample,
    Process,
    ProcessUse,
    ReaderState,
)
from console.garbage import THRESHOLDS
from console.model.fleet import Fleet, difference
from console.rules.jobs.judge import JobJudge
from console.rules.jobs.lives import Lives
from console.rules.judge import Judge

NODES = 512
PARTITIONS = ("a100", "h100", "debug", "long")
BUDGET = 60.0
"""Milliseconds that a round may take."""


def lab(fleet: Fleet) -> None:
    """A node with eight cards each, four partitions over them."""
    names = [f"gpu-{number:03d}" for number in range(NODES)]
    for name in names:
        cards = tuple(Card(slot, f"{name}-{slot}", "H100") for slot in range(8))
        gpus = tuple(GpuSample(slot, CardState.OK, None, 50.0) for slot in range(8))
        fleet.apply(
            [
                NodeFacts(name, 0.0, 0.0, cards=cards, interval=2.0),
                NodeSample(name, 0.0, 0.0, HostSample(), ReaderState.OK, gpus=gpus),
            ]
        )


def queues(at: float) -> Queues:
    names = [f"gpu-{number:03d}" for number in range(NODES)]
    part = NODES // len(PARTITIONS)
    return Queues(
        "slurm",
        at,
        at,
        tuple(
            Queue(name, state=QueueState.UP, nodes=tuple(names[part * number : part * (number + 1)]))
            for number, name in enumerate(PARTITIONS)
        ),
        tuple(
            Capacity(
                name,
                ("MIXED",),
                True,
                cpus=128,
                cpus_used=64,
                memory=1 << 40,
                memory_used=1 << 39,
                gpus=8,
                gpus_used=number % 9,
                gpu_kind="h100",
                queues=(PARTITIONS[number // part],),
            )
            for number, name in enumerate(names)
        ),
    )


def job(number: int, chance: Random) -> Job:
    state = JobState.RUNNING if number < 2000 else JobState.PENDING if number < 8000 else JobState.COMPLETED
    node = f"gpu-{number % NODES:03d}"
    held = (Held(node, (number // NODES * 2, number // NODES * 2 + 1), 2),) if state is JobState.RUNNING else ()
    reason = chance.choice(("Priority", "Resources", "QOSMaxGRESPerUser", "Dependency")) if not held else None
    after = "afterok:17" if reason == "Dependency" else None
    return Job(
        str(number), f"train-{number}", f"user{number % 90}", "nlp", PARTITIONS[number % 4], state,
        reason,
        chance.choice((1, 2, 4, 8, 16)), held, 1e6 + number, 2e6, 2.1e6 if number >= 8000 else None,
        limit=86400.0 * chance.choice((1, 2, 3)), priority=float(chance.randrange(100000)),
        nodes=(node,) if held else (), asked=Asked(nodes=1, cpus=16), dependency=after,
    )  # fmt: skip


def lives(fleet: Fleet) -> dict[str, list[float]]:
    """Count what 2,000 jobs make of their cards, every ten seconds, and tell it."""
    taken = Lives()
    took: dict[str, list[float]] = {"look": [], "inspect": [], "tell": []}
    for turn in range(12):
        at = 10.0 * turn
        samples = [msgspec.structs.replace(node.sample, mono=at) for node in fleet.nodes.values() if node.sample]
        processes = [
            NodeProcesses(name, at, at, tuple(
                Process(slot, job=str(number + NODES * (slot // 2)), uses=(ProcessUse(slot, memory=1 << 34),))
                for slot in range(8)
            ))
            for number, name in enumerate(fleet.nodes)
        ]  # fmt: skip
        fleet.apply([*samples, *processes])
        for name, work in (
            ("look", lambda at=at: taken.look(fleet.nodes, fleet.jobs, 2e6 + at, at)),
            ("inspect", lambda at=at: taken.inspect(fleet.nodes, at)),
            ("tell", lambda at=at: taken.tell(2e6 + at)),
        ):
            began = process_time()
            work()
            took[name].append((process_time() - began) * 1e3)
    assert sum(life.measured > 100 for life in taken.running) == 2000
    return took


def main(count: int) -> None:
    gc.set_threshold(*THRESHOLDS)  # as both processes have them
    fleet, chance, judge, cards = Fleet(), Random(1), JobJudge(), Judge()
    lab(fleet)
    jobs = [job(number, chance) for number in range(count)]
    took, asked, explained = [], [], []
    for turn in range(12):
        at = 5.0 * turn
        for number in chance.sample(range(count), count // 100):
            jobs[number] = msgspec.structs.replace(jobs[number], priority=float(chance.randrange(100000)))
        fresh = Jobs("slurm", at, at, tuple(jobs), interval=5.0)
        uses = tuple(JobUse(str(number), 2, 2, 80.0, 80.0, processes=2) for number in range(2000))
        fleet.apply([*difference(fleet.jobs.get("slurm"), fresh), queues(at), JobUses("slurm", at, at, uses)])
        nodes = cards.fleet(fleet, at, 2.05e6 + at)
        began = process_time()
        found = judge.jobs(fleet, nodes, at, 2.05e6 + at)
        took.append((process_time() - began) * 1e3)
        assert len(found) == count
        if hasattr(judge, "queues"):
            began = process_time()
            judge.queues(fleet, nodes, 2.05e6 + at, 2.0e6)
            asked.append((process_time() - began) * 1e3)
            began = process_time()
            judge.explain("slurm/7999", fleet, nodes, at, 2.05e6 + at)
            explained.append((process_time() - began) * 1e3)
    fleet.apply([Jobs("slurm", 60.0, 60.0, tuple(jobs[:2000]), interval=5.0)])
    for name, times in lives(fleet).items():
        print(f"{name:7s} first {times[0]:6.1f}  then median {median(times[1:]):6.1f}  most {max(times[1:]):6.1f} ms")
    print(f"jobs    first {took[0]:6.1f}  then median {median(took[1:]):6.1f}  most {max(took[1:]):6.1f} ms")
    for name, times in (("queues", asked), ("explain", explained)):
        if times:
            print(
                f"{name:7s} first {times[0]:6.1f}  then median {median(times[1:]):6.1f}  most {max(times[1:]):6.1f} ms"
            )
    if median(took[1:]) > BUDGET:
        sys.exit(f"more than {BUDGET:g} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
