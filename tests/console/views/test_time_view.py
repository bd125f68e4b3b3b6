"""What the timeline says: every state its own sign in every theme, stable letters, words for what is under it."""

import pytest

from console.language import choose
from console.model.history import Holder, Rows
from console.views import held, past
from console.views import time as view
from console.views.chart import Chart
from console.views.time import Paint
from console.views.tracks import Moment, Track
from console.views.window import Window
from themes.glyphs import ASCII, UNICODE
from themes.palettes import MONO
from widgets.line import arrange
from widgets.models import Span
from widgets.styles import styles

WANG, ZHAO = Holder("wang", "nlp", "8812", "llama-sft"), Holder("zhao", None, None, "notebook", allocated=False)
LOST = Holder(None, None, "9")
SHOWN = Window(1_795_000_000.0 - 1_795_000_000.0 % 3600, 600.0, 24)
DOT = Span(" · ")


def said(spans) -> str:
    return "".join(span.text for span in spans)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("paint", list(Paint))
def test_every_state_is_told_apart_without_colour(glyphs, paint: Paint) -> None:
    """Unknown, nobody, idle, busy and beyond what is kept; in mono a style is its attributes."""
    look = styles(MONO)
    states = [None, Moment(None), Moment(0), Moment(0, WANG), Moment(90, WANG), Moment(40, WANG)]
    tiles = [view.tiles(glyphs)[view.code(state, "wang", paint, 1.0)] for state in states]
    assert len({(tile.glyph, look[tile.style].reverse) for tile in tiles}) == len(states)
    assert look[tiles[3].style].reverse


def test_idle_stands_out_from_every_colour_around_it() -> None:
    owners, heat = view.code(Moment(0, WANG), "wang", Paint.OWNER, 1), view.code(Moment(0, WANG), "wang", Paint.UTIL, 1)
    assert (owners, heat) == (view.IDLE, view.IDLE_HOT)


def test_codes_fit_a_byte_and_have_tiles() -> None:
    signs = view.tiles(UNICODE)
    assert len(signs) <= 256
    for util in (None, *range(101)):
        for holder in (None, WANG, ZHAO, LOST):
            for paint in Paint:
                assert view.code(Moment(util, holder), holder and holder.user, paint, 1.0) < len(signs)
    for cards in (0.0, 1.0, 64.0, 65.0):
        assert view.code(Moment(50, None, cards), "wang", Paint.OWNER, 64.0) < len(signs)


def test_a_user_has_the_same_letter_and_colour_always() -> None:
    assert view.mark("wang") == view.mark("wang")
    assert view.mark("wang")[0] == "W"
    assert view.mark("周敏")[0].isascii()
    assert view.mark(None)[0] == "?"


def test_a_run_begins_with_its_letter_and_idle_time_bears_its_name() -> None:
    moments = [
        *[Moment(90, WANG)] * 6,
        Moment(0),
        *[Moment(0, ZHAO)] * 12,
        *[Moment(1, LOST)] * 3,
        *[Moment(0, ZHAO)] * 2,
    ]
    lane = view.lane("gpu-01:3", Rows.CARDS, moments, SHOWN, Paint.OWNER)
    assert (lane.label, lane.number) == ("gpu-01", "3")
    assert [(note.at, note.text) for note in lane.notes] == [(0, "W"), (7, "zhao 2h00m "), (19, "?")]


def test_a_run_that_begins_idle_bears_its_letter_where_work_begins() -> None:
    moments = [Moment(0, WANG), Moment(0, WANG), *[Moment(60, WANG)] * 4, None, Moment(0, ZHAO), Moment(60, ZHAO)]
    lane = view.lane("n:0", Rows.CARDS, moments, SHOWN, Paint.OWNER)
    assert [(note.at, note.text) for note in lane.notes] == [(2, "W")]


def test_how_long_it_was_idle_is_not_said_where_it_may_have_begun_before() -> None:
    lane = view.lane("n:0", Rows.CARDS, [Moment(0, WANG)] * 24, SHOWN, Paint.OWNER)
    assert [note.text for note in lane.notes] == ["wang "]


def test_a_card_in_words() -> None:
    def words(moment: Moment | None) -> str:
        return said(view.told(moment, DOT))

    assert words(Moment(3, WANG)) == "wang llama-sft job 8812 · util 3% (allocated, idle)"
    assert words(Moment(93, WANG)) == "wang llama-sft job 8812 · util 93% (allocated)"
    assert words(Moment(0, ZHAO)) == "zhao notebook · util 0% (by its processes, idle)"
    assert words(Moment(None, WANG)) == "wang llama-sft job 8812 · util unknown (allocated)"
    assert words(Moment(0)) == "nobody · util 0%"
    assert words(Moment(None)) == "nobody · util unknown"
    assert words(None) == "nothing is kept"
    assert words(Moment(80, None, 7.5)) == "7.5 GPUs held · util 80%"
    assert words(Moment(0, None, 1.0)) == "1 GPU held · util 0% (idle)"
    assert words(Moment(9, None, 1.3)) == "1.3 GPUs held · util 9%"
    assert words(Moment(9, None, 0.01)) == "<0.1 GPUs held · util 9%"


def test_the_row_and_the_time_in_words() -> None:
    now = SHOWN.until
    spans = view.under_cursor("gpu-03:2", Rows.CARDS, SHOWN, 3, now, UNICODE)
    assert "gpu-03 GPU 2" in said(spans)
    assert {span.target for span in spans} == {None, "gpu:gpu-03:2"}
    assert "wang" in said(view.under_cursor("wang", Rows.USERS, SHOWN, 3, now, UNICODE))


def test_behind_a_row_stands_who_held_it_and_its_idle_hours() -> None:
    track = Track(SHOWN.since, SHOWN.step, (Moment(0, WANG),) * 12)
    left, right = view.beside(track, Moment(0, WANG), Rows.CARDS, 28)
    assert (said(left), said(right)) == ("wang 0% llama-sft 8812", "2 h")
    assert said(view.beside(None, None, Rows.CARDS, 28)[0]) == "-"
    assert said(view.who(Moment(None))) == "unknown"
    assert said(view.who(Moment(0))) == "free"
    assert said(view.who(Moment(40))) == "nobody known 40%"
    assert said(view.who(Moment(40, None, 0.0))) == "-"


def test_of_users_each_figure_stands_under_its_title() -> None:
    def line(left: object, right: object) -> str:
        return "".join(span.text for span in arrange(left, right, 28, "…"))

    heading = line(*view.heading(SHOWN, 23, Rows.USERS, 28))
    under = heading.index("held") + len("held")
    assert heading.endswith("idle")
    for utils, idle in (((96, 96), ""), ((96, 0), "5.3 h"), ((0, 0), "11 h")):
        moments = tuple(Moment(util, None, 32.0) for util in utils)
        text = line(*view.beside(Track(SHOWN.since, SHOWN.step, moments), moments[0], Rows.USERS, 28))
        assert (text[:under].endswith("  11 h"), text[under:].strip()) == (True, idle)
        assert len(text) == 28


def test_most_idle_are_first_also_where_nobody_was_idle_as_a_whole() -> None:
    def track(*moments: tuple[int | None, float]) -> Track:
        return Track(SHOWN.since, 3600.0, tuple(Moment(util, None, cards) for util, cards in moments))

    tracks = {
        "ada": track((96, 32.0), (96, 32.0)),
        "bob": track((18, 8.0), (18, 8.0)),
        "eve": track((90, 1.0), (2, 1.0)),
        "fay": track((None, 64.0)),
    }
    keys = (*past.keys([], Rows.USERS, tracks), "unread")
    assert past.ordered(keys, "idle", tracks) == ("eve", "bob", "ada", "fay", "unread")
    assert past.ordered(keys, "idle", tracks, reverse=True) == ("fay", "ada", "bob", "eve", "unread")
    assert past.ordered(keys, "hours", tracks)[:2] == ("ada", "fay")
    assert past.ordered(keys, "row", tracks, reverse=True) == keys[::-1]


def test_nothing_is_unknown_where_nothing_is_kept() -> None:
    track = Track(SHOWN.since, SHOWN.step, (Moment(None),) * 12 + (Moment(50, WANG),) * 12)
    scale = view.scale(("n:0",), Rows.CARDS, 120, SHOWN, SHOWN.until, UNICODE)
    chart = Chart(("n:0",), Rows.CARDS, {"n:0": track}, SHOWN, scale, kept_since=SHOWN.start(6))
    assert chart.moments("n:0")[:6] == (None,) * 6
    assert chart.moments("n:0")[6] == Moment(None)
    assert list(chart.lane(0).codes[:7]) == [view.BLANK] * 6 + [view.UNKNOWN]
    assert chart.moment("n:0", 99) is None
    assert chart.moments("n:1") == (None,) * 24
    keys, tracks = ("n:0", "n:1"), {"n:0": track}
    for reading, words in ((True, "reading"), (False, "-")):
        assert said(Chart(keys, Rows.CARDS, tracks, SHOWN, scale, reading=reading).beside(1, 3)[0]) == words


def test_of_users_the_height_is_how_many_cards_they_held() -> None:
    tracks = {
        "li": Track(SHOWN.since, SHOWN.step, (Moment(90, None, 32.0),) * 24),
        "sun": Track(SHOWN.since, SHOWN.step, (Moment(90, None, 2.0), Moment(90, None, 0.0), Moment(2, None, 4.0)) * 8),
    }
    keys = past.ordered(past.keys([], Rows.USERS, tracks), "hours", tracks)
    scale = view.scale(keys, Rows.USERS, 120, SHOWN, SHOWN.until, UNICODE)
    chart = Chart(keys, Rows.USERS, tracks, SHOWN, scale)
    assert (keys, chart.top) == (("li", "sun"), 32.0)
    glyphs = [view.tiles(UNICODE)[code].glyph for code in chart.lane(0).codes[:1] + chart.lane(1).codes[:3]]
    assert glyphs == ["▇", "▁", "·", "─"]


@pytest.mark.parametrize("room", [40, 58, 78, 118, 198])
def test_the_widths_leave_most_to_time(room: int) -> None:
    keys = tuple(f"{name}:{slot}" for name in ("gpu-01", "一个很长的节点名字" * 9, "n" * 200) for slot in range(16))
    scale = view.scale(keys, Rows.CARDS, room, None, 0.0, UNICODE)
    assert scale.number == 2
    assert room - scale.lead - scale.beside - 2 >= room * 0.4


def test_where_one_can_go() -> None:
    targets = [target for target, _title in past.jumps("gpu-01:3", Rows.CARDS, Moment(3, WANG))]
    assert targets == ["gpu:gpu-01:3", "node:gpu-01", "filter:user=wang", "filter:project=nlp", "filter:job=8812"]
    assert [target for target, _ in past.jumps("a b", Rows.USERS, Moment(3, None, 1.0))] == ['filter:user="a b"']
    assert past.opened("gpu-01:3", Rows.CARDS) == ("gpu", "gpu-01:3", None)
    assert past.opened("gpu-01", Rows.NODES) == ("node", "gpu-01", None)
    assert past.opened("nlp", Rows.PROJECTS) == ("gpus", "", "project=nlp")


def test_rows_have_words_in_both_languages() -> None:
    assert past.rows_named(" Users ") is Rows.USERS
    assert past.rows_named("节点") is Rows.NODES
    assert past.rows_named("14:00") is None


def test_what_is_in_the_way_is_said() -> None:
    def words(kept: float | None, answered: bool = True, reading: bool = False) -> str:
        return said(past.notice(SHOWN, kept, answered, reading, None))

    assert words(SHOWN.since) == ""
    assert words(None) == "No history is kept yet. "
    assert words(None, answered=False) == "reading "
    assert words(SHOWN.until + 1).startswith("Nothing is kept before 20")
    assert words(SHOWN.since + 7200).startswith("kept since 20")


def test_a_filter_finds_who_held_it_at_any_time() -> None:
    track = Track(SHOWN.since, SHOWN.step, (Moment(0, WANG), Moment(50, ZHAO), Moment(None)))
    row = held.row("gpu-01:3", Rows.CARDS, track, None)
    assert (row["node"], row["slot"], row["user"], row["util"]) == ("gpu-01", 3, frozenset({"wang", "zhao"}), 25)
    assert "llama-sft" in held.text(row)
    assert set(row) == set(held.fields())
    unread = held.row("gpu-01:3", Rows.CARDS, None, None)
    assert (unread["user"], unread["hours"]) == (None, None)
    assert held.row("wang", Rows.USERS, None, None)["user"] == "wang"


def test_an_export_has_a_line_for_each_stretch_of_one_holder() -> None:
    moments = (None, Moment(0, WANG), Moment(90, WANG), Moment(None), Moment(0), Moment(None, ZHAO))
    rows = list(held.spells("gpu-01:3", Rows.CARDS, moments, SHOWN))
    assert [(row["user"], row["since"], row["until"], row["util"], row["idle_hours"]) for row in rows] == [
        ("wang", SHOWN.start(1), SHOWN.start(3), 45, 600 / 3600),
        (None, SHOWN.start(3), SHOWN.start(5), 0, 0.0),
        ("zhao", SHOWN.start(5), SHOWN.start(6), None, 0.0),
    ]
    assert set(rows[0]) == {column.key for column in held.listing().columns}


@pytest.mark.parametrize("rows", list(Rows))
@pytest.mark.parametrize("paint", list(Paint))
def test_the_legend_explains_it_in_chinese_too(rows: Rows, paint: Paint) -> None:
    choose("zh")
    try:
        assert said(view.legend(rows, paint, 86_400.0, 64.0, UNICODE))
    finally:
        choose("en")
