"""The inventory as records and as settings of drivers."""

from pathlib import Path

import msgspec

from backends.ssh.inventory import settings_of
from console.model.config import Config, Listed, Scheduler, Ssh
from console.model.inventory import Way, groups, listed, schedulers, ways

LAB = Config(
    nodes=(
        Listed("gpu1", "admin@gpu1.ib", "ssh", "train", "r1", 8, {"gen": "a"}),
        Listed("login", source="local"),
        Listed("gpu2"),
    ),
    groups={"debug": ("gpu1", "gpu2"), "train": ("gpu1",)},
    ssh=Ssh(config=Path("/lab/ssh"), user="admin", at_once=9, python=("python3", "python3.9")),
)


def test_every_node_is_listed_in_its_order_with_all_its_groups() -> None:
    found = listed(LAB, 5.0, 6.0)
    assert [(one.node, one.source, one.groups) for one in found] == [
        ("gpu1", "ssh", ("train", "debug")),
        ("login", "local", ()),
        ("gpu2", "ssh", ("debug",)),
    ]
    assert (found[0].at, found[0].mono, found[0].cards, found[0].labels) == (5.0, 6.0, 8, {"gen": "a"})
    assert groups(LAB)["gpu2"] == ("debug",)


def test_groups_of_a_lab_that_is_looked_at_in_part_name_only_who_is_there() -> None:
    part = msgspec.structs.replace(LAB, nodes=LAB.nodes[2:])
    assert groups(part) == {"gpu2": ("debug",)}
    assert groups(msgspec.structs.replace(LAB, nodes=())) == {}
    assert listed(msgspec.structs.replace(LAB, nodes=()), 5.0, 6.0) == []


def test_the_drivers_understand_their_settings() -> None:
    local, ssh = ways(LAB, Path("/cache"))
    assert local == Way("local", "local", {"node": "login"})
    assert (ssh.driver, ssh.name) == ("ssh", "ssh")
    found = settings_of(ssh.settings)
    assert [(host.name, host.address or host.name, host.rack) for host in found.hosts] == [
        ("gpu1", "admin@gpu1.ib", "r1"),
        ("gpu2", "gpu2", None),
    ]
    assert (found.config, found.cache, found.user) == (Path("/lab/ssh"), Path("/cache"), "admin")
    assert (found.at_once, found.python) == (9, ("python3", "python3.9"))


def test_schedulers_are_sources_of_their_own() -> None:
    found = schedulers(
        Config(
            schedulers=(Scheduler("slurm", "big", 10.0, "ops@login"), Scheduler("kubernetes", "k8s", context="lab"))
        ),
        Path("/cache"),
    )
    assert [(way.driver, way.name) for way in found] == [("slurm", "big"), ("kubernetes", "k8s")]
    assert {key: found[0].settings[key] for key in ("login", "path", "interval", "cache")} == {
        **{"login": "ops@login", "path": None, "interval": 10.0, "cache": Path("/cache")},
    }
    assert found[1].settings == {"interval": 5.0, "kubeconfig": None, "context": "lab", "namespaces": []}


def test_without_an_inventory_this_machine_alone_is_read() -> None:
    assert list(ways(Config(), Path("/cache"))) == [Way("local", "local")]
    assert ways(Config(nodes=(Listed("a"),)), Path("/c"))[0].driver == "ssh"
