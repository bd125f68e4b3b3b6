"""What doctor says, by the stable ids of its checks; and the bundle, which names nobody."""

import asyncio
import json
import os
import stat
import tarfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import keyring
import msgspec
import pytest
from keyring.backends import fail

from backends.local.once import ABSENT, NvmlFacts
from backends.record import Trouble
from backends.records import Card, HostSample, NodeFacts, NodeSample, ReaderState
from backends.secrets.chain import chain
from backends.secrets.file import SecretFile
from console.model.checks import Check, Outcome
from console.model.config import Config, Listed, Team
from console.model.fleet import Fleet
from console.model.settings import Settings
from console.services import config_check
from console.services.clock import LabClock
from console.services.doctor import bundle, driver, examination, folder, secrets, ssh, team
from console.services.follower import Glance
from console.services.scrubbing import scrubber_of
from console.store.database import Database
from console.store.folder import Folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", tmp_path / "state", "lab-a")


async def looked(*records: object) -> AsyncIterator[Glance]:
    fleet = Fleet()
    fleet.apply(records)  # type: ignore[arg-type]
    yield Glance(fleet, LabClock(1.0, 1.0), "lab", False, True)


async def never() -> AsyncIterator[Glance]:
    for glance in ():
        yield glance


def by_id(checks: Iterator[Check] | list[Check]) -> dict[str, Check]:
    return {check.id: check for check in checks}


async def test_every_topic_is_looked_at(settings: Settings, tmp_path: Path) -> None:
    stores = chain((), tmp_path / "secrets.toml")
    wrong = msgspec.structs.replace(settings, problems=("line 3: no such key",))
    found = by_id([check async for check in examination.checks(wrong, never(), stores)])
    assert {
        *(
            "program.version",
            "program.sqlite",
            "program.keys",
            "config.file",
            "terminal",
            "data.folder",
            "history",
            "team",
        ),
        *("collector", "secrets", "ssh.binary", "ssh.agent", "driver.nvml"),
    } <= set(found)
    assert (found["config.file"].outcome, found["config.file"].said) == (Outcome.WRONG, "line 3: no such key")
    assert found["history"].outcome is Outcome.NOTE


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (NvmlFacts("570.1", "12.8", "12", 2, ("A100", "A100")), Outcome.GOOD),
        (Trouble(ABSENT), Outcome.NOTE),
        (Trouble("The NVIDIA driver does not answer: …"), Outcome.WRONG),
        (Trouble("NVML cannot be used: {why}", "", {"why": "x"}), Outcome.WRONG),
    ],
)  # fmt: skip
async def test_a_driver_that_hangs_is_wrong_and_one_that_is_absent_is_not(
    facts: NvmlFacts | Trouble, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def said() -> NvmlFacts | Trouble:
        return facts

    monkeypatch.setattr(driver, "nvml_facts", said)
    found = by_id([check async for check in driver.checks(never())])
    assert found["driver.nvml"].outcome is outcome


@pytest.mark.parametrize(("reader", "outcome"), [(ReaderState.OK, Outcome.GOOD), (ReaderState.STALLED, Outcome.WRONG)])
async def test_the_probe_says_how_its_reader_is(
    reader: ReaderState, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def said() -> Trouble:
        return Trouble(ABSENT)

    monkeypatch.setattr(driver, "nvml_facts", said)
    records = (NodeFacts("n", 1.0, 1.0, cards=(Card(0),)), NodeSample("n", 1.0, 1.0, HostSample(), reader))
    found = by_id([check async for check in driver.checks(looked(*records))])
    assert found["probe"].outcome is outcome


@pytest.mark.parametrize(
    ("expected", "outcome"), [(None, Outcome.GOOD), (0, Outcome.GOOD), (1, Outcome.GOOD), (8, Outcome.WRONG)]
)
async def test_this_machine_lacks_cards_that_its_lab_names(
    settings: Settings, expected: int | None, outcome: Outcome, tmp_path: Path
) -> None:
    records = (NodeFacts("n", 1.0, 1.0, cards=(Card(0),)), NodeSample("n", 1.0, 1.0, HostSample(), ReaderState.OK))
    config = Config(nodes=(Listed("n", source="local", cards=expected),))
    lab = msgspec.structs.replace(settings, config=config)
    stores = chain((), tmp_path / "secrets.toml")
    found = by_id([check async for check in examination.checks(lab, looked(*records), stores)])
    assert found["probe"].outcome is outcome
    assert ("1 of the 8 GPUs" in found["probe"].said) == (expected == 8)


def test_an_open_file_is_named_with_what_to_do(settings: Settings) -> None:
    lab = Folder(settings.folder)
    lab.make()
    settings.state.mkdir(mode=0o700)
    (settings.state / "console-1.log").touch()
    (settings.state / "console-1.log").chmod(0o644)
    Database(lab.database).close()
    found = [check for check in folder.checks(settings) if check.id == "data.mode"]
    assert [check.hint for check in found] == [f"chmod 600 {settings.state / 'console-1.log'}"]
    settings.folder.chmod(0o755)
    assert f"chmod 700 {settings.folder}" in [check.hint for check in folder.checks(settings)]


def test_the_history_has_a_size_and_a_damaged_file_is_wrong(settings: Settings) -> None:
    lab = Folder(settings.folder)
    lab.make()
    database = Database(lab.database)
    with database.writing() as db:
        db.execute("INSERT INTO event (node, at, kind, origin) VALUES ('n', 86400, 'xid', 'nvml')")
    database.close()
    found = by_id(folder.checks(settings))["history"]
    assert found.outcome is Outcome.GOOD
    assert "1970-01-02" in found.said
    lab.database.write_bytes(b"no database at all" * 100)
    assert by_id(folder.checks(settings))["history"].outcome is Outcome.WRONG


async def test_the_store_of_secrets_in_use_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", fail.Keyring)  # a test's own keyring offers itself to the whole process
    path = tmp_path / "quarterdeck" / "secrets.toml"
    assert str(path) in (await secrets.check(chain((), path))).said
    await SecretFile(path).set("a", "b")
    path.chmod(0o644)
    found = await secrets.check(chain((), path))
    assert found.outcome is Outcome.WRONG
    assert "0644" in found.said


async def test_an_agent_that_does_not_answer_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for status, said, outcome in ((2, "", Outcome.WRONG), (1, "", Outcome.NOTE), (0, "one\ntwo", Outcome.GOOD)):
        for name in ("ssh", "ssh-add"):
            (bin_ / name).write_text(f"#!/bin/sh\nprintf '{said}'\nexit {status}\n")
            (bin_ / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{bin_}:/bin:/usr/bin")
        found = by_id([check async for check in ssh.checks()])
        assert found["ssh.agent"].outcome is outcome
    assert "2 keys" in found["ssh.agent"].said
    monkeypatch.setenv("PATH", str(tmp_path))
    assert by_id([check async for check in ssh.checks()])["ssh.binary"].outcome is Outcome.NOTE


def test_people_whom_the_machine_does_not_know_are_named(settings: Settings) -> None:
    lab = Settings(
        settings.folder, settings.state, "x", config=Config(team=Team(("nobody-here",), (), "no-such-group"))
    )
    found = list(team.checks(lab))
    assert [check.outcome for check in found] == [Outcome.WRONG, Outcome.WRONG]
    assert "nobody-here" in found[0].said
    assert "no-such-group" in found[1].said


CONFIG = """
# tell zhao before you change this
[lab]
name = "secret-lab"
interval = 2.0
[[nodes]]
name = "gpu[01-02]"
address = "wang@gpu-01.lab.example"
rack = "room 7"
labels = { owner = "zhao" }
[groups]
bigteam = ["gpu01"]
[privacy]
commands = "program"
[secrets]
command = ["vault", "read", "{name}"]
[ssh]
password = "hunter2"
"""
NAMES = ("zhao", "wang", "secret-lab", "gpu-01", "gpu01", "lab.example", "bigteam", "room 7", "hunter2", "10.9.8.7")


async def test_the_bundle_names_nobody_and_holds_no_database(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    nodes = (Listed("gpu01", "wang@gpu-01.lab.example"), Listed("gpu02"))
    config = Config(nodes=nodes, team=Team(members=("zhao",)), path=path, groups={"bigteam": ("gpu01",)})
    settings = Settings(tmp_path / "data", tmp_path / "state", "secret-lab", config=config)
    settings.state.mkdir()
    line = (
        "2026-11-21 10:00:00 ERROR wang@gpu-01.lab.example (10.9.8.7): zhao on gpu01, /home/zhao, --password hunter2\n"
    )
    (settings.state / "collector-secret-lab-1.log").write_text("old " + "x" * bundle.TAIL + "\n" + line)
    (settings.state / "crash-1.txt").write_text(line)
    (settings.state / "console-9.log").symlink_to("/etc/passwd")
    target = tmp_path / "report.tar.gz"
    scrub = scrubber_of(settings)
    before = os.umask(0)
    try:
        parts = await asyncio.to_thread(bundle.write, target, bundle.contents(settings, '{"said": "gpu01"}', scrub))
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    names = ["versions.json", "doctor.json", "config.json", "logs/collector-1.log.txt", "logs/crash-1.crash.txt"]
    assert [name for name, _size in parts] == names
    texts = {}
    with tarfile.open(target) as opened:
        for entry in opened:
            assert (entry.uname, entry.uid) == ("", 0)
            extracted = opened.extractfile(entry)
            assert extracted is not None
            texts[entry.name.removeprefix("quarterdeck-report/")] = extracted.read().decode()
    for name in NAMES:
        assert name not in "\n".join(texts.values()), name
    shown = json.loads(texts["config.json"])
    assert shown["privacy"] == {"commands": "program"}
    assert shown["lab"]["interval"] == 2.0
    host = json.loads(texts["doctor.json"])["said"]
    assert list(shown["groups"].values()) == [[host]], "the same name is the same word everywhere"
    assert f"on {host}," in texts["logs/collector-1.log.txt"]
    with pytest.raises(FileExistsError):
        bundle.write(target, iter(()))


def test_a_labs_own_patterns_are_checked(settings: Settings, tmp_path: Path) -> None:
    lab = msgspec.structs.replace(settings, config=Config(path=tmp_path / "config.toml"))
    assert list(config_check.patterns(lab)) == []
    (tmp_path / "progress.d").mkdir()
    path = tmp_path / "progress.d" / "ours.toml"
    path.write_text("[[patterns]]\nname = 'x'\nline = 'tick (?P<step>{count})'\n")
    assert [check.outcome for check in config_check.patterns(lab)] == [Outcome.GOOD]
    path.write_text("[[patterns]]\nname = 'x'\nline = '('\nbars = true\n")
    found = list(config_check.patterns(lab))
    assert [check.outcome for check in found] == [Outcome.WRONG, Outcome.WRONG]
    assert [check.said.partition(": ")[0] for check in found] == [f"{path}:3", f"{path}:4"]
