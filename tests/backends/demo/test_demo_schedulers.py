"""The two simulated schedulers: every reason and every end is there, and jobs, nodes, pods and queues agree."""

from collections import Counter

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backends.demo import kubernetes
from backends.demo.lab import Lab
from backends.demo.policy import shares
from backends.demo.queues import queues
from backends.demo.shape import EPOCH, Shape
from backends.demo.waiting import NODES_AWAY, next_night
from backends.jobs import ENDED, HOLDING, Job, Jobs, JobState, Queues, QueueState

ORIGIN = EPOCH + 20 * 86_400
DAY = 86_400.0


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab(Shape(), ORIGIN)


@pytest.fixture(scope="module")
def slurm(lab: Lab) -> tuple[Job, ...]:
    return lab.jobs(ORIGIN, "slurm")


@pytest.fixture(scope="module")
def kube(lab: Lab) -> tuple[Job, ...]:
    return lab.jobs(ORIGIN, "k8s")


def queued(lab: Lab, source: str) -> Queues:
    return queues(lab.schedule, source, ORIGIN, 0.0, ORIGIN)


def test_a_default_lab_has_some_hundred_jobs_of_both(slurm: tuple[Job, ...], kube: tuple[Job, ...]) -> None:
    assert 400 <= len(slurm) <= 900
    assert 40 <= len(kube) <= 120
    assert len({job.id for job in slurm}) == len(slurm)
    assert len({job.id for job in kube}) == len(kube)


def test_slurm_has_every_reason_to_wait(slurm: tuple[Job, ...]) -> None:
    reasons = {job.reason for job in slurm if job.state is JobState.PENDING}
    assert reasons >= {
        "Resources", "Priority", "Dependency", "DependencyNeverSatisfied", "JobHeldUser", "JobHeldAdmin", "BeginTime",
        "QOSMaxGRESPerUser", "QOSMaxJobsPerUserLimit", "AssocGrpGRES", "PartitionTimeLimit", "ReqNodeNotAvail",
        "Reservation", "JobArrayTaskLimit", "Licenses", "BadConstraints",
    }  # fmt: skip
    assert NODES_AWAY in {job.said for job in slurm}
    assert all(job.user and job.uid and job.project and job.submitted for job in slurm)


def test_both_have_every_end(slurm: tuple[Job, ...], kube: tuple[Job, ...]) -> None:
    assert {job.state for job in slurm} >= ENDED
    assert all(ORIGIN - DAY < (job.ended or 0) <= ORIGIN for job in slurm if job.state in ENDED)
    failed = [job for job in slurm if job.state is JobState.FAILED]
    assert len({job.exit for job in failed}) > 3
    assert all(job.exit for job in failed)
    assert {job.signal for job in slurm if job.state is JobState.OUT_OF_MEMORY} == {125}
    assert not any(job.state is JobState.CANCELLED for job in kube)  # what was deleted is gone
    assert {pod.reason for job in kube for pod in job.pods} >= {
        "ImagePullBackOff", "CrashLoopBackOff", "Unschedulable", "OOMKilled", "Terminating", "Completed", "Error",
    }  # fmt: skip
    assert {job.kind for job in kube} >= {"Job", "Deployment", "PyTorchJob", "Notebook"}


def test_an_array_has_tasks_that_run_and_a_rest_that_waits(slurm: tuple[Job, ...]) -> None:
    rest = next(job for job in slurm if job.reason == "JobArrayTaskLimit")
    tasks = [job for job in slurm if job.array == rest.id and job.id != rest.id]
    assert (rest.tasks, rest.count, rest.array) == ("21-40%4", 20, rest.id)
    assert [job.id for job in tasks] == [f"{rest.id}_{index}" for index in range(17, 21)]
    assert {job.state for job in tasks} == {JobState.RUNNING}
    assert {(job.user, job.name, job.partition) for job in tasks} == {(rest.user, rest.name, rest.partition)}
    assert len({job.number for job in tasks}) == 4


def test_a_larger_job_has_components_and_one_waits_for_eight_whole_nodes(slurm: tuple[Job, ...]) -> None:
    parts = [job for job in slurm if job.het is not None]
    assert [job.id for job in parts] == [f"{parts[0].het}+0", f"{parts[0].het}+1"]
    assert len({job.user for job in parts}) == 1
    assert any(job.asked.nodes == 8 and job.asked.exclusive and job.gpus == 64 for job in slurm)


def test_dependencies_name_jobs_that_are_listed(slurm: tuple[Job, ...]) -> None:
    by_id = {job.id: job for job in slurm}
    named = [job.dependency for job in slurm if job.dependency and job.dependency.startswith("afterok")]
    states = [by_id[dependency.split(":")[1].partition("(")[0]].state for dependency in named]
    assert sorted(states) == sorted([JobState.RUNNING, JobState.PENDING, JobState.FAILED])


def test_a_nightly_job_always_waits_for_a_night_to_come() -> None:
    lab = Lab(Shape(), ORIGIN)
    for later in (0.0, 3 * 3600.0, 20 * 3600.0, 5 * DAY):
        job = next(job for job in lab.jobs(ORIGIN + later, "slurm") if job.reason == "BeginTime")
        assert ORIGIN + later < (job.eligible or 0) <= ORIGIN + later + DAY


@given(st.floats(EPOCH, EPOCH + 10**8))
def test_the_next_night_is_within_a_day(now: float) -> None:
    assert 0 < next_night(now) - now <= DAY


def test_a_running_job_says_what_it_has(slurm: tuple[Job, ...], kube: tuple[Job, ...]) -> None:
    for job in slurm:
        if job.state is JobState.RUNNING:
            assert job.nodes == tuple(held.node for held in job.held)
            assert sum(held.count or 0 for held in job.held) == job.gpus
            assert (job.output or "").endswith(f"{job.id}.out")
            assert job.asked.nodes == len(job.nodes)
    for job in kube:
        if job.held:
            assert [(pod.node, pod.gpus) for pod in job.pods] == [(held.node, held.count) for held in job.held]
            assert len({pod.uid for pod in job.pods}) == len(job.pods)


def test_each_node_belongs_to_one_scheduler_and_tells_what_is_handed_out(lab: Lab) -> None:
    told = {source: {one.node: one for one in queued(lab, source).capacities} for source in ("slurm", "k8s")}
    assert not told["slurm"].keys() & told["k8s"].keys()
    assert set(lab.nodes) == told["slurm"].keys() | told["k8s"].keys()
    assert len(told["k8s"]) > 4
    for source, capacities in told.items():
        used: Counter[str] = Counter()
        for job in lab.jobs(ORIGIN, source):
            if job.state in HOLDING:
                used.update({held.node: held.count or 0 for held in job.held})
        assert {node: one.gpus_used for node, one in capacities.items()} == {node: used[node] for node in capacities}
        for one in capacities.values():
            assert 0 <= (one.gpus_used or 0) <= (one.gpus or 0)
            assert 0 <= (one.memory_used or 0) <= (one.memory or 0)


def test_a_drained_node_and_one_that_is_down_say_why(lab: Lab) -> None:
    told = [one for source in ("slurm", "k8s") for one in queued(lab, source).capacities if not one.usable]
    assert len(told) == 2
    assert all(one.reason and one.reason_by and (one.reason_at or ORIGIN) < ORIGIN for one in told)
    assert {state for one in told for state in one.states} >= {"DRAIN", "DOWN"}


def test_queues_have_limits_and_quotas(lab: Lab) -> None:
    partitions, kueue = queued(lab, "slurm"), queued(lab, "k8s")
    waiting = next(job for job in lab.jobs(ORIGIN, "slurm") if job.reason == "PartitionTimeLimit")
    by_name = {queue.name: queue for queue in partitions.queues}
    assert (waiting.limit or 0) > (by_name[waiting.partition or ""].limit or 0)
    assert sum(queue.default for queue in partitions.queues) == 1
    assert {queue.state for queue in partitions.queues} >= {QueueState.UP, QueueState.DRAINING}
    assert {one.name for one in partitions.reservations} == {"course", "firmware"}
    assert {queue.kind for queue in kueue.queues} == {"clusterqueue", "localqueue", "namespace"}
    cluster = kueue.queues[0]
    held = sum(job.gpus or 0 for job in lab.jobs(ORIGIN, "k8s") if job.held)
    assert sum(quota.used or 0 for quota in cluster.quotas) == held
    jobs = lab.jobs(ORIGIN, "k8s")
    assert {job.partition for job in jobs} <= {queue.name for queue in kueue.queues}


def test_kueue_counts_places(kube: tuple[Job, ...]) -> None:
    assert sorted(job.place for job in kube if job.place is not None) == [1, 2, 3, 4]


def test_shares_add_up() -> None:
    told = shares(7)
    accounts = [share for share in told if share.user is None]
    assert sum(share.used or 0 for share in accounts) == pytest.approx(1.0, abs=0.01)
    assert sum(share.shares or 0 for share in accounts) == pytest.approx(1.0, abs=0.01)
    assert all(0 <= (share.factor or 0) <= 1 for share in told)


def test_a_later_look_says_equal_jobs_with_the_same_objects() -> None:
    lab = Lab(Shape(), ORIGIN)
    first = {job.id: job for job in lab.jobs(ORIGIN)}
    second = {job.id: job for job in lab.jobs(ORIGIN + 2)}
    same = [second[name] is job for name, job in first.items() if name in second]
    assert len(same) > 700
    assert all(same)


def test_who_fills_a_past_gets_few_ended_jobs_and_the_same_of_the_rest() -> None:
    whole, brief = Lab(Shape(), ORIGIN), Lab(Shape(), ORIGIN, brief=True)
    listed = {job.id: job for job in brief.jobs(ORIGIN)}
    ended = [job for job in listed.values() if job.state in ENDED]
    assert len(ended) < 20
    known = {job.id: job for job in whole.jobs(ORIGIN)}
    assert {name for name, job in known.items() if job.state in HOLDING} == {
        name for name, job in listed.items() if job.state in HOLDING
    }


@settings(max_examples=12, deadline=None)
@example(nodes=16, gpus=1, seed=0, later=0.0)  # two jobs share a node without cards, where others have one card
@given(nodes=st.integers(1, 24), gpus=st.integers(1, 16), seed=st.integers(0, 10**6), later=st.floats(0, 4 * DAY))
def test_every_shape_agrees_with_itself(nodes: int, gpus: int, seed: int, later: float) -> None:
    lab = Lab(Shape(nodes=nodes, gpus=gpus, seed=seed), ORIGIN)
    now = ORIGIN + later
    for source in lab.schedule.sources:
        jobs = lab.jobs(now, source)
        assert len({job.id for job in jobs}) == len(jobs)
        record = Jobs(source, now, 0.0, jobs)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=Jobs) == record
        told = queues(lab.schedule, source, now, 0.0, ORIGIN)
        assert all((one.gpus_used or 0) <= (one.gpus or 0) for one in told.capacities)
        names = {one.node for one in told.capacities}
        assert {held.node for job in jobs for held in job.held} <= names


def test_the_uid_of_a_pod_is_one(kube: tuple[Job, ...]) -> None:
    uids = [pod.uid for job in kube for pod in job.pods]
    assert len(uids) == len(set(uids))
    assert all(len(uid) == 36 and uid.count("-") == 4 for uid in uids)
    assert len(kubernetes.container_id(uids[0])) == 64
