"""Commands become exact calls; what the tools said becomes an outcome for each target; nothing strange is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slurm_told import words

from backends.commands import (
    Call,
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
from backends.jobs import Job, JobState
from backends.ports import Unavailable
from backends.slurm.acts import calls_of, corrected, outcomes_of
from backends.slurm.tools import Said

TWO = {"source": "lab", "ids": ("4", "18+0")}


def argvs(command: JobCommand) -> list[str]:
    return [" ".join(call.argv) for call in calls_of(command, lambda tool: tool, "login")]


@pytest.mark.parametrize(
    ("command", "first"),
    [
        (HoldJobs(**TWO), "scontrol hold 4"),
        (ReleaseJobs(**TWO), "scontrol release 4"),
        (RequeueJobs(**TWO), "scontrol requeue 4"),
        (RequeueJobs(**TWO, hold=True), "scontrol requeuehold 4"),
        (SuspendJobs(**TWO), "scontrol suspend 4"),
        (ResumeJobs(**TWO), "scontrol resume 4"),
        (SetPriority(**TWO, priority=7), "scontrol update JobId=4 Priority=7"),
        (SetLimit(**TWO, seconds=3601), "scontrol update JobId=4 TimeLimit=61"),
        (MoveJobs(**TWO, partition="long"), "scontrol update JobId=4 Partition=long"),
    ],
)
def test_calls(command: JobCommand, first: str):
    assert argvs(command) == [first, first.replace(" 4", " 18+0").replace("=4", "=18+0")]


def test_many_are_cancelled_by_few_calls():
    command = CancelJobs(source="lab", ids=tuple(map(str, range(1, 121))))
    calls = calls_of(command, lambda tool: f"/opt/slurm/bin/{tool}", "login")
    assert [len(call.ids) for call in calls] == [50, 50, 20]
    assert calls[2].argv == ("/opt/slurm/bin/scancel", *map(str, range(101, 121)))
    assert {call.where for call in calls} == {"login"}


@pytest.mark.parametrize(
    "command",
    [
        CancelJobs(source="lab", ids=("4", "--user=root")),
        HoldJobs(source="lab", ids=("4_[1-2]",)),
        SetPriority(**TWO, priority=-1),
        SetPriority(**TWO, priority=2**32),
        SetLimit(**TWO, seconds=0),
        MoveJobs(**TWO, partition="a b"),
        MoveJobs(**TWO, partition="gpu Priority=9"),
        MoveJobs(**TWO, partition=""),
    ],
)
def test_what_slurm_cannot_do_is_refused_in_words(command: JobCommand):
    with pytest.raises(Unavailable) as caught:
        argvs(command)
    assert words(caught.value.trouble)


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_text_becomes_another_argument(job: str, partition: str):
    try:
        calls = calls_of(MoveJobs(source="lab", ids=(job,), partition=partition), lambda tool: tool, None)
    except Unavailable:
        return
    assert calls[0].argv == ("scontrol", "update", f"JobId={job}", f"Partition={partition}")
    assert not set(" \n\t=-'\"") & set(job)
    assert not set(" \n\t='\"") & set(partition)


def done(call: Call, status: int, errors: str) -> list[tuple[str, bool]]:
    return [(one.id, one.done) for one in outcomes_of(call, Said(status, "", errors, 0.1))]


def test_scancel_names_those_that_it_failed_for():
    call = Call(("1", "7", "12"))
    said = (
        "scancel: error: Kill job error on job id 1: Access/permission denied\n"
        "scancel: error: Kill job error on job id 12: Access/permission denied"
    )
    assert done(call, 210, said) == [("1", False), ("7", True), ("12", False)]
    assert done(call, 1, "scancel: error: Unable to contact slurm controller (connect failure)") == [
        ("1", False),
        ("7", False),
        ("12", False),
    ]
    assert done(call, 0, "scancel: error: something new") == [("1", False), ("7", False), ("12", False)]
    assert done(call, 0, "") == [("1", True), ("7", True), ("12", True)]


def test_scontrol_says_all_about_its_one_job():
    call = Call(("12",))
    (one,) = outcomes_of(call, Said(1, "", "Invalid user id for job 12\nslurm_suspend error: Invalid user id", 0.1))
    assert not one.done
    assert "slurm_suspend" in one.said


def test_what_had_ended_or_is_unknown_was_not_cancelled():
    call = Call(("1", "2", "3", "4"))
    jobs = [
        Job("1", state=JobState.COMPLETED),
        Job("2", state=JobState.CANCELLED),
        Job("4_0", state=JobState.COMPLETED, array="4"),
        Job("4_1", state=JobState.COMPLETING, array="4"),
    ]
    outcomes = corrected(outcomes_of(call, Said(0, "", "", 0.1)), jobs)
    assert [(one.id, one.done) for one in outcomes] == [("1", False), ("2", True), ("3", False), ("4", True)]
    assert "completed" in outcomes[0].said
