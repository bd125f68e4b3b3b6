"""What is asked of the past equals a plain computation over the samples: across minutes, hours, crashes and leaps."""

import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from series_room import BEGIN, Recorder, sample

from console.model.history import Curve, CurvesOf
from console.store.series import chunks, five
from console.store.series.hours import UNKNOWN, kept, opened
from console.store.series.pack import unpacked

Told = list[tuple[float, float | None]]
"""When, and a utilisation."""


def plain(told: Told, since: float, step: float, slots: int, weigh: float = 0.0) -> list[tuple[float, ...] | None]:
    """Least, mean and most of each slot. With `weigh` the mean is that of the means of so many seconds each."""
    found: list[tuple[float, ...] | None] = []
    for slot in range(slots):
        begin = since + slot * step
        own = [(at, value) for at, value in told if begin <= at < begin + step and value is not None]
        if not own:
            found.append(None)
            continue
        groups: dict[float, list[float]] = {}
        for at, value in own:
            groups.setdefault(at // weigh if weigh else 0.0, []).append(value)
        means = [sum(group) / len(group) for group in groups.values()]
        values = [value for _, value in own]
        found.append((min(values), sum(means) / len(means), max(values)))
    return found


def same(curve: Curve, expected: Sequence[tuple[float, ...] | None], within: float) -> None:
    assert len(curve.mean) == len(curve.low) == len(curve.high) == len(expected)
    for slot, wanted in enumerate(expected):
        found = (curve.low[slot], curve.mean[slot], curve.high[slot])
        if wanted is None:
            assert found == (None, None, None), slot
        else:
            assert found == pytest.approx(wanted, abs=within), slot


def walk(seed: int, begin: float, seconds: float, every: float) -> Told:
    """A utilisation that holds for a while, is unknown now and then, and is silent for some time."""
    chance = random.Random(seed)
    told: Told = []
    at, level = begin, 50.0
    while at < begin + seconds:
        if chance.random() < 0.02:
            level = float(chance.randrange(101))
        if chance.random() < 0.005:
            at += chance.randrange(1000)
            continue
        told.append((at, None if chance.random() < 0.05 else float(min(100, max(0, level + chance.randrange(-5, 6))))))
        at += every
    return told


def tell_all(recorder: Recorder, told: Told, crash: Callable[[int], bool] = lambda number: False) -> None:
    for number, (at, util) in enumerate(told):
        if crash(number):
            recorder.begin()
        recorder.tell(at, [sample("n", at, 3.0, util)])


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1_000_000), st.sampled_from([2.0, 7.0, 30.0]), st.integers(0, 3599))
def test_an_hour_of_samples_reads_as_they_were(seed: int, every: float, offset: int):
    told = walk(seed, BEGIN + offset, 1500.0, every)
    with tempfile.TemporaryDirectory() as name:
        recorder = Recorder(Path(name) / "lab.db")
        tell_all(recorder, told, lambda number: number % 97 == 96)
        until = BEGIN + offset + 1500.0
        answer = recorder.ask(CurvesOf(("util",), until - 1500.0, until, 60, "n", 1))
        assert answer.step >= 25.0
        (curve,) = answer.curves
        same(curve, plain(told, answer.since, answer.step, len(curve.mean)), 1e-6)


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 1_000_000), st.integers(0, 3599))
def test_minutes_and_hours_are_those_of_the_samples_whenever_a_collector_dies(seed: int, offset: int):
    """Three and a half hours; a collector that dies loses nothing that it had written."""
    told = walk(seed, BEGIN + offset, 3.5 * 3600, 20.0)
    with tempfile.TemporaryDirectory() as name:
        recorder = Recorder(Path(name) / "lab.db")
        tell_all(recorder, told, lambda number: number % 151 == 150)
        until = BEGIN + offset + 3.5 * 3600
        for span, points in ((3.5 * 3600, 210), (7 * 3600.0, 50), (24 * 3600.0, 400)):
            answer = recorder.ask(CurvesOf(("util",), until - span, until, points, "n", 1))
            (curve,) = answer.curves
            assert len(curve.mean) <= points
            expected = plain(told, answer.since, answer.step, len(curve.mean), 60.0)
            same(curve, expected, 0.26)  # half a step of an hour's utilisation
        answer = recorder.ask(CurvesOf(("util",), until - 30 * 86400, until, 400, "n", 1))
        assert answer.step % 3600 == 0
        (curve,) = answer.curves
        assert sum(mean is not None for mean in curve.mean) in (2, 3, 4)


def test_a_node_and_the_cluster_are_read_as_well(recorder: Recorder):
    for number in range(120):
        at = BEGIN + number * 30.0
        recorder.tell(at, [sample("n", at, 80.0, 0.0), sample("m", at, None, cpu=None)])
    until = BEGIN + 3600.0
    answer = recorder.ask(
        CurvesOf(("cpu", "disk_read", "disk_write", "disk_busy", "memory_used"), BEGIN, until, 60, "n")
    )
    for curve, wanted in zip(answer.curves, (10.0, 2048.0, 7.0, 50.0, float(1 << 39)), strict=True):
        known = [value for value in curve.mean if value is not None]
        assert len(known) == 60
        assert known == pytest.approx([wanted] * 60, rel=0.012)
    (lacking,) = recorder.ask(CurvesOf(("cpu",), BEGIN, until, 60, "m")).curves
    assert set(lacking.mean) == {None}
    names = ("util", "power", "cards", "answering", "busy", "nodes", "nodes_up")
    answer = recorder.ask(CurvesOf(names, BEGIN, until, 60))
    found = [curve.mean[30] for curve in answer.curves]
    assert found == [40.0, 400.0, 3.0, 2.0, 1.0, 2.0, 2.0]
    assert answer.kept_since == BEGIN


def test_whom_nobody_knows_has_no_curve(recorder: Recorder):
    answer = recorder.ask(CurvesOf(("util",), BEGIN, BEGIN + 60, 10, "who'; DROP TABLE chunk; --", 0))
    assert set(answer.curves[0].mean) == {None}
    assert answer.kept_since is None


def test_a_round_that_was_rolled_back_is_told_again_and_counts_once(recorder: Recorder):
    told = [(BEGIN + number * 5.0, float(number % 100)) for number in range(900)]
    for number, (at, util) in enumerate(told):
        recorder.tell(at, [sample("n", at, util)], fail=number % 3 == 0)
        if number % 3 == 0:
            recorder.tell(at, [sample("n", at, util)])
    answer = recorder.ask(CurvesOf(("util",), BEGIN, BEGIN + 4500, 75, "n", 0))
    same(answer.curves[0], plain(list(told), answer.since, answer.step, len(answer.curves[0].mean), 60.0), 0.26)
    rows = recorder.database.read("SELECT d FROM chunk")
    assert sum(len(unpacked(blob)[0]) for (blob,) in rows if isinstance(blob, bytes)) == 888, "the last minute waits"


def test_a_clock_that_is_set_back_neither_loses_nor_doubles_anything(recorder: Recorder):
    """The same half hour twice: each sample stays, and what is summed up is summed up over both."""
    first = [(BEGIN + number * 10.0, 20.0) for number in range(300)]
    second = [(BEGIN + 1800.0 + number * 10.0 + 3.0, 90.0) for number in range(300)]
    tell_all(recorder, [*first, *second])
    both = [*first, *second]
    fine = recorder.ask(CurvesOf(("util",), BEGIN + 1800, BEGIN + 3000, 40, "n", 1)).curves[0]
    same(fine, plain(both, BEGIN + 1800, 30.0, 40), 1e-6)
    recorder.tell(BEGIN + 2 * 3600 + 1200, [sample("n", BEGIN + 2 * 3600 + 1200, 3.0, 5.0)])
    for late in range(60):
        recorder.tell(BEGIN + 2 * 3600 + 1260 + late, [])
    whole = recorder.ask(CurvesOf(("util",), BEGIN, BEGIN + 3 * 3600, 180, "n", 1))
    (curve,) = whole.curves
    expected = plain([*both, (BEGIN + 2 * 3600 + 1200, 5.0)], whole.since, 60.0, 180)
    same(curve, expected, 0.26)
    rows = recorder.database.read("SELECT at, samples FROM gpu_5min WHERE slot = 1 ORDER BY at")
    assert len(rows) == len({at for at, _ in rows})
    assert sum(samples for _, samples in rows if isinstance(samples, int)) == 600, "all that is over"


def test_a_clock_that_leaps_ahead_leaves_a_gap_and_no_more(recorder: Recorder):
    told = [(BEGIN + number * 10.0, 20.0) for number in range(30)]
    leapt = [(at + 86_400.0, util) for at, util in told]
    tell_all(recorder, [*told, *leapt])
    answer = recorder.ask(CurvesOf(("util",), BEGIN - 60, BEGIN + 300, 30, "n", 1))
    assert sum(mean is not None for mean in answer.curves[0].mean) >= 20


def test_the_tail_goes_once_its_minute_is_in_a_chunk(recorder: Recorder):
    sizes = []
    for number in range(200):
        at = BEGIN + number * 2.0
        recorder.tell(at, [sample(name, at, 5.0) for name in ("a", "b", "c")])
        sizes.append(recorder.count("tail"))
    assert max(sizes) <= 60
    assert min(sizes[60:]) >= 1
    assert recorder.count("chunk") == 17, "the third node's turn for the sixth minute has not come"


def test_five_minutes_have_rows_with_names(recorder: Recorder):
    for number in range(90):
        at = BEGIN + number * 10.0
        recorder.tell(at, [sample("gpu01", at, float(number % 30), None)])
    rows = recorder.database.read("SELECT * FROM gpu_5min ORDER BY at, slot")
    assert rows[0] == (int(BEGIN), "gpu01", 0, 30, 14, 29, 14848, 29696, 72, 145, 40, 40)
    assert rows[1] == (int(BEGIN), "gpu01", 1, 30, *[None] * 8)
    assert len(rows) == 4, "those of the first ten minutes"
    plan = recorder.database.read(
        "EXPLAIN QUERY PLAN SELECT node, max(util) FROM gpu_5min WHERE at >= 5 GROUP BY node, slot"
    )
    assert any("SEARCH five USING PRIMARY KEY (at>?)" in str(row[3]) for row in plan), plan
    assert five.prune(recorder.database._db, BEGIN + 300, 100) == 2


def test_more_cards_and_odd_slots_are_kept_where_they_belong(recorder: Recorder):
    recorder.tell(BEGIN + 1, [sample("n", BEGIN + 1, 10.0)])
    wide = sample("n", BEGIN + 3, 10.0, 20.0, 30.0)
    shuffled = type(wide)(*[*(getattr(wide, name) for name in wide.__struct_fields__[:-1]), wide.gpus[::-1]])
    recorder.tell(BEGIN + 3, [shuffled])
    recorder.tell(BEGIN + 5, [sample("n", BEGIN + 5, 10.0)])
    for at in (70.0, 130.0):
        recorder.tell(BEGIN + at, [])
    ((blob,),) = recorder.database.read("SELECT d FROM chunk")
    assert isinstance(blob, bytes)
    columns = unpacked(blob)
    assert [list(columns[chunks.CARDS + slot * 6]) for slot in range(3)] == [
        [10.0, 10.0, 10.0],
        [float("-inf"), 20.0, float("-inf")],
        [float("-inf"), 30.0, float("-inf")],
    ]


def test_hours_are_written_in_the_order_of_their_keys_and_hold_all_cards(recorder: Recorder):
    for number in range(400):
        at = BEGIN + number * 12.0
        recorder.tell(at, [sample(f"n{node:02d}", at, 50.0, 60.0) for node in range(12)])
    rows = recorder.database.read("SELECT id, d FROM card_hour ORDER BY id")
    assert [(key & 0xFFFFFFFF) >> 8 for key, _ in rows if isinstance(key, int)] == sorted([*range(1, 13)] * 2)
    for _, blob in rows:
        assert isinstance(blob, bytes)
        util = kept(opened(blob, 6), 6, 0)
        assert UNKNOWN not in util.mean
        assert set(util.mean) <= {100, 120}
