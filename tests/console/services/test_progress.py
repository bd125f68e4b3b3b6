"""The reading of trainings beside the collector: whose turn it is, what is told, and what does not break it."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from backends.commands import Call, JobCommand, Outcome
from backends.jobs import Job, JobDetail, Jobs, JobState, Outputs, Progress, Progresses
from backends.ports import Access, Unavailable
from backends.record import Trouble
from backends.records import AnyRecord
from console.model.config import Config, Training
from console.model.fleet import Fleet
from console.rules.progress.lines import Reader
from console.rules.progress.pattern_file import OURS, parse
from console.services import followed, progress, progress_opening
from console.services.progress import Trainings
from console.services.progress_files import Files
from console.services.progress_opening import Awaited, trainings

T = 1_700_000_000.0
KNOWN = parse(OURS.read_bytes(), str(OURS))
READER = Reader(KNOWN)


class Watch:
    """A clock that is set."""

    speed = 1.0

    def __init__(self) -> None:
        self.passed = 0.0

    def wall(self) -> float:
        return T + self.passed

    def mono(self) -> float:
        return 1000.0 + self.passed


class Desk:
    """A way to a scheduler whose jobs write what a test says."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], str] = {}
        self.names: tuple[str, ...] = ("output", "errors")
        self.folders: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []
        self.questions = 0
        self.at_once = self.most = 0
        self.closed = False
        self.wait = 0.0

    async def detail(self, job: str) -> JobDetail:
        raise AssertionError("the collector reads nobody's script")

    async def outputs(self, job: str) -> Outputs:
        self.questions += 1
        return Outputs(self.names, (None,) * len(self.names), self.folders.get(job))

    async def follow(self, job: str, output: str, back: int, *, go_on: bool = True) -> AsyncIterator[bytes]:
        assert not go_on
        self.asked.append((job, output))
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(self.wait)
            text = self.texts.get((job, output))
            if text is None:
                raise Unavailable(Trouble("It cannot be read."))
            yield text.encode()[-back:]
        finally:
            self.at_once -= 1

    async def calls(self, command: JobCommand) -> Sequence[Call]:
        raise AssertionError("it only reads")

    async def carry_out(self, call: Call) -> Sequence[Outcome]:
        raise AssertionError("it only reads")

    async def look(self, jobs: Sequence[str]) -> Sequence[Job]:
        return ()

    async def shell(self, job: str, node: str | None = None) -> Sequence[str]:
        raise AssertionError("it only reads")

    async def close(self) -> None:
        self.closed = True


class Lab:
    """A fleet with one scheduler, and what reads its trainings."""

    def __init__(self, *jobs: Job) -> None:
        self.clock = Watch()
        self.desk = Desk()
        self.fleet = Fleet()
        self.told: list[Progresses] = []
        self.list(*jobs)
        self.trainings = Trainings({"slurm": lambda: self.desk}, self.clock, READER, Files(KNOWN.names))

    def list(self, *jobs: Job) -> None:
        self.fleet.apply([Jobs("slurm", self.clock.wall(), self.clock.mono(), jobs)])

    def take(self, batch: Sequence[AnyRecord]) -> None:
        self.fleet.apply(batch)
        self.told += [record for record in batch if isinstance(record, Progresses)]

    async def round(
        self, after: float = 45.0, texts: Mapping[tuple[str, str], str] | None = None
    ) -> dict[str, Progress]:
        self.clock.passed += after
        self.desk.texts |= texts or {}
        await self.trainings.round(self.fleet, self.take)
        return {one.id: one for one in self.told[-1].jobs} if self.told else {}


def running(number: int | str, **more: object) -> Job:
    job = Job(str(number), state=JobState.RUNNING, gpus=8, started=T - 3600, uid=os.getuid())
    return msgspec.structs.replace(job, **more)


def log(*steps: int) -> str:
    return "".join(f"step {step}/5000 loss 2.5\n" for step in steps)


async def test_a_training_is_followed_from_round_to_round() -> None:
    lab = Lab(running(1))
    found = await lab.round(0, {("1", "output"): log(100, 110), ("1", "errors"): ""})
    assert (found["1"].step, found["1"].steps, found["1"].loss, found["1"].speed) == (110, 5000, 2.5, None)
    found = await lab.round(60, {("1", "output"): log(100, 110, 120, 130, 140)})
    assert found["1"].speed == pytest.approx(0.5)
    assert found["1"].ends == pytest.approx(T + 60 + 4860 / 0.5)
    assert (found["1"].origin, found["1"].flags) == ("output", ())
    assert lab.desk.questions == 1
    assert lab.fleet.progress["slurm"] == lab.told[-1]


async def test_one_that_stands_still_hangs_and_lives_again() -> None:
    lab = Lab(running(1))
    text = log(100, 110)
    for number in range(5):
        text += log(120 + 10 * number)
        await lab.round(45, {("1", "output"): text, ("1", "errors"): ""})
    last = T + lab.clock.passed
    found = await lab.round(590)
    assert found["1"].flags == ()
    found = await lab.round(45)
    assert (found["1"].flags, found["1"].at, found["1"].ends) == (("hung",), last, None)
    found = await lab.round(45, {("1", "errors"): "NCCL INFO aborted\n"})
    assert found["1"].flags == ()
    assert (await lab.round(45, {("1", "output"): text + log(200)}))["1"].step == 200


async def test_an_output_that_this_machine_sees_is_read_without_the_scheduler(tmp_path: Path) -> None:
    path = tmp_path / "slurm-1.out"
    path.write_text(log(100))
    os.utime(path, (T - 1000, T - 1000))
    lab = Lab(running(1, output=str(path), errors=str(path)))
    found = await lab.round(0)
    assert (found["1"].step, found["1"].at, found["1"].flags) == (100, T - 1000, ("hung",))
    path.write_text(log(100, 110))
    os.utime(path, (T + 30, T + 30))
    found = await lab.round(45)
    assert (found["1"].step, found["1"].at, found["1"].flags) == (110, T + 30, ())
    assert (lab.desk.asked, lab.desk.questions) == ([], 0)


async def test_the_page_of_a_job_is_read_once_its_listed_output_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "metrics.csv").write_text("step,train_loss\n1,2.5\n2,2.25\n")
    lab = Lab(running(1, output=str(tmp_path / "logs" / "1.out"), errors=str(tmp_path / "logs" / "1.out")))
    lab.desk.folders["1"] = str(tmp_path / "work")
    await lab.round(0, {("1", "output"): "Training\n"})
    assert (lab.desk.questions, lab.told) == (0, [])
    found = await lab.round(60)
    assert (lab.desk.questions, found["1"].step) == (1, 2)
    await lab.round(60)
    assert lab.desk.questions == 1


async def test_one_that_writes_nothing_that_can_be_followed_costs_one_look_at_its_page() -> None:
    lab = Lab(running(1))
    lab.desk.names = ()
    await lab.round()
    await lab.round(30)
    assert (lab.desk.asked, lab.desk.questions) == ([], 1)
    await lab.round(60)
    assert lab.desk.questions == 2


async def test_a_file_of_that_name_from_before_the_job_is_not_its_output(tmp_path: Path) -> None:
    path = tmp_path / "slurm-1.out"
    path.write_text(log(999))
    os.utime(path, (T - 9000, T - 9000))
    lab = Lab(running(1, output=str(path)))
    assert (await lab.round(0, {("1", "output"): log(5)}))["1"].step == 5


async def test_bars_stand_in_the_errors() -> None:
    lab = Lab(running(1))
    bar = "\r 12%|█▏ | 1200/10000 [10:00<1:13:20,  2.00it/s]\r 12%|█▏ | 1201/10000 [10:00<1:13:20,  2.00it/s]"
    found = await lab.round(0, {("1", "output"): "Loading\n", ("1", "errors"): bar})
    assert (found["1"].step, found["1"].origin) == (1200, "errors")
    lab.desk.asked.clear()
    await lab.round(45, {("1", "errors"): bar + "\r 12%|█▏ | 1300/10000 [10:00<1:13:20,  2.00it/s]\n"})
    assert lab.desk.asked == [("1", "errors")]


async def test_only_running_jobs_with_cards_are_read_and_gone_ones_forgotten() -> None:
    lab = Lab(running(1), running(2, gpus=0), running(3, gpus=None), running(4, state=JobState.PENDING))
    lab.desk.texts = {(str(number), "output"): log(number) for number in range(1, 5)}
    assert set(await lab.round()) == {"1"}
    assert {job for job, _ in lab.desk.asked} == {"1"}
    lab.list()
    assert await lab.round() == {}
    assert lab.told[-1].jobs == ()


async def test_what_cannot_be_read_is_tried_ever_more_seldom() -> None:
    lab = Lab(running(1))
    tried = []
    for _ in range(120):
        before = len(lab.desk.asked)
        await lab.round(60)
        if len(lab.desk.asked) > before:
            tried.append(lab.clock.passed)
    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert gaps[:5] == [60, 120, 240, 480, 960]
    assert lab.told == []
    await lab.round(followed.PAUSES[1], {("1", "output"): log(7)})
    assert lab.told[-1].jobs[0].step == 7


async def test_a_round_reads_a_few_at_a_time_those_that_waited_longest_first() -> None:
    lab = Lab(*(running(number) for number in range(120)))
    lab.desk.texts = {(str(number), "output"): log(number + 1) for number in range(120)}
    lab.desk.wait = 0.001
    await lab.round()
    assert lab.desk.most == progress.AT_ONCE
    first = {job for job, _ in lab.desk.asked}
    assert len(first) == progress.ROUND
    await lab.round()
    await lab.round()
    assert {job for job, _ in lab.desk.asked} == {str(number) for number in range(120)}
    assert len(lab.told[-1].jobs) == 120


async def test_one_that_does_not_answer_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    lab = Lab(running(1), running(2))
    plain = lab.desk.follow

    async def follow(job: str, output: str, back: int, *, go_on: bool = True) -> AsyncIterator[bytes]:
        if job == "1":
            await asyncio.sleep(60)
        async for chunk in plain(job, output, back, go_on=go_on):
            yield chunk

    lab.desk.follow = follow  # type: ignore[method-assign]
    found = await lab.round(0, {("2", "output"): log(5)})
    assert set(found) == {"2"}


async def test_a_defect_of_a_driver_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    lab = Lab(running(1), running(2))

    async def outputs(job: str) -> Outputs:
        if job == "1":
            raise KeyError("defect")
        return Outputs(("output",), (None,))

    lab.desk.outputs = outputs  # type: ignore[method-assign]
    assert set(await lab.round(0, {("1", "output"): log(5), ("2", "output"): log(5)})) == {"2"}
    assert "reading job 1 of slurm failed" in caplog.text


async def test_a_source_that_tells_of_progress_itself_is_left_alone() -> None:
    lab = Lab(running(1))
    lab.desk.texts = {("1", "output"): log(5)}
    own = Progresses("slurm", T, 5.0, (Progress("1", T, step=99),))
    lab.fleet.apply([own])
    await lab.round()
    assert (lab.desk.asked, lab.told) == ([], [])
    assert lab.fleet.progress["slurm"] is own


async def test_a_pods_previous_containers_are_not_read() -> None:
    lab = Lab(running("a/b"))
    lab.desk.names = ("p0/main/previous", "p0/main", "p1/main", "p2/main", "p3/main")
    lab.desk.texts = {("a/b", name): "" for name in lab.desk.names}
    await lab.round()
    assert [output for _, output in lab.desk.asked] == ["p0/main", "p1/main", "p2/main"]


async def test_one_that_was_started_again_is_a_rerun() -> None:
    lab = Lab(running(1))
    bar = "\r 50%|█████ | {}/100 [10:00<1:13:20,  2.00it/s]"
    await lab.round(0, {("1", "errors"): "".join(bar.format(step) for step in range(50, 70)) + "\n"})
    lab.list(running(1, started=T + 40))
    found = await lab.round(60, {("1", "errors"): "".join(bar.format(step) for step in range(40, 45)) + "\n"})
    assert (found["1"].step, found["1"].flags) == (44, ("rerun",))
    assert lab.desk.questions == 2


async def test_one_that_waits_meanwhile_is_not_forgotten() -> None:
    lab = Lab(running(1))
    await lab.round(0, {("1", "output"): log(100, 110, 120), ("1", "errors"): ""})
    lab.list(running(1, state=JobState.PENDING, started=None))
    assert await lab.round() == {}
    lab.list(running(1, started=T + 50))
    found = await lab.round(60, {("1", "output"): log(50, 60)})
    assert (found["1"].step, found["1"].flags) == (60, ("rerun",))
    lab.list(running(1, state=JobState.FAILED))
    assert await lab.round() == {}
    lab.list(running(1, started=T + 200))
    assert (await lab.round(60))["1"].flags == ()


async def test_one_that_was_suspended_is_not_hung_by_that() -> None:
    lab = Lab(running(1))
    for text in (log(100), log(100, 110)):
        await lab.round(45, {("1", "output"): text, ("1", "errors"): ""})
    lab.list(running(1, state=JobState.SUSPENDED))
    await lab.round(5000)
    lab.list(running(1))
    assert (await lab.round(45))["1"].flags == ()
    assert (await lab.round(700))["1"].flags == ("hung",)


async def test_one_that_tells_nothing_is_read_ever_more_seldom() -> None:
    lab = Lab(running(1))
    lab.desk.texts = {("1", "output"): 'INFO: 10.8.1.1 - "POST /v1/completions" 200\n', ("1", "errors"): ""}
    for _ in range(200):
        await lab.round(45)
    looks = len(lab.desk.asked) / 2
    assert 15 < looks < 40
    found = await lab.round(600, {("1", "output"): log(5)})
    assert found["1"].step == 5


async def test_metrics_are_read_where_the_output_says_nothing(tmp_path: Path) -> None:
    lab = Lab(running(1))
    lab.desk.folders["1"] = str(tmp_path)
    (tmp_path / "metrics.csv").write_text("step,train_loss\n1,2.5\n2,2.25\n")
    found = await lab.round(0, {("1", "output"): "Training …\n", ("1", "errors"): ""})
    assert (found["1"].step, found["1"].loss, found["1"].origin) == (2, 2.25, "metrics.csv")
    (tmp_path / "metrics.csv").write_text("step,train_loss\n1,2.5\n2,2.25\n3,2.0\n")
    assert (await lab.round(45))["1"].step == 3


async def test_metrics_whose_loss_is_lost_are_read_once(tmp_path: Path) -> None:
    lab = Lab(running(1))
    lab.desk.folders["1"] = str(tmp_path)
    lab.desk.texts = {("1", "output"): "", ("1", "errors"): ""}
    rows = "step,train_loss\n" + "".join(f"{step},2.5\n" for step in range(1, 50))
    for step in (50, 51, 52):
        rows += f"{step},nan\n"
        (tmp_path / "metrics.csv").write_text(rows)
        found = await lab.round(45)
    assert (found["1"].step, found["1"].loss, found["1"].flags) == (52, None, ("diverging",))
    assert found["1"].speed == pytest.approx(1 / 45)


async def test_a_folder_below_which_another_works_is_not_looked_at(tmp_path: Path) -> None:
    lab = Lab(running(1), running(2))
    lab.desk.folders = {"1": str(tmp_path), "2": str(tmp_path / "below")}
    lab.desk.texts = {(job, output): "Training\n" for job in "12" for output in ("output", "errors")}
    await lab.round(0)
    (tmp_path / "metrics.csv").write_text("step,train_loss\n1,2.5\n2,2.25\n")
    await lab.round(400)
    assert lab.told == []


async def test_it_runs_until_it_is_cancelled_and_closes_its_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "FIRST", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.01)
    lab = Lab(running(1))
    lab.desk.texts = {("1", "output"): log(5)}
    task = asyncio.ensure_future(lab.trainings.run(lab.fleet, lab.take))
    async with asyncio.timeout(10):
        while len(lab.told) < 2:  # noqa: ASYNC110 - a list tells of nothing
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert lab.desk.closed


async def test_a_way_that_cannot_be_opened_is_tried_again_later() -> None:
    lab = Lab(running(1))
    tries: list[float] = []

    def open_() -> Access:
        tries.append(lab.clock.passed)
        if len(tries) < 3:
            raise Unavailable(Trouble("No tools."))
        return lab.desk

    lab.trainings = Trainings({"slurm": open_}, lab.clock, READER, Files(KNOWN.names))
    lab.desk.texts = {("1", "output"): log(5)}
    for _ in range(6):
        await lab.round(45)
    assert tries == [45, 135, 270]
    assert lab.told[-1].jobs[0].step == 5


async def test_a_lab_may_not_want_it_and_may_have_patterns_of_its_own(tmp_path: Path) -> None:
    ways: Mapping[str, object] = {"slurm": Desk}
    assert await trainings(Config(), {}, Watch()) is None
    assert await trainings(Config(progress=Training(read=False)), ways, Watch()) is None  # type: ignore[arg-type]
    own = tmp_path / "progress.d"
    own.mkdir()
    (own / "a.toml").write_text("[[patterns]]\nname = 'x'\nline = 'tick (?P<step>{count})'\n")
    (own / "b.toml").write_text("[[patterns]]\nname = 'y'\nline = '('\n")
    lab = Lab(running(1))
    made = await trainings(Config(path=tmp_path / "config.toml"), {"slurm": lambda: lab.desk}, lab.clock)
    assert made is not None
    ((trouble),) = made.troubles
    assert trouble.values["problem"].startswith(f"{own / 'b.toml'}:3: patterns.line: ")
    lab.trainings = made
    assert (await lab.round(0, {("1", "output"): "tick 5\n"}))["1"].step == 5


async def test_a_scheduler_that_comes_later_is_read_and_another_way_to_it_is_opened_anew() -> None:
    lab = Lab(running(1))
    first, second = Desk(), Desk()
    ways: dict[str, Callable[[], Access]] = {}
    lab.trainings = Trainings(ways, lab.clock, READER, Files(KNOWN.names))
    await lab.round(45)
    assert lab.told == []
    first.texts = second.texts = {("1", "output"): log(5)}
    ways["slurm"] = lambda: first
    await lab.round(45)
    assert lab.told[-1].jobs[0].step == 5
    assert not first.closed
    ways["slurm"] = lambda: second
    await lab.round(600)
    assert first.closed
    assert not second.closed
    ways.clear()
    await lab.round(45)
    assert second.closed


async def test_before_there_is_a_scheduler_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(progress_opening, "LOOK", 0.01)
    monkeypatch.setattr(progress, "FIRST", 0.0)
    lab = Lab(running(1))
    lab.desk.texts = {("1", "output"): log(5)}
    ways: dict[str, Callable[[], Access]] = {}
    made = Awaited(Config(path=tmp_path / "config.toml"), ways, lab.clock)
    told: list[AnyRecord] = []
    task = asyncio.ensure_future(made.run(lab.fleet, told.extend))
    await asyncio.sleep(0.05)
    assert made._made is None
    ways["slurm"] = lambda: lab.desk
    async with asyncio.timeout(10):
        while not told:  # noqa: ASYNC110 - it tells of nothing else
            await asyncio.sleep(0.01)
    task.cancel()
    assert isinstance(told[0], Progresses)
