"""What is told of the way to a node, by a clock that is set."""

from backends.probe.way import Way
from backends.records import LinkState


class Set:
    """A clock whose two times are set by hand."""

    def __init__(self):
        self.times = [1000.0, 50.0]
        self.speed = 60.0

    def wall(self):
        return self.times[0]

    def mono(self):
        return self.times[1]


def test_how_long_it_was_up_is_not_told_by_a_clock_that_is_set():
    clock = Set()
    way = Way("here", "local", clock, lambda _batch: None)
    assert way.lasted() == 0.0
    way.deliver([])
    clock.times = [1000.0 + 86400.0, 50.0 + 7.0]
    assert way.lasted() == 7.0
    clock.times = [0.0, 50.0 + 8.0]
    assert way.lasted() == 8.0


def test_the_next_try_is_told_in_the_labs_time():
    told = []
    Way("here", "local", Set(), told.extend).tell(LinkState.DOWN, None, 2.0)
    assert told[0].next_try == 1000.0 + 2.0 * 60.0
