"""The source over real HTTP: lists, watches, what breaks, what rights forbid."""

import asyncio

import kube_things as things
import pytest
from kube_store import KUEUE, VOLCANO

from backends.jobs import Jobs, JobState, Policy, QueueState, Services
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


async def test_when_nothing_happens_it_is_said_again_at_each_interval(store, collect):
    store.put("pods", things.pod("p"))
    run = collect(interval=0.1)
    await run.job("lab/p")
    said = len(run.all(Jobs))
    await run.until(lambda: len(run.all(Jobs)) >= said + 4)
    one, other = run.all(Jobs)[-2:]
    assert other.mono > one.mono
    assert other.jobs[0] is one.jobs[0]
    assert other.interval == 0.1
    assert len(run.all(Policy)) <= 3


async def test_what_says_nothing_new_is_not_told(store, collect):
    node = store.put("nodes", things.node("n1"))
    run = collect(interval=30)
    await run.until(lambda: run.capacities())
    said = len(run.all(Jobs))
    node["status"]["conditions"].append({"type": "MemoryPressure", "status": "False", "lastHeartbeatTime": "now"})
    for _ in range(5):
        store.put("nodes", dict(node))
        await asyncio.sleep(0.1)
    store.put("pods", things.pod("p"))
    await run.job("lab/p")
    assert len(run.all(Jobs)) - said == 1


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


async def test_where_watches_never_last_everything_is_listed_again_and_again(store, collect):
    store.break_("/api/v1/pods", "cut", times=10**6, watch=True)
    run = collect(interval=0.2)
    await run.until(lambda: run.last(Jobs))
    store.put("pods", things.pod("late"))
    await run.job("lab/late")
    store.remove("", "pods", "lab", "late")
    await run.until(lambda: "lab/late" not in run.jobs())


async def test_where_watching_is_not_allowed_it_is_listed(store, collect, monkeypatch):
    monkeypatch.setattr("backends.kubernetes.watch.POLLED", 0.1)
    store.deny("watch", "pods")
    run = collect(interval=0.2)
    await run.until(lambda: run.last(Jobs))
    store.put("pods", things.pod("late"))
    await run.job("lab/late")
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
    from kube_world import kubeconfig

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


async def test_a_server_that_says_nothing_more_is_not_believed(store, collect, monkeypatch):
    monkeypatch.setattr("backends.kubernetes.client.READ", 0.2)
    store.put("pods", things.pod("p"))
    run = collect()
    await run.job("lab/p")
    store.break_("/readyz", "hang", 0.5, times=3)
    await run.until(run.trouble)
    assert run.trouble().endswith("did not answer in time.")
    said = len(run.all(Jobs))
    await run.until(lambda: run.trouble() is None and len(run.all(Jobs)) > said)
    states = [one.up for services in run.all(Services) for one in services.services if one.name == "kube-apiserver"]
    assert False in states
    assert states[-1] is True


async def test_a_kind_that_is_broken_does_not_blind_the_others(store, collect):
    store.put("pods", things.pod("p"))
    store.break_("/apis/apps/v1/deployments", "status", 500, times=10**6)
    run = collect()
    await run.job("lab/p")
    assert run.trouble() is None
    await run.until(lambda: "deployments.apps" in run.services())
    assert run.services()["deployments.apps"].trouble.values["status"] == "500"


async def test_nodes_that_take_nothing_say_why(store, collect):
    store.put("nodes", things.node("well"))
    store.put("nodes", things.node("cordoned", unschedulable=True))
    store.put("nodes", things.node("sick", ready="Unknown"))
    full = [{"type": "DiskPressure", "status": "True"}]
    taint = [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]
    store.put("nodes", things.node("full", taints=taint, conditions=full))
    store.put("nodes", things.node("kept", taints=[{"key": "team", "value": "a", "effect": "NoSchedule"}]))
    store.put("pods", things.pod("done", phase="Succeeded", node="well", gpus=4))
    store.put("pods", things.unschedulable("waits", gpus=4))
    store.put("pods", things.pod("lost", phase="Unknown", node="well", gpus=2))
    run = collect()
    await run.until(lambda: len(run.capacities()) == 5)
    nodes = run.capacities()
    assert {name: one.usable for name, one in nodes.items()} == {
        "well": True,
        "cordoned": False,
        "sick": False,
        "full": False,
        "kept": True,
    }
    assert nodes["cordoned"].states == ("Ready", "SchedulingDisabled")
    assert nodes["sick"].reason == "KubeletNotReady: PLEG is not healthy"
    assert nodes["sick"].reason_at == things.T0
    assert nodes["full"].states == ("Ready", "DiskPressure")
    assert nodes["full"].reason == "node.kubernetes.io/disk-pressure"
    assert "taint:team=a:NoSchedule" in nodes["kept"].features
    assert (nodes["well"].gpus, nodes["well"].gpus_used, nodes["well"].gpu_kind) == (8, 2, "NVIDIA-H100")
    assert run.jobs()["lab/lost"].state is JobState.UNKNOWN


async def test_namespaces_with_a_quota_and_classes(store, collect):
    quota = {
        "metadata": things.meta("gpus"),
        "status": {"hard": {"requests.nvidia.com/gpu": "8", "pods": "10"}, "used": {"requests.nvidia.com/gpu": "3"}},
    }
    store.put("resourcequotas", quota)
    for name, value in (("low", -5), ("high", 1000)):
        store.put("priorityclasses", {"metadata": things.meta(name, None), "value": value}, "scheduling.k8s.io")
    run = collect()
    await run.until(lambda: "lab" in run.queues())
    assert [(one.resource, one.limit, one.used) for one in run.queues()["lab"].quotas] == [
        ("pods", 10, None),
        ("nvidia.com/gpu", 8, 3),
    ]
    await run.until(lambda: run.policy() and run.policy().qos)
    assert [(one.name, one.priority) for one in run.policy().qos] == [("high", 1000), ("low", -5)]


async def test_the_platform_and_its_replicas(store, collect):
    store.put("deployments", things.deployment("coredns", "kube-system", replicas=2, ready=1), "apps")
    store.put("deployments", things.deployment("kueue", "kueue-system", replicas=1, ready=0), "apps")
    store.checks["etcd"] = False
    run = collect()
    await run.until(lambda: {"coredns", "kueue"} <= set(run.services()))
    services = run.services()
    assert (services["coredns"].up, services["coredns"].replicas) == (True, 1)
    assert services["coredns"].trouble.values["wanted"] == "2"
    assert services["kueue"].up is False
    assert services["kube-apiserver"].up is False
    assert (services["etcd"].up, services["etcd"].said) == (False, "failed: timeout")
    assert services["kube-apiserver"].answered > 0
    assert "kube-system/coredns" not in run.jobs()


async def test_a_storm_of_changes_is_told_a_few_times_only(store, collect):
    run = collect(interval=30)
    run.source._often = 0.4
    await run.until(lambda: run.last(Jobs))
    said = len(run.all(Jobs))
    for number in range(200):
        store.put("pods", things.pod(f"p{number}"))
    await run.until(lambda: len(run.jobs()) == 200)
    assert len(run.all(Jobs)) - said <= 4


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
