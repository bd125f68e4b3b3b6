"""What the simulated schedulers can hand out on each node, and how much of it jobs have."""

from collections.abc import Iterator

import msgspec

from backends.demo import kubernetes, slurm
from backends.demo.health import DRIVER
from backends.demo.nodes import Node
from backends.demo.schedule import Schedule, source_of
from backends.jobs import Capacity

VERSIONS = {slurm.NAME: "24.11.5", kubernetes.NAME: "v1.33.4"}
DRAINED = "GPU driver does not answer, ticket 31"
_BY = "ops"
_NOTICED = 90.0
"""Seconds after which somebody looked at a node whose driver had stopped answering."""


class _Taken(msgspec.Struct):
    slots: list[int]
    share: float = 0.0


def capacities(schedule: Schedule, source: str, now: float) -> Iterator[Capacity]:
    """Say it for each node of a scheduler."""
    taken = {node.index: _Taken([]) for node in schedule.nodes}
    for lane in schedule.lanes(now, source):
        if lane.run is not None:
            for index, slots in lane.places:
                cards = len(schedule.nodes[index].cards)
                taken[index].slots += slots
                taken[index].share += len(slots) / cards if cards else 0.5
    for node in schedule.nodes:
        if source_of(node) == source:
            yield _capacity(node, taken[node.index], source, now)


def drained(node: Node, now: float) -> bool:
    """Whether somebody has taken a node out of service."""
    return node.stalled_since is not None and now >= node.stalled_since + _NOTICED


def _down(node: Node, now: float) -> bool:
    return node.down and node.silent_since is not None and now >= node.silent_since


def _capacity(node: Node, taken: _Taken, source: str, now: float) -> Capacity:
    kind, down, out = node.kind, _down(node, now), drained(node, now)
    share = min(1.0, taken.share)
    usable = not down and not out
    partition = kind.partition
    return Capacity(
        node=node.name,
        states=_states(source, share, down, out),
        usable=usable,
        reason=None if usable else DRAINED if out else "Not responding",
        reason_by=None if usable else _BY if out else "slurm" if source == slurm.NAME else "node-controller",
        reason_at=None if usable else ((node.stalled_since or 0.0) + _NOTICED) if out else node.silent_since,
        cpus=kind.cpus,
        cpus_used=int(kind.cpus * share),
        memory=kind.host_memory,
        memory_used=int(kind.host_memory * share * slurm.USABLE),
        gpus=len(node.cards),
        gpus_used=len(taken.slots),
        gpu_kind=slurm.gres(node) if node.cards else None,
        slots_used=tuple(sorted(taken.slots)) if source == slurm.NAME else None,
        queues=(partition, "scavenge") if source == slurm.NAME and node.cards else (partition,),
        features=tuple(
            word for word in (partition, "nvlink" if kind.links else "", "ib" if kind.fabric else "") if word
        ),
        version=f"{VERSIONS[source]} driver {DRIVER}" if node.cards else VERSIONS[source],
    )


def _states(source: str, share: float, down: bool, out: bool) -> tuple[str, ...]:
    if source == kubernetes.NAME:
        return ("NotReady" if down else "Ready", *(("SchedulingDisabled",) if out else ()))
    if down:
        return ("DOWN", "NOT_RESPONDING")
    base = "IDLE" if share == 0.0 else "ALLOCATED" if share >= 0.999 else "MIXED"
    return (base, *(("DRAIN",) if out else ()))
