"""The skew of a node against a plain computation."""

from hypothesis import given
from hypothesis import strategies as st

from backends.probe.skew import Skew


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.sampled_from([0.5, 2.0, 30.0]))
def test_it_is_that_of_the_quickest_line_of_the_window(late: list[float], interval: float) -> None:
    skew = Skew(interval)
    window = {0.5: 120, 2.0: 30, 30.0: 10}[interval]
    for number, seconds in enumerate(late, 1):
        assert skew.take(0.0, seconds) == -min(late[max(0, number - window) : number])
        assert skew.seconds == -min(late[max(0, number - window) : number])
