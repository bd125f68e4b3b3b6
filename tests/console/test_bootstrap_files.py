"""What the composition root writes beside the data: logs and the collector's last words, and for whom."""

import asyncio
import logging
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import logs, processes
from console.cli import settings_of
from console.model.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", tmp_path / "above" / "state", "lab")


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, left as it was."""
    found = logging.getLogger()
    handlers, level = list(found.handlers), found.level
    yield found
    for handler in set(found.handlers) - set(handlers):
        found.removeHandler(handler)
        handler.close()
    found.setLevel(level)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("open_umask")
def test_every_file_of_a_log_is_its_users_alone_after_it_was_rotated_too(
    settings: Settings, root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "BYTES", 200)
    settings.state.mkdir(parents=True, mode=0o700)
    name = processes.collector_name(settings)
    (settings.state / f"{name}.log").touch(mode=0o644)
    path = processes.log_to(settings, "collector")
    for number in range(20):
        root.info("line %d of a log that is soon full", number)
    found = sorted(each.name for each in settings.state.iterdir())
    assert found == [f"{name}.log", *(f"{name}.log.{number}" for number in range(1, logs.KEPT + 1))]
    assert {mode(each) for each in settings.state.iterdir()} == {0o600}
    assert "line 19" in path.read_text(encoding="utf-8")


@pytest.mark.usefixtures("open_umask", "root")
def test_the_folders_above_a_log_are_its_users_alone(settings: Settings) -> None:
    processes.log_to(settings, "collector")
    assert (mode(settings.state), mode(settings.state.parent)) == (0o700, 0o700)


def test_each_console_has_a_log_of_its_own_and_few_are_kept(settings: Settings, root: logging.Logger) -> None:
    child = subprocess.Popen(["/bin/sh", "-c", ":"])
    child.wait()
    settings.state.mkdir(parents=True)
    gone = [child.pid, *(900_000_000 + number for number in range(7))]  # no kernel has so many processes
    for age, pid in enumerate([os.getppid(), *gone]):
        for name in (f"console-{pid}.log", f"console-{pid}.log.1"):
            (settings.state / name).touch()
            os.utime(settings.state / name, (1000.0 + age, 1000.0 + age))
    (settings.state / "console-notes.log").touch()
    path = processes.log_to(settings, "console")
    root.info("here")
    assert path == settings.state / f"console-{os.getpid()}.log"
    kept = {os.getpid(), os.getppid(), *gone[-logs.CONSOLES_KEPT + 1 :]}
    names = {f"console-{pid}.log" for pid in kept} | {f"console-{pid}.log.1" for pid in kept - {os.getpid()}}
    assert {each.name for each in settings.state.iterdir()} == {*names, "console-notes.log"}


@pytest.mark.usefixtures("open_umask")
async def test_a_collector_is_started_where_it_keeps_no_disk_busy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It says where it is, into the file for its last words."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(processes, "arguments", lambda _settings: [])
    monkeypatch.setattr(processes.sys, "executable", str(tmp_path / "python"))
    (tmp_path / "python").write_text("#!/bin/sh\npwd >&2\n")
    (tmp_path / "python").chmod(0o755)
    await processes.starter(settings, 60.0)()
    errors = settings.state / f"{processes.collector_name(settings)}.err"
    async with asyncio.timeout(10):
        while not errors.read_text(encoding="utf-8"):  # noqa: ASYNC110 - a process tells of nothing
            await asyncio.sleep(0.01)
    assert errors.read_text(encoding="utf-8") == "/\n"
    assert mode(errors) == 0o600
    assert (mode(settings.state), mode(settings.state.parent)) == (0o700, 0o700)


def test_a_relative_data_folder_is_the_same_for_a_collector_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shape = {"nodes": 1, "gpus": 1, "seed": 1, "speed": 1.0, "demo": False}
    found = settings_of({**shape, "data": Path("lab"), "interval": 2.0, "theme": None, "lang": None})
    assert processes.arguments(found)[:2] == ["--data", str(tmp_path / "lab")]
