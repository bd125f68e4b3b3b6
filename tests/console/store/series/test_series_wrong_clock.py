"""A clock that is wrong for a while, by hours or a day, costs nothing that was measured before, meanwhile and after."""

import pytest
from series_room import BEGIN, Recorder, sample

from console.model.config import Retention
from console.model.history import CurvesOf
from console.store.series import pruning

NODES = ("a", "b", "c")
HOUR = 3600.0


def live(recorder: Recorder, since: float, until: float, util: float) -> None:
    """A round a minute, and pruning after each."""
    at = since
    while at < until:
        recorder.tell(at, [sample(node, at, util) for node in NODES])
        with recorder.database.writing() as db:
            recorder.series.prune(db, at, Retention())
        at += 60.0


def known(recorder: Recorder, since: float, until: float) -> dict[str, set[float | None]]:
    """What is told of some minutes, by node; asked of the curves and of the means of many cards."""
    found: dict[str, set[float | None]] = {}
    utils = recorder.series.utils()
    count = int((until - since) / 60.0)
    means = utils(recorder.database._db, [(node, 0) for node in NODES], since, 60.0, count)
    for node in NODES:
        (curve,) = recorder.ask(CurvesOf(("util",), since, until, count, node, 0)).curves
        assert tuple(curve.mean) == tuple(means[node, 0]), node
        found[node] = set(curve.mean)
    return found


def everywhere(util: float) -> dict[str, set[float | None]]:
    """All minutes of all nodes the same."""
    return {node: {util} for node in NODES}


@pytest.mark.parametrize("wrong", [86_400.0, 10 * 86_400.0, 8 * HOUR, -8 * HOUR, -86_400.0])
@pytest.mark.parametrize("lasts", [1200.0, 1.6 * HOUR])
def test_what_was_measured_before_meanwhile_and_after_is_kept(recorder: Recorder, wrong: float, lasts: float):
    leap = BEGIN + 1.7 * HOUR
    live(recorder, BEGIN, leap, 30.0)
    live(recorder, leap + wrong, leap + wrong + lasts, 60.0)
    right = leap + lasts
    live(recorder, right, right + 2.5 * HOUR, 90.0)
    assert known(recorder, BEGIN, leap) == everywhere(30.0)
    assert known(recorder, leap + wrong, leap + wrong + lasts) == everywhere(60.0)
    assert known(recorder, right, right + 2.4 * HOUR) == everywhere(90.0)


def test_a_clock_that_is_set_back_sums_up_what_is_measured_then(recorder: Recorder):
    """Eight hours, when those are long put together: both belong to the same minutes then."""
    live(recorder, BEGIN, BEGIN + 9 * HOUR, 30.0)
    live(recorder, BEGIN + HOUR + 5.0, BEGIN + 3.5 * HOUR, 60.0)
    assert known(recorder, BEGIN + HOUR, BEGIN + 3 * HOUR) == everywhere(45.0)
    assert known(recorder, BEGIN + 4 * HOUR, BEGIN + 8 * HOUR) == everywhere(30.0)


def test_where_ten_minutes_are_missing_samples_are_read(recorder: Recorder):
    live(recorder, BEGIN, BEGIN + 50 * 60.0, 30.0)
    with recorder.database.writing() as db:
        db.execute("DELETE FROM minutes")
    recorder.begin()
    live(recorder, BEGIN + 2 * HOUR, BEGIN + 2 * HOUR + 60.0, 30.0)
    assert known(recorder, BEGIN, BEGIN + 49 * 60.0) == everywhere(30.0)


def test_ten_minutes_that_nobody_puts_together_go_at_last(recorder: Recorder):
    live(recorder, BEGIN, BEGIN + HOUR, 30.0)
    with recorder.database.writing() as db:
        db.execute("DELETE FROM node_hour")
        pruning.by_age(db, BEGIN + 2 * 86_400.0, Retention())
    assert recorder.count("minutes") == 5 * len(NODES), "those of the last ten minutes are not over"
    with recorder.database.writing() as db:
        pruning.by_age(db, BEGIN + 8 * 86_400.0, Retention())
    assert recorder.count("minutes") == 0


def test_ten_minutes_that_are_in_an_hour_go_after_some_hours(recorder: Recorder):
    live(recorder, BEGIN, BEGIN + 9 * HOUR, 30.0)
    rows = recorder.database.read("SELECT min(id) >> 32 FROM minutes")
    assert rows == [(int((BEGIN + 3 * HOUR) // 600) - 1,)]
