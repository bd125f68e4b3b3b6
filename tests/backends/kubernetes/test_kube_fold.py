"""Pods and what made them, folded into jobs: whose they are, how they are, what they hold."""

import time

import kube_things as things
import msgspec
import pytest

from backends.jobs import JobState
from backends.kubernetes import makers, pods
from backends.kubernetes.families import World, families, ids
from backends.kubernetes.fold import Folder
from backends.kubernetes.raw import RawPod
from backends.kubernetes.raw_owners import RawEvent, RawJob, RawScaled, RawWorkload

NOW = time.time()


def pod(*args, **kwargs):
    return pods.seen(msgspec.convert(things.pod(*args, **kwargs), RawPod))


def of(raw, make, thing):
    return make(msgspec.convert(thing, raw))


def job(thing):
    return of(RawJob, makers.batch_job, thing)


def folded(given_pods=(), made=(), **more):
    world = World(list(given_pods), list(made), **more)
    return {one.id: one for one in Folder().fold(world, NOW)}


def true(kind, reason=None, message=None, at=NOW - 100):
    return {
        "type": kind,
        "status": "True",
        "reason": reason,
        "message": message,
        "lastTransitionTime": things.stamp(at),
    }


@pytest.mark.parametrize(
    ("given", "state", "reason"),
    [
        ({"phase": "Running"}, JobState.RUNNING, None),
        ({"phase": "Pending", "waiting": ("ImagePullBackOff", "no")}, JobState.PENDING, "ImagePullBackOff"),
        ({"phase": "Running", "waiting": ("CrashLoopBackOff", "no")}, JobState.RUNNING, "CrashLoopBackOff"),
        ({"phase": "Succeeded", "terminated": ("Completed", 0)}, JobState.COMPLETED, None),
        ({"phase": "Failed", "terminated": ("OOMKilled", 137)}, JobState.OUT_OF_MEMORY, "OOMKilled"),
        ({"phase": "Failed", "terminated": ("Error", 3)}, JobState.FAILED, "Error"),
        ({"phase": "Failed", "status": {"phase": "Failed", "reason": "Evicted"}}, JobState.FAILED, "Evicted"),
        ({"phase": "Failed", "status": {"phase": "Failed", "reason": "NodeLost"}}, JobState.NODE_FAIL, "NodeLost"),
        (
            {"phase": "Failed", "status": {"phase": "Failed", "reason": "DeadlineExceeded"}},
            JobState.TIMEOUT,
            "DeadlineExceeded",
        ),
        (
            {"phase": "Failed", "conditions": [true("DisruptionTarget", "PreemptionByScheduler", "made room")]},
            JobState.PREEMPTED,
            "PreemptionByScheduler",
        ),
        ({"phase": "Running", "deletionTimestamp": things.stamp(NOW)}, JobState.COMPLETING, "Terminating"),
        ({"phase": "Unknown"}, JobState.UNKNOWN, None),
    ],
)
def test_how_one_pod_is(given, state, reason):
    seen = pod("p", **given)
    assert (seen.state, seen.pod.reason) == (state, reason)


def test_a_crash_for_want_of_memory_says_so():
    seen = pod("p", waiting=("CrashLoopBackOff", "back-off 40s"), last=("OOMKilled", 137), restarts=4)
    assert (seen.pod.said, seen.pod.restarts, seen.pod.exit) == ("OOMKilled: back-off 40s", 4, 137)


@pytest.mark.parametrize(
    ("containers", "first", "cards"),
    [
        ([("nvidia.com/gpu", 2), ("nvidia.com/gpu", 1)], [], {"nvidia.com/gpu": 3}),
        ([("nvidia.com/gpu", 1)], [("nvidia.com/gpu", 4, None)], {"nvidia.com/gpu": 4}),
        ([("nvidia.com/gpu", 1)], [("nvidia.com/gpu", 1, "Always")], {"nvidia.com/gpu": 2}),
        ([("nvidia.com/mig-1g.10gb", 3)], [], {"nvidia.com/mig-1g.10gb": 3}),
        ([("nvidia.com/gpu.shared", 1)], [], {"nvidia.com/gpu.shared": 1}),
        ([("amd.com/gpu", 8)], [], {"amd.com/gpu": 8}),
        ([("huawei.com/Ascend910", 8)], [], {"huawei.com/Ascend910": 8}),
        ([("rdma/hca", 8), ("example.com/gpu.shared", 1)], [], {}),
    ],
)
def test_the_cards_that_a_pod_asks_for(containers, first, cards):
    spec = {
        "containers": [things.container(f"c{n}", count, name) for n, (name, count) in enumerate(containers)],
        "initContainers": [
            things.container(f"i{n}", count, name, restartPolicy=policy)
            for n, (name, count, policy) in enumerate(first)
        ],
    }
    seen = pod("p", spec=spec)
    assert dict(seen.want.cards) == cards
    assert seen.pod.gpus == sum(cards.values())


def test_pods_are_folded_into_whose_they_are():
    train = things.job("train")
    replicas = {"metadata": things.meta("web-5d7f")}
    torch = {"metadata": things.meta("llm")}
    daemon = {"metadata": things.meta("exporter")}
    cron = {"metadata": things.meta("nightly")}
    nightly = things.job("nightly-1", owner=things.of(cron, "CronJob"))
    above = {"metadata": things.meta("set")}
    part = things.job("set-workers-0", owner=things.of(above, "JobSet", "jobset.x-k8s.io/v1alpha2"))
    found = folded(
        [
            pod("train-x", owner=things.of(train, "Job")),
            pod("web-5d7f-1", owner=things.of(replicas, "ReplicaSet", "apps/v1"), labels={"pod-template-hash": "5d7f"}),
            pod("llm-master-0", owner=things.of(torch, "PyTorchJob", "kubeflow.org/v1"), gpus=8),
            pod("llm-worker-0", owner=things.of(torch, "PyTorchJob", "kubeflow.org/v1"), gpus=8, node="n2"),
            pod("exporter-a", owner=things.of(daemon, "DaemonSet", "apps/v1")),
            pod("nightly-1-x", owner=things.of(nightly, "Job")),
            pod("set-workers-0-x", owner=things.of(part, "Job"), gpus=2),
            pod("gang-0", labels={"kueue.x-k8s.io/pod-group-name": "gang"}),
            pod("alone", labels={"user": "eve"}),
            pod("coredns-1", namespace="kube-system"),
        ],
        [job(train), job(nightly), job(part)],
    )
    assert {name: (one.kind, len(one.pods)) for name, one in found.items()} == {
        "lab/train": ("Job", 1),
        "lab/web": ("Deployment", 1),
        "lab/llm": ("PyTorchJob", 2),
        "lab/nightly-1": ("Job", 1),
        "lab/set": ("JobSet", 1),
        "lab/gang": ("PodGroup", 1),
        "lab/alone": ("Pod", 1),
    }
    assert found["lab/llm"].gpus == 16
    assert [(held.node, held.count) for held in found["lab/llm"].held] == [("n1", 8), ("n2", 8)]
    assert found["lab/alone"].user == "eve"


def test_two_kinds_of_one_name():
    same = things.job("same")
    web = of(RawScaled, makers.deployment, things.deployment("same"))
    assert set(folded([pod("same")], [job(same), web])) == {"lab/same", "lab/Deployment/same", "lab/Pod/same"}
    assert set(folded([pod("same")], [web])) == {"lab/same", "lab/Pod/same"}


@pytest.mark.parametrize(
    ("conditions", "state", "reason"),
    [
        ([true("Complete")], JobState.COMPLETED, None),
        ([true("Failed", "BackoffLimitExceeded", "too often")], JobState.FAILED, "BackoffLimitExceeded"),
        ([true("Failed", "DeadlineExceeded")], JobState.TIMEOUT, "DeadlineExceeded"),
    ],
)
def test_how_a_job_ended(conditions, state, reason):
    found = folded(made=[job(things.job("j", conditions=conditions))])["lab/j"]
    assert (found.state, found.reason, found.held) == (state, reason, ())
    assert found.ended == pytest.approx(NOW - 100, abs=1)


def test_that_a_pod_ran_out_of_memory_says_more_than_that_it_failed_often():
    thing = things.job("j", conditions=[true("Failed", "BackoffLimitExceeded")])
    dead = pod("j-1", phase="Failed", terminated=("OOMKilled", 137), owner=things.of(thing, "Job"))
    found = folded([dead], [job(thing)])["lab/j"]
    assert (found.state, found.reason, found.exit) == (JobState.OUT_OF_MEMORY, "OOMKilled", 137)


def test_what_ended_long_ago_is_left_out():
    old = things.job("old", conditions=[true("Complete", at=NOW - 90_000)])
    assert folded(made=[job(old)]) == {}


def test_a_job_without_pods_waits_and_a_warning_says_why():
    thing = things.job("j", gpus=8, parallelism=2)
    told = "exceeded quota: gpus, requested: requests.nvidia.com/gpu=8, used: 8, limited: 8"
    said = of(RawEvent, makers.said, things.event(thing, "Job", "FailedCreate", told))
    found = folded(made=[job(thing)], said=[said])["lab/j"]
    assert (found.state, found.reason, found.said, found.gpus) == (JobState.PENDING, "FailedCreate", told, 16)
    assert found.asked.gpus_per_node == 8


def test_a_suspended_job_waits():
    found = folded(made=[job(things.job("j", suspend=True))])["lab/j"]
    assert (found.state, found.reason) == (JobState.PENDING, "Suspended")


def test_a_deployment_that_somebody_scaled_to_nothing_is_no_job():
    assert folded(made=[of(RawScaled, makers.deployment, things.deployment("web", replicas=0))]) == {}


def test_a_workload_stands_for_what_has_no_pods_yet():
    torch = {"metadata": things.meta("llm")}
    held = [
        {"type": "QuotaReserved", "status": "False", "reason": "Inadmissible", "message": "LocalQueue main is gone"}
    ]
    owner = things.of(torch, "PyTorchJob", "kubeflow.org/v1")
    workload = of(RawWorkload, makers.workload, things.workload("w", owner, conditions=held, gpus=8, count=4))
    found = folded(workloads=[workload])["lab/llm"]
    assert (found.kind, found.state, found.reason, found.gpus) == ("PyTorchJob", JobState.PENDING, "Inadmissible", 32)
    assert found.partition == "lab/main"


def test_what_did_not_change_is_the_very_same():
    folder = Folder()
    seen = [pod("a"), pod("b")]
    before = {one.id: one for one in folder.fold(World(seen), NOW)}
    after = {one.id: one for one in folder.fold(World([seen[0], pod("b", phase="Failed")]), NOW)}
    assert after["lab/a"] is before["lab/a"]
    assert after["lab/b"] is not before["lab/b"]


def test_a_ring_of_owners_has_an_end():
    one, other = things.job("one"), things.job("other")
    one["metadata"] = things.meta("one", owner=things.of(other, "Job"))
    other["metadata"]["ownerReferences"] = [
        {"apiVersion": "batch/v1", "kind": "Job", "name": "one", "uid": "u", "controller": True}
    ]
    assert len(folded(made=[job(one), job(other)])) <= 2


def test_names_are_given_by_the_kinds_alone():
    world = World([pod("same"), pod("other")], [job(things.job("same"))])
    keys = list(families(world))
    assert ids(keys) == ids(reversed(keys))
