"""What a command means for jobs: whom it concerns, how dangerous it is, how it is undone, when it counts as done."""

import pytest

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
from backends.jobs import Held, Job, JobState, Pod
from console.model.plans import Level, Target
from console.rules import planning

RUNS = Job("1", state=JobState.RUNNING, held=(Held("gpu1", (0,)),), limit=3600.0, started=5.0)
WAITS = Job("2", state=JobState.PENDING, reason="Priority", priority=100.0, partition="a", limit=3600.0)
HELD = Job("3", state=JobState.PENDING, reason="JobHeldUser")
OVER = Job("4", state=JobState.FAILED, ended=9.0)
STOPPED = Job("5", state=JobState.SUSPENDED)
REST = Job("8", state=JobState.PENDING, array="8", tasks="2-9", count=8)
TASK = Job("8_1", state=JobState.RUNNING, array="8", started=1.0)
ALL = {job.id: job for job in (RUNS, WAITS, HELD, OVER, STOPPED, REST, TASK)}


def of(kind: type[JobCommand], *ids: str) -> JobCommand:
    more = {SetPriority: {"priority": 7}, SetLimit: {"seconds": 7200}, MoveJobs: {"partition": "b"}}.get(kind, {})
    return kind(source="s", ids=ids, **more)


@pytest.mark.parametrize(
    ("kind", "concerned"),
    [
        (CancelJobs, {"1", "2", "3", "5", "8"}),
        (HoldJobs, {"2", "8"}),
        (ReleaseJobs, {"3"}),
        (RequeueJobs, {"1", "4", "5", "8"}),
        (SuspendJobs, {"1", "8"}),
        (ResumeJobs, {"3", "5"}),
        (SetPriority, {"2", "3", "8"}),
        (SetLimit, {"1", "2", "3", "5", "8"}),
        (MoveJobs, {"2", "3", "8"}),
    ],
)
def test_only_what_a_command_can_concern_is_sent(kind: type[JobCommand], concerned: set[str]) -> None:
    found = planning.targets(kind, ["1", "2", "3", "4", "5", "8"], ALL)
    assert {target.id for target in found if target.refused is None} == concerned
    assert all(target.refused.text for target in found if target.refused is not None)


def test_every_command_has_its_rules() -> None:
    assert set(planning._FITS) == set(JobCommand.__subclasses__())


def test_an_array_stands_for_all_of_its_tasks_and_each_name_counts_once() -> None:
    (found,) = planning.targets(CancelJobs, ["8", "8"], ALL)
    assert {job.id for job in found.jobs} == {"8", "8_1"}
    (gone,) = planning.targets(CancelJobs, ["8"], {"8_1": TASK})
    assert gone.refused is None, "what waited has all started"
    (nobody,) = planning.targets(CancelJobs, ["77"], ALL)
    assert nobody.refused is not None


def test_what_loses_work_is_disruptive_and_of_many_destructive() -> None:
    def level(command: JobCommand, *jobs: Job) -> Level:
        return planning.level(command, [Target(job.id, (job,)) for job in jobs])

    assert level(of(HoldJobs, "2"), WAITS) is Level.REVERSIBLE
    assert level(of(CancelJobs, "2"), WAITS) is Level.DISRUPTIVE
    assert level(of(RequeueJobs, "4"), OVER) is Level.REVERSIBLE
    assert level(of(RequeueJobs, "1"), RUNS) is Level.DISRUPTIVE
    assert level(of(CancelJobs, "1"), *[RUNS] * 5) is Level.DISRUPTIVE
    assert level(of(CancelJobs, "1"), *[RUNS] * 6) is Level.DESTRUCTIVE
    assert level(of(CancelJobs, "8"), REST) is Level.DESTRUCTIVE, "eight jobs in one"


def test_notes_say_what_is_lost() -> None:
    assert [note.text for note in planning.notes(of(CancelJobs, "1"), [RUNS])] == [
        "What they computed since their last checkpoint is lost."
    ]
    assert not planning.notes(of(CancelJobs, "2"), [WAITS])
    (again,) = planning.notes(of(RequeueJobs, "4"), [OVER])
    assert again.values == {"jobs": "4"}
    pods = Job("n/a", state=JobState.RUNNING, pods=(Pod("a-0", "u"),))
    assert planning.notes(of(SuspendJobs, "n/a"), [pods])
    assert planning.notes(SetLimit(source="s", ids=("1",), seconds=60), [RUNS])
    assert not planning.notes(SetLimit(source="s", ids=("1",), seconds=7200), [RUNS])


def test_undo_is_the_command_that_puts_it_back() -> None:
    assert planning.undo(of(HoldJobs, "2"), [WAITS]) == of(ReleaseJobs, "2")
    assert planning.undo(of(SuspendJobs, "1"), [RUNS]) == of(ResumeJobs, "1")
    assert planning.undo(of(HoldJobs, "2", "3"), [WAITS, HELD]) is None, "it would release what was held before"
    assert planning.undo(of(SetPriority, "2"), [WAITS]) is None, "it stays fixed"
    assert planning.undo(SetLimit(source="s", ids=("1",), seconds=60), [RUNS]) is None, "to raise it may be denied"
    assert planning.undo(of(SetLimit, "1"), [RUNS]) == SetLimit(source="s", ids=("1",), seconds=3600)
    assert planning.undo(of(MoveJobs, "2"), [WAITS]) == MoveJobs(source="s", ids=("2",), partition="a")
    assert planning.undo(of(CancelJobs, "1"), [RUNS]) is None
    assert planning.undo(of(RequeueJobs, "1"), [RUNS]) is None


@pytest.mark.parametrize(
    ("kind", "before", "after", "is_done"),
    [
        (CancelJobs, RUNS, Job("1", state=JobState.CANCELLED), True),
        (CancelJobs, RUNS, Job("1", state=JobState.COMPLETING), True),
        (CancelJobs, RUNS, None, True),
        (CancelJobs, RUNS, RUNS, False),
        (CancelJobs, RUNS, Job("1", state=JobState.COMPLETED), False),
        (ReleaseJobs, HELD, Job("3", state=JobState.CANCELLED), False),
        (HoldJobs, WAITS, Job("2", state=JobState.PENDING, reason="JobHeldAdmin"), True),
        (HoldJobs, WAITS, WAITS, False),
        (HoldJobs, WAITS, None, False),
        (HoldJobs, WAITS, Job("2", state=JobState.RUNNING), False),
        (ReleaseJobs, HELD, Job("3", state=JobState.PENDING, reason="Priority"), True),
        (ReleaseJobs, HELD, Job("3", state=JobState.RUNNING), True),
        (ReleaseJobs, HELD, HELD, False),
        (RequeueJobs, RUNS, Job("1", state=JobState.PENDING), True),
        (RequeueJobs, RUNS, Job("1", state=JobState.RUNNING, started=99.0), True),
        (RequeueJobs, RUNS, RUNS, False),
        (SuspendJobs, RUNS, Job("1", state=JobState.SUSPENDED), True),
        (SuspendJobs, RUNS, RUNS, False),
        (ResumeJobs, STOPPED, Job("5", state=JobState.RUNNING), True),
        (ResumeJobs, STOPPED, STOPPED, False),
        (SetPriority, WAITS, Job("2", state=JobState.PENDING, priority=7.0), True),
        (SetPriority, WAITS, WAITS, False),
        (SetLimit, RUNS, Job("1", state=JobState.RUNNING, limit=7200.0), True),
        (SetLimit, RUNS, Job("1", state=JobState.RUNNING, limit=7230.0), False),
        (SetLimit, RUNS, RUNS, False),
        (SetLimit, RUNS, Job("1", state=JobState.RUNNING), False),
        (MoveJobs, WAITS, Job("2", state=JobState.PENDING, partition="b"), True),
        (MoveJobs, WAITS, WAITS, False),
    ],
)
def test_done_is_what_the_scheduler_lists(
    kind: type[JobCommand], before: Job, after: Job | None, is_done: bool
) -> None:
    listed = [] if after is None else [after]
    assert planning.done(of(kind, before.id), [before], listed) is is_done


def test_a_requeue_that_is_to_hold_is_done_when_it_is_held() -> None:
    command = RequeueJobs(source="s", ids=("1",), hold=True)
    assert not planning.done(command, [RUNS], [Job("1", state=JobState.PENDING, reason="Priority")])
    assert planning.done(command, [RUNS], [Job("1", state=JobState.PENDING, reason="JobHeldUser")])
    assert planning.done(SetLimit(source="s", ids=("1",), seconds=90), [RUNS], [Job("1", limit=120.0)])


def test_what_of_an_array_a_command_does_not_concern_need_not_change() -> None:
    held = Job("8", state=JobState.PENDING, array="8", tasks="2-9", reason="JobHeldUser")
    assert planning.done(of(HoldJobs, "8"), [REST, TASK], [held, TASK])
    assert not planning.done(of(CancelJobs, "8"), [REST, TASK], [held, TASK])
