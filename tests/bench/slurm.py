"""What a listing of 10,000 jobs and 1,000 nodes costs to read: ms of CPU, and against a plain split of the same text.

Run: ``python tests/bench/slurm.py``
"""

import random
import time
from collections.abc import Callable

from backends.jobs import Jobs
from backends.slurm.cards import Allocations
from backends.slurm.listing import Reader
from backends.slurm.nodes import NodeReader
from backends.slurm.rows import FIELDS, SEPARATOR, rows_of

JOBS, NODES, END, TIMES = 10_000, 1_000, "0123abcd4567", 5


def row(number: int, r: random.Random) -> str:
    """One row of squeue: a tenth of the jobs runs, each waiting one was submitted at a time of its own."""
    running = number % 10 == 0
    minute, second = number // 60 % 60, number % 60
    at = f"2026-11-{number % 28 + 1:02}T10:{minute:02}:{second:02}"
    values = {
        "JobArrayID": str(number), "JobID": str(number), "State": "RUNNING" if running else "PENDING",
        "Reason": "None" if running else r.choice(("Priority", "Resources", "Dependency")),
        "UserName": f"user{number % 90:02}", "UserID": str(2000 + number % 90), "Account": f"lab{number % 12}",
        "Partition": r.choice(("gpu", "long", "debug")), "QOS": "normal", "Reservation": "(null)",
        "PriorityLong": str(r.randrange(20_000)), "SubmitTime": at, "EligibleTime": at,
        "StartTime": at if running else "N/A", "EndTime": "N/A", "TimeLimit": "1-00:00:00", "NumNodes": "2",
        "NumTasks": "2", "tres-alloc": "cpu=32,mem=256000M,node=2,billing=32,gres/gpu=8", "tres-per-job": "N/A",
        "tres-per-node": "gres/gpu:a100:4", "tres-per-task": "N/A", "OverSubscribe": "OK", "Feature": "(null)",
        "ReqNodes": "", "NodeList": f"gpu[{number % 999:04}-{number % 999 + 1:04}]" if running else "",
        "Dependency": "(null)", "exit_code": "0", "RestartCnt": "0", "Requeue": "1", "Name": f"train-{number}",
    }  # fmt: skip
    return SEPARATOR.join(values[field] for field in FIELDS) + f"{SEPARATOR}{END}\n"


def node(number: int) -> str:
    """One line of ``scontrol -d -o show nodes``."""
    return (
        f"NodeName=gpu{number:04} Arch=x86_64 CoresPerSocket=32 CPUAlloc=32 CPUEfctv=64 CPUTot=64 CPULoad=31.76"
        " AvailableFeatures=ib,a100 ActiveFeatures=ib,a100 Gres=gpu:a100:8(S:0-1) GresDrain=N/A"
        f" GresUsed=gpu:a100:4(IDX:0-3) NodeAddr=gpu{number:04} NodeHostName=gpu{number:04} Version=24.11.5"
        " OS=Linux 6.1.0 #1 SMP RealMemory=1031000 AllocMem=512000 FreeMem=15434 Sockets=2 Boards=1 State=MIXED"
        " ThreadsPerCore=1 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A Partitions=gpu,long"
        " BootTime=2026-11-21T18:32:32 SlurmdStartTime=2026-11-21T18:58:49 LastBusyTime=2026-11-21T18:58:51"
        " CfgTRES=cpu=64,mem=1031000M,billing=64,gres/gpu=8 AllocTRES=cpu=32,mem=512000M,gres/gpu=4"
    )


def cpu(work: Callable[[], object]) -> float:
    """The least CPU seconds of a few rounds."""
    least = float("inf")
    for _ in range(TIMES):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
    return least


def main() -> None:
    """Measure and print."""
    r = random.Random(1)
    rows = [row(number, r) for number in range(1, JOBS + 1)]
    output, nodes = "".join(rows), "\n".join(map(node, range(NODES)))
    changed = "".join(row(number, r) if number % 100 == 0 else rows[number - 1] for number in range(1, JOBS + 1))
    plain = cpu(lambda: [line.split(SEPARATOR) for line in output.split("\n")])
    first = cpu(lambda: Reader().read(rows_of(output, END)))
    reader = Reader()
    reader.read(rows_of(output, END))
    outputs = [changed, output]

    def again() -> None:
        outputs.reverse()
        reader.read(rows_of(outputs[0], END))

    later = cpu(again)
    jobs, capacities = reader.read(rows_of(output, END)), NodeReader().read(nodes)
    known, node_reader = Allocations(), NodeReader()
    node_reader.read(nodes)
    joined = cpu(lambda: known.joined(jobs, capacities))
    same = Jobs("slurm", 0.0, 0.0, jobs)
    figures = {
        "first listing": first,
        "later listing, 1 % changed": later,
        "nodes, first": cpu(lambda: NodeReader().read(nodes)),
        "nodes, as they were": cpu(lambda: node_reader.read(nodes)),
        "cards joined": joined,
        "compared": cpu(lambda: same == Jobs("slurm", 0.0, 0.0, jobs)),
    }
    print(f"{JOBS} jobs ({len(output) / 1e6:.1f} MB), {NODES} nodes; a plain split: {1000 * plain:.1f} ms")
    for name, seconds in figures.items():
        print(f"{name:28} {1000 * seconds:7.1f} ms  {seconds / plain:6.1f} x the split")


if __name__ == "__main__":
    main()
