"""Who held what, written and read back through the file: restarts, crashes, other cards, arrays, a person forgotten."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from backends.jobs import Held, Job, JobState
from backends.records import (
    Card,
    CardState,
    GpuSample,
    HostSample,
    LinkState,
    NodeFacts,
    NodeLink,
    NodeProcesses,
    NodeSample,
    Process,
    ProcessUse,
    ReaderState,
)
from console.model.config import Retention
from console.model.fleet import Node
from console.model.history import UNKNOWN_UTIL, Holder, Kind, Rows, Span, SpansOf, TimelineOf
from console.services.watch import Watch
from console.store import people, recall, spans, timeline, usage
from console.store.database import Database
from console.store.ledger import Round

T = 1_789_999_200.0
"""The beginning of an hour."""


def node(
    at: float, name: str = "n1", uuids: Sequence[str | None] = ("GPU-a", "GPU-b"), util: float = 50.0, **changes: object
) -> Node:
    cards = tuple(Card(slot, uuid, "H100", pci=f"0000:{slot:02x}:00.0") for slot, uuid in enumerate(uuids))
    states = [CardState.OK if uuid is not None else CardState.LOST for uuid in uuids]
    gpus = tuple(GpuSample(slot, state, util=util) for slot, state in enumerate(states))
    found = Node(
        name,
        NodeFacts(name, at, at, kernel="6.8", driver="570", cards=cards),
        NodeSample(name, at, at, HostSample(), ReaderState.OK, gpus=gpus),
        processes=NodeProcesses(name, at, at),
        link=NodeLink(name, at, at, "ssh", LinkState.UP, at),
    )
    return msgspec.structs.replace(found, **changes)


def job(number: str, user: str, slots: Sequence[int], state: JobState = JobState.RUNNING, where: str = "n1") -> Job:
    return Job(number, "train", user, "nlp", state=state, held=(Held(where, tuple(slots), len(slots)),))


class Lab:
    """A file and its watch, as a collector has them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = Database(path)
        self.watch = Watch()

    def again(self) -> None:
        """Begin anew as after kill -9: nothing was said at the end."""
        self.database.close()
        self.__init__(self.path)  # type: ignore[misc]

    def round(self, at: float, nodes: Sequence[Node], jobs: Sequence[Job] = ()) -> None:
        with self.database.writing() as db:
            self.watch.write(db, Round(T + at, T + at, nodes, jobs))
        self.watch.committed()

    def spans(self, *kinds: Kind, node: str | None = None, slot: int | None = None, **bounds: float) -> list[Span]:
        asked = SpansOf(kinds, T + bounds.get("since", -1e6), T + bounds.get("until", 1e6), node, slot)
        with self.database.writing() as db:
            return list(recall.spans(db, asked).spans)

    def told(self, *kinds: Kind, node: str | None = None, slot: int | None = None) -> list[tuple[str, float, object]]:
        """Value, beginning and end, the oldest first."""
        found = self.spans(*kinds, node=node, slot=slot)
        return [(one.value, one.since - T, None if one.until is None else one.until - T) for one in reversed(found)]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab.db")


def test_an_owner_is_followed_by_the_next_one(lab: Lab) -> None:
    lab.round(0, [node(T)], [job("1", "ada", [0])])
    lab.round(2, [node(T + 2)], [job("2", "bob", [0])])
    lab.round(4, [node(T + 4)], [job("3", "eve", [1])])
    assert lab.told(Kind.OWNER, node="n1", slot=0) == [("ada", 0, 2), ("bob", 2, 4)]
    (last,) = lab.spans(Kind.OWNER, node="n1", slot=1)
    assert (last.until, last.holder) == (None, Holder("eve", "nlp", "3", "train"))


def test_a_quiet_round_writes_nothing_but_the_mark(lab: Lab) -> None:
    jobs = [job("1", "ada", [0])]
    lab.round(0, [node(T)], jobs)
    with lab.database.writing() as db:
        before = db.total_changes
        lab.watch.write(db, Round(T + 2, T + 2, [node(T + 2)], jobs))
        assert db.total_changes - before == 1
        assert spans.mark(db) == T + 2


def test_after_a_crash_what_was_open_ends_where_anybody_last_looked(lab: Lab) -> None:
    lab.round(0, [node(T)], [job("1", "ada", [0])])
    lab.round(30, [node(T + 30)], [job("1", "ada", [0])])
    lab.again()
    lab.round(4000, [node(T + 4000)], [job("1", "ada", [0])])
    assert lab.told(Kind.OWNER) == [("ada", 0, 30), ("ada", 4000, None)]


def test_a_takeover_of_seconds_leaves_no_seam(lab: Lab) -> None:
    lab.round(0, [node(T)], [job("1", "ada", [0])])
    lab.again()
    lab.round(5, [], [])
    lab.round(7, [Node("n1")], [])
    lab.round(9, [node(T + 9)], [])  # the node answers before the scheduler is asked
    lab.round(20, [node(T + 20)], [job("1", "ada", [0])])
    assert lab.told(Kind.OWNER) == [("ada", 0, None)]
    assert lab.told(Kind.JOB) == [("running", 0, None)]
    assert lab.told(Kind.STATE, node="n1", slot=0) == [("ok", 0, None)]


def test_a_process_does_not_take_a_card_from_a_job_that_is_not_listed_yet(lab: Lab) -> None:
    lab.round(0, [node(T)], [job("1", "ada", [0])])
    lab.again()
    busy = Process(7, None, 1, "root", "python x.py", (ProcessUse(0),))
    lab.round(5, [node(T + 5, processes=NodeProcesses("n1", T + 5, T + 5, (busy,)))])
    lab.round(9, [node(T + 9)], [job("1", "ada", [0])])
    assert lab.told(Kind.OWNER) == [("ada", 0, None)]


def test_a_round_that_is_rolled_back_is_written_by_the_next(lab: Lab) -> None:
    lab.round(0, [node(T)], [job("1", "ada", [0])])
    with contextlib.suppress(OSError), lab.database.writing() as db:
        lab.watch.write(db, Round(T + 2, T + 2, [node(T + 2)], [job("2", "bob", [0])]))
        raise OSError("the disk is full")
    lab.round(4, [node(T + 4)], [job("2", "bob", [0])])
    assert lab.told(Kind.OWNER) == [("ada", 0, 4), ("bob", 4, None)]


def test_a_card_that_is_replaced_in_its_slot_is_another_one(lab: Lab) -> None:
    lab.round(0, [node(T)])
    lab.round(2, [node(T + 2)])
    for at in range(4, 80, 4):
        lab.round(at, [node(T + at, uuids=(None, "GPU-b"))])
    lab.round(80, [node(T + 80, uuids=("GPU-new", "GPU-b"))])
    assert lab.told(Kind.INVENTORY, node="n1", slot=0) == [("H100 · GPU-a", 0, 2), ("H100 · GPU-new", 80, None)]
    assert lab.told(Kind.INVENTORY, node="n1", slot=1) == [("H100 · GPU-b", 0, None)]
    assert lab.told(Kind.STATE, node="n1", slot=0) == [("ok", 0, 4), ("lost", 4, 80), ("ok", 80, None)]


def test_a_node_that_falls_silent_has_no_known_owner_by_process_but_the_scheduler_still_has(lab: Lab) -> None:
    for at in range(0, 200, 5):
        last = T + min(at, 50)
        busy = NodeProcesses("n1", last, last, (Process(7, None, 1, "ada", "python x.py", (ProcessUse(1),)),))
        lab.round(at, [node(last, processes=busy)], [job("1", "bob", [0])])
    assert lab.told(Kind.OWNER, node="n1", slot=0) == [("bob", 0, None)]
    assert lab.told(Kind.OWNER, node="n1", slot=1) == [("ada", 0, 50)]
    assert lab.told(Kind.STATE, node="n1", slot=1) == [("ok", 0, 60), ("stale", 60, None)]


def test_each_task_of_a_job_array_is_a_job(lab: Lab) -> None:
    lab.round(0, [node(T)], [job("9_1", "ada", [0]), job("9_[2-4]", "ada", [], JobState.PENDING)])
    lab.round(2, [node(T + 2)], [job("9_1", "ada", [0]), job("9_2", "ada", [1]), job("9_[3-4]", "ada", [])])
    found = {one.holder.job: (one.value, one.until) for one in lab.spans(Kind.JOB) if one.holder is not None}
    assert found["9_1"] == ("running", None)
    assert found["9_2"] == ("running", None)
    assert found["9_[2-4]"] == ("pending", T + 2)


def test_only_what_overlaps_is_told_the_newest_first_and_what_is_more_is_said(lab: Lab) -> None:
    for at in range(0, 400, 2):
        lab.round(at, [node(T + at)], [job(str(at // 40), f"u{at // 40}", [0])])
    values = [one.value for one in lab.spans(Kind.OWNER, since=85, until=205)]
    assert values == ["u5", "u4", "u3", "u2"]
    with lab.database.writing() as db:
        found = recall.spans(db, SpansOf((Kind.OWNER,), T, T + 1000, most=3))
    assert ([one.value for one in found.spans], found.more) == (["u9", "u8", "u7"], True)


def test_long_and_short_spans_of_all_sizes_are_found(lab: Lab) -> None:
    with lab.database.writing() as db:
        writer = spans.Writer()
        for number, length in enumerate((1, 3600, 3601, 50_000, 10**6, 5 * 10**6, 3 * 10**7)):
            changes = []
            key = spans.Key(Kind.OWNER, f"n{number}", 0)
            changes += [spans.Begun(key, spans.Fact("ada", Holder("ada")), T - length), spans.Ended(key, T - length, T)]
            writer.write(db, changes, T)
        at = {one.node for one in recall.spans(db, SpansOf((Kind.OWNER,), T - 0.5, T)).spans}
        early = {one.node for one in recall.spans(db, SpansOf((Kind.OWNER,), T - 60_000, T - 59_999)).spans}
    assert at == {f"n{number}" for number in range(7)}
    assert early == {"n4", "n5", "n6"}


def test_what_ended_long_ago_is_removed_with_its_names_and_what_holds_stays(lab: Lab) -> None:
    lab.round(0, [node(T)], [job("1", "ada", [0]), job("2", "bob", [1])])
    lab.round(2, [node(T + 2)], [job("2", "bob", [1])])
    with lab.database.writing() as db:
        lab.watch.prune(db, T + 1000.0, Retention(spans=900.0))
        names = [row[0] for row in db.execute("SELECT user FROM holder")]
    assert lab.told(Kind.OWNER) == [("bob", 0, None)]
    assert set(names) == {"bob"}


def test_a_person_is_forgotten_but_not_that_somebody_held_the_card(lab: Lab) -> None:
    for at in range(0, 130, 2):
        lab.round(at, [node(T + at)], [job("1", "ada", [0]), job("2", "bob", [1])])
    with lab.database.writing() as db:
        assert people.forget_history(db, "ada") > 0
        text = "\n".join(line for line in db.iterdump() if "INSERT" in line)
    assert "ada" not in text
    (held,) = lab.spans(Kind.OWNER, node="n1", slot=0)
    assert held.holder == Holder(None, "nlp", None, None)
    assert [one.holder and one.holder.user for one in lab.spans(Kind.JOB)] == ["bob"]


def no_utils(*_: object) -> dict[tuple[str, int], Sequence[float | None]]:
    return {("n1", 0): [10.0, None], ("n1", 1): [30.0, 40.0]}


def test_a_timeline_names_who_held_most_of_each_slot(lab: Lab) -> None:
    for at in range(0, 400, 2):
        lab.round(at, [node(T + at)], [job("1", "ada", [0])] if at < 130 else [job("2", "bob", [0])])
    with lab.database.writing() as db:
        asked = TimelineOf(Rows.CARDS, T, T + 400, 2, ("n1",))
        found = timeline.timeline(db, asked, no_utils)
        nodes = timeline.timeline(db, TimelineOf(Rows.NODES, T, T + 400, 2, ("n1",)), no_utils)
        users = timeline.timeline(db, TimelineOf(Rows.USERS, T, T + 400, 2, ("n1",)), no_utils)
    first, second = found.rows
    assert (first.key, second.key) == ("n1:0", "n1:1")
    numbers = [int.from_bytes(first.holders[at : at + 2], "little") for at in (0, 2)]
    assert [found.holders[number - 1].user for number in numbers] == ["ada", "bob"]
    assert first.util == bytes([10, UNKNOWN_UTIL])
    assert second.holders == bytes(4)
    assert nodes.rows[0].util == bytes([20, 40])
    by_user = {row.key: row for row in users.rows}
    assert by_user["ada"].cards == pytest.approx((130 / 200, 0.0))
    assert by_user["bob"].util == bytes([10, UNKNOWN_UTIL])


def steady(_db: object, cards: Sequence[tuple[str, int]], *slots: float) -> dict[tuple[str, int], list[float | None]]:
    return {card: [80.0] * int(slots[-1]) for card in cards}


def test_the_sums_of_all_users_are_what_a_plain_computation_gives(lab: Lab) -> None:
    for at in range(0, 1202, 2):
        owner = job("1", "ada", [0, 1]) if at < 600 else job("2", "bob", [1])
        lab.round(at, [node(T + at, util=20.0 if at < 600 else 80.0)], [owner])
    with lab.database.writing() as db:
        found = timeline.timeline(db, TimelineOf(Rows.USERS, T, T + 1200, 2), steady)
    by_user = {row.key: row for row in found.rows}
    assert by_user["ada"].cards == pytest.approx((2.0, 0.0), abs=0.02)
    assert by_user["bob"].cards == pytest.approx((0.0, 1.0), abs=0.02)
    assert by_user["ada"].util == bytes([20, UNKNOWN_UTIL])
    assert by_user["bob"].util[1] == 80


@pytest.mark.parametrize("nodes", [(), ("n1",)])
@pytest.mark.parametrize(("step", "count"), [(60, 10), (300, 3), (1200, 1), (7200, 1)])
def test_a_slot_that_is_not_over_counts_as_far_as_it_is_known(
    lab: Lab, nodes: tuple[str, ...], step: int, count: int
) -> None:
    for at in range(0, 1034, 2):
        lab.round(at, [node(T + at)], [job("1", "ada", [0, 1])])
    until = T + 1032 // step * step + step
    with lab.database.writing() as db:
        (row,) = timeline.timeline(db, TimelineOf(Rows.USERS, until - step * count, until, count, nodes), steady).rows
    assert row.cards[-1] == pytest.approx(2.0, rel=0.01)
    assert row.util[-1] >= 50


def test_a_slot_that_has_just_begun_is_as_it_was_a_moment_ago(lab: Lab) -> None:
    for at in range(0, 600, 2):
        lab.round(at, [node(T + at)], [job("1", "ada", [0, 1])])
    with lab.database.writing() as db:
        (row,) = timeline.timeline(db, TimelineOf(Rows.USERS, T + 360, T + 660, 5), steady).rows
        (later,) = timeline.timeline(db, TimelineOf(Rows.USERS, T, T + 1800, 3), steady).rows
    assert row.cards == pytest.approx((2.0,) * 5)
    assert later.cards == (pytest.approx(2.0, rel=0.01), None, None)


@pytest.mark.parametrize("fine", [True, False])
def test_hours_stand_in_where_there_are_no_rows_of_five_minutes(lab: Lab, fine: bool) -> None:
    hours = {int(T): {("ada", None): (7200.0, 7200.0, 72e4)}}
    fives = {int(T) + 3600 + at: {("ada", None): (600.0, 600.0, 6e4)} for at in range(0, 3600, 300)}
    rest = {int(T) + 3600 + 7200: {("bob", None): (300.0, 300.0, 3e4)}}
    with lab.database.writing() as db:
        for sums, slot in ((hours, 3600), (fives, 300), (rest, 300)):
            usage.add(db, sums, slot)
        db.execute("DELETE FROM usage WHERE step = 300 AND at < ?", (T + 3600 + 1200,))
        found = usage.between(db, T + 1200, T + 4 * 3600 - 300, fine=fine)
        rows = timeline.timeline(db, TimelineOf(Rows.USERS, T + 1200, T + 7200, 5), steady).rows
    assert sum(one.used.held for one in found) == pytest.approx(2 * 7200 + 300)
    assert [row.cards for row in rows] == [pytest.approx((2.0,) * 5)]
