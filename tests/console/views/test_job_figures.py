"""Figures and sentences of one job: what is not known is no zero, and a time is one that people read."""

import pytest

from backends.jobs import Held, Job, JobState, JobUse, Progress
from console.model.judged import Point
from console.model.judged_jobs import JudgedJob, Told, Why
from console.model.severity import Severity
from console.views import job_figures as figures
from console.views import job_rows

NOW = 1_800_000_000.0


def judged(**job: object) -> JudgedJob:
    return JudgedJob("slurm", Job("1", **job))  # type: ignore[arg-type]


def test_what_is_not_known_is_none() -> None:
    bare = judged()
    for value in (figures.used, figures.busy, figures.efficiency, figures.hour, figures.peak, figures.cards):
        assert value(bare) is None
    for at in (figures.elapsed, figures.left, figures.waited, figures.ago, figures.idle):
        assert at(bare, NOW) is None
    row = job_rows.row(bare, NOW)
    assert {row[name] for name in ("gpus", "eff", "elapsed", "place", "start", "problem", "why", "step")} == {None}


def test_elapsed_ends_where_the_job_did() -> None:
    assert figures.elapsed(judged(state=JobState.RUNNING, started=NOW - 90), NOW) == 90
    assert figures.elapsed(judged(state=JobState.FAILED, started=NOW - 90, ended=NOW - 30), NOW) == 60
    assert figures.elapsed(judged(state=JobState.FAILED, started=NOW - 90), NOW) is None
    assert figures.elapsed(judged(state=JobState.RUNNING, started=NOW + 5), NOW) == 0, "clocks differ"


def test_cards_are_those_that_it_holds_before_those_that_it_asked_for() -> None:
    held = (Held("a", (0, 1)), Held("b", None, 3))
    assert figures.cards(judged(state=JobState.RUNNING, gpus=8, held=held)) == 5
    assert figures.cards(judged(state=JobState.RUNNING, gpus=8, held=(Held("a"),))) == 8
    assert figures.cards(judged(state=JobState.PENDING, gpus=8)) == 8


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "-"), (432_000, "5d"), (43_200, "12h"), (129_600, "36h"), (90, "1m30s"), (5400, "90m"), (0, "0s")],
)
def test_limits_are_written_as_people_chose_them(seconds: float | None, said: str) -> None:
    assert figures.brief(seconds) == said


def test_an_estimate_is_marked() -> None:
    at = NOW + 60
    assert figures.when(JudgedJob("s", Job("1"), start=at, told=Told.ESTIMATE), NOW).startswith("~")
    assert not figures.when(JudgedJob("s", Job("1"), start=at, told=Told.SCHEDULER), NOW).startswith("~")
    assert figures.when(JudgedJob("s", Job("1")), NOW) == ""


def test_what_is_wrong_goes_before_how_far_it_is() -> None:
    point = Point(Severity.WARNING, "idle", "It idles on {node}.", {"node": "n1"})
    worse = Point(Severity.CRITICAL, "bad", "Worse.")
    progress = Progress("1", NOW, 5, 10, loss=0.123456)
    job = Job("1", state=JobState.RUNNING)
    assert figures.reason(JudgedJob("s", job, progress=progress)) == "step 5/10 · loss 0.1235"
    assert figures.reason(JudgedJob("s", job, progress=progress, points=(point,))) == "It idles on n1."
    assert figures.reason(JudgedJob("s", job, points=(point, worse))) == "Worse. (+1)"


def test_how_it_ended_is_said_in_words() -> None:
    assert figures.reason(judged(state=JobState.FAILED, exit=2, signal=9)) == "exit code 2 · signal 9"
    assert figures.reason(judged(state=JobState.TIMEOUT)) == "reached its time limit"
    assert figures.reason(judged(state=JobState.COMPLETED)) == ""
    said = JudgedJob("s", Job("1", state=JobState.PENDING, reason="X"), why=(Why("x", "{0} {name}", {"name": "{x}"}),))
    assert figures.reason(said) == "{0} {x}", "values are no templates"


def test_used_is_worth_of_cards() -> None:
    use = JobUse("1", 8, 8, hour=98.75)
    assert figures.used(JudgedJob("s", Job("1"), use)) == pytest.approx(7.9)
    assert figures.idle(JudgedJob("s", Job("1"), JobUse("1", idle_since=NOW - 60)), NOW) == 60


def test_an_id_tells_what_it_stands_for() -> None:
    assert figures.named(judged(tasks="1-3", count=3)) == "1_[1-3]"
    assert figures.named(judged(tasks="20")) == "1_20"
    assert figures.listed(JudgedJob("k", Job("team-a/train"))) == "train"


def test_a_row_and_a_filter_see_the_same() -> None:
    one = JudgedJob("s", Job("1", state=JobState.RUNNING, nodes=("n1",), gpus=2), JobUse("1", 2, 1, 50.0, 40.0))
    row, looked = job_rows.row(one, NOW), job_rows.Looked()
    looked.judged, looked.wall = one, NOW
    assert set(looked) <= set(row)
    differ = {name for name in looked if looked[name] != row[name]}
    assert differ <= {"partition"}, "a filter looks at all partitions"
    assert job_rows.text(looked) == job_rows.text(row) == "1 n1"
