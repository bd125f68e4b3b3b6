"""Reasons of both schedulers in plain words: all that are known have some, and all blanks in them are filled."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.jobs import Job, JobState, Pod
from console.model.judged_jobs import Why
from console.rules.jobs import kubernetes_words, limits, reasons, slurm_words
from console.views.words import fill, say

_SLURM = """
None Priority Dependency Resources PartitionNodeLimit PartitionTimeLimit PartitionDown PartitionInactive JobHeldAdmin
JobHeldUser BeginTime Licenses AssociationJobLimit AssociationResourceLimit AssociationTimeLimit Reservation
ReservationDeleted ReqNodeNotAvail FrontEndDown NodeDown BadConstraints SystemFailure JobLaunchFailure NonZeroExitCode
RaisedSignal TimeLimit InactiveLimit InvalidAccount InvalidQOS QOSUsageThreshold QOSJobLimit QOSResourceLimit
QOSTimeLimit Cleaning Prolog QOSNotAllowed AccountNotAllowed DependencyNeverSatisfied JobArrayTaskLimit
JobHoldMaxRequeue PartitionConfig AccountingPolicy FedJobLock OutOfMemory MaxMemPerLimit DeadLine BurstBufferResources
BurstBufferStageIn BurstBufferOperation PowerNotAvail PowerReserved
QOSGrpCpuLimit QOSGrpCPUMinutesLimit QOSGrpCPURunMinutesLimit QOSGrpJobsLimit QOSGrpMemLimit QOSGrpNodeLimit
QOSGrpSubmitJobsLimit QOSGrpWallLimit QOSMaxCpuPerJobLimit QOSMaxCPUMinutesPerJobLimit QOSMaxNodePerJobLimit
QOSMaxWallDurationPerJobLimit QOSMaxCpuPerUserLimit QOSMaxJobsPerUserLimit QOSMaxNodePerUserLimit
QOSMaxSubmitJobPerUserLimit QOSMinCpuNotSatisfied QOSMinGRES QOSMinMemory QOSMinNode QOSGrpGRES QOSGrpGRESMinutes
QOSGrpGRESRunMinutes QOSGrpBilling QOSGrpBillingMinutes QOSGrpBB QOSGrpLicense QOSGrpEnergy QOSGrpMemMinutes
QOSGrpMemRunMinutes QOSGrpNodeMinutes QOSMaxGRESPerJob QOSMaxGRESPerNode QOSMaxGRESPerUser QOSMaxGRESPerAccount
QOSMaxGRESMinutesPerJob QOSMaxMemoryPerJob QOSMaxMemoryPerUser QOSMaxMemoryPerNode QOSMaxBBPerJob QOSMaxEnergyPerUser
QOSMaxBillingPerUser QOSMaxNodePerAccount QOSMaxJobsPerAccountLimit QOSMaxLicensePerUser
AssocGrpCpuLimit AssocGrpCPUMinutesLimit AssocGrpCPURunMinutesLimit AssocGrpJobsLimit AssocGrpMemLimit
AssocGrpNodeLimit AssocGrpSubmitJobsLimit AssocGrpWallLimit AssocMaxJobsLimit AssocMaxCpuPerJobLimit
AssocMaxCPUMinutesPerJobLimit AssocMaxNodePerJobLimit AssocMaxWallDurationPerJobLimit AssocMaxSubmitJobLimit
AssocGrpGRES AssocGrpGRESMinutes AssocGrpGRESRunMinutes AssocGrpBilling AssocMaxGRESPerJob AssocMaxGRESPerNode
AssocMaxMemPerNode AssocMaxBBPerJob AssocMaxEnergyPerJob MaxGRESPerAccount MaxCpuPerAccount MaxNodePerAccount
MaxMemoryPerAccount MaxJobsPerAccount MaxSubmitJobsPerAccount
"""


def told(reason: str | None, **values: object) -> list[Why]:
    job = Job("1", "sft", "wang", "nlp", "a100", JobState.PENDING, reason, qos="normal", reservation="r1", **values)
    return list(reasons.of_job(job, {}))


def said(why: Why) -> str:
    return fill(say(why), {"until": "16:40"})


@pytest.mark.parametrize("reason", [*_SLURM.split(), *slurm_words.WORDS, *slurm_words.ALIASES, *kubernetes_words.WORDS])
def test_every_known_reason_has_words_and_no_blank_is_left(reason: str) -> None:
    (why,) = told(reason, eligible=2.0)
    assert why.code != "other"
    assert why.text != reason
    assert "{" not in said(why)


@pytest.mark.parametrize(
    ("reason", "code", "text"),
    [
        ("QOSMaxGRESPerUser", "limit_user", "wang holds as many GPUs as one person may with normal."),
        ("QOSMaxCpuPerUserLimit", "limit_user", "wang holds as many CPUs as one person may with normal."),
        ("AssocGrpGRES", "limit", "All GPUs that the account nlp may hold are in use."),
        ("AssocMaxJobsLimit", "limit", "As many jobs of the account nlp run as may at the same time."),
        (
            "QOSGrpNodeLimit",
            "limit",
            "All nodes that jobs with the quality of service normal may hold together are in use.",
        ),
        (
            "QOSMaxWallDurationPerJobLimit",
            "limit_job",
            "Its time limit is longer than one job may have with normal; it will not start as it is.",
        ),
        ("AssocGrpCPUMinutesLimit", "limit_time", "The time on cpu that nlp may use is used up."),
        ("QOSMinGRES", "limit_job", "It asks for less than a job must with normal; it will not start as it is."),
        ("QOSGrpEnergy", "limit", "A limit of normal is reached: QOSGrpEnergy."),
        ("PartitionDown", "partition", "The partition a100 is down: it takes jobs and starts none."),
        ("Reservation", "reservation", "It waits for its reservation r1."),
        ("ReqNodeNotAvail, UnavailableNodes:gpu[01-02]", "node", "Nodes that it needs cannot be used now: gpu[01-02]."),
        ("ReqNodeNotAvail, Reserved for maintenance", "maintenance", "Its nodes are reserved for maintenance."),
        (
            "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions",
            "node",
            "Nodes that it needs are down, drained, or reserved for jobs of partitions that go first.",
        ),
        ("launch failed requeued held", "launch", "It could not be started and is held; release it to try again."),
        ("SomethingNew", "other", "SomethingNew"),
        ("[bold]{job}\x1b[2J", "other", "[bold]{job}\x1b[2J"),
    ],
)
def test_a_reason_in_plain_words(reason: str, code: str, text: str) -> None:
    why = told(reason)[0]
    assert (why.code, said(why)) == (code, text)


def test_the_sentence_of_the_scheduler_says_more_than_its_word() -> None:
    down = "Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved_for_jobs_in_higher_priority_partitions"
    assert [why.code for why in told("Resources", said=down)] == ["node"]
    (why,) = told("ReqNodeNotAvail", said="ReqNodeNotAvail, UnavailableNodes:gpu04")
    assert said(why) == "Nodes that it needs cannot be used now: gpu04."


def test_a_begin_time_tells_until_when() -> None:
    (why,) = told("BeginTime", eligible=5000.0)
    assert (why.code, why.until) == ("begin", 5000.0)
    assert told("BeginTime")[0].until is None


def test_no_reason_says_nothing_and_an_ended_job_is_not_unexamined() -> None:
    assert told(None) == told("") == told("(null)") == []
    assert reasons.of_job(Job("1", state=JobState.COMPLETED, reason="None"), {}) == ()
    assert [why.code for why in reasons.of_job(Job("1", state=JobState.FAILED, reason="NonZeroExitCode"), {})] == [
        "failed"
    ]


def test_a_dependency_names_the_job_and_how_it_is() -> None:
    jobs = {
        "11": Job("11", "prep", state=JobState.RUNNING),
        "12": Job("12", "bad", state=JobState.FAILED),
        "13": Job("13", "later", state=JobState.PENDING),
    }
    given = "afterok:11(unfulfilled):12(failed),afterany:13+10(unfulfilled):99_*(unfulfilled),afterok:14(fulfilled)"
    job = Job("1", state=JobState.PENDING, reason="Dependency", dependency=given)
    assert [said(why) for why in reasons.of_job(job, jobs)] == [
        "It waits until 11 (prep) has ended well, which still runs.",
        "It waits until 12 (bad) has ended well, which it did not.",
        "It waits for 13 (later), which itself still waits.",
        "It waits for 99_*, which is not listed any more.",
    ]
    assert reasons.awaited(job, jobs) == (jobs["11"], jobs["12"], jobs["13"], None)


def test_a_dependency_without_particulars_still_says_so() -> None:
    assert [why.code for why in told("Dependency")] == ["dependency"]
    assert said(told("Dependency", dependency="singleton(unfulfilled)")[0]) == (
        "It waits until no other job of its name and owner runs."
    )


def test_the_counted_sentence_of_kubernetes_is_taken_apart() -> None:
    text = (
        "0/12 nodes are available: 3 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint "
        "{node.kubernetes.io/unschedulable: }, 4 node(s) didn't match Pod's node affinity/selector, 1 node(s) were "
        "unschedulable, 1 strange thing, 1 node(s) had untolerated taint {a: b, c}. preemption: 0/12 nodes are "
        "available: 12 No preemption victims found for incoming pod."
    )
    assert [said(why) for why in told("Unschedulable", said=text)] == [
        "No node can take it now.",
        "4 of 12 nodes are not of the kind that it asks for.",
        "3 of 12 nodes have too little nvidia.com/gpu free.",
        "2 of 12 nodes are set apart by the taint node.kubernetes.io/unschedulable.",
        "1 of 12 nodes is cordoned.",
        "1 of 12 nodes: strange thing.",
        "1 of 12 nodes is set apart by the taint a: b, c.",
    ]


def test_kueue_says_of_which_quota_how_much_is_missing() -> None:
    text = (
        "couldn't assign flavors to pod set main: insufficient unused quota for nvidia.com/gpu in flavor a100, "
        "4 more needed"
    )
    found = told("WaitingForQuota", said=text)
    assert [said(why) for why in found] == [
        "It waits in a100 until enough of the quota is free.",
        "The quota for nvidia.com/gpu of a100 is 4 short.",
    ]


def test_what_pods_say_is_added_once() -> None:
    pods = tuple(Pod(f"p{number}", f"u{number}", reason="ImagePullBackOff") for number in range(3))
    found = told("Unschedulable", pods=(*pods, Pod("q", "u", reason="Odd")))
    assert [why.code for why in found] == ["unschedulable", "image", "other"]
    assert said(found[2]) == "q: Odd"


def test_an_unknown_word_keeps_the_sentence_of_the_scheduler() -> None:
    assert [said(why) for why in told(None, said="because {I} say so")] == ["because {I} say so"]


@given(st.text(max_size=80), st.text(max_size=200), st.text(max_size=80))
def test_no_text_of_the_world_breaks_it(reason: str, text: str, dependency: str) -> None:
    for why in told(reason, said=text, dependency=dependency):
        assert isinstance(why.text, str)
    limits.parse(reason)


@given(st.lists(st.tuples(st.integers(1, 999), st.sampled_from(["Insufficient cpu", "node(s) were unschedulable"]))))
def test_the_counts_are_kept_the_largest_first(parts: list[tuple[int, str]]) -> None:
    text = "0/999 nodes are available: " + ", ".join(f"{count} {what}" for count, what in parts) + "."
    counts = [int(why.values["count"]) for why in kubernetes_words.counted(text)]
    assert counts == sorted((count for count, _what in parts), reverse=True)


def test_every_sentence_is_in_lower_case_where_it_is_looked_for() -> None:
    assert all(part == part.casefold() for part, _word in slurm_words.SENTENCES)
    assert all(re.fullmatch(r"[a-z_]+", word.code) for word in slurm_words.WORDS.values())
