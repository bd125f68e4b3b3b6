"""Metrics and checkpoints in the folder of a job: the newest is read, links and pipes are not, and bounds hold."""

import importlib.util
import json
import os
import time
from pathlib import Path
from types import ModuleType

import pytest

from backends.ssh.disk import Disk
from console.rules.progress.pattern import Names
from console.rules.progress.pattern_file import OURS, parse
from console.services import progress_files
from console.services.progress_files import Files, look

NAMES: Names = parse(OURS.read_bytes(), str(OURS)).names
T = 1_700_000_000.0
UID = os.getuid()


def _writer() -> ModuleType:
    path = Path(__file__).parents[1] / "rules" / "progress" / "event_file.py"
    spec = importlib.util.spec_from_file_location("event_file", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EVENTS: bytes = _writer().training(T, 5)


def put(path: Path, data: bytes | str, at: float = T) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    os.utime(path, (at, at))
    return path


def test_events_are_found_and_read(tmp_path: Path) -> None:
    put(tmp_path / "runs" / "a" / "events.out.tfevents.1700000000.gpu01.7.0", EVENTS, T + 50)
    seen = look(tmp_path, T, UID, NAMES)
    assert [one.step for one in seen.readings] == [1, 2, 3, 4, 5]
    assert (seen.written, seen.origin) == (T + 50, "runs/a/events.out.tfevents.1700000000.gpu01.7.0")


def test_the_newest_holds_and_what_an_earlier_job_wrote_does_not(tmp_path: Path) -> None:
    put(tmp_path / "old" / "events.out.tfevents.1", EVENTS, T - 5)
    assert look(tmp_path, T, UID, NAMES).readings == ()
    put(tmp_path / "a" / "metrics.csv", "epoch,step,train_loss\n0,1,2.5\n0,2,2.0\n0,3", T + 5)
    put(tmp_path / "b" / "events.out.tfevents.1", EVENTS, T + 2)
    seen = look(tmp_path, T, UID, NAMES)
    assert [(one.step, one.loss) for one in seen.readings] == [(1, 2.5), (2, 2.0)]


def test_a_long_table_is_read_at_its_end_with_its_head(tmp_path: Path) -> None:
    rows = "".join(f"0,{step},{1 / step:.6f}\n" for step in range(1, 20_000))
    put(tmp_path / "metrics.csv", "epoch,step,train_loss\n" + rows)
    seen = look(tmp_path, T, UID, NAMES)
    assert seen.readings[-1].step == 19_999
    assert seen.readings[-1].loss == pytest.approx(1 / 19_999, abs=1e-6)
    assert 1000 < len(seen.readings) <= 2000


def test_a_trainers_state_is_a_checkpoint_too(tmp_path: Path) -> None:
    state = {"max_steps": 1000, "log_history": [{"loss": 2.5, "step": 100, "epoch": 0.1}]}
    put(tmp_path / "out" / "checkpoint-100" / "trainer_state.json", json.dumps(state), T + 9)
    os.utime(tmp_path / "out" / "checkpoint-100", (T + 8, T + 8))
    seen = look(tmp_path, T, UID, NAMES)
    assert [(one.step, one.steps) for one in seen.readings] == [(100, 1000)]
    assert seen.saved == T + 8


def test_lines_of_json_are_read_in_whole_lines(tmp_path: Path) -> None:
    put(tmp_path / "trainer_log.jsonl", '{"current_steps": 5, "total_steps": 9, "loss": 1.5}\n{"current_steps": 6')
    seen = look(tmp_path, T, UID, NAMES)
    assert [(one.step, one.steps, one.loss) for one in seen.readings] == [(5, 9, 1.5)]


def test_no_link_is_followed_and_no_pipe_opened(tmp_path: Path) -> None:
    elsewhere = put(tmp_path / "elsewhere" / "metrics.csv", "step,loss\n1,2\n")
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "metrics.csv").symlink_to(elsewhere)
    (folder / "deeper").symlink_to(elsewhere.parent)
    os.mkfifo(folder / "metrics.jsonl")
    assert look(folder, 0.0, UID, NAMES).readings == ()


def test_a_link_that_is_put_there_meanwhile_is_not_followed(tmp_path: Path) -> None:
    elsewhere = put(tmp_path / "elsewhere" / "metrics.csv", "step,loss\n1,2\n")
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "a").symlink_to(elsewhere.parent)
    root = os.open(tmp_path / "job", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with pytest.raises(OSError, match=r"Not a directory|symbolic"):
            progress_files._open(root, ("a", "metrics.csv"), 0)
    finally:
        os.close(root)


def test_the_walk_has_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "1" / "2" / "3" / "metrics.csv", "step,loss\n1,2\n")
    put(tmp_path / "1" / "2" / "3" / "4" / "metrics.jsonl", '{"step": 9, "loss": 1}\n', T + 5)
    assert [one.step for one in look(tmp_path, T, UID, NAMES).readings] == [1]
    monkeypatch.setattr(progress_files, "ENTRIES", 3)
    assert look(tmp_path, T, UID, NAMES).readings == ()


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    put(tmp_path / "a" / "b" / "metrics.csv", "step,loss\n1,2\n")
    before = sum(1 for _ in Path("/proc/self/fd").iterdir())
    for _ in range(5):
        look(tmp_path, T, UID, NAMES)
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) == before


async def test_a_folder_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    files = Files(NAMES)
    assert await files.look(tmp_path / "none", T, UID) is None
    assert await files.end(tmp_path / "none", 9, T, UID) is None


async def test_the_end_of_an_output_is_read_where_it_is_the_jobs(tmp_path: Path) -> None:
    files = Files(NAMES)
    path = put(tmp_path / "slurm-1.out", "0123456789")
    assert await files.end(path, 4, T - 1, UID) == progress_files.End(b"6789", T)
    assert await files.end(path, 99, T, os.getuid()) == progress_files.End(b"0123456789", T)
    assert await files.end(path, 4, T + 1, UID) is None
    assert await files.end(path, 4, T - 1, os.getuid() + 1) is None
    assert await files.end(tmp_path, 4, 0.0, UID) is None
    os.mkfifo(tmp_path / "pipe")
    assert await files.end(tmp_path / "pipe", 4, 0.0, UID) is None


async def test_whose_job_is_not_known_of_that_nothing_is_read(tmp_path: Path) -> None:
    path = put(tmp_path / "metrics.csv", "step,loss\n1,2\n")
    assert await Files(NAMES).end(path, 4, 0.0, None) is None
    assert await Files(NAMES).look(tmp_path, 0.0, None) is None


async def test_an_output_or_a_folder_that_is_a_link_is_not_read_though_one_on_the_way_is_followed(
    tmp_path: Path,
) -> None:
    path = put(tmp_path / "real" / "metrics.csv", "step,loss\n1,2\n")
    (tmp_path / "way").symlink_to(tmp_path)
    (tmp_path / "folder").symlink_to(path.parent)
    (tmp_path / "out").symlink_to(path)
    files = Files(NAMES)
    assert await files.end(tmp_path / "out", 4, 0.0, UID) is None
    assert await files.look(tmp_path / "folder", 0.0, UID) is None
    assert await files.end(tmp_path / "way" / "real" / "metrics.csv", 2, 0.0, UID) is not None
    seen = await files.look(tmp_path / "way" / "real", 0.0, UID)
    assert seen is not None
    assert [one.step for one in seen.readings] == [1]


async def test_what_is_no_file_of_the_user_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "metrics.csv")
    foreign = put(tmp_path / "foreign.out", "1234")
    opened: list[int] = []
    really = os.open

    def spied(path: str | Path, flags: int, *, dir_fd: int | None = None) -> int:
        if not flags & (os.O_PATH | os.O_DIRECTORY):
            opened.append(flags)
        return really(path, flags, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", spied)
    assert await Files(NAMES).end(tmp_path / "metrics.csv", 4, 0.0, UID) is None
    assert await Files(NAMES).end(foreign, 4, 0.0, UID + 1) is None
    assert opened == []
    assert await Files(NAMES).end(foreign, 4, 0.0, UID) == progress_files.End(b"1234", T)
    assert len(opened) == 1


@pytest.mark.skipif(UID != 0, reason="only root can give files away")
async def test_only_what_the_jobs_user_owns_counts(tmp_path: Path) -> None:
    mine, theirs = 4001, 4002
    put(tmp_path / "metrics.csv", "step,loss\n1,2\n", T + 1)
    put(tmp_path / "a" / "metrics.jsonl", '{"step": 9, "loss": 1}\n', T + 5)
    (tmp_path / "checkpoint-9").mkdir()
    os.chown(tmp_path / "metrics.csv", mine, mine)
    os.chown(tmp_path / "a" / "metrics.jsonl", theirs, theirs)
    os.chown(tmp_path / "checkpoint-9", theirs, theirs)
    files = Files(NAMES)
    for owner in (0, mine):  # an administrator's folder, and their own
        os.chown(tmp_path, owner, owner)
        seen = await files.look(tmp_path, T, mine)
        assert seen is not None
        assert ([one.step for one in seen.readings], seen.saved) == ([1], None)
    os.chown(tmp_path, theirs, theirs)
    assert await files.look(tmp_path, T, mine) is None


async def test_a_file_system_that_hangs_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    disk = Disk(0.1)
    begin = time.monotonic()
    files = Files(NAMES, disk)
    progress_look = progress_files.look

    def hang(folder: Path, since: float, uid: int, names: Names) -> progress_files.Seen:
        (tmp_path / "pipe").read_bytes()
        return progress_look(folder, since, uid, names)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress_files, "look", hang)
        assert await files.look(tmp_path, T, UID) is None
    assert time.monotonic() - begin < 5
    os.close(os.open(tmp_path / "pipe", os.O_WRONLY | os.O_NONBLOCK))  # lets the thread go
