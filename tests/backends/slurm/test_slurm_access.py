"""A person's own way against a real Slurm: details, output, every command with its read-back, a shell in a job."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from slurm_cluster import Cluster, until
from slurm_told import World, words

from backends.commands import (
    CancelJobs,
    HoldJobs,
    JobCommand,
    MoveJobs,
    Outcome,
    ReleaseJobs,
    RequeueJobs,
    ResumeJobs,
    SetLimit,
    SetPriority,
    SuspendJobs,
)
from backends.jobs import Held, Job, JobState, Outputs
from backends.ports import Opening, Unavailable
from backends.slurm import detail as details
from backends.slurm.access import SlurmAccess
from backends.slurm.here import Here
from backends.slurm.settings import settings_of
from backends.slurm.tools import Ran, Tools


@pytest.fixture
async def access(slurm: Cluster) -> AsyncIterator[SlurmAccess]:
    made = SlurmAccess(Opening(World(), 1.0, {}))
    yield made
    await made.close()


async def done(access: SlurmAccess, command: JobCommand) -> list[Outcome]:
    """Carry a command out."""
    return [outcome for call in await access.calls(command) for outcome in await access.carry_out(call)]


async def reach(access: SlurmAccess, job: str, true: Callable[[Job], object]) -> Job:
    """Look at a job until it is so."""
    async with asyncio.timeout(30):
        while True:
            found = await access.look([job])
            if found and true(found[0]):
                return found[0]
            await asyncio.sleep(0.2)


class Noting(Here):
    """This machine, with a list of what ran on it."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []

    async def run(self, argv: Sequence[str], limit: float, most: int) -> Ran:
        self.asked.append(argv)
        return await super().run(argv, limit, most)


def told(outcomes: list[Outcome]) -> list[tuple[str, bool]]:
    return [(outcome.id, outcome.done) for outcome in outcomes]


# ---- reading ---------------------------------------------------------------------------------------------------------


async def test_everything_about_a_job(slurm: Cluster, access: SlurmAccess):
    name = "my run WorkDir=evil StdOut=shadow"
    job = slurm.submit("-J", name, "-o", "/tmp/%x-%A-%5j.out", "-e", "err.%j", "--gres=gpu:2", wrap="sleep 60")
    slurm.reach(job, "RUNNING")
    detail = await access.detail(job)
    assert detail.job is not None
    assert detail.job.name == name
    assert detail.job.held == (Held(detail.job.nodes[0], (0, 1), 2, "a100"),)
    assert detail.job.output == f"/tmp/{name}-{job}-{job.zfill(5)}.out"
    assert detail.job.errors == f"/tmp/err.{job}"
    assert detail.folder == "/tmp"
    assert detail.outputs == ("output", "errors")
    assert detail.script is not None
    assert detail.script.startswith("#!/bin/sh")
    assert "sleep 60" in detail.script
    assert detail.environment is None
    assert "JobState=RUNNING" in detail.raw
    assert detail.troubles == ()
    assert await access.outputs(job) == Outputs(detail.outputs, (detail.job.output, detail.job.errors), "/tmp")
    remove(detail.job.output, detail.job.errors)


async def test_what_can_be_followed_is_found_without_the_script(slurm: Cluster, tmp_path: Path):
    job = slurm.submit("-o", "/tmp/%j.out", "--comment", "x WorkDir=/evil")
    quiet = slurm.submit("-o", "/dev/null")
    here = Noting()
    access = SlurmAccess(Opening(World(), 1.0, {}))
    access._opened = settings_of({}), Tools(here)
    assert await access.outputs(job) == Outputs(("output",), (f"/tmp/{job}.out",), "/tmp")
    assert await access.outputs(quiet) == Outputs((), (), "/tmp")
    assert await access.outputs("4000000") == Outputs()
    asked = [word for argv in here.asked for word in argv]
    assert "show" in asked
    assert "batch_script" not in asked
    assert "-B" not in asked
    remove(f"/tmp/{job}.out")


async def test_what_makes_its_priority(slurm: Cluster, access: SlurmAccess):
    slurm.submit("-N4", "--gres=gpu:4", "-t60")
    job = slurm.submit("-N4", "--gres=gpu:4", "--qos=high", "--nice=5")
    async with asyncio.timeout(60):  # the controller weighs a job a moment after it has taken it
        while True:
            detail = await access.detail(job)
            if "qos" in detail.factors:
                break
            await asyncio.sleep(0.2)
    assert detail.factors["qos"] == 5000.0
    assert detail.factors["nice"] == -5.0
    assert detail.job is not None
    assert sum(detail.factors.values()) == pytest.approx(detail.job.priority, abs=2)


async def test_an_array_and_a_heterogeneous_job(slurm: Cluster, access: SlurmAccess, tmp_path: Path):
    array = slurm.submit("--array=3-9%1", "-o", "/tmp/a-%A-%a.log", "--gres=gpu:1")
    slurm.reach(f"{array}_3", "RUNNING")
    whole, task = await access.detail(array), await access.detail(f"{array}_3")
    assert whole.job is not None
    assert task.job is not None
    assert (whole.job.tasks, whole.job.count, whole.job.state) == ("4-9%1", 6, JobState.PENDING)
    assert task.job.output == f"/tmp/a-{array}-3.log"
    assert "JobState=RUNNING" in task.raw
    assert "JobState=PENDING" in whole.raw
    remove(task.job.output)
    script = written(tmp_path / "het.sh", "#!/bin/sh\nsleep 60\n")
    het = slurm.tool("sbatch", "--parsable", "-o", "/dev/null", "-n1", ":", "-n1", "--gres=gpu:1", script)
    job = await reach(access, f"{het}+1", lambda job: job.state is JobState.RUNNING)
    detail = await access.detail(f"{het}+1")
    assert detail.job is not None
    assert (job.het, job.number, detail.job.gpus) == (het, str(int(het) + 1), 1)
    assert len(detail.job.held) == 1


async def test_a_job_that_nobody_knows(slurm: Cluster, access: SlurmAccess):
    assert (await access.detail("4000000")).job is None
    assert await access.look(["4000000", "4000001"]) == []
    with pytest.raises(Unavailable):
        await access.detail("1; rm -rf /")


async def test_the_script_of_another_is_not_shown(slurm: Cluster, tmp_path: Path):
    job = slurm.submit()
    slurm.reach(job, "RUNNING")
    said = as_nobody(slurm, f"print_detail({job!r})")
    assert "The script cannot be read" in said
    assert "RUNNING" in said


async def test_of_a_script_without_end_the_beginning_is_shown(
    slurm: Cluster, access: SlurmAccess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(details, "SCRIPT", 5000)
    script = "#!/bin/sh\nsleep 60\n" + "# so long\n" * 100_000
    job = slurm.tool("sbatch", "--parsable", "-o", "/dev/null", written(tmp_path / "long.sh", script))
    found = await access.detail(job)
    assert found.script == script[:5000]
    assert [words(one) for one in found.troubles] == [
        "The script is longer than 5000 bytes: only its beginning is shown. "
    ]


async def test_a_database_that_is_gone_is_no_unknown_job(slurm: Cluster, access: SlurmAccess):
    job = slurm.submit()
    slurm.stop("slurmdbd")
    try:
        with pytest.raises(Unavailable) as caught:
            await access.look([job, "4000000"])
        assert "slurmdbd" in words(caught.value.trouble)
        assert [found.id for found in await access.look([job])] == [job]
    finally:
        slurm.start_dbd()
        slurm.ready_dbd()


# ---- output ----------------------------------------------------------------------------------------------------------


async def test_a_growing_file_is_followed_from_near_its_end(slurm: Cluster, access: SlurmAccess):
    wrap = "head -c 3000000 /dev/zero | tr '\\0' x; for i in $(seq 200); do echo line $i; sleep 0.1; done"
    job = slurm.submit("-o", "/tmp/follow-%j.log", wrap=wrap)
    path = f"/tmp/follow-{job}.log"
    until(lambda: size(path) > 3000000, "it writes")
    seen = b""
    async with asyncio.timeout(20), contextlib.aclosing(access.follow(job, "output", 100)) as stream:
        async for data in stream:
            seen += data
            if b"line 20\n" in seen:
                break
    assert len(seen) < 400
    assert not [line for line in processes() if path in line]
    remove(path)


async def test_what_cannot_be_followed_says_why(slurm: Cluster, access: SlurmAccess):
    async def why(job: str) -> str:
        with pytest.raises(Unavailable) as caught:
            await anext(access.follow(job, "output", 10))
        return words(caught.value.trouble)

    held = slurm.submit("--hold", "-o", "/tmp/never-%j.log")
    device = slurm.submit("-o", "/dev/zero")
    slurm.reach(device, "RUNNING")
    assert "has not started" in await why(held)
    assert "is no file but a character special file" in await why(device)
    assert "It is not known where" in await why("4000000")


async def test_what_is_there_now_is_read_to_its_end(slurm: Cluster, access: SlurmAccess, tmp_path: Path):
    job = slurm.submit("-o", str(tmp_path / "out.log"), wrap="seq 1000; sleep 60")
    slurm.reach(job, "RUNNING")
    until(lambda: size(str(tmp_path / "out.log")) == 3893, "it writes")
    async with asyncio.timeout(10):
        assert [data async for data in access.follow(job, "output", 9, go_on=False)] == [b"999\n1000\n"]
        whole = b"".join([data async for data in access.follow(job, "output", 1 << 20, go_on=False)])
    assert whole.decode().split() == [str(number) for number in range(1, 1001)]


async def test_output_that_may_not_be_read_is_not_empty(slurm: Cluster, tmp_path: Path):
    path = f"/tmp/secret-{tmp_path.name}-{os.getpid()}.log"
    job = slurm.submit("-o", path)
    slurm.reach(job, "RUNNING")
    until(Path(path).exists, "it writes")
    close(path)
    assert "Permission denied" in as_nobody(slurm, f"print_read({job!r})")
    remove(path)


def written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def size(path: str) -> int:
    return Path(path).stat().st_size if Path(path).exists() else 0


def close(path: str) -> None:
    Path(path).chmod(0o600)


def remove(*paths: str | None) -> None:
    for path in paths:
        Path(path or "/nowhere").unlink(missing_ok=True)


def processes() -> list[str]:
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True, timeout=10).stdout.split(
        "\n"
    )


# ---- commands --------------------------------------------------------------------------------------------------------


async def test_every_command_for_a_running_job(slurm: Cluster, access: SlurmAccess):
    job = slurm.submit("--gres=gpu:1", "-t60")
    slurm.reach(job, "RUNNING")
    one = {"source": "lab", "ids": (job,)}
    assert told(await done(access, SetLimit(**one, seconds=125))) == [(job, True)]
    await reach(access, job, lambda job: job.limit == 180.0)
    assert told(await done(access, SuspendJobs(**one))) == [(job, True)]
    await reach(access, job, lambda job: job.state is JobState.SUSPENDED)
    assert told(await done(access, ResumeJobs(**one))) == [(job, True)]
    await reach(access, job, lambda job: job.state is JobState.RUNNING)
    assert told(await done(access, ResumeJobs(**one))) == [(job, False)]


async def test_every_command_for_a_waiting_job(slurm: Cluster, access: SlurmAccess):
    job = slurm.submit("--gres=gpu:1", "-t60")
    slurm.reach(job, "RUNNING")
    one = {"source": "lab", "ids": (job,)}
    assert told(await done(access, RequeueJobs(**one, hold=True))) == [(job, True)]
    await reach(access, job, lambda job: job.state is JobState.PENDING and "JobHeld" in (job.reason or ""))
    refused = await done(access, SetPriority(**one, priority=9))
    assert told(refused) == [(job, False)]
    assert "held" in refused[0].said
    assert told(await done(access, ReleaseJobs(**one))) == [(job, True)]
    await reach(access, job, lambda job: job.reason not in ("JobHeldUser", "JobHeldAdmin"))
    assert told(await done(access, SetPriority(**one, priority=9))) == [(job, True)]
    await reach(access, job, lambda job: job.priority == 9.0)
    assert told(await done(access, MoveJobs(**one, partition="debug"))) == [(job, True)]
    await reach(access, job, lambda job: job.partition == "debug")
    assert told(await done(access, MoveJobs(**one, partition="nope"))) == [(job, False)]
    assert told(await done(access, HoldJobs(**one))) == [(job, True)]
    await reach(access, job, lambda job: job.reason in ("JobHeldUser", "JobHeldAdmin"))
    assert told(await done(access, CancelJobs(**one))) == [(job, True)]
    await reach(access, job, lambda job: job.state is JobState.CANCELLED)


async def test_cancelling_says_the_truth_where_scancel_says_nothing(slurm: Cluster, access: SlurmAccess):
    failed, running = slurm.submit(wrap="exit 3"), slurm.submit()
    slurm.reach(failed, "FAILED")
    slurm.reach(running, "RUNNING")
    outcomes = await done(access, CancelJobs(source="lab", ids=(failed, running, "4000000")))
    assert told(outcomes) == [(failed, False), (running, True), ("4000000", False)]
    assert {outcome.status for outcome in outcomes} == {0}
    assert "failed" in outcomes[0].said


async def test_what_is_done_is_not_changed_by_ones_own_habits(
    slurm: Cluster, access: SlurmAccess, monkeypatch: pytest.MonkeyPatch
):
    job = slurm.submit("-t60")
    slurm.reach(job, "RUNNING")
    for name, value in {
        "SLURM_CLUSTERS": "elsewhere",
        "SCANCEL_STATE": "PENDING",
        "SCANCEL_USER": "nobody",
        "SCANCEL_NAME": "other",
        "SCANCEL_INTERACTIVE": "1",
        "SCONTROL_ALL": "1",
    }.items():
        monkeypatch.setenv(name, value)
    assert told(await done(access, SetLimit(source="lab", ids=(job,), seconds=120))) == [(job, True)]
    await reach(access, job, lambda job: job.limit == 120.0)
    cancel = CancelJobs(source="lab", ids=(job,))
    assert [call.argv for call in await access.calls(cancel)] == [("scancel", job)]
    assert told(await done(access, cancel)) == [(job, True)]
    await reach(access, job, lambda job: job.state is JobState.CANCELLED)


async def test_an_array_is_acted_on_as_a_whole(slurm: Cluster, access: SlurmAccess):
    array = slurm.submit("--array=0-199", "--gres=gpu:1", "-t30")
    slurm.reach(f"{array}_0", "RUNNING")
    before = len(slurm.tool("squeue", "-h", "-j", array).splitlines())
    assert told(await done(access, HoldJobs(source="lab", ids=(array,)))) == [(array, True)]
    assert len(slurm.tool("squeue", "-h", "-j", array).splitlines()) == before
    assert told(await done(access, CancelJobs(source="lab", ids=(array,)))) == [(array, True)]
    until(lambda: not slurm.tool("squeue", "-h", "-j", array), "all tasks are gone")


async def test_another_users_job_is_not_ours_to_cancel(slurm: Cluster):
    job = slurm.submit()
    slurm.reach(job, "RUNNING")
    said = as_nobody(slurm, f"print_cancelled({job!r})")
    assert "done=False" in said
    assert "status=210" in said
    assert "Access/permission denied" in said
    assert slurm.state(job) == "RUNNING"


_NOBODY = """
import asyncio, sys, time
from backends.commands import CancelJobs
from backends.ports import Opening, Unavailable
from backends.slurm.access import SlurmAccess
class World:
    speed = 1.0
    wall, mono = staticmethod(time.time), staticmethod(time.monotonic)
access = SlurmAccess(Opening(World(), 1.0, {}))
def print_detail(job):
    detail = asyncio.run(access.detail(job))
    print(detail.raw, [one.text for one in detail.troubles])
async def cancelled(job):
    for call in await access.calls(CancelJobs(source="lab", ids=(job,))):
        for one in await access.carry_out(call):
            print(f"done={one.done} status={one.status} {one.said}")
async def read(job):
    try:
        print([data async for data in access.follow(job, "output", 10, go_on=False)])
    except Unavailable as failure:
        print(failure.trouble)
def print_read(job):
    asyncio.run(read(job))
def print_cancelled(job):
    asyncio.run(cancelled(job))
"""


def as_nobody(slurm: Cluster, line: str) -> str:
    """Run a line of Python as another user.

    The interpreter may lie in a home that only root can read, so the process gives its rights up once all is loaded.
    """
    imports = "import asyncssh, backends.slurm.acts, backends.slurm.detail, backends.slurm.here, os\n"
    drop = "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", f"{_NOBODY}{imports}{drop}{line}"],
        env={**slurm.env, "PYTHONPATH": root},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---- a shell ---------------------------------------------------------------------------------------------------------


async def test_a_shell_inside_a_running_job(slurm: Cluster, access: SlurmAccess):
    job = slurm.submit("-N2", "--gres=gpu:1", "-c2")
    slurm.reach(job, "RUNNING")
    node = (await access.look([job]))[0].nodes[1]
    argv = [part for part in await access.shell(job, node) if part != "--pty"]
    assert f"in {job} on {node}" in slurm.tool(*argv, "-c", "echo in $SLURM_JOB_ID on $SLURMD_NODENAME")
    with pytest.raises(Unavailable):
        await access.shell(job, "gpu99")
    slurm.tool("scancel", job)
    until(lambda: slurm.state(job) == "CANCELLED", "it is gone")
    with pytest.raises(Unavailable):
        await access.shell(job)
