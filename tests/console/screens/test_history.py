"""Where one has been: back, forward, the last view, and what is forgotten."""

from console.screens.history import KEPT, History, Place


def test_back_stops_at_the_beginning_and_says_so() -> None:
    history = History(Place("gpus"))
    assert not history.back()
    history.go(Place("node", "a"))
    assert history.back()
    assert history.here == Place("gpus")
    assert not history.back(), "it did not move, so nothing must be drawn again"
    assert history.forward()
    assert not history.forward()


def test_going_on_forgets_what_was_ahead() -> None:
    history = History(Place("gpus"))
    history.go(Place("node", "a"))
    history.back()
    history.go(Place("node", "b"))
    assert not history.forward()
    assert history.here == Place("node", "b")


def test_the_last_view_leads_there_and_back_again() -> None:
    history = History(Place("gpus"))
    assert not history.last()
    history.go(Place("node", "a"))
    assert history.last()
    assert history.here == Place("gpus")
    assert history.last()
    assert history.here == Place("node", "a")


def test_it_is_bounded_and_can_still_go_back() -> None:
    history = History(Place("gpus"))
    for number in range(KEPT * 2):
        history.go(Place("node", str(number)))
    steps = 0
    while history.back():
        steps += 1
    assert steps == KEPT - 1
