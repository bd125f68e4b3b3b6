"""The source against a real Slurm: it tells what squeue, scontrol and sacct say; a failure is no empty queue."""

import asyncio
import signal
from collections.abc import Callable

import pytest
from slurm_cluster import NODES, Cluster, until
from slurm_told import Told, words

from backends.jobs import HOLDING, Held, Jobs, JobState, QueueState
from backends.slurm.values import moment


def squeue(slurm: Cluster) -> dict[str, tuple[str, str]]:
    """State and reason of each job that has not ended, by id, as squeue says it."""
    rows = slurm.tool("squeue", "-h", "-a", "-o", "%i|%T|%r").splitlines()
    return {job.partition("_[")[0]: (state.lower(), reason) for job, state, reason in (row.split("|") for row in rows)}


async def test_ids_states_and_reasons_are_those_of_squeue(slurm: Cluster, told: Callable[..., Told]):
    failed = slurm.submit(wrap="exit 3")
    slurm.reach(failed, "FAILED")
    train = slurm.submit("-J", "train", "--gres=gpu:a100:2", "-c2", "-t60")
    big = slurm.submit("-J", "big", "-N2", "--gres=gpu:4", "-t60")
    sweep = slurm.submit("-J", "sweep", "--array=0-9%2", "--gres=gpu:1", "-t30")
    after = slurm.submit("-J", "after", f"--dependency=afterok:{train}")
    held = slurm.submit("-J", "held", "--hold")
    wide = slurm.submit("-J", "wide", "-N4", "--gres=gpu:4", "-t60", user="nobody")
    slurm.reach(f"{sweep}_1", "RUNNING")
    running = told()
    await running.until(lambda: wide in running.jobs and running.jobs[wide].reason in ("Resources", "Priority"))
    await running.until(lambda: running.jobs[train].held and running.jobs[train].held[0].slots is not None)

    said = squeue(slurm)
    listed = {name: (job.state.value, job.said or job.reason or "None") for name, job in running.jobs.items()}
    assert {name: listed[name] for name in said} == said
    jobs = running.jobs
    assert jobs[sweep].tasks == "2-9%2"
    assert jobs[sweep].count == 8
    assert jobs[f"{sweep}_0"].array == sweep
    assert jobs[f"{sweep}_0"].number not in (None, f"{sweep}_0")
    assert jobs[after].dependency == f"afterok:{train}(unfulfilled)"
    assert jobs[held].reason == "JobHeldUser"
    assert (jobs[failed].state, jobs[failed].exit) == (JobState.FAILED, 3)
    assert (jobs[wide].user, jobs[wide].project, jobs[wide].gpus) == ("nobody", "vision", 16)
    assert jobs[wide].asked.gpus_per_node == 4
    assert jobs[big].limit == 3600.0
    assert len(jobs[big].nodes) == 2
    assert all(one.slots == (0, 1, 2, 3) for one in jobs[big].held)
    slots = [(one.node, slot) for job in jobs.values() for one in job.held for slot in one.slots or ()]
    assert len(slots) == len(set(slots)) == 2 + 8 + 2
    used = {(one.node, slot) for one in running.queues.capacities for slot in one.slots_used or ()}
    assert set(slots) == used


async def test_the_scheduler_says_when_a_job_will_start(slurm: Cluster, told: Callable[..., Told]):
    first = slurm.submit("-N4", "--gres=gpu:4", "-t10")
    second = slurm.submit("-N4", "--gres=gpu:4", "-t10")
    slurm.reach(first, "RUNNING")
    running = told()
    await running.until(lambda: second in running.jobs and running.jobs[second].expected is not None)
    job, now = running.jobs[first], running.jobs[second]
    assert job.started is not None
    assert now.expected is not None
    assert now.expected == pytest.approx(job.started + 600, abs=61)
    assert now.started is None


async def test_names_that_look_like_rows_stay_names(slurm: Cluster, told: Callable[..., Told]):
    name = "a\x1fb | c\n99\x1f99\x1fRUNNING JobId=1 GRES=gpu:4(IDX:0-3)"
    job = slurm.submit("-J", name, "--gres=gpu:1")
    running = told()
    await running.until(lambda: job in running.jobs and running.jobs[job].held)
    await running.until(lambda: running.jobs[job].held[0].slots is not None)
    assert running.jobs[job].name == name
    assert "99" not in running.jobs
    assert [len(one.slots or ()) for one in running.jobs[job].held] == [1]


async def test_a_job_that_ran_out_of_time_and_one_that_was_cancelled(slurm: Cluster, told: Callable[..., Told]):
    slow, gone = slurm.submit(), slurm.submit()
    slurm.reach(slow, "RUNNING")
    slurm.reach(gone, "RUNNING")
    slurm.tool("scancel", gone)
    began = moment(slurm.tool("date", "-u", "+%Y-%m-%dT%H:%M:%S"))
    assert began is not None
    end = slurm.tool("date", "-d", "now + 1 second", "+%Y-%m-%dT%H:%M:%S")
    slurm.tool("scontrol", "update", f"jobid={slow}", f"EndTime={end}")
    running = told()
    assert (await running.reach(slow, "timeout")).reason == "TimeLimit"
    ended = (await running.reach(gone, "cancelled")).ended
    assert ended is not None
    assert abs(ended - began) < 60


async def test_what_the_controller_has_forgotten_the_accounts_know(slurm: Cluster, told: Callable[..., Told]):
    job = slurm.submit("-J", "past", wrap="exit 7")
    slurm.reach(job, "FAILED")
    running = told()
    await running.reach(job, "failed")
    known = running.jobs[job]
    until(
        lambda: slurm.tool("sacct", "-X", "-n", "-P", "-j", job, "-o", "JobName,State") == "past|FAILED", "it is kept"
    )
    slurm.restart_ctld(forget=True)
    other = told()
    again = await other.reach(job, "failed")
    assert slurm.state(job) == ""
    assert (again.name, again.exit, again.ended, again.submitted) == ("past", 7, known.ended, known.submitted)


async def test_a_drained_node(slurm: Cluster, told: Callable[..., Told]):
    slurm.tool("scontrol", "update", "nodename=gpu03", "state=drain", 'reason=maint, "quoted" | State=IDLE')
    job = slurm.submit("-w", "gpu03")
    running = told()
    await running.until(lambda: job in running.jobs and running.jobs[job].reason)
    nodes = {one.node: one for one in running.queues.capacities}
    assert list(nodes) == list(NODES)
    assert nodes["gpu03"].states == ("IDLE", "DRAIN")
    assert (nodes["gpu03"].usable, nodes["gpu04"].usable) == (False, True)
    assert nodes["gpu03"].reason == 'maint, "quoted" | State=IDLE'
    assert nodes["gpu03"].reason_by == "root"
    assert nodes["gpu03"].reason_at is not None
    assert (nodes["gpu04"].gpus, nodes["gpu04"].gpus_used, nodes["gpu04"].gpu_kind) == (4, 0, "a100")
    assert nodes["gpu04"].queues == ("gpu", "debug")
    await running.until(lambda: running.jobs[job].reason == "ReqNodeNotAvail")
    assert running.jobs[job].said == squeue(slurm)[job][1] == "ReqNodeNotAvail, UnavailableNodes:gpu03"


async def test_partitions_rules_and_services(slurm: Cluster, told: Callable[..., Told]):
    running = told()
    await running.until(lambda: all(running.of(kind) for kind in _kinds()))
    queues = {queue.name: queue for queue in running.queues.queues}
    assert queues["gpu"].nodes == NODES
    assert (queues["gpu"].state, queues["gpu"].default, queues["gpu"].limit) == (QueueState.UP, True, 86400.0)
    assert (queues["debug"].limit, queues["debug"].priority) == (1800.0, 2)
    policy = running.policy
    assert policy.version == "22.05.8" or policy.version is not None
    assert policy.weights["fairshare"] == 10000.0
    assert policy.half_life == 7 * 86400.0
    assert {one.name: one.priority for one in policy.qos}["high"] == 100.0
    assert {one.name: one.limits for one in policy.qos}["high"] == {"MaxTRESPU": "gres/gpu=8"}
    assert ("vision", "nobody") in {(share.account, share.user) for share in policy.shares}
    services = {service.name: service for service in running.services.services}
    assert services["slurmctld"].up
    assert services["slurmctld"].answered is not None
    assert services["slurmctld"].replicas == 1
    assert services["slurmdbd"].up


def _kinds() -> list[type]:
    from backends.jobs import Policy, Queues, Services

    return [Queues, Policy, Services]


async def test_a_controller_that_is_down_is_no_empty_queue(slurm: Cluster, told: Callable[..., Told]):
    job = slurm.submit("--gres=gpu:1")
    running = told()
    await running.reach(job, "running")
    slurm.stop("slurmctld")  # a listing that is under way then fails in words of its own; the next one tells
    await running.until(lambda: running.trouble and "cannot be reached" in words(running.trouble))
    status = running.statuses[-1]
    assert status.next_try is not None
    assert status.next_try > status.at
    assert running.jobs[job].state is JobState.RUNNING
    slurm.start_ctld()
    await running.until(running.well)
    await running.reach(job, "running")


async def test_a_controller_that_hangs(slurm: Cluster, told: Callable[..., Told]):
    job = slurm.submit()
    running = told()
    await running.reach(job, "running")
    slurm.signal("slurmctld", signal.SIGSTOP)
    try:
        await running.until(lambda: running.trouble)
    finally:
        slurm.signal("slurmctld", signal.SIGCONT)
    assert "does not answer in time" in words(running.trouble)
    assert running.jobs[job].state in HOLDING
    await running.until(running.well)


async def test_without_the_accounting_database_jobs_are_listed(slurm: Cluster, told: Callable[..., Told]):
    slurm.stop("slurmdbd")
    try:
        running = told()
        job = slurm.submit()
        await running.reach(job, "running")
        await running.until(lambda: running.of(_kinds()[2]))
        database = next(one for one in running.services.services if one.name == "slurmdbd")
        assert database.up is False
        assert "slurmdbd" in words(database.trouble)
        await running.until(running.well)
    finally:
        slurm.start_dbd()
        slurm.ready_dbd()


async def test_tools_that_are_not_there(slurm: Cluster, told: Callable[..., Told]):
    running = told(path="/nowhere/bin")
    await running.until(lambda: running.statuses)
    assert "cannot be started on localhost" in words(running.trouble)
    assert running.jobs == {}


async def test_no_configuration(monkeypatch: pytest.MonkeyPatch, slurm: Cluster, told: Callable[..., Told]):
    monkeypatch.setenv("SLURM_CONF", "/nowhere/slurm.conf")
    running = told(limit=3.0)  # by itself a tool tries for a minute; it complains at once
    await running.until(lambda: running.statuses)
    assert "There is no configuration of Slurm on localhost" in words(running.trouble)


async def test_times_are_utc_wherever_we_are(
    monkeypatch: pytest.MonkeyPatch, slurm: Cluster, told: Callable[..., Told]
):
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("SQUEUE_USERS", "nobody")
    job = slurm.submit("--gres=gpu:1")
    submitted = int(slurm.tool("env", "SLURM_TIME_FORMAT=%s", "squeue", "-h", "-j", job, "-O", "SubmitTime"))
    running = told()
    assert (await running.reach(job, "running")).submitted == submitted


async def test_cards_of_a_job_that_runs_again(slurm: Cluster, told: Callable[..., Told]):
    first = slurm.submit("--gres=gpu:2", "-w", "gpu04")
    running = told()
    await running.until(lambda: first in running.jobs and running.jobs[first].held)
    await running.until(lambda: running.jobs[first].held == (Held("gpu04", (0, 1), 2, "a100"),))
    slurm.tool("scontrol", "requeuehold", first)
    await running.reach(first, "pending")
    other = slurm.submit("--gres=gpu:2", "-w", "gpu04")
    slurm.reach(other, "RUNNING")
    slurm.tool("scontrol", "release", first)
    slurm.tool("scontrol", "update", f"jobid={first}", "StartTime=now")  # else it waits for two minutes
    await running.until(lambda: running.jobs[first].held == (Held("gpu04", (2, 3), 2, "a100"),))


async def test_somebody_who_has_changed_something_has_it_listed_at_once(slurm: Cluster, told: Callable[..., Told]):
    job = slurm.submit("--gres=gpu:1")
    slurm.reach(job, "RUNNING")
    running = told(interval=200.0)
    await running.until(lambda: job in running.jobs)
    slurm.tool("scancel", job)
    slurm.reach(job, "CANCELLED")
    async with asyncio.timeout(20):
        await asyncio.gather(*(running.source.list_anew() for _ in range(5)))
    assert running.jobs[job].state is JobState.CANCELLED
    listings = [record for record in running.records if isinstance(record, Jobs) and record.whole]
    assert len(listings) <= 3, "one for all who ask meanwhile"
