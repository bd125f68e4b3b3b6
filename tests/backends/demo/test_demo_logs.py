"""What simulated jobs write: it grows, agrees with their progress, ends as they end, and may be hostile."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.demo import logs
from backends.demo.bulletin import progresses
from backends.demo.lab import Lab
from backends.demo.people import LARGE, PEOPLE, SMALL, Task
from backends.demo.runs import Run
from backends.demo.shape import EPOCH, Shape
from backends.demo.stories import HOSTILE
from backends.demo.training import LOADING, course, progress
from backends.jobs import JobState

ORIGIN = EPOCH + 20 * 86_400
TRAINING = next(task for task in LARGE if task.curve == "training")
HOUR = 3600.0


def run(seed: int = 0, outcome: JobState = JobState.COMPLETED, task: Task = TRAINING, hours: float = 5.0) -> Run:
    end = ORIGIN + hours * HOUR
    return Run("4711", PEOPLE[0], task, 8, ORIGIN - 60, ORIGIN, end, 9 * HOUR, 1.0, outcome, seed)


def text(one: Run, output: str, now: float) -> str:
    return logs.tail(one, output, 1 << 24, now)[0].decode()


@given(seed=st.integers(0, 2**31 - 1), age=st.floats(0, 2 * HOUR), later=st.floats(0, HOUR), back=st.integers(1, 5000))
@settings(max_examples=25, deadline=None)
def test_a_log_only_grows(seed: int, age: float, later: float, back: int) -> None:
    one, now = run(seed, hours=1.5), ORIGIN + age
    for output in (logs.OUTPUT, logs.ERRORS, logs.BOTH):
        data, number = logs.tail(one, output, 1 << 24, now)
        until = logs.count(one, output, now + later)
        more = b"".join(logs.piece(one, output, at, now + later) for at in range(number, until))
        assert data + more == logs.tail(one, output, 1 << 24, now + later)[0]
        assert logs.tail(one, output, back, now)[0] == data[-back:]


@pytest.mark.parametrize("seed", range(8))
def test_the_last_step_of_the_log_is_the_progress(seed: int) -> None:
    one, now = run(seed), ORIGIN + 2 * HOUR + 5 * logs.EVERY
    found = course(one, now)
    assert found is not None
    said = text(one, logs.OUTPUT, now)
    last = max(int(step) for step in re.findall(r"(?:step |iteration +|\| |'step': )(\d+)(?:/|}| *\[)", said))
    assert abs(found.step - last) <= found.speed * logs.EVERY + 1
    loss = re.findall(r"loss[:=' ]+ *([0-9.]+(?:E[+-]\d+)?)", said)[-1]
    assert float(loss) == pytest.approx(found.loss, rel=0.1)


def test_checkpoints_are_written_down_when_they_are_made() -> None:
    one, now = run(12), ORIGIN + 3 * HOUR
    found = course(one, now)
    assert found is not None
    assert found.saved is not None
    saved = [line for line in text(one, logs.OUTPUT, now).split("\n") if "saved checkpoint" in line]
    assert len(saved) == int(3 * HOUR // (900 + 12 % 1500))
    assert logs.stamp(found.saved)[:-4] in saved[-1]  # to ten seconds


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (JobState.FAILED, "Traceback (most recent call last):"),
        (JobState.TIMEOUT, "DUE TO TIME LIMIT"),
        (JobState.NODE_FAIL, "DUE TO NODE FAILURE"),
        (JobState.PREEMPTED, "DUE TO PREEMPTION"),
        (JobState.CANCELLED, "*** JOB 4711 CANCELLED AT 2026-11-21T05:00:00 ***"),
        (JobState.OUT_OF_MEMORY, "oom_kill"),
    ],
)
def test_it_ends_as_the_job_ended(outcome: JobState, words: str) -> None:
    one = run(0, outcome)
    assert words not in text(one, logs.ERRORS, one.ended - 1)
    assert words in text(one, logs.ERRORS, one.ended)
    assert words in text(one, logs.BOTH, one.ended + HOUR)
    assert text(one, logs.OUTPUT, one.ended) == text(one, logs.OUTPUT, one.ended + HOUR)


def test_one_that_completes_has_done_every_step_and_says_so() -> None:
    one = run(3)
    found = course(one, one.ended)
    assert found is not None
    assert found.step == found.steps
    assert text(one, logs.OUTPUT, one.ended).endswith("done\n")


def test_nothing_is_written_before_it_starts() -> None:
    assert logs.tail(run(), logs.OUTPUT, 1000, ORIGIN - 1) == (b"", 0)
    assert course(run(), ORIGIN + LOADING - 1) is None


def test_a_bar_overwrites_itself() -> None:
    said = text(run(3), logs.OUTPUT, ORIGIN + HOUR)
    assert said.count("\r\x1b[32m") > 300
    assert "it/s, loss=" in said


def test_the_hostile_job_tries_everything() -> None:
    task = Task(HOSTILE[:200], "training", "python", 0.5, 0.8)
    said = text(run(0, task=task), logs.OUTPUT, ORIGIN + HOUR)
    for trick in ("\x1b[2J", "\x1b]0;owned\x07", "\x1b]52;c;", "[bold red]", "\x9b31m", "\x00"):
        assert trick in said
    assert "step " in said


@pytest.mark.parametrize("task", SMALL)
def test_others_write_too(task: Task) -> None:
    assert text(run(5, task=task), logs.OUTPUT, ORIGIN + HOUR).count("\n") + 1 > 100 or task.curve == "training"


def test_one_that_hangs_is_silent_and_one_that_diverges_explodes() -> None:
    hung = msgspec.structs.replace(run(), plot="hung", since=ORIGIN + HOUR)
    told = progress(hung, "1", None, ORIGIN + 2 * HOUR)
    assert told is not None
    assert (told.at, told.flags, told.ends, told.speed) == (ORIGIN + HOUR, ("hung",), None, 0.0)
    assert text(hung, logs.OUTPUT, ORIGIN + HOUR) == text(hung, logs.OUTPUT, ORIGIN + 2 * HOUR)
    losses = []
    for hours in (1.0, 2.0, 3.0, 4.0):
        one = progress(
            msgspec.structs.replace(run(), plot="diverging", since=ORIGIN + HOUR), "1", None, ORIGIN + hours * HOUR
        )
        assert one is not None
        losses.append(one.loss or 0.0)
    assert losses[1] > 5 * losses[0]
    assert losses == sorted(losses)


def test_a_suspended_training_stands_still_and_a_restarted_one_says_so() -> None:
    stopped = msgspec.structs.replace(run(), suspended=ORIGIN + HOUR, planned=5 * HOUR, ended=float("inf"))
    first, second = progress(stopped, "1", None, ORIGIN + HOUR), progress(stopped, "1", None, ORIGIN + 3 * HOUR)
    assert first == second
    assert first is not None
    again = progress(msgspec.structs.replace(run(), restarts=2), "1", None, ORIGIN + HOUR)
    assert again is not None
    assert again.flags == ("rerun",)
    assert again.step == first.step


def test_the_lab_tells_the_progress_of_what_trains() -> None:
    lab = Lab(Shape(), ORIGIN)
    told = {one.id: one for source in ("slurm", "k8s") for one in progresses(lab, source, ORIGIN, 0.0).jobs}
    running = {job.id for job in lab.jobs(ORIGIN) if job.state is JobState.RUNNING}
    assert told.keys() <= running
    assert len(told) > 20
    assert {flag for one in told.values() for flag in one.flags} == {"hung", "diverging"}
    assert all(0 <= (one.step or 0) <= (one.steps or 0) for one in told.values())
    assert all(one.saved is None or one.saved <= one.at for one in told.values())
