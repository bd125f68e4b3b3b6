"""What goes into a chunk, the tail and an hour comes out, within the precision that each states."""

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.records import CardState, GpuSample, HostSample, NodeSample
from console.model.history import CARD_METRICS
from console.store.series import hours, minutes
from console.store.series.columns import NONE, OF_CARD, OF_NODE, column, ticks
from console.store.series.hours import CARD_STEPS, NODE_STEPS, UNKNOWN
from console.store.series.pack import PRECISION, ROUGH, Unreadable, packed, some, unpacked

VALUES = st.one_of(st.none(), st.integers(0, 2**40), st.floats(1e-30, 1e12), st.just(0.0))


@st.composite
def tables(draw: st.DrawFn) -> list[list[float | None]]:
    rows = draw(st.integers(1, 40))
    return draw(st.lists(st.lists(VALUES, min_size=rows, max_size=rows), min_size=1, max_size=20))


def near(found: float, told: float | None, part: float) -> bool:
    if told is None:
        return found == NONE
    single = array("f", [told])[0]
    return found == single or 0 <= single - found <= part * single


@given(tables())
def test_columns_come_out_as_they_went_in(told: list[list[float | None]]):
    columns = [column(each) for each in told]
    found = unpacked(packed(columns))
    assert len(found) == len(told)
    for values, out in zip(told, found, strict=True):
        assert len(out) == len(values)
        assert all(near(a, b, PRECISION) for a, b in zip(out, values, strict=True))
    assert unpacked(packed(found)) == found, "what was kept once is kept for ever"
    assert some(packed(columns), [len(columns) - 1, 0, 99]) == [found[-1], found[0], array("f")]


@given(st.lists(st.one_of(st.none(), st.integers(0, 65_536)), min_size=1, max_size=60))
def test_whole_numbers_are_exact_and_zero_is_not_unknown(told: list[int | None]):
    (found,) = unpacked(packed([column(told)]))
    assert [None if value == NONE else value for value in found] == told


@given(tables())
def test_a_rough_column_touches_no_other(told: list[list[float | None]]):
    columns = [column(each) for each in told]
    rough, exact = unpacked(packed(columns, rough=(0, 1))), unpacked(packed(columns))
    assert rough[1:] == exact[1:]
    assert all(near(a, b, ROUGH) for a, b in zip(rough[0], told[0], strict=True))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, 10**400])
def test_what_no_number_can_hold_is_unknown(value: float):
    assert list(column([5.0, value, None, 0.0])) == [5.0, NONE, NONE, 0.0]


@given(st.binary(max_size=200))
def test_what_is_no_blob_is_refused(text: bytes):
    with pytest.raises(Unreadable):
        unpacked(text)
    with pytest.raises(Unreadable):
        hours.opened(text, OF_CARD)


def test_a_blob_that_was_cut_is_refused():
    blob = packed([array("f", range(30))])
    for length in range(len(blob)):
        with pytest.raises(Unreadable):
            unpacked(blob[:length])


SUMMARIES = st.dictionaries(st.integers(0, 59), st.lists(st.floats(0, 1e4), min_size=3, max_size=3), min_size=1)


@given(SUMMARIES, st.sampled_from([*CARD_STEPS.values(), *NODE_STEPS.values()]))
def test_an_hour_comes_out_within_a_step(told: dict[int, list[float]], step: float):
    scale = step or 1e4
    summaries = {minute: array("f", [1.0, *sorted(each * scale for each in values)]) for minute, values in told.items()}
    made = hours.codes(summaries, 1, step, None, whole=True)
    kept = hours.kept(hours.opened(hours.blob([made]), 1), 1, 0)
    for minute in range(60):
        if minute not in summaries:
            assert kept.mean[minute] == kept.low[minute] == kept.high[minute] == UNKNOWN
            continue
        _, low, mean, high = summaries[minute]
        for part, value in ((kept.low, low), (kept.mean, mean), (kept.high, high)):
            again = hours.value(part[minute], step)
            allowed = step * 0.51 if step else (value + 1024.0) * 0.0225
            assert abs(again - value) <= allowed, (again, value)


def test_the_hours_columns_are_those_of_the_model():
    assert len(CARD_STEPS) == OF_CARD
    assert len(NODE_STEPS) == OF_NODE


@given(st.lists(st.one_of(st.none(), st.integers(0, 100)), min_size=1, max_size=40))
def test_a_minute_is_summed_up_as_a_plain_computation_does(told: list[int | None]):
    found = minutes.summary([array("f", range(len(told))), column(told)])
    known = [value for value in told if value is not None]
    assert found[0] == len(told)
    if not known:
        assert list(found[1:]) == [NONE] * 3
    else:
        assert list(found[1:]) == pytest.approx([min(known), sum(known) / len(known), max(known)])


def test_a_card_that_says_nothing_leaves_the_others_as_they_are():
    cards = [GpuSample(0, CardState.OK, util=50.0, power=201.5, clock=1980), GpuSample(1, CardState.LOST)]
    cards += [GpuSample(2, CardState.OK, util=99.5, memory_used=3 << 30, power=99.4)]
    (tick,) = ticks([NodeSample("n", 5.0, 0.0, HostSample(), gpus=tuple(cards))], lambda _: 1)
    assert len(tick.card) == 3 * OF_CARD
    found = [
        dict(zip(CARD_METRICS, tick.card[first : first + OF_CARD], strict=True)) for first in (0, OF_CARD, 2 * OF_CARD)
    ]
    assert found[0] == {**dict.fromkeys(CARD_METRICS, NONE), "util": 50.0, "power": 202.0, "clock": 1980.0}
    assert set(found[1].values()) == {NONE}
    assert found[2] == {**dict.fromkeys(CARD_METRICS, NONE), "util": 99.5, "memory_used": float(3 << 30), "power": 99.0}


def test_of_some_columns_the_summary_is_the_same():
    whole = [column(each) for each in ([0.0, 2.0, 4.0], [1.0, 1.0, 1.0], [3.0, None, 8.0], [5.0, 7.0, 6.0])]
    row = minutes.summary(whole)
    some_of = minutes.summary([whole[0], whole[3], array("f"), whole[2]])
    assert some_of == row[:1] + row[7:10] + array("f", [NONE] * 3) + row[4:7]


def test_times_that_are_none_are_left_out():
    assert ticks([NodeSample("n", at, 0.0, HostSample()) for at in (math.nan, math.inf, -1.0)], lambda _: 1) == []
    assert len(ticks([NodeSample("n", 5.0, 0.0, HostSample())], lambda _: 1)) == 1
