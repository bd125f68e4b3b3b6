"""A person's own way: detail, logs, acts with rights and read-back, a shell."""

import asyncio
import contextlib
import json

import kube_things as things
import pytest
from kube_store import KUEUE
from kube_world import World, kubeconfig, words

from backends.commands import (
    Call,
    CancelJobs,
    HoldJobs,
    MoveJobs,
    ReleaseJobs,
    RequeueJobs,
    ResumeJobs,
    SetLimit,
    SetPriority,
    SuspendJobs,
)
from backends.jobs import JobState, Outputs
from backends.kubernetes.driver import DRIVER
from backends.ports import Opening, Unavailable

SOURCE = "kubernetes"
WRITES = ("POST", "PATCH", "DELETE", "PUT")


@pytest.fixture
async def person(file):
    access = DRIVER.open_access(Opening(World(), 2.0, {"kubeconfig": file}))
    yield access
    await access.close()


def train(store, gpus=4, pods=2, **more):
    job = store.put("jobs", things.job("train", gpus=gpus, parallelism=pods, **more), "batch")
    for number in range(pods):
        store.put("pods", things.pod(f"train-{number}", gpus=gpus, owner=things.of(job, "Job")))
    return job


def changing(store):
    return [asked for asked in store.asked if asked[0] in WRITES and not asked[1].endswith("/selfsubjectaccessreviews")]


async def done(person, command):
    """Carry a command out, call by call."""
    return [outcome for call in await person.calls(command) for outcome in await person.carry_out(call)]


async def refused(person, command):
    with pytest.raises(Unavailable) as raised:
        await person.calls(command)
    return words(raised.value.trouble)


async def test_a_job_is_cancelled_with_its_pods_and_that_is_read_back(store, person):
    job = train(store)
    command = CancelJobs(source=SOURCE, ids=("lab/train",))
    (call,) = await person.calls(command)
    assert changing(store) == []
    assert (call.method, call.path) == ("DELETE", "/apis/batch/v1/namespaces/lab/jobs/train")
    assert json.loads(call.body) == {
        "propagationPolicy": "Background",
        "preconditions": {"uid": job["metadata"]["uid"]},
    }
    assert [one.state for one in await person.look(["lab/train"])] == [JobState.RUNNING]
    (outcome,) = await person.carry_out(call)
    assert (outcome.id, outcome.done, outcome.status) == ("lab/train", True, 200)
    assert await person.look(["lab/train"]) == []
    assert store.things["", "pods"] == {}
    (again,) = await person.carry_out(call)
    assert again.status == 404


async def test_a_job_is_suspended_and_goes_on(store, person):
    train(store)
    assert "has begun" in await refused(person, HoldJobs(source=SOURCE, ids=("lab/train",)))
    for command, state in ((SuspendJobs, True), (ResumeJobs, False), (HoldJobs, True), (ReleaseJobs, False)):
        if command is HoldJobs:
            for name in ("train-0", "train-1"):
                store.remove("", "pods", "lab", name)
        (outcome,) = await done(person, command(source=SOURCE, ids=("lab/train",)))
        assert outcome.done
        assert store.find("batch", "jobs", "lab", "train")["spec"]["suspend"] is state


async def test_what_kueue_manages_is_held_by_its_workload(store, person):
    store.groups.update(KUEUE)
    job = store.put("jobs", things.job("q", suspend=True, labels={"kueue.x-k8s.io/queue-name": "main"}), "batch")
    store.put("workloads", things.workload("job-q", things.of(job, "Job")), "kueue.x-k8s.io")
    store.put("localqueues", things.local_queue("main", "big"), "kueue.x-k8s.io")
    store.waiting["main"] = [{"metadata": {"name": "job-q", "namespace": "lab"}, "positionInClusterQueue": 2}]
    ids = ("lab/q",)
    assert [job.place for job in await person.look(ids)] == [3]
    assert "Kueue starts it" in await refused(person, ReleaseJobs(source=SOURCE, ids=ids))
    await done(person, HoldJobs(source=SOURCE, ids=ids))
    assert store.find("kueue.x-k8s.io", "workloads", "lab", "job-q")["spec"]["active"] is False
    (job,) = await person.look(ids)
    assert (job.state, job.reason) == (JobState.PENDING, "InactiveWorkload")
    await done(person, ReleaseJobs(source=SOURCE, ids=ids))
    await done(person, SetPriority(source=SOURCE, ids=ids, priority=7))
    workload = store.find("kueue.x-k8s.io", "workloads", "lab", "job-q")
    assert (workload["spec"]["active"], workload["spec"]["priority"]) == (True, 7)
    await done(person, MoveJobs(source=SOURCE, ids=ids, partition="lab/other"))
    labels = store.find("batch", "jobs", "lab", "q")["metadata"]["labels"]
    assert labels == {"kueue.x-k8s.io/queue-name": "other"}
    assert "cannot leave its namespace" in await refused(person, MoveJobs(source=SOURCE, ids=ids, partition="b/x"))


async def test_a_deployment_is_scaled_to_nothing_and_back(store, person):
    store.put("deployments", things.deployment("web", replicas=3), "apps")
    ids = ("lab/web",)
    assert "how many replicas" in await refused(person, ResumeJobs(source=SOURCE, ids=ids))
    await done(person, SuspendJobs(source=SOURCE, ids=ids))
    assert store.find("apps", "deployments", "lab", "web")["spec"]["replicas"] == 0
    (job,) = await person.look(ids)
    assert (job.state, job.reason) == (JobState.PENDING, "Suspended")
    await done(person, ResumeJobs(source=SOURCE, ids=ids))
    web = store.find("apps", "deployments", "lab", "web")
    assert (web["spec"]["replicas"], web["metadata"].get("annotations")) == (3, {})


async def test_who_may_only_scale_does_that(store, person):
    web = store.put("deployments", things.deployment("web", replicas=3), "apps")
    store.deny("patch", "deployments")
    (call,) = await person.calls(SuspendJobs(source=SOURCE, ids=("lab/web",)))
    assert call.path == "/apis/apps/v1/namespaces/lab/deployments/web/scale"
    assert json.loads(call.body) == [
        {"op": "test", "path": "/metadata/uid", "value": web["metadata"]["uid"]},
        {"op": "add", "path": "/spec/replicas", "value": 0},
    ]
    (outcome,) = await person.carry_out(call)
    assert outcome.done
    assert store.find("apps", "deployments", "lab", "web")["spec"]["replicas"] == 0


async def test_the_pods_of_a_job_are_deleted_so_that_it_makes_new_ones(store, person):
    train(store)
    calls = await person.calls(RequeueJobs(source=SOURCE, ids=("lab/train",)))
    assert [call.path.rpartition("/")[2] for call in calls] == ["train-0", "train-1"]
    store.put("pods", things.pod("alone"))
    assert "nobody would make its pods again" in await refused(person, RequeueJobs(source=SOURCE, ids=("lab/alone",)))


async def test_limits_are_set_where_there_are_any(store, person):
    train(store)
    store.put("deployments", things.deployment("web"), "apps")
    await done(person, SetLimit(source=SOURCE, ids=("lab/train",), seconds=3600))
    assert store.find("batch", "jobs", "lab", "train")["spec"]["activeDeadlineSeconds"] == 3600
    assert [job.limit for job in await person.look(["lab/train"])] == [3600]
    assert "has no time limit" in await refused(person, SetLimit(source=SOURCE, ids=("lab/web",), seconds=5))
    assert "fixed when its pods were made" in await refused(
        person, SetPriority(source=SOURCE, ids=("lab/train",), priority=5)
    )
    assert "no queue of Kueue" in await refused(person, MoveJobs(source=SOURCE, ids=("lab/train",), partition="x"))


async def test_a_missing_right_is_named_before_anything_is_sent(store, person):
    train(store)
    store.deny("delete", "jobs", "lab")
    said = await refused(person, CancelJobs(source=SOURCE, ids=("lab/train",)))
    assert said == "The right to delete jobs.batch in lab is missing."
    asked = store.count("POST", "selfsubjectaccessreviews")
    await refused(person, CancelJobs(source=SOURCE, ids=("lab/train",)))
    assert store.count("POST", "selfsubjectaccessreviews") == asked
    assert changing(store) == []


async def test_a_right_that_was_lost_meanwhile(store, person):
    train(store)
    (call,) = await person.calls(CancelJobs(source=SOURCE, ids=("lab/train",)))
    store.deny("delete", "jobs", "lab")
    (outcome,) = await person.carry_out(call)
    assert (outcome.done, outcome.status) == (False, 403)
    assert 'cannot delete resource "jobs"' in outcome.said
    assert "is missing" in await refused(person, CancelJobs(source=SOURCE, ids=("lab/train",)))


@pytest.mark.parametrize(
    ("command", "only_scales"),
    [
        (CancelJobs(source=SOURCE, ids=("lab/web",)), False),
        (SuspendJobs(source=SOURCE, ids=("lab/web",)), False),
        (SuspendJobs(source=SOURCE, ids=("lab/web",)), True),
        (RequeueJobs(source=SOURCE, ids=("lab/web",)), False),
    ],
)
async def test_what_was_made_anew_under_the_same_name_is_not_touched(store, person, command, only_scales):
    def make():
        web = store.put("deployments", things.deployment("web", replicas=3), "apps")
        store.put("pods", things.pod("web-0", owner=things.of(web, "Deployment", api="apps/v1")))

    make()
    if only_scales:
        store.deny("patch", "deployments")
    calls = await person.calls(command)
    store.remove("apps", "deployments", "lab", "web", "Background")
    make()
    (outcome,) = [outcome for call in calls for outcome in await person.carry_out(call)]
    assert (outcome.done, outcome.denied, outcome.status) == (False, False, 409 if calls[0].method == "DELETE" else 422)
    assert outcome.said.startswith("It is another object now")
    assert store.find("apps", "deployments", "lab", "web")["spec"]["replicas"] == 3
    assert store.find("", "pods", "lab", "web-0")


async def test_a_workload_that_was_made_anew_is_not_touched(store, person):
    store.groups.update(KUEUE)
    job = store.put("jobs", things.job("q", suspend=True, labels={"kueue.x-k8s.io/queue-name": "main"}), "batch")
    store.put("workloads", things.workload("job-q", things.of(job, "Job")), "kueue.x-k8s.io")
    calls = await person.calls(HoldJobs(source=SOURCE, ids=("lab/q",)))
    store.remove("kueue.x-k8s.io", "workloads", "lab", "job-q")
    store.put("workloads", things.workload("job-q", things.of(job, "Job")), "kueue.x-k8s.io")
    (outcome,) = await person.carry_out(calls[0])
    assert (outcome.done, outcome.said[:28]) == (False, "It is another object now: it")
    assert store.find("kueue.x-k8s.io", "workloads", "lab", "job-q")["spec"].get("active") is not False


async def test_a_refusal_for_another_reason_keeps_its_words(store, person):
    train(store)
    (call,) = await person.calls(SuspendJobs(source=SOURCE, ids=("lab/train",)))
    store.break_("/jobs/train", "status", 422)
    (outcome,) = await person.carry_out(call)
    assert (outcome.done, outcome.said) == (False, "something is wrong inside")


async def test_a_server_that_is_gone_is_no_outcome(store, server, person):
    train(store)
    (call,) = await person.calls(CancelJobs(source=SOURCE, ids=("lab/train",)))
    server.shutdown()
    server.server_close()
    store.break_("/", "hang", 0.0, times=100)
    (outcome,) = await person.carry_out(call)
    assert (outcome.done, outcome.status) == (False, None)
    assert outcome.said


async def test_a_call_of_another_scheduler_is_not_sent(store, person):
    call = Call(("1",), argv=("scancel", "1"))
    assert [one.done for one in await person.carry_out(call)] == [False]
    assert store.asked == []


async def test_detail(store, person):
    spec = {
        "containers": [
            {
                **things.container(gpus=1),
                "command": ["bash", "-lc", "set -e\npython train.py --lr 1"],
                "workingDir": "/work",
                "env": [
                    {"name": "NCCL_DEBUG", "value": "INFO"},
                    {"name": "WANDB_API_KEY", "value": "sk-123"},
                    {"name": "PASS", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                ],
            }
        ]
    }
    job = store.put("jobs", things.job("train", spec={"template": {"spec": spec}}), "batch")
    pod = store.put("pods", things.pod("train-0", owner=things.of(job, "Job"), restarts=2))
    store.put("events", things.event(pod, "Pod", "FailedMount", "no such volume \x1b[31m"))
    store.put("events", things.event(things.pod("other"), "Pod", "BackOff", "not mine"))
    told = await person.detail("lab/train")
    assert told.job.state is JobState.RUNNING
    assert told.outputs == ("train-0/main", "train-0/main/previous")
    assert told.script == "set -e\npython train.py --lr 1"
    assert told.folder == "/work"
    assert told.environment == {"NCCL_DEBUG": "INFO", "WANDB_API_KEY": "(hidden)"}
    assert "sk-123" not in told.raw
    assert "kind" not in told.raw.splitlines()[0]
    assert [(event.kind, event.subject, event.count) for event in told.events] == [("FailedMount", "train-0", 3)]
    assert told.troubles == ()
    assert (await person.detail("lab/nothing")).job is None


async def test_what_can_be_followed(store, person):
    job = store.put("jobs", things.job("train"), "batch")
    store.put("pods", things.pod("train-0", owner=things.of(job, "Job"), restarts=2))
    told = await person.outputs("lab/train")
    assert told == Outputs(("train-0/main", "train-0/main/previous"), (None, None))
    assert await person.outputs("lab/nothing") == Outputs()


async def test_detail_says_what_may_not_be_read(store, person):
    train(store)
    store.deny("list", "events")
    told = await person.detail("lab/train")
    assert told.job is not None
    assert [words(trouble) for trouble in told.troubles] == [
        f"The right to list events is missing on {told.troubles[0].values['server']}."
    ]


async def collected(stream, wanted):
    found = b""
    async with asyncio.timeout(10):
        async for piece in stream:
            found += piece
            if wanted in found:
                break
    return found


async def test_a_log_is_followed(store, person):
    store.put("pods", things.pod("p"))
    store.write("lab", "p", "main", b"".join(b"step %d\n" % number for number in range(1000)))
    stream = person.follow("lab/p", "p/main", 64)
    async with contextlib.aclosing(stream):
        piece = await anext(stream)
        assert piece.endswith(b"step 999\n")
        assert len(piece) <= 64
        store.write("lab", "p", "main", b"step 1000\nloss")
        assert await collected(stream, b"loss") == b"step 1000\nloss"
    assert store.asked[-1][2]["follow"] == "true"


async def test_a_log_that_is_closed_frees_its_connection(store, person):
    store.put("pods", things.pod("p"))
    store.write("lab", "p", "main", b"hello\n")
    stream = person.follow("lab/p", "p/main", 1000)
    assert await anext(stream) == b"hello\n"
    async with asyncio.timeout(2):
        await stream.aclose()


async def test_a_follower_that_is_cancelled_ends(store, person):
    store.put("pods", things.pod("p"))
    store.write("lab", "p", "main", b"hello\n")
    seen = asyncio.Event()

    async def follow():
        async for _ in person.follow("lab/p", "p/main", 1000):
            seen.set()

    task = asyncio.create_task(follow())
    async with asyncio.timeout(5):
        await seen.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_what_a_container_wrote_before_it_crashed(store, person):
    store.put("pods", things.pod("p"))
    store.write("lab", "p", "main/previous", b"Traceback\n", over=True)
    found = [piece async for piece in person.follow("lab/p", "p/main/previous", 1000)]
    assert b"".join(found) == b"Traceback\n"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("p/main", 'container "main" in pod "p" is waiting to start'),
        ("q/main", "is nothing at|has nothing at"),
        ("p", "no output called p"),
        ("../../secrets/x", "no output called|has nothing at"),
    ],
)
async def test_a_log_that_cannot_be_read(store, person, output, said):
    store.put("pods", things.pod("p"))
    with pytest.raises(Unavailable) as raised:
        await anext(person.follow("lab/p", output, 10))
    import re

    assert re.search(said, words(raised.value.trouble))
    assert not any("secrets" in asked[1] for asked in store.asked if asked[1].startswith("/api/v1/secrets"))


async def test_a_shell(store, person, monkeypatch):
    train(store)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/kubectl")
    argv = await person.shell("lab/train")
    assert argv[0] == "/usr/bin/kubectl"
    assert argv[argv.index("exec") :][:7] == ["exec", "-it", "-n", "lab", "train-0", "-c", "main"]
    assert argv[argv.index("--context") + 1] == "lab"
    with pytest.raises(Unavailable, match="No pod of"):
        await person.shell("lab/train", "n9")
    store.deny("create", "pods/exec")
    person._rights.forget()
    with pytest.raises(Unavailable) as raised:
        await person.shell("lab/train")
    assert words(raised.value.trouble) == "The right to create pods/exec in lab is missing."
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(Unavailable, match="kubectl is not installed"):
        await person.shell("lab/train")


@pytest.mark.parametrize("job", ["nothing", "", "/x", "x/"])
async def test_an_id_of_another_scheduler(person, job):
    with pytest.raises(Unavailable) as raised:
        await person.detail(job)
    assert "no job of Kubernetes" in words(raised.value.trouble)


async def test_a_login_that_expired_is_read_anew(store, server, tmp_path):
    file = tmp_path / "config"
    access = DRIVER.open_access(Opening(World(), 2.0, {"kubeconfig": kubeconfig(file, server.url)}))
    train(store)
    assert await access.look(["lab/train"])
    store.token = "new"
    kubeconfig(file, server.url, token="new")
    assert await access.look(["lab/train"])
    store.token = "newer"
    with pytest.raises(Unavailable, match="does not know who asks"):
        await access.look(["lab/train"])
    await access.close()
