"""Which columns fit, and how wide they are."""

from hypothesis import given
from hypothesis import strategies as st

from widgets.columns import place
from widgets.models import Column

JOBS = (
    Column("state", "S", 1, priority=9),
    Column("job", "JOB", 8, "right", 8),
    Column("name", "NAME", 10, priority=7, grow=2, most=30),
    Column("user", "USER", 8, priority=5),
    Column("nodes", "NODES", 12, priority=1, grow=1),
)


def kept(width: int) -> list[str]:
    return [JOBS[spot.index].key for spot in place(JOBS, width)]


def test_the_lowest_priority_goes_first() -> None:
    assert kept(43) == ["state", "job", "name", "user", "nodes"]
    assert kept(42) == ["state", "job", "name", "user"]
    assert kept(29) == ["state", "job", "name"]
    assert kept(12) == ["state", "job"]
    assert kept(3) == ["state"]


def test_what_is_left_over_goes_by_shares_up_to_the_most() -> None:
    widths = {JOBS[spot.index].key: spot.width for spot in place(JOBS, 43 + 9)}
    assert widths == {"state": 1, "job": 8, "name": 16, "user": 8, "nodes": 15}
    widths = {JOBS[spot.index].key: spot.width for spot in place(JOBS, 200)}
    assert widths["name"] == 30
    assert sum(widths.values()) + 4 == 200


columns = st.builds(
    Column, st.text(), st.text(), st.integers(1, 40), priority=st.integers(0, 9), grow=st.integers(0, 3),
    most=st.none() | st.integers(0, 60),
)  # fmt: skip


@given(st.lists(columns, max_size=12), st.integers(0, 250))
def test_columns_never_overlap_nor_leave_the_table(some: list[Column], width: int) -> None:
    places = place(some, width)
    assert bool(places) == bool(some)
    end = 0
    for spot in places:
        assert spot.x >= end
        end = spot.x + spot.width + 1
        if len(places) > 1:
            assert spot.width >= some[spot.index].width
    assert not places or end - 1 <= max(width, 0)
