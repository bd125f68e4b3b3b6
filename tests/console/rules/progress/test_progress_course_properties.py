"""What holds of every course, however a training goes."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from backends.jobs import Progress
from console.rules.progress.course import MOST, Course
from console.rules.progress.losses import KEPT
from console.rules.progress.reading import Reading

T = 1_700_000_000.0
LOSSES = st.none() | st.floats(allow_nan=True, allow_infinity=True)
READINGS = st.builds(
    Reading,
    strand=st.sampled_from(["log", "bar"]),
    bar=st.booleans(),
    step=st.none() | st.integers(0, 50) | st.integers(0, 10**15),
    steps=st.none() | st.sampled_from([0, 50, 10**15]),
    epoch=st.none() | st.floats(0, 100),
    epochs=st.none() | st.just(3.0),
    loss=LOSSES,
    speed=st.none() | st.floats(1e-9, 1e9),
    saved=st.booleans(),
    at=st.none() | st.floats(T - 1e6, T + 1e6),
)
LOOKS = st.lists(st.tuples(st.floats(0.0, 4000.0), st.lists(READINGS, max_size=6), st.booleans()), max_size=12)


def gone(looks: list[tuple[float, list[Reading], bool]]) -> list[tuple[float, Course, Progress | None]]:
    """The course after each look."""
    found, course, now = [], Course(), T
    for passed, readings, whole in looks:
        now += passed
        course = course.after(readings, now, grown=now if readings else None, whole=whole, origin="output")
        found.append((now, course, course.progress("7")))
    return found


@settings(max_examples=40)
@given(LOOKS)
def test_what_is_told_can_be_reckoned_with(looks: list[tuple[float, list[Reading], bool]]) -> None:
    for now, course, progress in gone(looks):
        assert len(course.places) <= MOST
        assert len(course.losses) <= KEPT
        if progress is None:
            continue
        assert progress.at <= now
        assert progress.loss is None or math.isfinite(progress.loss)
        assert progress.speed is None or (math.isfinite(progress.speed) and progress.speed > 0)
        assert progress.ends is None or math.isfinite(progress.ends)
        assert set(progress.flags) <= {"hung", "diverging", "rerun"}
        assert progress.ends is None or "hung" not in progress.flags


@settings(max_examples=40)
@given(LOOKS)
def test_the_last_sign_of_life_never_goes_back(looks: list[tuple[float, list[Reading], bool]]) -> None:
    signs = [course.at or 0.0 for _, course, _ in gone(looks)]
    assert signs == sorted(signs)


@given(st.lists(st.tuples(st.floats(1.0, 500.0), st.integers(1, 40)), min_size=1, max_size=30), st.booleans())
def test_who_only_goes_on_is_neither_hung_nor_a_rerun(steps: list[tuple[float, int]], bar: bool) -> None:
    course, now, step = Course(), T, 0
    for passed, more in steps:
        now, step = now + passed, step + more
        course = course.after([Reading("log", bar, step, 10**6, loss=1.0)], now, grown=now)
    found = course.progress("7")
    assert found is not None
    assert (found.step, found.flags) == (step, ())
    assert found.ends is None or found.ends >= now


@given(st.integers(50, 10**6), st.integers(0, 10**6))
def test_who_falls_back_far_is_a_rerun_and_is_none_once_past(reached: int, back: int) -> None:
    back %= max(reached - 40, 1)
    lines = [Reading("log", False, reached - 20 + number * 10, None) for number in range(3)]
    course = Course().after(lines, T, grown=None)
    course = course.after([Reading("log", False, back, None)], T + 60, grown=T + 60)
    assert course.peak == reached
    course = course.after([Reading("log", False, reached + 1, None)], T + 120, grown=T + 120)
    assert course.peak is None
