"""The course of a training: its speed, its end, when it lives, hangs, runs away or began again, and its checkpoints."""

import math
from collections.abc import Sequence

import pytest

from console.rules.progress.course import Course
from console.rules.progress.lines import Reader
from console.rules.progress.reading import Reading

T = 1_700_000_000.0


def steps(*numbers: int, of: int | None = 10_000, loss: float | None = 1.0, bar: bool = False) -> list[Reading]:
    return [Reading("log", bar, step, of, loss=loss) for step in numbers]


def flags(course: Course) -> tuple[str, ...]:
    found = course.progress("7")
    assert found is not None
    return found.flags


def looks(course: Course, each: Sequence[tuple[float, Sequence[Reading]]], whole: bool = True) -> Course:
    """The course after looks at some seconds, at which the output had grown where there are readings."""
    for at, readings in each:
        course = course.after(readings, T + at, grown=T + at if readings else None, whole=whole, origin="output")
    return course


def test_speed_and_end_are_measured_over_the_last_minutes() -> None:
    course = looks(Course(), [(at, steps(1000 + at * 2)) for at in range(0, 1800, 60)])
    found = course.progress("7")
    assert found is not None
    assert found.step == 1000 + 1740 * 2
    assert found.speed == pytest.approx(2.0)
    assert found.ends == pytest.approx(T + 1740 + (10_000 - 4480) / 2)
    assert (found.at, found.origin, found.flags) == (T + 1740, "output", ())
    slower = looks(course, [(1740 + at, steps(4480 + at)) for at in range(60, 1260, 60)]).progress("7")
    assert slower is not None
    assert slower.speed == pytest.approx(1.0)


def test_until_two_looks_the_trainers_own_speed_holds() -> None:
    course = Course().after([Reading("bar", True, 100, 1000, speed=4.0)], T, grown=None)
    found = course.progress("7")
    assert found is not None
    assert (found.speed, found.ends) == (4.0, T + 225)


def test_a_slow_training_has_a_speed_though_it_writes_once_in_an_hour() -> None:
    found = looks(Course(), [(at, steps(at // 3600)) for at in range(3600, 6 * 3600, 3600)]).progress("7")
    assert found is not None
    assert found.speed == pytest.approx(1 / 3600)


def test_it_hangs_after_ten_minutes_without_a_sign() -> None:
    course = looks(Course(), [(at, steps(1000 + at)) for at in range(0, 600, 60)])
    assert flags(looks(course, [(540 + 599, [])])) == ()
    hung = looks(course, [(540 + 601, [])])
    assert flags(hung) == ("hung",)
    found = hung.progress("7")
    assert found is not None
    assert (found.at, found.ends) == (T + 540, None)
    assert flags(looks(hung, [(1200, steps(1700))])) == ()


def test_that_the_output_grows_is_a_sign_of_life() -> None:
    course = looks(Course(), [(0, steps(1)), (60, steps(2))])
    for at in range(120, 3000, 60):
        course = course.after([], T + at, grown=T + at)
    assert flags(course) == ()


def test_who_is_slow_has_more_patience() -> None:
    course = looks(Course(), [(at, steps(at // 120)) for at in range(120, 1200, 120)])
    assert flags(looks(course, [(1080 + 2300, [])])) == ()
    assert flags(looks(course, [(1080 + 2500, [])])) == ("hung",)


def test_who_writes_seldom_has_more_patience() -> None:
    """A line every 500 steps of a second: 8 minutes lie between two lines."""
    course = looks(Course(), [(0, steps(0, 500, 1000)), (500, steps(1500)), (1000, steps(2000))])
    assert flags(looks(course, [(1000 + 1400, [])])) == ()
    assert flags(looks(course, [(1000 + 1600, [])])) == ("hung",)


def test_a_look_that_did_not_come_is_no_sign_of_death() -> None:
    course = looks(Course(), [(0, steps(1)), (60, steps(2))])
    assert not course.hung()
    assert course.progress("7") == looks(course, []).progress("7")


def test_a_step_that_falls_back_is_a_rerun_until_it_is_past() -> None:
    course = looks(Course(), [(0, steps(800, 810, 820)), (60, steps(900, 910, 920))])
    assert flags(course) == ()
    again = looks(course, [(120, steps(500, 510))])
    assert flags(again) == ("rerun",)
    assert flags(looks(again, [(180, steps(700)), (240, steps(910))])) == ("rerun",)
    past = looks(again, [(180, steps(700)), (240, steps(930))])
    assert flags(past) == ()
    assert past.speed == pytest.approx((930 - 510) / 120)


def test_from_nothing_is_a_rerun_too_and_so_is_one_within_the_first_text() -> None:
    assert flags(looks(Course(), [(0, steps(800, 810)), (60, steps(0, 10))])) == ("rerun",)
    assert flags(looks(Course(), [(0, steps(800, 810, 820, 400, 410))])) == ("rerun",)


def test_ranks_that_overtake_each_other_are_no_rerun() -> None:
    assert flags(looks(Course(), [(0, steps(100, 110, 100, 120, 110)), (60, steps(130, 120, 140))])) == ()


def test_a_bar_that_begins_its_next_epoch_is_no_rerun_and_has_no_end() -> None:
    course = looks(Course(), [(0, steps(1, 50, 100, of=100, bar=True)), (60, steps(1, 20, of=100, bar=True))])
    found = course.progress("7")
    assert found is not None
    assert (found.step, found.steps, found.ends, found.flags) == (20, None, None, ())


def test_a_bar_that_falls_back_before_its_end_is_a_rerun_unless_something_was_missed() -> None:
    course = looks(Course(), [(0, steps(58, 59, 60, of=100, bar=True))])
    assert flags(looks(course, [(60, steps(40, of=100, bar=True))])) == ("rerun",)
    missed = looks(course, [(60, steps(40, of=100, bar=True))], whole=False)
    assert flags(missed) == ()


def test_a_loss_that_is_no_number_runs_away() -> None:
    course = looks(Course(), [(0, steps(1, 2)), (60, steps(3, loss=math.nan))])
    found = course.progress("7")
    assert found is not None
    assert (found.loss, found.flags) == (None, ())
    assert flags(looks(course, [(120, steps(4, loss=math.inf))])) == ("diverging",)
    assert flags(looks(course, [(120, steps(4, loss=0.9))])) == ()


def test_the_bar_of_an_evaluation_does_not_take_the_place_of_the_training(reader: Reader) -> None:
    train = "\r 12%|█▏ | 1200/10000 [10:00<1:13:20,  2.00it/s]"
    evaluation = "\r 50%|█████ | 25/50 [00:10<00:10,  2.50it/s]"
    course = Course()
    for at, text in enumerate((train, train + evaluation, evaluation, evaluation)):
        course = course.after(reader.read(text)[0], T + at * 45, grown=T + at * 45)
    found = course.progress("7")
    assert found is not None
    assert (found.step, found.steps) == (1200, 10000)


def test_the_training_takes_the_place_of_what_was_done_before_it(reader: Reader) -> None:
    packing = "\r100%|██████| 50000/50000 [00:10<00:00, 99.00it/s]"
    train = "\r  0%| | 12/1000 [00:10<01:10,  2.50it/s]"
    course = Course().after(reader.read(packing)[0], T, grown=None)
    course = course.after(reader.read(train)[0], T + 45, grown=T + 45)
    found = course.progress("7")
    assert found is not None
    assert (found.step, found.steps, found.flags) == (12, 1000, ())


def test_a_log_and_a_bar_in_two_outputs_do_not_change_places(reader: Reader) -> None:
    log, bar = "step: {}  loss: 2.0\n", "\r 12%|█▏ | {}/500 [10:00<1:13:20,  2.00it/s]"
    course = Course()
    for number in range(8):
        text = (log if number % 2 else bar).format(100 + number)
        course = course.after(reader.read(text)[0], T + number * 45, grown=T + number * 45)
    assert course.kind == ("torchtitan", None)
    assert len(course.places) == 4


def test_transformers_says_steps_in_its_bar_and_losses_beside_it(reader: Reader) -> None:
    text = "\r 12%|█▏ | 1200/10000 [10:00<1:13:20,  2.00it/s]\n{'loss': 0.42, 'learning_rate': 1e-05, 'epoch': 1.2}\n"
    found = Course().after(reader.read(text)[0], T, grown=None).progress("7")
    assert found is not None
    assert (found.step, found.steps, found.epoch, found.loss) == (1200, 10000, 1.2, 0.42)


def test_a_checkpoint_is_as_old_as_the_look_that_found_it() -> None:
    course = looks(Course(), [(0, steps(1)), (60, [*steps(2), Reading("checkpoint", saved=True)]), (120, steps(3))])
    found = course.progress("7")
    assert found is not None
    assert found.saved == T + 60


def test_a_checkpoint_in_the_first_text_is_as_old_as_the_steps_since_then() -> None:
    first = [*steps(1000), Reading("checkpoint", saved=True), *steps(1060)]
    course = Course().after(first, T, grown=None)
    found = course.progress("7")
    assert found is not None
    assert found.saved is None
    found = looks(course, [(60, steps(1120))]).progress("7")
    assert found is not None
    assert found.saved == pytest.approx(T - 60)


def test_what_tells_of_no_training_has_no_progress() -> None:
    course = Course().after([], T, grown=None).after([], T + 5000, grown=None)
    assert course.progress("7") is None
    assert not course.hung()
