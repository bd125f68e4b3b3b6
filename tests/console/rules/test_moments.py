"""Moments as people type them, in their zone; what is none says what there is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.rules.moments import MomentError, moment

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 10, 30, tzinfo=SHANGHAI).timestamp()  # a Saturday


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", (2026, 11, 21, 10, 30)),
        ("现在", (2026, 11, 21, 10, 30)),
        ("9:05", (2026, 11, 21, 9, 5)),
        ("14:00", (2026, 11, 20, 14, 0)),
        ("today 09:00", (2026, 11, 21, 9, 0)),
        ("  Yesterday   14:00 ", (2026, 11, 20, 14, 0)),
        ("昨天 14：00", (2026, 11, 20, 14, 0)),
        ("前天 8:00", (2026, 11, 19, 8, 0)),
        ("yesterday", (2026, 11, 20, 12, 0)),
        ("today", (2026, 11, 21, 10, 30)),
        ("mon 14:00", (2026, 11, 16, 14, 0)),
        ("friday 14:00", (2026, 11, 20, 14, 0)),
        ("周五 14:00", (2026, 11, 20, 14, 0)),
        ("2026-11-20 14:00", (2026, 11, 20, 14, 0)),
        ("2026/11/20 14:00", (2026, 11, 20, 14, 0)),
        ("11-20 14:00", (2026, 11, 20, 14, 0)),
        ("12-24 14:00", (2025, 12, 24, 14, 0)),
        ("2026-11-20", (2026, 11, 20, 12, 0)),
        ("3h ago", (2026, 11, 21, 7, 30)),
        ("-3h", (2026, 11, 21, 7, 30)),
        ("2d", (2026, 11, 19, 10, 30)),
        ("30 分钟前", (2026, 11, 21, 10, 0)),
    ],
)
def test_what_is_meant(text: str, meant: tuple[int, ...]) -> None:
    assert moment(text, NOW, SHANGHAI) == datetime(*meant, tzinfo=SHANGHAI).timestamp()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "25:00",
        "14:61",
        "2026-13-01 14:00",
        "yesterday tomorrow",
        "1 2 3",
        "14:00 yesterday",
        "0001-01-01 14:00",
        "-99999w",
    ],
)
def test_what_is_no_moment_says_what_is(text: str) -> None:
    with pytest.raises(MomentError, match="yesterday 14:00"):
        moment(text, NOW, SHANGHAI)


@pytest.mark.parametrize("text", ["2026-11-22 14:00", "today 23:00", "sat 23:00"])
def test_what_is_yet_to_come_is_told(text: str) -> None:
    with pytest.raises(MomentError, match="yet to come"):
        moment(text, NOW, SHANGHAI)


@given(st.text(max_size=20), st.sampled_from([UTC, SHANGHAI, None]))
def test_any_text_is_a_moment_of_the_past_or_refused(text: str, zone) -> None:
    try:
        found = moment(text, NOW, zone)
    except MomentError:
        return
    assert 0 <= found <= NOW
