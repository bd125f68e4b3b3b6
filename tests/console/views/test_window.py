"""The window of a timeline and its axis: filled, on round hours of the zone, now in the last slot."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.views import axis
from console.views.window import DAY, HOUR, MOST, RANGES, Window, around, window
from themes.glyphs import ASCII, UNICODE
from widgets.text import width_of

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC).timestamp()


@given(st.sampled_from(RANGES), st.integers(1, 600), st.floats(1e9, 2e9), st.sampled_from([UTC, SHANGHAI, BERLIN]))
def test_the_last_slot_holds_now_and_the_room_is_filled(span: float, room: int, now: float, zone) -> None:
    found = window(span, room, now, zone)
    assert found.slot(now) == found.slots - 1
    assert 1 <= found.slots <= MOST
    assert found.slots * found.wide <= room
    if room <= MOST:
        assert found.slots * found.wide > room - found.wide
    if room >= 30:
        assert found.slots * found.step >= span


def test_slots_begin_on_round_times_of_the_zone() -> None:
    found = window(DAY, 100, NOW, ZoneInfo("Asia/Kathmandu"))
    assert found.step == 900
    assert datetime.fromtimestamp(found.since, ZoneInfo("Asia/Kathmandu")).minute % 15 == 0
    assert window(HOUR, 170, NOW, UTC).wide == 2


def test_an_instant_stands_in_the_middle_unless_that_is_beyond_now() -> None:
    at = NOW - 3 * DAY
    found = around(DAY, 100, at, NOW, UTC)
    assert abs(found.slot(at) - 50) <= 1
    assert around(DAY, 100, NOW - HOUR, NOW, UTC) == window(DAY, 100, NOW, UTC)


def test_hours_stand_on_the_axis() -> None:
    shown = window(6 * HOUR, 80, NOW, UTC)
    assert [note.text for note in axis.ticks(shown, UNICODE, UTC)] == [
        *("│08:00", "│09:00", "│10:00", "│11:00", "│12:00", "│13:00"),
    ]
    assert axis.names(shown, UTC)[-1] == "14:00"
    assert axis.zone_name(NOW, SHANGHAI) == "CST"


@pytest.mark.parametrize("span", RANGES)
@pytest.mark.parametrize("room", [20, 50, 97, 170])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_no_text_on_the_axis_lies_over_another_or_beyond_the_end(span: float, room: int, glyphs) -> None:
    shown = window(span, room, NOW, SHANGHAI)
    dates = axis.dates(shown, NOW, glyphs, SHANGHAI)
    for notes in (axis.ticks(shown, glyphs, SHANGHAI), sorted(dates, key=lambda note: note.at)):
        reached = -1
        for note in notes:
            assert note.at > reached
            reached = note.at + width_of(note.text)
        assert reached <= shown.slots * shown.wide


def test_dates_are_named_with_their_day_and_months_where_days_are_narrow() -> None:
    day = axis.dates(window(DAY, 100, NOW, UTC), NOW, UNICODE, UTC)
    assert [note.text for note in day] == ["Fri 2026-11-20", "Sat 2026-11-21", "now ▾"]
    month = axis.dates(window(30 * DAY, 90, NOW, UTC), NOW - 99 * DAY, UNICODE, UTC)
    assert [note.text for note in month] == ["2026-10", "2026-11"]


def test_now_is_marked_over_its_slot() -> None:
    shown = window(DAY, 100, NOW, UTC)
    mark = axis.dates(shown, NOW, UNICODE, UTC)[-1]
    assert mark.at + len(mark.text) - 1 == shown.slot(NOW) * shown.wide
    at_the_edge = axis.dates(shown, shown.since, UNICODE, UTC)[-1]
    assert (at_the_edge.at, at_the_edge.text) == (0, "▾ now")
    assert not [note for note in axis.dates(shown, NOW + DAY, UNICODE, UTC) if "now" in note.text]


def test_the_change_to_winter_time_moves_no_tick_off_its_hour() -> None:
    sunday = datetime(2026, 10, 25, 12, tzinfo=UTC).timestamp()
    shown = window(DAY, 100, sunday, BERLIN)
    for note in axis.ticks(shown, UNICODE, BERLIN):
        when = datetime.fromtimestamp(shown.start(note.at // shown.wide), BERLIN)
        assert note.text == f"│{when:%H:%M}"
        assert when.minute == 0


def test_a_slot_is_named_with_its_date_where_that_is_not_today() -> None:
    shown = Window(NOW // DAY * DAY, 600.0, 200)
    assert axis.period(shown, 84, NOW, UTC) == "14:00–14:10"
    assert axis.period(shown, 84, NOW + DAY, UTC) == "11-21 14:00–14:10"
    assert axis.period(shown, 84, NOW + 60 * DAY, UTC) == "2026-11-21 14:00–14:10"
    assert axis.period(Window(NOW // DAY * DAY, DAY, 3), 1, NOW, UTC) == "2026-11-22"
