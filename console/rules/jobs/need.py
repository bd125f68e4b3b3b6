"""What a waiting job needs at once, in pieces that each fit on one node."""

from math import ceil
from typing import NamedTuple

from backends.jobs import Job


class Need(NamedTuple):
    """So many equal pieces. Jobs that ask for the same have equal needs."""

    pieces: int = 1
    cards: int = 0
    """Of each piece."""
    cpus: int = 0
    memory: int = 0
    whole: bool = False
    """Whether a piece takes a node that nobody else is on."""
    apart: bool = True
    """Whether each piece takes another node."""
    kind: str | None = None
    """Of its cards."""
    features: str | None = None
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    reservation: str | None = None
    limit: float | None = None
    """Seconds for which it may hold them."""


def of_job(job: Job, most: int) -> Need:
    """Say what a job needs.

    Where a job asks for cards and does not say how they may lie, they are dealt out evenly to as few nodes as have
    enough. Pods that differ are taken to need as much as the largest of them.

    Args:
        job: one that waits; of an array the next task.
        most: cards of the largest node that it could have.
    """
    asked = job.asked
    pods = [pod for pod in job.pods if pod.phase in (None, "Pending")]
    if pods:
        cards = max(pod.gpus for pod in pods)
        pieces, apart = len(pods), False
    else:
        pieces, cards = _dealt(job.gpus or 0, asked.nodes or 1, asked.gpus_per_node, most)
        apart = job.kind == "batch"
    return Need(
        pieces,
        cards,
        ceil((asked.cpus or 0) / pieces),
        ceil((asked.memory or 0) / pieces),
        bool(asked.exclusive),
        apart,
        asked.gpu_kind,
        asked.features,
        asked.only,
        asked.never,
        job.reservation,
        job.limit,
    )


def _dealt(gpus: int, nodes: int, each: int | None, most: int) -> tuple[int, int]:
    if each:
        return max(nodes, ceil(gpus / each)), each
    if most and gpus > nodes * most:
        nodes = ceil(gpus / most)
    return nodes, ceil(gpus / nodes)
