"""The inventory as records and as the settings of the drivers that reach it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

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


class Way(msgspec.Struct, frozen=True):
    """How something of the lab is reached."""

    driver: str
    name: str
    """What the source is called."""
    settings: dict[str, object] = {}
    """As the driver takes them."""


def ways(config: Config, cache: Path) -> Sequence[Way]:
    """How the inventory and the schedulers are reached; where no node is listed this machine is, and it alone.

    Args:
        config: of the lab.
        cache: a folder of the user's own, for what `ssh -G` said of each host.
    """
    return (*_nodes(config, cache), *schedulers(config, cache))


def schedulers(config: Config, cache: Path) -> Sequence[Way]:
    """How the schedulers are reached, by the collector or by a person; arguments as those of `ways`."""
    return [
        Way(
            each.kind,
            each.name,
            {"interval": each.interval, "login": each.login, "path": each.path, **_ssh(config, cache)}
            if each.kind == "slurm"
            else {
                "interval": each.interval,
                "kubeconfig": each.kubeconfig,
                "context": each.context,
                "namespaces": list(each.namespaces),
            },
        )
        for each in config.schedulers
    ]


def _nodes(config: Config, cache: Path) -> Sequence[Way]:
    if not config.nodes:
        return [Way("local", "local")]
    found = [Way("local", "local", {"node": node.name}) for node in config.nodes if node.source == "local"]
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
        found.append(Way("ssh", "ssh", {"hosts": hosts, **_ssh(config, cache)}))
    return found


def _ssh(config: Config, cache: Path) -> dict[str, object]:
    ssh = config.ssh
    return {
        "config": ssh.config,
        "user": ssh.user,
        "at_once": ssh.at_once,
        "at_once_per_jump": ssh.at_once_per_jump,
        "patience": ssh.patience,
        "python": list(ssh.python),
        "cache": cache,
    }
