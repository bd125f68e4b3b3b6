"""Numbers for people."""

import math
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.fields import UNSUPPORTED, Field, Kind
from console.rules.quantities import quantity
from console.views import units


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1.0K"),
        (61.4 * 2**30, "61.4G"),
        (99.96 * 2**30, "100G"),
        (1023.9 * 2**30, "1023G"),
        (2**40, "1.0T"),
        (-(2**30), "-1.0G"),
    ],
)
def test_size(value: float, said: str) -> None:
    assert units.size(value) == said


@pytest.mark.parametrize(
    ("value", "said", "age"),
    [
        (0, "0s", "0s"),
        (4.9, "4s", "4s"),
        (59.9, "59s", "59s"),
        (725, "12m05s", "12m"),
        (11520, "3h12m", "3h"),
        (2 * 86400 + 3 * 3600 + 11 * 60, "2-03:11", "2d"),
        (100 * 86400, "100d", "100d"),
        (-90, "-1m30s", "0s"),
    ],
)
def test_duration_and_age(value: float, said: str, age: str) -> None:
    assert units.duration(value) == said
    assert units.age(value) == age


def test_other_numbers() -> None:
    assert units.percent(95.5) == "96%"
    assert units.percent(0.2) == "0%"
    assert units.watts(411.6) == "412W"
    assert units.celsius(66.5) == "67°C"
    assert units.megahertz(1410) == "1410MHz"
    assert units.rate(1.2 * 2**30) == "1.2G/s"
    assert units.clock(1795269731.9, zone=timezone(timedelta(hours=8), "CST")) == "2026-11-21 22:02 CST"
    assert units.number(7.94) == "7.9"
    assert units.number(67, "°C") == "67°C"
    assert units.number(9.96) == "10"
    assert units.truth(False) == "no"
    assert units.instant(1795269731.9) == "2026-11-21T14:02:11Z"


WRITERS = [
    units.size,
    units.percent,
    units.duration,
    units.age,
    units.number,
    units.watts,
    units.instant,
    units.celsius,
    units.megahertz,
    units.rate,
    units.clock,
]


@pytest.mark.parametrize("write", WRITERS)
def test_unknown_is_never_nought(write: object) -> None:
    assert callable(write)
    for unknown in (None, math.nan, math.inf, "5"):
        assert write(unknown) == "?"
        assert write(unknown, mark="-") == "-"
    assert write(UNSUPPORTED) == "n/a"


def test_a_time_beyond_the_calendar_is_unknown() -> None:
    assert units.instant(1e18) == "?"
    assert units.instant(-1e18) == "?"


@given(st.floats(0, 2**63))
def test_sizes_are_narrow_and_can_be_filtered_for(value: float) -> None:
    said = units.size(value)
    assert len(said) <= units.WIDTHS[Kind.BYTES]
    meant = quantity(said, Field("mem", Kind.BYTES, ""))
    assert abs(meant.number - value) <= meant.slack * 2.001


@given(st.floats(0, 2**59), st.floats(0, 2**59))
def test_a_larger_size_never_reads_smaller(one: float, other: float) -> None:
    field = Field("mem", Kind.BYTES, "")
    low, high = sorted((one, other))
    assert quantity(units.size(low), field).number <= quantity(units.size(high), field).number


@given(st.floats(0, 99 * 86400))
def test_durations_are_narrow_and_can_be_filtered_for(value: float) -> None:
    said = units.duration(value)
    assert len(said) <= units.WIDTHS[Kind.DURATION]
    assert 0 <= value - quantity(said, Field("t", Kind.DURATION, "")).number < 60
