"""The source over real HTTP: lists, watches, what breaks, what rights forbid."""

import asyncio

import kube_things as things
import pytest
from kube_store import KUEUE, VOLCANO

from backends.jobs import Jobs, JobState, QueueState
from backends.records import SourceStatus


async def test_jobs_nodes_and_services_are_delivered(store, collect):
    store.put("nodes", things.node("n1"))
    job = store.put("jobs", things.job("train", gpus=4, parallelism=2), "batch")
    store.put("pods", things.pod("train-a", gpus=4, owner=things.of(job, "Job")))
    store.put("pods", things.unschedulable("train-b", owner=things.of(job, "Job")))
    run = collect()
    found = await run.job("lab/train")
    assert (found.state, found.gpus, found.kind, found.nodes) == (JobState.RUNNING, 8, "Job", ("n1",))
    assert [(held.node, held.slots, held.count) for held in found.held] == [("n1", None, 4)]
    assert [pod.name for pod in found.pods] == ["train-a", "train-b"]
    assert found.reason == "Unschedulable"
    one = run.capacities()["n1"]
    assert (one.gpus, one.gpus_used, one.cpus, one.cpus_used, one.usable) == (8, 4, 127, 4, True)
    await run.until(run.services)
    assert run.services()["kube-apiserver"].up is True
    assert run.services()["etcd"].up is True
    assert run.last(Jobs).source == "kubernetes"
    await run.until(lambda: run.policy() and run.policy().version)
    assert run.policy().version == "v1.36.2"


async def test_a_change_comes_by_the_watch_and_nothing_is_listed_again(store, collect):
    pod = store.put("pods", things.pod("alone", phase="Pending", waiting=("ContainerCreating", "")))
    run = collect(interval=30)
    assert (await run.job("lab/alone")).state is JobState.PENDING
    store.put("pods", things.pod("alone", uid=pod["metadata"]["uid"]))
    assert (await run.job("lab/alone", lambda job: job.state is JobState.RUNNING)).pods[0].uid == pod["metadata"]["uid"]
    store.remove("", "pods", "lab", "alone")
    await run.until(lambda: "lab/alone" not in run.jobs())
    lists = [asked for asked in store.asked if asked[1] == "/api/v1/pods" and "watch" not in asked[2]]
    assert len(lists) == 1


async def test_a_watch_that_is_cut_goes_on_where_it_was(store, collect):
    run = collect(interval=30)
    await run.until(lambda: run.last(Jobs))
    store.break_("/api/v1/pods#stream", "cut")
    store.put("pods", things.pod("first"))
    await run.job("lab/first")
    store.put("pods", things.pod("second"))
    await run.job("lab/second")
    assert sum(asked[1] == "/api/v1/pods" and "watch" not in asked[2] for asked in store.asked) == 1
    assert run.trouble() is None


async def test_a_history_that_is_forgotten_means_to_list_anew(store, collect):
    gone = store.put("pods", things.pod("gone"))
    run = collect(interval=30)
    await run.job("lab/gone")
    with store.changed:
        del store.things["", "pods"]["lab", gone["metadata"]["name"]]
    store.put("pods", things.pod("new"))
    store.forget()
    await run.until(lambda: "lab/new" in run.jobs() and "lab/gone" not in run.jobs())
    assert sum(asked[1] == "/api/v1/pods" and "watch" not in asked[2] for asked in store.asked) >= 2


async def test_a_garbage_line_costs_a_new_watch_and_no_more(store, collect):
    run = collect(interval=30)
    await run.until(lambda: run.last(Jobs))
    store.break_("/api/v1/pods#stream", "garbage")
    store.put("pods", things.pod("first"))
    await run.job("lab/first")
    store.put("pods", things.pod("second"))
    await run.job("lab/second")


async def test_an_odd_object_spoils_only_itself(store, collect):
    store.put("pods", things.pod("fine"))
    store.break_("/api/v1/pods", "odd", watch=False)
    run = collect()
    await run.job("lab/fine")
    assert list(run.jobs()) == ["lab/fine"]


async def test_a_user_of_one_namespace(store, server, collect, tmp_path):
    from conftest import kubeconfig

    store.put("pods", things.pod("mine", namespace="team", gpus=1))
    store.put("pods", things.pod("theirs", namespace="other"))
    for what in ("pods", "jobs", "deployments", "statefulsets", "events", "resourcequotas", "nodes", "priorityclasses"):
        store.deny("list", what, None)
        store.deny("watch", what, None)
    run = collect(kubeconfig(tmp_path / "team", server.url, namespace="team"))
    await run.job("team/mine")
    assert list(run.jobs()) == ["team/mine"]
    assert run.trouble() is None
    assert run.capacities() == {}
    await run.until(lambda: "rights" in run.services())
    assert run.services()["rights"].trouble.values["kinds"] == "nodes, priorityclasses.scheduling.k8s.io"


async def test_only_the_namespaces_that_are_asked_for(store, collect):
    for namespace in ("a", "b", "c"):
        store.put("pods", things.pod("p", namespace=namespace))
    run = collect(namespaces=["a", "b"])
    await run.until(lambda: set(run.jobs()) == {"a/p", "b/p"})
    assert not [asked for asked in store.asked if asked[1] == "/api/v1/pods"]


async def test_a_server_that_goes_away_is_told_and_comes_back(store, server, collect):
    store.put("pods", things.pod("p"))
    run = collect()
    await run.job("lab/p")
    store.break_("/api/v1/pods", "status", 503, times=4)
    store.break_("/api/v1/pods#stream", "cut")
    store.put("pods", things.pod("q"))
    await run.until(run.trouble)
    assert "failed (HTTP 503): something is wrong inside" in run.trouble()
    said = len(run.all(Jobs))
    await run.until(lambda: run.trouble() is None and len(run.all(Jobs)) > said)
    assert "lab/q" in run.jobs()


async def test_a_token_that_is_refused(store, collect):
    store.token = "changed"
    run = collect()
    await run.until(run.trouble)
    assert "does not know who asks: Unauthorized" in run.trouble()
    assert run.last(SourceStatus).next_try is not None
    store.token = "let-me-in"
    await run.until(lambda: run.last(Jobs))
    assert run.trouble() is None


async def test_queues_of_kueue(store, collect):
    store.groups.update(KUEUE)
    store.put("clusterqueues", things.cluster_queue("big"), "kueue.x-k8s.io")
    store.put("localqueues", things.local_queue("main", "big"), "kueue.x-k8s.io")
    job = store.put(
        "jobs", things.job("waits", gpus=8, suspend=True, labels={"kueue.x-k8s.io/queue-name": "main"}), "batch"
    )
    said = "couldn't assign flavors: insufficient unused quota for nvidia.com/gpu in flavor h100, 4 more needed"
    held = [{"type": "QuotaReserved", "status": "False", "reason": "Pending", "message": said}]
    store.put(
        "workloads", things.workload("job-waits", things.of(job, "Job"), conditions=held, gpus=8), "kueue.x-k8s.io"
    )
    store.waiting["big"] = [
        {"metadata": {"name": "job-waits", "namespace": "lab"}, "positionInClusterQueue": 4, "positionInLocalQueue": 0}
    ]
    run = collect()
    found = await run.job("lab/waits", lambda job: job.place is not None)
    assert (found.state, found.reason, found.said) == (JobState.PENDING, "WaitingForQuota", said)
    assert (found.partition, found.place, found.gpus, found.qos, found.priority) == ("lab/main", 5, 8, "high", 100)
    big = run.queues()["big"]
    assert (big.kind, big.state, big.parent) == ("clusterqueue", QueueState.UP, "all")
    quota = big.quotas[0]
    assert (quota.resource, quota.limit, quota.used, quota.flavor, quota.may_borrow) == (
        "nvidia.com/gpu",
        16,
        8,
        "h100",
        4,
    )
    assert run.queues()["lab/main"].parent == "big"
    assert run.policy().scheduler == "kueue"


async def test_queues_of_volcano(store, collect):
    store.groups.update(VOLCANO)
    queue = {
        "metadata": things.meta("default", None),
        "spec": {"weight": 3, "reclaimable": True, "capability": {"nvidia.com/gpu": 8}},
        "status": {"state": "Open", "allocated": {"nvidia.com/gpu": "2"}},
    }
    store.put("queues", queue, "scheduling.volcano.sh")
    template = {"spec": {"containers": [things.container(gpus=2)]}}
    job = {
        "metadata": things.meta("mpi", "default"),
        "spec": {"queue": "default", "tasks": [{"replicas": 3, "template": template}]},
        "status": {"state": {"phase": "Pending"}},
    }
    store.put("jobs", job, "batch.volcano.sh")
    owner = things.of(job, "Job", "batch.volcano.sh/v1alpha1")
    said = "3/3 tasks in gang unschedulable: pod group is not ready, 3 Pending"
    group = {
        "metadata": things.meta("mpi-1", "default", owner),
        "spec": {"queue": "default", "minMember": 3},
        "status": {
            "phase": "Pending",
            "conditions": [
                {"type": "Unschedulable", "status": "True", "reason": "NotEnoughResources", "message": said}
            ],
        },
    }
    store.put("podgroups", group, "scheduling.volcano.sh")
    plain = things.pod("plain", "default")
    store.put("pods", plain)
    run = collect()
    found = await run.job("default/mpi", lambda job: job.reason is not None)
    assert (found.kind, found.state, found.reason, found.said) == (
        "vcjob",
        JobState.PENDING,
        "NotEnoughResources",
        said,
    )
    assert (found.partition, found.gpus, found.asked.gpus_per_node) == ("default", 6, 2)
    await run.until(lambda: "namespace:default" in run.queues())
    assert run.jobs()["default/plain"].partition == "namespace:default"
    assert (run.queues()["default"].priority, run.queues()["default"].state) == (3, QueueState.UP)


async def test_it_ends_at_once(store, collect):
    run = collect()
    await run.until(lambda: run.last(Jobs))
    async with asyncio.timeout(2):
        await run.stop()


@pytest.mark.parametrize("kind", ["plain", "garbage"])
async def test_something_else_at_that_address(store, collect, kind):
    store.break_("/api/v1/pods", kind, times=10**6)
    run = collect()
    await run.until(run.trouble)
    assert run.trouble().isprintable()
    assert "/api/v1/pods" in run.trouble()
