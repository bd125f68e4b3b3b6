"""How old a value is, and when it counts as stale: after three intervals of its own group."""

from enum import StrEnum

from console.model.fleet import Listing, Node

INTERVALS = 3
"""A value that was missed three times is stale."""


class Group(StrEnum):
    """What is read together, and so ages together."""

    SAMPLE = "sample"
    PROCESSES = "processes"
    HEALTH = "health"
    MOUNTS = "mounts"


SECONDS = {Group.PROCESSES: 5.0, Group.HEALTH: 10.0, Group.MOUNTS: 10.0}
"""How often the probe reads the slower groups; none is read more often than the fast one."""


LISTED = 10.0
"""Seconds between listings of jobs where their source does not say."""


def seen(node: Node, group: Group) -> float | None:
    """The monotonic time at which a node's group was read; None when it never was."""
    match group:
        case Group.SAMPLE:
            return None if node.sample is None else node.sample.mono
        case Group.PROCESSES:
            return None if node.processes is None else node.processes.mono
        case Group.HEALTH:
            return None if node.health is None else node.health.mono
        case Group.MOUNTS:
            return None if node.mounts is None else node.mounts.mono


def age(node: Node, group: Group, mono: float) -> float | None:
    """Seconds since a node's group was read; None when it never was."""
    at = seen(node, group)
    return None if at is None else max(0.0, mono - at)


def limit(node: Node, group: Group) -> float:
    """Seconds after which a node's group is stale."""
    interval = (node.facts.interval if node.facts is not None else None) or 2.0
    return INTERVALS * max(SECONDS.get(group, interval), interval)


def outdated(listing: Listing, mono: float) -> bool:
    """Whether the jobs of a scheduler were listed too long ago to be believed."""
    return mono - listing.mono > INTERVALS * (listing.interval or LISTED)


def stale(node: Node, group: Group, mono: float) -> bool:
    """Whether a node's group was read and is too old to be believed."""
    old = age(node, group, mono)
    return old is not None and old > limit(node, group)
