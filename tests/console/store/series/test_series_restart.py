"""A collector that is started anew puts together what the one before it left, of every node."""

import pytest
from series_room import BEGIN, Recorder, sample

from console.model.history import CurvesOf

NODES = tuple(f"n{number:02d}" for number in range(20))


def run(recorder: Recorder, since: float, until: float, every: float = 30.0) -> None:
    """Rounds of all nodes, told as they are measured."""
    at = since
    while at < until:
        recorder.tell(at, [sample(node, at, 40.0) for node in NODES])
        at += every


def hours(recorder: Recorder, hour: int) -> int:
    """How many nodes have that hour."""
    ((number,),) = recorder.database.read("SELECT count(*) FROM node_hour WHERE id >> 32 = ?", (hour,))
    assert isinstance(number, int)
    return number


@pytest.mark.parametrize("minute", range(1, 10))
def test_an_hour_is_put_together_when_the_collector_is_started_anew_just_after_it(recorder: Recorder, minute: int):
    run(recorder, BEGIN + 2400.0, BEGIN + 3600.0 + minute * 60.0)
    recorder.begin()
    run(recorder, BEGIN + 3600.0 + minute * 60.0, BEGIN + 3600.0 + 720.0)
    assert hours(recorder, int(BEGIN // 3600)) == len(NODES)
    for node in NODES:
        (curve,) = recorder.ask(CurvesOf(("util",), BEGIN + 2400.0, BEGIN + 3600.0, 20, node, 0)).curves
        assert curve.mean == (40.0,) * 20, node


def test_hours_that_an_earlier_collector_never_put_together_are_made_good(recorder: Recorder):
    """As a program left them that did not reopen an hour when it was started in the next."""
    run(recorder, BEGIN, BEGIN + 3 * 3600.0 + 1200.0, 120.0)
    first = int(BEGIN // 3600)
    with recorder.database.writing() as db:
        db.execute("DELETE FROM node_hour WHERE id >> 32 = ? AND id & 4294967295 > 8", (first,))
        db.execute("DELETE FROM card_hour WHERE id >> 32 = ? AND (id & 4294967295) >> 8 > 8", (first,))
    assert hours(recorder, first) == 8
    recorder.begin()
    run(recorder, BEGIN + 3 * 3600.0 + 1200.0, BEGIN + 3 * 3600.0 + 1400.0)
    assert hours(recorder, first) == len(NODES)
