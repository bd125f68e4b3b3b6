"""The inventory as records and as the settings of the drivers that reach it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from backends.records import NodeListed
from console.model.config import Config


def groups(config: Config) -> Mapping[str, tuple[str, ...]]:
    """The groups of each node, by its name: the one it is listed with first, then those of ``[groups]``.

    A group may name nodes that are not in `Config.nodes`, where only some of the lab are looked at: they are left out.
    """
    found: dict[str, dict[str, None]] = {node.name: {} for node in config.nodes}
    for node in config.nodes:
        if node.group is not None:
            found[node.name][node.group] = None
    for group, names in config.groups.items():
        for name in found.keys() & set(names):
            found[name][group] = None
    return {name: tuple(each) for name, each in found.items()}


def listed(config: Config, at: float, mono: float) -> list[NodeListed]:
    """What the lab says of every node, in the order of its file; UTC and monotonic time of now."""
    of = groups(config)
    return [
        NodeListed(
            node=node.name,
            at=at,
            mono=mono,
            source=node.source,
            address=node.address,
            group=node.group,
            rack=node.rack,
            cards=node.cards,
            labels=node.labels,
            groups=of[node.name],
        )
        for node in config.nodes
    ]


def drivers(config: Config, cache: Path) -> Sequence[tuple[str, dict[str, object]]]:
    """The drivers that reach the inventory, each with its settings; this machine alone where there is none.

    Args:
        config: of the lab.
        cache: a folder of the user's own, for what `ssh -G` said of each host.
    """
    if not config.nodes:
        return [("local", {})]
    found: list[tuple[str, dict[str, object]]] = [
        ("local", {"node": node.name}) for node in config.nodes if node.source == "local"
    ]
    hosts = [
        {
            "name": node.name,
            "address": node.address or "",
            "group": node.group,
            "rack": node.rack,
            "cards": node.cards,
            "labels": node.labels,
        }
        for node in config.nodes
        if node.source == "ssh"
    ]
    if hosts:
        ssh = config.ssh
        found.append(
            (
                "ssh",
                {
                    "hosts": hosts,
                    "config": ssh.config,
                    "user": ssh.user,
                    "at_once": ssh.at_once,
                    "at_once_per_jump": ssh.at_once_per_jump,
                    "patience": ssh.patience,
                    "python": list(ssh.python),
                    "cache": cache,
                },
            )
        )
    return found
