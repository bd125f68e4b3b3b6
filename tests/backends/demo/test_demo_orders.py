"""Commands become calls, and their receivers understand these and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.commands import (
    CancelJobs,
    HoldJobs,
    JobCommand,
    MoveJobs,
    ReleaseJobs,
    RequeueJobs,
    ResumeJobs,
    SetLimit,
    SetPriority,
    SuspendJobs,
)
from backends.demo.orders import (
    AT_ONCE,
    Garbled,
    Order,
    kubernetes_calls,
    read_kubernetes,
    read_slurm,
    slurm_calls,
    span,
)
from backends.jobs import Job
from backends.ports import Unavailable

IDS = st.lists(st.from_regex(r"[1-9][0-9]{0,6}(_[0-9]{1,3}|\+[0-9])?", fullmatch=True), min_size=1, max_size=5)


def commands(source: str, ids: tuple[str, ...]) -> dict[str, JobCommand]:
    return {
        "cancel": CancelJobs(source=source, ids=ids),
        "hold": HoldJobs(source=source, ids=ids),
        "release": ReleaseJobs(source=source, ids=ids),
        "requeue": RequeueJobs(source=source, ids=ids),
        "requeuehold": RequeueJobs(source=source, ids=ids, hold=True),
        "suspend": SuspendJobs(source=source, ids=ids),
        "resume": ResumeJobs(source=source, ids=ids),
        "priority": SetPriority(source=source, ids=ids, priority=4711),
        "limit": SetLimit(source=source, ids=ids, seconds=190_800),
        "partition": MoveJobs(source=source, ids=ids, partition="a100"),
    }


VALUES = {"priority": "4711", "limit": "190800", "partition": "a100"}


@given(IDS)
def test_slurm_understands_what_is_sent(ids: list[str]) -> None:
    for verb, command in commands("slurm", tuple(ids)).items():
        (call,) = slurm_calls(command)
        assert read_slurm(call.argv) == Order(verb, tuple(ids), VALUES.get(verb, ""))
        assert call.ids == tuple(ids)


def test_the_calls_are_those_that_people_type() -> None:
    told = {verb: slurm_calls(command)[0].argv for verb, command in commands("slurm", ("8812", "8820")).items()}
    assert told["cancel"] == ("scancel", "8812", "8820")
    assert told["hold"] == ("scontrol", "hold", "8812,8820")
    assert told["requeuehold"] == ("scontrol", "requeuehold", "8812,8820")
    assert told["limit"] == ("scontrol", "update", "JobId=8812,8820", "TimeLimit=2-05:00:00")
    assert told["priority"][-1] == "Priority=4711"


def test_many_jobs_are_sent_in_several_calls() -> None:
    ids = tuple(str(number) for number in range(150))
    calls = slurm_calls(CancelJobs(source="slurm", ids=ids))
    assert [len(call.ids) for call in calls] == [AT_ONCE, AT_ONCE, 150 - 2 * AT_ONCE]


@pytest.mark.parametrize("kind", ["Job", "PyTorchJob"])
def test_kubernetes_understands_what_is_sent(kind: str) -> None:
    job = Job("nlp/dpo-13b", kind=kind)
    for verb, command in commands("k8s", (job.id,)).items():
        if verb.startswith("requeue") or (verb == "limit" and kind != "Job"):
            with pytest.raises(Unavailable):
                kubernetes_calls(command, [job])
            continue
        (call,) = kubernetes_calls(command, [job])
        order = read_kubernetes(call.method or "", call.path or "", call.body or "")
        assert order == Order(verb, (job.id,), VALUES.get(verb, ""))


def test_the_requests_are_those_of_the_api() -> None:
    (call,) = kubernetes_calls(CancelJobs(source="k8s", ids=("nlp/dpo",)), [Job("nlp/dpo", kind="Job")])
    assert (call.method, call.path) == ("DELETE", "/apis/batch/v1/namespaces/nlp/jobs/dpo")
    assert call.body == '{"propagationPolicy": "Background"}'
    (call,) = kubernetes_calls(HoldJobs(source="k8s", ids=("nlp/dpo",)), [Job("nlp/dpo", kind="Deployment")])
    assert call.path == "/apis/kueue.x-k8s.io/v1beta2/namespaces/nlp/workloads/deployment-dpo"


@given(st.lists(st.text(max_size=12), max_size=5))
def test_other_programs_are_refused_in_words(argv: list[str]) -> None:
    if argv[:1] == ["scancel"] and len(argv) > 1:
        assert read_slurm(argv) == Order("cancel", tuple(argv[1:]))
        return
    with pytest.raises(Garbled):
        read_slurm(argv)


@given(st.sampled_from(["GET", "PATCH", "DELETE", ""]), st.text(max_size=60), st.text(max_size=60))
def test_other_requests_are_refused_in_words(method: str, path: str, body: str) -> None:
    with pytest.raises(Garbled):
        read_kubernetes(method, path, body)


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        '{"metadata": 3}',
        '{"spec": {}}',
        '{"spec": 1}',
        '{"spec": {"priority": "x"}}',
        '{"metadata": {"labels": 3}}',
        "{",
    ],
)
def test_a_strange_change_is_refused(body: str) -> None:
    with pytest.raises(Garbled):
        read_kubernetes("PATCH", "/apis/batch/v1/namespaces/nlp/jobs/dpo", body)


def test_spans() -> None:
    assert [span(seconds) for seconds in (0, 59, 3661, 86_400, 190_800)] == [
        "00:00:00", "00:00:59", "01:01:01", "1-00:00:00", "2-05:00:00",
    ]  # fmt: skip
