"""The door of the simulated lab: a person's own process asks and acts through a real socket."""

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from backends.catalog import load
from backends.commands import CancelJobs, HoldJobs, RequeueJobs, SetPriority
from backends.demo.clock import DemoClock
from backends.demo.lab import Lab
from backends.demo.messages import ANSWERS, MOST_ASKED, MOST_TOLD, Refused, framed
from backends.demo.shape import EPOCH, Shape
from backends.demo.waiting import PROTECTED
from backends.jobs import Job, Jobs, JobState, Outputs
from backends.ports import Access, Opening, Unavailable
from backends.records import AnyRecord, NodeSample

ORIGIN = EPOCH + 20 * 86_400
INTERVAL = 0.1


class Seat:
    """A running lab with a door, and what it said last."""

    def __init__(self, door: Path) -> None:
        self.door = door
        self.jobs: dict[str, dict[str, Job]] = {}
        self.samples: dict[str, NodeSample] = {}
        self.clock = DemoClock(wall=lambda: ORIGIN)
        self.spoke = asyncio.Event()

    def sink(self, batch: Sequence[AnyRecord]) -> None:
        for record in batch:
            if isinstance(record, Jobs):
                self.jobs[record.source] = {job.id: job for job in record.jobs}
            if isinstance(record, NodeSample):
                self.samples[record.node] = record
        self.spoke.set()

    async def heard(self) -> None:
        """Wait for the next batch."""
        self.spoke.clear()
        await asyncio.wait_for(self.spoke.wait(), 20)

    def access(self, scheduler: str = "slurm") -> Access:
        return access(self.door, scheduler, self.clock)

    async def until(self, source: str, job: str, state: JobState) -> None:
        for _batch in range(50):
            if self.jobs[source][job].state is state:
                return
            await self.heard()
        raise AssertionError(job)

    def running(self, source: str, name: str) -> Job:
        return next(job for job in self.jobs[source].values() if job.name == name and job.state is JobState.RUNNING)


def access(door: Path | None, scheduler: str, clock: DemoClock) -> Access:
    opens = load("demo").open_access
    assert opens is not None
    settings: dict[str, object] = {"scheduler": scheduler, **({"door": str(door)} if door else {})}
    return opens(Opening(clock, INTERVAL, settings))


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    seat = Seat(tmp_path / "demo.sock")
    settings: dict[str, object] = {"door": str(seat.door)}
    source = load("demo").open_source(Opening(seat.clock, INTERVAL, settings))
    task = asyncio.create_task(source.run(seat.sink))
    await seat.heard()
    yield seat
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not seat.door.exists()


async def test_only_its_user_may_come_in(seat: Seat) -> None:
    assert stat.S_IMODE(seat.door.stat().st_mode) == 0o600


async def test_a_job_is_cancelled_confirmed_and_seen_by_all(seat: Seat) -> None:
    own = seat.access()
    job = seat.running("slurm", "sft-debug")
    (call,) = await own.calls(CancelJobs(source="slurm", ids=(job.id,)))
    assert call.argv == ("scancel", job.id)
    assert (await own.look([job.id]))[0].state is JobState.RUNNING  # saying what would be sent sends nothing
    (outcome,) = await own.carry_out(call)
    assert (outcome.id, outcome.done, outcome.status) == (job.id, True, 0)
    (read,) = await own.look([job.id, "unheard-of"])
    assert (read.state, read.said) == (JobState.CANCELLED, f"CANCELLED by {os.getuid()}")
    await seat.until("slurm", job.id, JobState.CANCELLED)
    await seat.heard()
    assert {gpu.util for gpu in seat.samples[job.nodes[0]].gpus} == {0.0}
    await own.close()


async def test_an_array_is_looked_at_with_its_tasks(seat: Seat) -> None:
    array = next(job.array for job in seat.jobs["slurm"].values() if job.array and job.array != job.id)
    looked = {job.id for job in await seat.access().look([array])}
    assert looked == {job.id for job in seat.jobs["slurm"].values() if array in (job.id, job.array)}
    assert len(looked) > 1


async def test_it_says_no_in_the_schedulers_words(seat: Seat) -> None:
    own = seat.access()
    job = next(job for job in seat.jobs["slurm"].values() if job.name == PROTECTED)
    (call,) = await own.calls(CancelJobs(source="slurm", ids=(job.id,)))
    (denied,) = await own.carry_out(call)
    assert (denied.done, denied.status, denied.denied) == (False, 210, True)
    assert "Access/permission denied" in denied.said
    (call,) = await own.calls(SetPriority(source="slurm", ids=(job.id, "1"), priority=3))
    first, second = await own.carry_out(call)
    assert "Access/permission denied" in first.said
    assert "Invalid job id specified" in second.said
    assert (first.denied, second.denied) == (True, False)
    (call,) = await own.calls(CancelJobs(source="slurm", ids=("1",)))
    assert [outcome.done for outcome in await own.carry_out(call)] == [True]  # as scancel: nothing is said


async def test_kubernetes_is_acted_on_by_requests(seat: Seat) -> None:
    own = seat.access("k8s")
    job = seat.running("k8s", "pretrain-steady")
    (call,) = await own.calls(CancelJobs(source="k8s", ids=(job.id,)))
    assert (call.method, call.path) == (
        "DELETE", f"/apis/batch/v1/namespaces/{job.project}/jobs/{job.id.partition('/')[2]}",
    )  # fmt: skip
    (outcome,) = await own.carry_out(call)
    assert (outcome.done, outcome.status) == (True, 200)
    assert await own.look([job.id]) == ()
    (again,) = await own.carry_out(call)
    assert (again.done, again.status) == (False, 404)
    with pytest.raises(Unavailable, match="does not know"):
        await own.calls(CancelJobs(source="k8s", ids=(job.id,)))
    waiting = next(job.id for job in seat.jobs["k8s"].values() if job.place == 1)
    with pytest.raises(Unavailable):
        await own.calls(RequeueJobs(source="k8s", ids=(waiting,)))
    (call,) = await own.calls(HoldJobs(source="k8s", ids=(waiting,)))
    assert [outcome.status for outcome in await own.carry_out(call)] == [200]


async def test_everything_about_a_job(seat: Seat) -> None:
    own = seat.access()
    job = seat.running("slurm", "sft-debug")
    detail = await own.detail(job.id)
    assert detail.job == job
    assert f"JobId={job.id} JobName=sft-debug" in detail.raw
    assert (detail.script or "").startswith("#!/bin/bash\n#SBATCH --job-name=sft-debug\n")
    assert detail.outputs == ("output", "errors")
    assert [event.kind for event in detail.events] == ["Submitted", "Started"]
    assert await own.outputs(job.id) == Outputs(detail.outputs, (None, None), detail.folder)
    assert await own.outputs("1") == Outputs()
    assert (await own.detail("1")).job is None
    waits = next(job for job in seat.jobs["slurm"].values() if job.reason == "Priority")
    detail = await own.detail(waits.id)
    assert sum(detail.factors.values()) == pytest.approx(waits.priority, rel=0.01)
    assert detail.outputs == ()
    pod = await seat.access("k8s").detail(seat.running("k8s", "pretrain-steady").id)
    assert pod.script is None
    assert pod.troubles
    assert '"kind": "Job"' in pod.raw
    crashed = next(job.id for job in seat.jobs["k8s"].values() if job.reason == "CrashLoopBackOff")
    detail = await seat.access("k8s").detail(crashed)
    assert [name.rpartition("/")[2] for name in detail.outputs] == ["main", "previous"]
    assert b"KeyError" in await first(seat.access("k8s"), crashed, detail.outputs[1])


async def first(own: Access, job: str, output: str, back: int = 4096) -> bytes:
    async for data in own.follow(job, output, back):
        return data
    return b""


async def test_a_log_is_followed_from_its_end(seat: Seat) -> None:
    own = seat.access()
    job = seat.running("slurm", "sft-debug")
    assert len(await first(own, job.id, "output", 300)) == 300
    assert b"loss=" in await first(own, job.id, "output", 300)
    waits = next(job.id for job in seat.jobs["slurm"].values() if job.reason == "Priority")
    with pytest.raises(Unavailable, match="has no"):
        await first(own, waits, "output")
    now = [data async for data in own.follow(job.id, "output", 300, go_on=False)]
    assert [len(data) for data in now] == [300]
    failed = next(job for job in seat.jobs["slurm"].values() if job.state is JobState.FAILED and job.exit == 1)
    text = b"".join([data async for data in own.follow(failed.id, "errors", 65_536)])  # ends, for it has ended
    assert b"Traceback (most recent call last):" in text


async def test_there_is_no_shell(seat: Seat) -> None:
    with pytest.raises(Unavailable, match="simulated"):
        await seat.access().shell("1")


async def test_without_a_door_nothing_is_done() -> None:
    own = access(None, "slurm", DemoClock())
    with pytest.raises(Unavailable, match="no door"):
        await own.look(["1"])
    (call,) = await own.calls(CancelJobs(source="slurm", ids=("1",)))
    (outcome,) = await own.carry_out(call)
    assert (outcome.done, outcome.status) == (False, None)
    assert "no door" in outcome.said


async def test_a_lab_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    own = access(tmp_path / "nobody.sock", "slurm", DemoClock())
    with pytest.raises(Unavailable, match="does not answer"):
        await own.detail("1")


@pytest.mark.parametrize("said", [b"\x00\x00\x00\x03abc", b"\x00\x00\x00\x00", b"\x00\x00\x00\x01\xc1"])
async def test_garbage_is_refused_in_words(seat: Seat, said: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(seat.door)
    writer.write(said)
    told = await framed(reader, MOST_TOLD)
    assert told is not None
    answer = ANSWERS.decode(told)
    assert isinstance(answer, Refused)
    answer.trouble.text.format(**answer.trouble.values)
    writer.close()


async def test_who_says_too_much_is_sent_away(seat: Seat) -> None:
    reader, writer = await asyncio.open_unix_connection(seat.door)
    writer.write((MOST_ASKED + 1).to_bytes(4, "big"))
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    assert await seat.access().look(["1"]) == ()


async def test_a_door_that_cannot_be_leaves_the_lab_alive(tmp_path: Path) -> None:
    got = asyncio.Event()
    settings: dict[str, object] = {"nodes": 2, "gpus": 1, "door": str(tmp_path / "no" / "such" / "folder")}
    source = load("demo").open_source(Opening(DemoClock(), INTERVAL, settings))
    task = asyncio.create_task(source.run(lambda _batch: got.set()))
    await asyncio.wait_for(got.wait(), 20)
    task.cancel()


LAB = """
import asyncio, sys
from backends.catalog import load
from backends.demo.clock import DemoClock
from backends.ports import Opening
clock = DemoClock(wall=lambda: float(sys.argv[2]))
settings = {"nodes": 12, "gpus": 4, "origin": float(sys.argv[2]), "door": sys.argv[1]}
asyncio.run(load("demo").open_source(Opening(clock, 0.1, settings)).run(lambda batch: None))
"""


async def test_two_processes(tmp_path: Path) -> None:
    """The lab is one process and the person another; one that is killed leaves a socket that the next takes over."""
    door = tmp_path / "demo.sock"
    known = Lab(Shape(nodes=12, gpus=4), ORIGIN).jobs(ORIGIN, "slurm")
    job = next(job.id for job in known if job.state is JobState.RUNNING and job.name == "pretrain-steady")
    for _round in range(2):
        lab = await asyncio.create_subprocess_exec(sys.executable, "-c", LAB, str(door), str(ORIGIN), cwd=Path.cwd())
        try:
            own = access(door, "slurm", DemoClock())
            assert await _read(own, job, lab) is JobState.RUNNING
            (call,) = await own.calls(CancelJobs(source="slurm", ids=(job,)))
            assert [outcome.done for outcome in await own.carry_out(call)] == [True]
            assert await _read(own, job, lab) is JobState.CANCELLED
        finally:
            lab.kill()
            await lab.wait()
        assert door.exists()


async def _read(own: Access, job: str, lab: asyncio.subprocess.Process) -> JobState:
    for _try in range(300):
        assert lab.returncode is None
        with contextlib.suppress(Unavailable):
            return (await own.look([job]))[0].state
        await asyncio.sleep(0.1)
    raise AssertionError("the lab did not open its door")
