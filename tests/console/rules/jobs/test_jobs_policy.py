"""The rules of a scheduler in sentences."""

from hypothesis import given
from hypothesis import strategies as st

from backends.jobs import Asked, Held, Job, JobState, Policy, Qos, Queue, Queues, QueueState, Quota, Share
from console.model.judged_jobs import Why
from console.rules.jobs import policy, standing
from console.rules.jobs.names import Names
from console.rules.jobs.schedule import Schedule
from console.views.words import say

RULES = Policy(
    "slurm",
    0.0,
    0.0,
    scheduler="sched/backfill",
    weights={"age": 1000.0, "fairshare": 3000.0, "qos": 0.0, "nice": 1.0},
    half_life=14 * 86400.0,
    age_most=7.5 * 86400.0,
    preemption="preempt/qos",
    qos=(
        Qos("low", 10.0, {"MaxTRESPU": "gres/gpu=4,cpu=64", "MaxJobsPU": "2", "MaxWall": "1-00:00:00", "X": "y"}),
        Qos("high", 100.0, preempts=("low",)),
    ),
    shares=(Share("nlp", None, 0.5, 0.8, 0.1), Share("nlp", "wang", 0.1, 0.02, 0.9), Share("cv", None, 0.5, 0.2)),
)


def job(number: int = 1, state: JobState = JobState.PENDING, **values: object) -> Job:
    fields: dict[str, object] = {
        "user": "wang",
        "project": "nlp",
        "partition": "a100",
        "qos": "low",
        "gpus": 1,
        **values,
    }
    return Job(str(number), state=state, **fields)  # type: ignore[arg-type]


def running(number: int, gpus: int, **values: object) -> Job:
    return job(number, JobState.RUNNING, gpus=gpus, held=(Held("n", None, gpus),), asked=Asked(cpus=8), **values)


def schedule(*jobs: Job, queue: Queue | None = None) -> Schedule:
    said = Queues("slurm", 0, 0, (queue or Queue("a100", limit=86400.0, priority=5),))
    return Schedule({each.id: each for each in jobs}, said, {}, Names(()))


def said(found: tuple[Why, ...], code: str) -> list[str]:
    return [say(why) for why in found if why.code == code]


def test_what_makes_priority_and_how_much() -> None:
    found = policy.page(RULES, {})
    assert said(found, "weight") == [
        "Up to 3000 points for an account that had less than its share (75 % of all).",
        "Up to 1000 points for waiting (25 % of all).",
    ]
    assert said(found, "age") == ["Waiting longer than 7.5 days adds nothing."]
    assert said(found, "half_life") == ["What was used counts half after 14 days."]
    assert said(found, "preemption") == ["Jobs that go first may put out others: preempt/qos."]
    assert said(policy.page(Policy("s", 0, 0), {}), "order")


def test_how_an_account_stands_concerns_its_jobs_alone() -> None:
    found = policy.of_job(job(), RULES, schedule())
    assert said(found, "share_over") == [
        "The account nlp had 80.0 % of the use with 50.0 % of the shares: others go first."
    ]
    assert said(found, "share_under") == [
        "wang in nlp had 2.0 % of the use with 10.0 % of the shares, and goes before others."
    ]
    assert not said(policy.of_job(job(project="cv", user="li"), RULES, schedule()), "share_over")


def test_a_limit_binds_when_what_is_held_and_what_is_asked_are_more() -> None:
    full = (running(2, 2), running(3, 2), running(4, 4, user="li"))
    found = policy.of_job(job(asked=Asked(cpus=8)), RULES, schedule(*full))
    assert said(found, "binding") == [
        "With low one person may hold gres/gpu=4; wang holds 4.",
        "Jobs that one person may run with low: 2; wang runs 2.",
    ]
    assert [why.code for why in found[:2]] == ["binding", "binding"]
    assert "With low one person may hold cpu=64; wang holds 16." in said(found, "qos_limit")
    assert "Jobs with low may run for 1-00:00:00 at most." in said(found, "qos_limit")
    assert "low: X is y." in said(found, "qos_limit")
    assert said(policy.of_job(job(asked=Asked(cpus=8)), RULES, schedule(full[0])), "binding") == []
    assert said(policy.of_job(full[0], RULES, schedule(*full)), "binding") == []


def test_what_is_not_known_of_a_job_does_not_bind() -> None:
    unknown = running(2, 4)
    found = policy.of_job(job(), Policy("s", 0, 0, qos=(Qos("low", limits={"GrpTRES": "mem=10"}),)), schedule(unknown))
    assert said(found, "qos_limit") == ["All jobs with low together may hold mem=10."]


def test_who_may_put_out_whom() -> None:
    found = policy.of_job(job(), RULES, schedule())
    assert said(found, "preempted_by") == ["Jobs with low may be put out by those with high."]
    assert said(policy.of_job(job(qos="high"), RULES, schedule()), "preempts") == [
        "Jobs with high may put out those with low."
    ]


def test_the_limits_of_a_queue() -> None:
    queue = Queue(
        "a100", "clusterqueue", QueueState.STOPPED, limit=3600.0, allowed=("account=cv",), denied=("user=x",),
        preemption="Any", quotas=(Quota("nvidia.com/gpu", 8.0, 8.0), Quota("cpu", None)),
    )  # fmt: skip
    found = policy.of_job(job(limit=7200.0), None, schedule(queue=queue))
    assert said(found, "binding") == [
        "a100 takes jobs and starts none.",
        "Jobs in a100 may run for 1 h at most.",
        "a100 may hand out 8 of nvidia.com/gpu, and has handed out 8.",
    ]
    assert said(found, "queue_allowed") == ["Only these may use a100: account=cv."]
    assert said(found, "queue_denied") == ["These may not use a100: user=x."]
    assert said(found, "queue_preemption") == ["Preemption in a100: Any."]
    assert said(policy.page(None, {"a100": queue}), "binding") == []


def test_no_blank_is_left_in_any_sentence() -> None:
    for why in (*policy.page(RULES, schedule().queues), *policy.of_job(job(), RULES, schedule())):
        assert "{" not in say(why)


@given(st.text(max_size=60))
def test_any_text_is_read_as_resources(text: str) -> None:
    assert all(value >= 0 for value in standing.tres(text).values())


def test_resources_are_read() -> None:
    assert standing.tres("cpu=8,gres/gpu=4,mem=100G,=3,node=x") == {"cpu": 8.0, "gres/gpu": 4.0}
