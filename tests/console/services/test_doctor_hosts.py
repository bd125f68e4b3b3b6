"""Doctor over real SSH on loopback: per-host ids, what a person reads, and that nobody else is contacted."""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "backends" / "ssh"))
import rig as rigs

from backends.ports import Prompt
from backends.secrets.chain import chain
from console.model.checks import Outcome
from console.model.config import Config, Listed, Ssh
from console.model.settings import Settings
from console.services.doctor import examination, hosts
from console.services.follower import Glance


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[rigs.Rig]:
    why = rigs.missing()
    if why is not None:
        pytest.skip(why)
    with rigs.rig(tmp_path) as made:
        yield made


def lab(rig: rigs.Rig, *servers: rigs.Sshd) -> Config:
    """A lab of these servers, by an ssh configuration of its own."""
    path = rig.folder / "ssh_config"
    lines = [f"UserKnownHostsFile {rig.known_hosts}\nIdentityFile {rig.key}\nIdentitiesOnly yes\nIdentityAgent none\n"]
    for number, server in enumerate(servers):
        lines.append(f"Host n{number}\n  HostName {server.address}\n  Port {server.port}\n  User {rig.user}\n")
    path.write_text("".join([*lines[1:], "Host *\n", lines[0]]))
    return Config(
        nodes=tuple(Listed(f"n{number}") for number in range(len(servers))), ssh=Ssh(config=path, python=("python3",))
    )


async def nobody(_prompt: Prompt) -> str | None:
    return None


async def test_each_host_has_its_checks_and_a_wrong_one_says_why(rig: rigs.Rig) -> None:
    good, down, unknown = rig.sshd(), rig.sshd(start=False), rig.sshd(known=False)
    config = lab(rig, good, down, unknown)
    found = [check async for check in hosts.checks(config, rig.folder / "cache", nobody)]
    by_id = {check.id: check for check in found}
    assert [id_ for id_ in by_id if id_.startswith("host.n0.")] == [
        f"host.n0.{step}" for step in ("name", "port", "hostkey", "login", "python", "driver", "skew", "rights")
    ]
    for step in ("name", "port", "hostkey", "login", "python", "skew"):
        assert by_id[f"host.n0.{step}"].outcome is Outcome.GOOD, by_id[f"host.n0.{step}"]
    assert by_id["host.n1.port"].outcome is Outcome.WRONG
    assert "host.n1.login" not in by_id, "what was not looked at is not told"
    assert by_id["host.n2.hostkey"].outcome is Outcome.WRONG
    assert by_id["host.n2.hostkey"].hint
    assert (by_id["hosts"].outcome, by_id["hosts"].said) == (Outcome.WRONG, "1 of 3 nodes are fine")
    assert not any("{" in check.said for check in found)


async def test_fewer_cards_than_the_lab_names_are_wrong(rig: rigs.Rig) -> None:
    config = lab(rig, rig.sshd())
    nodes = (msgspec.structs.replace(config.nodes[0], cards=64),)
    config = msgspec.structs.replace(config, nodes=nodes)
    found = {check.id: check async for check in hosts.checks(config, rig.folder / "cache", nobody)}
    assert found["host.n0.driver"].outcome is Outcome.WRONG
    assert "of the 64 GPUs" in found["host.n0.driver"].said
    assert "cards" in found["host.n0.driver"].hint
    assert "host.n0.skew" in found
    assert (found["hosts"].outcome, found["hosts"].said) == (Outcome.WRONG, "0 of 1 node is fine")


async def test_only_those_that_were_named_are_contacted(rig: rigs.Rig) -> None:
    one, other = rig.sshd(), rig.sshd()
    config = lab(rig, one, other)
    settings = Settings(rig.folder / "data", rig.folder / "state", "lab", config=config)

    async def never() -> AsyncIterator[Glance]:
        for _ in ():
            yield _
        raise AssertionError("this machine is not looked at")

    checks = [check async for check in examination.checks(settings, never(), chain(), nobody, ("n0",))]
    assert {check.id.split(".")[1] for check in checks if check.id.startswith("host.")} == {"n0"}
    assert "Accepted" in one.log
    assert "Accepted" not in other.log
    assert "publickey" not in other.log
    assert not (rig.folder / "data").exists()


async def test_without_an_inventory_nobody_is_contacted(tmp_path: Path) -> None:
    assert [check async for check in hosts.checks(Config(), tmp_path, None)] == []
    local = Config(nodes=(Listed("here", source="local"),))
    assert [check async for check in hosts.checks(local, tmp_path, None)] == []


async def test_the_verb_names_them_folds_many_and_refuses_strangers(
    rig: rigs.Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    from console.headless import doctor

    config = lab(rig, rig.sshd())
    settings = Settings(rig.folder / "data", rig.folder / "state", "lab", config=config)
    assert await doctor(settings, "json", only="n0") == 0
    items = json.loads(capsys.readouterr().out)["items"]
    assert "host.n0.login" in [item["id"] for item in items]
    assert await doctor(settings, "table", only="n[0-3]") == 2
    assert "There is no node n1." in capsys.readouterr().err
