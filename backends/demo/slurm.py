"""How the simulated Slurm says a job of a lane; what only waits is said in `waiting`."""

from collections.abc import Sequence

from backends.demo.curves import scatter
from backends.demo.lanes import Place, Tell
from backends.demo.nodes import Node
from backends.demo.runs import Run
from backends.jobs import Asked, Held, Job, JobState

NAME = "slurm"
HIGH = 7000
"""From this priority on a waiting job is at the head of its queue, and waits for cards alone."""
USABLE = 0.95
"""Share of a node's memory that jobs may have."""
_FAULTS = (1, 1, 2, 1, 134, 139, 1, 127, 250)
"""Exit codes of what fails, by its seed."""
_SIGTERM, _SIGKILL = 15, 9
_OOM = 125


def teller(nodes: Sequence[Node]) -> Tell:
    """Make what says the runs on these nodes."""

    def tell(run: Run, state: JobState, places: Sequence[Place]) -> Job:
        return job(run, state, places, nodes)

    return tell


def id_of(run: Run) -> str:
    """What people call it: its number, or that of its array with its place there."""
    return run.number if run.array is None else f"{run.array}_{run.index}"


def job(run: Run, state: JobState, places: Sequence[Place], nodes: Sequence[Node]) -> Job:
    """Say a run as the scheduler's listing does while it is in `state`."""
    first = nodes[places[0][0]]
    partition = run.partition or first.kind.partition
    pending, ended = state is JobState.PENDING, state not in (JobState.PENDING, JobState.RUNNING, JobState.SUSPENDED)
    exit_code, signal, said = _end(run, state) if ended else (None, None, None)
    folder = f"/home/{run.person.user}/logs"
    label = run.number if run.array is None else f"{run.array}_{run.index}"
    return Job(
        id=id_of(run),
        name=run.task.name if run.told is None else run.told.name,
        user=run.person.user,
        project=run.person.project,
        partition=partition,
        state=state,
        reason=_waits(run) if pending else _ended(state),
        gpus=run.cards,
        held=() if pending or ended else held(places, nodes),
        submitted=run.submitted,
        started=None if pending else run.started,
        ended=run.ended if ended else None,
        limit=run.limit,
        priority=run.priority if pending else None,
        number=None if run.array is None else run.number,
        array=run.array,
        nodes=() if pending else tuple(nodes[index].name for index, _slots in places),
        asked=asked(places, first),
        qos=qos(run.task.name, run.limit) if run.told is None else run.told.qos,
        eligible=run.submitted,
        exit=exit_code,
        signal=signal,
        said=said,
        restarts=run.restarts,
        requeues=True,
        output=f"{folder}/{label}.out",
        errors=f"{folder}/{label}.err",
        partitions=(partition,),
        uid=run.person.uid,
    )


def held(places: Sequence[Place], nodes: Sequence[Node]) -> tuple[Held, ...]:
    """The cards of a job that has its nodes; on nodes without cards, the nodes alone."""
    return tuple(
        Held(nodes[node].name, slots, len(slots), gres(nodes[node]) if slots else None) for node, slots in places
    )


def gres(node: Node) -> str:
    """What the scheduler calls a node's cards; those that are split are others."""
    name = gres_of(node.kind.partition)
    return f"{name}_mig" if node.cards and all(card.parts for card in node.cards) else name


def gres_of(partition: str) -> str:
    """What the scheduler calls the cards of a partition."""
    return partition.replace("-", "_")


def asked(places: Sequence[Place], node: Node) -> Asked:
    """What a run on these cards asked for: its share of the nodes' processors and memory."""
    here = len(places[0][1])
    share = here / len(node.cards) if node.cards else 0.5
    nodes = len(places)
    return Asked(
        nodes=nodes,
        cpus=max(1, int(node.kind.cpus * share)) * nodes,
        memory=int(node.kind.host_memory * share * USABLE) * nodes,
        gpus_per_node=here,
        gpu_kind=gres(node) if here else None,
        exclusive=bool(node.cards) and here == len(node.cards),
    )


def qos(name: str, limit: float) -> str:
    """The quality of service under which people run a thing."""
    if name == "notebook":
        return "interactive"
    return "long" if limit > 48 * 3600.0 else "normal"


def _waits(run: Run) -> str:
    return "Resources" if run.priority > HIGH else "Priority"


def _ended(state: JobState) -> str | None:
    return {
        JobState.FAILED: "NonZeroExitCode",
        JobState.TIMEOUT: "TimeLimit",
        JobState.OUT_OF_MEMORY: "OutOfMemory",
        JobState.NODE_FAIL: "NodeDown",
    }.get(state)


def exit_of(run: Run) -> int:
    """The exit code with which a run fails that fails."""
    return _FAULTS[run.seed % len(_FAULTS)]


def _end(run: Run, state: JobState) -> tuple[int, int | None, str | None]:
    """Exit code, signal, and the scheduler's sentence."""
    if state is JobState.FAILED:
        return exit_of(run), None, None
    if state is JobState.OUT_OF_MEMORY:
        return 0, _OOM, f"slurmstepd: error: Detected 1 oom_kill event in StepId={run.number}.batch."
    if state is JobState.CANCELLED:
        who = run.by if run.by is not None else run.person.uid if scatter(run.seed, 3) % 4 else 0
        return 0, _SIGTERM, f"CANCELLED by {who}"
    if state is JobState.PREEMPTED:
        return 0, _SIGTERM, "preempted by a job of QOS urgent"
    if state is JobState.NODE_FAIL:
        return 1, None, "Node failure"
    return 0, _SIGKILL if state is JobState.TIMEOUT and run.seed % 5 == 0 else None, None
