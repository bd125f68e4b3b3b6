"""What began and what ended: equal to a plain computation, whatever is seen; gaps, restarts and a clock set back."""

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from console.model.history import Holder, Kind
from console.model.intervals import SECONDS_BRIDGED, Begun, Ended, Fact, Held, Key, Seen
from console.rules import holding
from console.rules.intervals import JOBS, Intervals

CARD = Key(Kind.OWNER, "n1", 0)
STATE = Key(Kind.STATE, "n1", 0)
HEALTH = Key(Kind.HEALTH, "n1", 0)
Span = tuple[Key, str, float, float | None]


def never_calmer(_kind: Kind, _old: Fact, _new: Fact | None) -> bool:
    return False


class Book:
    """Keeps what intervals tell, as the file does."""

    def __init__(self, intervals: Intervals) -> None:
        self.intervals = intervals
        self.open: dict[Key, Begun] = {}
        self.spans: list[Span] = []

    def round(self, at: float, seen: Mapping[Key, str], unknown: Mapping[Key, float] | None = None) -> None:
        self.intervals.begin(at)
        holds = {key: Fact(value) for key, value in seen.items()}
        self.intervals.look("n1", Seen(holds, unknown or {}))
        self.intervals.missing({"n1", JOBS})
        self.take()

    def take(self) -> None:
        for change in self.intervals.changes():
            if isinstance(change, Begun):
                assert change.key not in self.open
                self.open[change.key] = change
            else:
                begun = self.open.pop(change.key)
                assert begun.since == change.since <= change.until
                self.spans.append((change.key, begun.fact.value, change.since, change.until))
        self.intervals.keep()

    @property
    def all(self) -> list[Span]:
        still = [(key, begun.fact.value, begun.since, None) for key, begun in self.open.items()]
        return sorted([*self.spans, *still], key=lambda span: (span[2], span[0]))


def book(calmer: object = None) -> Book:
    return Book(Intervals({}, None, never_calmer if calmer is None else holding.calmer))


def plain(looks: Sequence[tuple[float, str | None]]) -> list[Span]:
    """The same by another way: runs of equal values, cut where the gap is too long."""
    found: list[Span] = []
    last: float | None = None
    for at, value in looks:
        cut = last is not None and at - last > SECONDS_BRIDGED
        if found and found[-1][3] is None and (cut or found[-1][1] != value):
            key, old, since, _ = found[-1]
            found[-1] = (key, old, since, last if cut else at)
        if value is not None and (not found or found[-1][3] is not None):
            found.append((CARD, value, at, None))
        last = at
    return found


@given(st.lists(st.tuples(st.integers(1, 90), st.sampled_from(["ada", "bob", None])), max_size=30))
def test_they_are_the_runs_of_what_was_seen(steps: list[tuple[int, str | None]]) -> None:
    looks, at = [], 1000.0
    for pause, value in steps:
        at += pause
        looks.append((at, value))
    kept = book()
    for when, value in looks:
        kept.round(when, {} if value is None else {CARD: value})
    assert kept.all == plain(looks)


def test_a_round_that_was_not_written_is_found_again() -> None:
    kept = book()
    kept.round(0.0, {CARD: "ada"})
    kept.intervals.begin(2.0)
    kept.intervals.look("n1", Seen({CARD: Fact("bob")}, {}))
    assert len(kept.intervals.changes()) == 2  # and nobody keeps it
    kept.round(4.0, {CARD: "bob"})
    assert kept.all == [(CARD, "ada", 0.0, 4.0), (CARD, "bob", 4.0, None)]


def test_what_is_out_of_sight_for_a_moment_held_all_the_time() -> None:
    kept = book()
    kept.round(0.0, {CARD: "ada"})
    for at in range(10, 60, 10):
        kept.round(float(at), {}, {CARD: 4.0})
    kept.round(60.0, {CARD: "ada"})
    assert kept.all == [(CARD, "ada", 0.0, None)]


def test_what_is_out_of_sight_for_long_ended_when_it_was_last_seen_and_begins_when_it_is_seen_again() -> None:
    kept = book()
    for at in range(0, 40, 10):
        kept.round(float(at), {CARD: "ada"})
    for at in range(40, 200, 10):
        kept.round(float(at), {}, {CARD: 25.0})
    kept.round(200.0, {CARD: "ada"})
    assert kept.all == [(CARD, "ada", 0.0, 25.0), (CARD, "ada", 200.0, None)]


def test_another_value_after_a_short_absence_leaves_the_absence_unknown() -> None:
    kept = book()
    kept.round(0.0, {CARD: "ada"})
    kept.round(10.0, {CARD: "ada"})
    kept.round(20.0, {}, {CARD: 10.0})
    kept.round(30.0, {CARD: "bob"})
    assert kept.all == [(CARD, "ada", 0.0, 10.0), (CARD, "bob", 30.0, None)]


def test_a_clock_set_back_ends_everything_where_it_was_and_begins_anew() -> None:
    kept = book()
    kept.round(5000.0, {CARD: "ada"})
    kept.round(5010.0, {CARD: "ada"})
    kept.round(1000.0, {CARD: "ada"})
    kept.round(1002.0, {CARD: "ada"})
    assert kept.all == [(CARD, "ada", 1000.0, None), (CARD, "ada", 5000.0, 5010.0)]


def test_a_clock_that_trembles_stands_still_for_that_moment() -> None:
    kept = book()
    kept.round(100.0, {CARD: "ada"})
    kept.round(99.0, {CARD: "bob"})
    kept.round(102.0, {CARD: "bob"})
    assert kept.all == [(CARD, "ada", 100.0, 100.0), (CARD, "bob", 100.0, None)]


@given(st.lists(st.tuples(st.integers(-9000, 9000), st.sampled_from(["ada", "bob", None])), max_size=30))
def test_no_span_ends_before_it_begins_whatever_the_clock_does(steps: list[tuple[int, str | None]]) -> None:
    kept, at = book(), 1e6
    for jump, value in steps:
        at += jump
        kept.round(at, {} if value is None else {CARD: value})  # `take` asserts it
    assert len(kept.open) <= 1


def test_after_a_restart_it_goes_on_or_ends_at_the_last_look() -> None:
    held = {"n1": {CARD: Held(Fact("ada"), 10.0)}}
    soon = Intervals(held, 100.0, never_calmer)
    soon.begin(130.0)
    soon.look("n1", Seen({CARD: Fact("ada")}, {}))
    assert soon.changes() == []
    late = Intervals(held, 100.0, never_calmer)
    late.begin(4000.0)
    late.look("n1", Seen({CARD: Fact("ada")}, {}))
    assert late.changes() == [Ended(CARD, 10.0, 100.0), Begun(CARD, Fact("ada"), 4000.0)]


def test_a_node_that_never_comes_back_ends_where_it_was_last_seen() -> None:
    kept = book()
    kept.round(0.0, {CARD: "ada"})
    for at in range(10, 100, 10):
        kept.intervals.begin(float(at))
        kept.intervals.missing({JOBS})
        kept.take()
    assert kept.all == [(CARD, "ada", 0.0, 0.0)]
    assert not kept.intervals.held("n1")


def test_a_change_for_the_better_is_believed_when_it_lasts_and_dates_from_when_it_began() -> None:
    kept = book(calmer=True)
    for at in range(0, 60, 10):  # throttled at every other look: one span, not six
        hot = at % 20 == 0
        kept.round(float(at), {STATE: "warning" if hot else "ok", **({HEALTH: "throttle"} if hot else {})})
    assert set(kept.all) == {(STATE, "warning", 0.0, None), (HEALTH, "throttle", 0.0, None)}
    for at in range(60, 200, 10):
        kept.round(float(at), {STATE: "ok"})
    assert (STATE, "warning", 0.0, 50.0) in kept.all
    assert (STATE, "ok", 50.0, None) in kept.all
    assert (HEALTH, "throttle", 0.0, 50.0) in kept.all


def test_a_change_for_the_worse_is_believed_at_once() -> None:
    kept = book(calmer=True)
    kept.round(0.0, {STATE: "ok"})
    kept.round(2.0, {STATE: "warning", HEALTH: "hot"})
    kept.round(4.0, {STATE: "lost", HEALTH: "hot lost"})
    assert [span[1:] for span in kept.all if span[0] == STATE] == [
        ("ok", 0.0, 2.0),
        ("warning", 2.0, 4.0),
        ("lost", 4.0, None),
    ]
    assert [span[1:] for span in kept.all if span[0] == HEALTH] == [("hot", 2.0, 4.0), ("hot lost", 4.0, None)]


def test_some_of_a_scope_changes_while_the_rest_stays() -> None:
    kept = book()
    one, other = Key(Kind.JOB, "7_1"), Key(Kind.JOB, "7_2")
    kept.intervals.begin(0.0)
    running = Fact("running", Holder("ada", None, "7_1"))
    kept.intervals.look(JOBS, Seen({one: running, other: Fact("pending")}, {}))
    kept.take()
    kept.intervals.begin(2.0)
    kept.intervals.change(JOBS, {other: Fact("running")})
    kept.take()
    kept.intervals.begin(4.0)
    kept.intervals.change(JOBS, {one: None})
    kept.take()
    assert kept.all == [
        (one, "running", 0.0, 4.0),
        (other, "pending", 0.0, 2.0),
        (other, "running", 2.0, None),
    ]
