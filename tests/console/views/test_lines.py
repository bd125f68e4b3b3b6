"""The lines of the list of jobs: their order, arrays that are folded, and that no line is made twice."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from backends.jobs import ENDED, Held, Job, JobState, JobUse
from console.model.judged import Point
from console.model.judged_jobs import JudgedJob
from console.model.severity import Severity
from console.views import lines
from console.views.lines import PHASES

NOW = 100_000.0
IDLE = Point(Severity.WARNING, "idle", "idle")


def judged(number: str, state: JobState = JobState.RUNNING, **more: object) -> JudgedJob:
    points = more.pop("points", ())
    use = more.pop("use", None)
    place = more.pop("place", None)
    return JudgedJob("slurm", Job(number, state=state, **more), use, place=place, points=points)  # type: ignore[arg-type]


def ids(found: list[lines.Line]) -> list[str]:
    return [line.judged.job.id for line in found]


def phase(jobs: list[JudgedJob], which: str = "all") -> list[str]:
    return ids(lines.of_phase(lines.of_jobs(jobs), which, NOW))


def test_the_order_is_that_of_a_queue() -> None:
    jobs = [
        judged("done", JobState.COMPLETED, ended=NOW - 10),
        judged("late", JobState.PENDING, priority=5.0),
        judged("second", JobState.PENDING, priority=9.0, place=2),
        judged("first", JobState.PENDING, priority=9.0, place=1),
        judged("old", started=NOW - 500),
        judged("new", started=NOW - 5),
        judged("idle", started=NOW - 900, points=(IDLE,)),
        judged("failed", JobState.FAILED, ended=NOW - 5),
    ]
    assert phase(jobs) == ["idle", "new", "old", "first", "second", "late", "failed", "done"]
    assert phase(jobs, "finished") == ["failed", "done"]
    assert phase(jobs, "current") == ["idle", "new", "old", "first", "second", "late", "failed"]


def test_what_failed_stays_for_an_hour() -> None:
    hour = [judged("in", JobState.TIMEOUT, ended=NOW - 3599), judged("out", JobState.FAILED, ended=NOW - 3600)]
    assert phase([*hour, judged("unknown", JobState.FAILED)], "current") == ["in"]


def test_tasks_of_an_array_are_what_they_are_together() -> None:
    tasks = [
        judged(
            f"7_{number}", array="7", gpus=2, started=NOW - 100 * number, nodes=(f"n{number % 2}",),
            held=(Held(f"n{number % 2}", (number,)),), use=JobUse(f"7_{number}", 2, 1, 10.0 * number, None, number),
        )
        for number in range(1, 4)
    ]  # fmt: skip
    waits = judged("7", JobState.PENDING, array="7", tasks="4-9", count=6)
    (fold, rest) = lines.folded(lines.of_jobs([*tasks, waits]))
    whole = fold.judged
    assert fold.key == "slurm/7[]"
    assert (fold.jobs, rest.jobs) == (3, 6)
    assert (whole.job.gpus, whole.job.nodes, whole.job.started) == (6, ("n1", "n0"), NOW - 300)
    assert whole.use is not None
    assert (whole.use.cards, whole.use.busy, whole.use.life, whole.use.hour) == (6, 3, 20.0, None)
    assert whole.use.memory == 3
    assert lines.counts(fold.members) == {JobState.RUNNING: 3}


def test_an_array_of_which_one_task_is_known_is_that_task() -> None:
    (alone,) = lines.folded(lines.of_jobs([judged("7_1", array="7")]))
    assert alone.key == "slurm/7_1"


def test_an_array_with_one_unknown_count_has_no_sum() -> None:
    (fold,) = lines.folded(lines.of_jobs([judged("7_1", array="7", gpus=1), judged("7_2", array="7")]))
    assert fold.judged.job.gpus is None


def test_an_array_that_runs_is_as_old_as_what_runs_of_it() -> None:
    over = judged("7_1", JobState.FAILED, array="7", started=1.0, ended=2.0)
    (fold,) = lines.folded(lines.of_jobs([over, judged("7_2", array="7", started=50.0)]))
    assert fold.judged.job.state is JobState.RUNNING
    assert fold.judged.job.started == 50.0


def test_what_did_not_change_is_not_made_again() -> None:
    jobs = [judged(f"{number}_{task}", array=str(number)) for number in range(3) for task in range(4)]
    before = lines.of_jobs(jobs)
    folds = {line.key: line for line in lines.folded(before)}
    changed = msgspec.structs.replace(jobs[5], stale=True)
    after = lines.of_jobs([*jobs[:5], changed, *jobs[6:]], before)
    assert [one is other for one, other in zip(before, after, strict=True)] == [number != 5 for number in range(12)]
    again = lines.folded(after, before=folds)
    assert [line is folds[line.key] for line in again] == [True, False, True]
    assert again[1].judged.stale


@given(
    st.lists(
        st.tuples(st.sampled_from(list(JobState)), st.sampled_from([None, "1", "2"]), st.floats(0, NOW)), max_size=20
    )
)
def test_nobody_is_lost_and_nobody_is_counted_twice(drawn: list[tuple[JobState, str | None, float]]) -> None:
    jobs = [
        judged(str(number), state, array=array, started=at, ended=at if state in ENDED else None)
        for number, (state, array, at) in enumerate(drawn)
    ]
    made = lines.of_jobs(jobs)
    everything = lines.of_phase(made, "all", NOW)
    assert sorted(ids(everything)) == sorted(str(number) for number in range(len(drawn)))
    parts = [lines.of_phase(made, which, NOW) for which in PHASES[:2]]
    assert {line.key for part in parts for line in part} == {line.key for line in everything}
    fold = lines.folded(everything, frozenset({"slurm/1[]"}))
    assert sum(line.jobs for line in fold) == len(drawn)
    assert sum(line.jobs for line in lines.unfolded(fold)) == len(drawn)
    keys = [line.key for line in lines.unfolded(fold)]
    assert len(keys) == len(set(keys)), "a table needs keys that differ"
