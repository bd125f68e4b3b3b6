"""Answers of the past unpacked: what was packed comes out, unknown is no 0 and nobody no owner."""

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.history import Holder, Row, Timeline
from console.views.tracks import Moment, Track, runs, stretches, tracks
from console.views.window import Window

WANG, ZHAO = Holder("wang", "nlp", "8812", "llama-sft"), Holder("zhao", "cv", "8820", "notebook")


def packed(key: str, util: list[int], holders: list[int]) -> Row:
    return Row(key, bytes(util), struct.pack(f"<{len(holders)}H", *holders))


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(0, 100)), st.one_of(st.none(), st.integers(0, 299))), max_size=80
    )
)
def test_what_was_packed_comes_out(slots: list[tuple[int | None, int | None]]) -> None:
    holders = tuple(Holder(f"u{number}") for number in range(300))
    util = [255 if each is None else each for each, _who in slots]
    row = packed("n:0", util, [0 if who is None else who + 1 for _util, who in slots])
    found = tracks(Timeline(0.0, 60.0, (row,), holders))["n:0"].moments
    assert [(moment.util, moment.holder) for moment in found] == [
        (each, None if who is None else holders[who]) for each, who in slots
    ]


def test_of_users_the_cards_are_counted() -> None:
    row = Row("wang", bytes([80, 2, 255, 0]), b"", (4.0, 8.0, 2.0, None))
    track = tracks(Timeline(0.0, 1800.0, (row,), ()))["wang"]
    assert [moment.cards for moment in track.moments] == [4.0, 8.0, 2.0, None]
    assert [moment.idle for moment in track.moments] == [False, True, False, False]
    assert (track.hours, track.idle_hours) == (7.0, 4.0)


def test_of_a_slot_that_is_not_over_what_has_passed_is_counted() -> None:
    row = Row("wang", bytes([80, 2, 2]), b"", (4.0, 8.0, 8.0))
    track = tracks(Timeline(0.0, 3600.0, (row,), ()), until=3600.0 + 900.0)["wang"]
    assert (track.hours, track.idle_hours) == (6.0, 2.0)
    assert track.unused == pytest.approx(4.0 * 0.2 + 2.0 * 0.98)


@pytest.mark.parametrize("holders", [b"", b"\1", b"\x01\x00\x09\x00\x01\x00", b"\0\0"])
def test_an_answer_that_does_not_add_up_is_read_as_far_as_it_goes(holders: bytes) -> None:
    answer = Timeline(0.0, 60.0, (Row("n:0", bytes([3, 200, 255]), holders),), (WANG,))
    found = tracks(answer)["n:0"].moments
    assert [moment.util for moment in found] == [3, 100, None]
    assert all(moment.holder in (None, WANG) for moment in found)


def test_idle_is_held_and_measured_and_under_five_percent() -> None:
    assert Moment(4, WANG).idle
    assert not Moment(5, WANG).idle
    assert not Moment(None, WANG).idle
    assert not Moment(0).idle
    track = Track(0.0, 3600.0, (Moment(0, WANG), Moment(90, WANG), Moment(None, WANG), Moment(0)))
    assert (track.hours, track.idle_hours) == (3.0, 1.0)
    assert track.holders == (WANG,)


def test_another_window_reads_the_same_instants() -> None:
    track = Track(1000.0, 60.0, tuple(Moment(slot) for slot in range(10)))
    same = track.over(Window(1000.0, 60.0, 12))
    assert [moment and moment.util for moment in same] == [*range(10), None, None]
    coarser = track.over(Window(880.0, 120.0, 8))
    assert [moment and moment.util for moment in coarser] == [None, 1, 3, 5, 7, 9, None, None]
    finer = track.over(Window(1030.0, 30.0, 4))
    assert [moment and moment.util for moment in finer] == [0, 1, 1, 2]


def test_runs_are_of_one_person_and_one_job() -> None:
    other = Holder("wang", "nlp", "8813", "llama-sft")
    moments = [None, Moment(1, WANG), Moment(9, WANG), Moment(None, other), Moment(0), Moment(3, ZHAO)]
    assert [(start, stop, first.holder) for start, stop, first in runs(moments)] == [
        (1, 3, WANG),
        (3, 4, other),
        (5, 6, ZHAO),
    ]
    assert list(runs([])) == []


@given(st.lists(st.sampled_from([None, Moment(0), Moment(0, WANG), Moment(50, WANG), Moment(None, ZHAO)]), max_size=30))
def test_stretches_are_all_that_is_idle(moments: list[Moment | None]) -> None:
    found = list(stretches(moments, 0, len(moments)))
    inside = [slot for start, stop in found for slot in range(start, stop)]
    assert inside == [slot for slot, moment in enumerate(moments) if moment is not None and moment.idle]
    assert all(stop < start for (_, stop), (start, _) in itertools.pairwise(found))
