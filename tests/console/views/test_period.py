"""Which time the plots show, and what is named below them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from console.views.period import Period, times
from console.views.window import DAY, HOUR, RANGES

NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC).timestamp()
SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def test_it_follows_the_present_until_one_goes_back() -> None:
    period = Period()
    assert period.bounds(NOW) == (NOW - HOUR, NOW)
    assert period.bounds(NOW + 60) == (NOW + 60 - HOUR, NOW + 60)
    back = period.panned(-1, NOW)
    assert back.bounds(NOW + 60) == (NOW - 1.5 * HOUR, NOW - 0.5 * HOUR)
    assert back.panned(1, NOW) == Period()
    assert back.panned(9, NOW) == Period(), "there is no future"


def test_zoom_keeps_the_middle_and_stops_at_the_ends() -> None:
    assert Period().zoomed(1, NOW) == Period(6 * HOUR)
    assert Period().zoomed(-1, NOW) == Period()
    assert Period().zoomed(99, NOW) == Period(RANGES[-1])
    back = Period(DAY).panned(-4, NOW)
    since, until = back.bounds(NOW)
    closer = back.zoomed(-1, NOW)
    assert sum(closer.bounds(NOW)) == since + until
    assert closer.zoomed(1, NOW) == back
    assert Period(HOUR, NOW - 60).zoomed(1, NOW) == Period(6 * HOUR), "a middle that needs the future ends now"


@pytest.mark.parametrize(
    ("period", "title"),
    [
        (Period(), "Last hour, times in CST"),
        (Period(DAY), "Last 24 hours, times in CST"),
        (Period(30 * DAY), "Last 30 days, times in CST"),
        (Period(HOUR, NOW - DAY), "2026-11-20 21:02 to 11-20 22:02 CST"),
    ],
)
def test_it_is_said_with_the_zone(period: Period, title: str) -> None:
    assert period.title(NOW, SHANGHAI) == title


def named(length: float, zone: ZoneInfo) -> list[str]:
    return [name for _place, name in times(NOW - length, NOW, zone)]


def test_times_are_round_in_the_zone_of_the_viewer() -> None:
    assert named(HOUR, SHANGHAI) == ["21:10", "21:20", "21:30", "21:40", "21:50", "22:00"]
    assert named(DAY, SHANGHAI) == ["11-21", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]
    assert named(7 * DAY, SHANGHAI) == [f"11-{day}" for day in range(15, 22)]
    assert len(named(30 * DAY, SHANGHAI)) >= 4
    assert times(NOW, NOW, SHANGHAI) == ()


def test_places_fit_their_times() -> None:
    for place, name in times(NOW - HOUR, NOW, SHANGHAI):
        at = datetime.fromtimestamp(NOW - HOUR + place * HOUR, SHANGHAI)
        assert (f"{at:%H:%M}", at.second) == (name, 0)


def test_days_begin_at_midnight_also_where_the_clock_is_set_back() -> None:
    until = datetime(2026, 10, 28, 12, tzinfo=BERLIN).timestamp()
    for place, name in times(until - 7 * DAY, until, BERLIN):
        at = datetime.fromtimestamp(until - 7 * DAY + place * 7 * DAY, BERLIN)
        assert (f"{at:%m-%d}", at.hour, at.minute) == (name, 0, 0)
