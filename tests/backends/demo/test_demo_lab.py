"""The simulated lab as a pure thing: the same for a seed, possible in every value, alive in time."""

from collections import Counter
from itertools import pairwise
from math import isfinite
from statistics import fmean

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.demo.curves import CURVES
from backends.demo.lab import Lab
from backends.demo.lanes import Lane
from backends.demo.people import LARGE, PEOPLE
from backends.demo.runs import Run
from backends.demo.shape import EPOCH, Shape
from backends.jobs import JobState
from backends.probe.wire import Cards, Hello, Mounts, Processes, Tick, decoder

ORIGIN = EPOCH + 20 * 86_400
DECODER = decoder()
SMALL = Shape(nodes=12, gpus=4)


def said(lab: Lab, now: float) -> list[bytes]:
    return [line for node in lab.nodes for line in lab.lines(node, now)]


def ticks(lab: Lab, now: float) -> dict[str, Tick]:
    found = {}
    for node in lab.nodes:
        for line in lab.lines(node, now):
            message = DECODER.decode(line)
            if isinstance(message, Tick):
                found[node] = message
    return found


def held(lab: Lab, now: float) -> list[tuple[str, int]]:
    running = [job for job in lab.jobs(now) if job.state is JobState.RUNNING]
    return [(held.node, slot) for job in running for held in job.held for slot in held.slots or ()]


def numbers(value: object) -> list[float]:
    if isinstance(value, bool):
        return []
    if isinstance(value, (int, float)):
        return [value]
    if isinstance(value, msgspec.Struct):
        return [n for part in msgspec.structs.astuple(value) for n in numbers(part)]
    return [n for part in value for n in numbers(part)] if isinstance(value, list) else []


def test_one_seed_gives_one_lab() -> None:
    one, other = Lab(SMALL, ORIGIN), Lab(SMALL, ORIGIN)
    for step in range(12):
        now = ORIGIN + 37.5 * step
        assert said(one, now) == said(other, now)
        assert one.jobs(now) == other.jobs(now)


def test_another_seed_gives_another_lab() -> None:
    other = msgspec.structs.replace(SMALL, seed=8)
    assert said(Lab(SMALL, ORIGIN), ORIGIN) != said(Lab(other, ORIGIN), ORIGIN)
    assert Lab(SMALL, ORIGIN).jobs(ORIGIN) != Lab(other, ORIGIN).jobs(ORIGIN)


def test_gauges_and_jobs_follow_from_the_moment_alone() -> None:
    early, late = Lab(SMALL, ORIGIN), Lab(SMALL, ORIGIN)
    for step in range(500):
        ticks(early, ORIGIN + 60 * step)
    moment = ORIGIN + 60 * 500
    before, after = ticks(early, moment), ticks(late, moment)
    silent = [node for node in late.nodes if late.silent_since(node)]
    assert all(before[node].gpus == after[node].gpus for node in late.nodes if node not in silent)
    assert early.jobs(moment) == late.jobs(moment)


def test_the_schedule_can_be_asked_backwards() -> None:
    lab = Lab(SMALL, ORIGIN)
    first = lab.jobs(ORIGIN)
    lab.jobs(ORIGIN + 400_000)
    assert lab.jobs(ORIGIN) == first


@pytest.mark.parametrize(("nodes", "gpus"), [(1, 1), (2, 16), (4, 2), (33, 8), (100, 1), (300, 16), (2048, 8)])
def test_every_shape_stands_and_ticks(nodes: int, gpus: int) -> None:
    lab = Lab(Shape(nodes=nodes, gpus=gpus), ORIGIN)
    assert len(set(lab.nodes)) == nodes
    messages = [DECODER.decode(line) for line in said(lab, ORIGIN)]
    assert Counter(type(message) for message in messages)[Tick] == nodes
    assert {len(message.cards) for message in messages if isinstance(message, Cards)} <= {0, gpus}
    own = held(lab, ORIGIN)
    assert len(own) == len(set(own))


def test_a_lab_may_be_all_cpu() -> None:
    lab = Lab(Shape(nodes=3, cpu_nodes=3), ORIGIN)
    assert lab.nodes == ("cpu-01", "cpu-02", "cpu-03")
    assert all(tick.reader == "absent" and not tick.gpus for tick in ticks(lab, ORIGIN).values())
    assert {job.gpus for job in lab.jobs(ORIGIN)} == {0}


def test_names_grow_with_the_lab() -> None:
    assert Lab(Shape(nodes=2048, gpus=1)).nodes[0] == "gpu-0001"
    assert Lab(Shape()).nodes[:2] == ("gpu-01", "gpu-02")
    assert [name for name in Lab(Shape()).nodes if name.startswith("cpu")] == ["cpu-01", "cpu-02"]


def test_kinds_are_mixed_and_stand_in_racks() -> None:
    lab = Lab(Shape(), ORIGIN)
    cards = [m for m in map(DECODER.decode, said(lab, ORIGIN)) if isinstance(m, Cards) and m.cards]
    assert len({message.cards[0].name for message in cards}) == 6
    ascend = [message for message in cards if message.cards[0].vendor == "ascend"]
    assert len(ascend) == 1
    assert "throttle" in ascend[0].cards[0].unsupported
    assert len({card.uuid for message in cards for card in message.cards if card.uuid}) >= 30 * 8 - 1
    assert len(set(lab.racks.values())) == 4


def test_every_value_is_possible() -> None:
    lab = Lab(Shape(), ORIGIN)
    memory: dict[str, list[int | None]] = {}
    last: list[float] = []
    for step in range(120):
        for node in lab.nodes:
            for line in lab.lines(node, ORIGIN + 97 * step):
                message = DECODER.decode(line)
                last = numbers(message)
                assert all(isfinite(n) and n >= 0 for n in last), (node, message)
                if isinstance(message, Cards):
                    memory[node] = [card.memory for card in message.cards]
                if isinstance(message, Tick):
                    for gpu, total in zip(message.gpus, memory[node], strict=False):
                        assert gpu.util is None or 0 <= gpu.util <= 100
                        assert gpu.memory_used is None or gpu.memory_used <= (total or 0)
                        assert gpu.temperature is None or 15 <= gpu.temperature < 100
                        assert gpu.power is None or gpu.power <= 705
    assert last


def test_unsupported_is_never_said() -> None:
    lab = Lab(Shape(), ORIGIN)
    lacks: dict[str, list[list[str]]] = {}
    checked = 0
    for node in lab.nodes:
        for line in lab.lines(node, ORIGIN):
            message = DECODER.decode(line)
            if isinstance(message, Cards):
                lacks[node] = [card.unsupported for card in message.cards]
            if isinstance(message, Tick):
                for gpu, missing in zip(message.gpus, lacks[node], strict=False):
                    for name in set(missing) & set(gpu.__struct_fields__):
                        checked += 1
                        assert getattr(gpu, name) is None, (node, name)
    assert checked > 100


def test_no_card_is_held_twice_and_none_in_the_wrong_place() -> None:
    lab = Lab(Shape(), ORIGIN)
    names = set(lab.nodes)
    for step in range(200):
        own = held(lab, ORIGIN + 1800 * step)
        assert len(own) == len(set(own))
        assert all(node in names and 0 <= slot < 8 for node, slot in own)


def test_job_numbers_are_unique_and_rise() -> None:
    lab = Lab(Shape(), ORIGIN)
    started: dict[str, float | None] = {}
    for step in range(400):
        jobs = [job for job in lab.jobs(ORIGIN + 300 * step) if job.started is not None]
        jobs = [msgspec.structs.replace(job, id=job.number or job.id) for job in jobs]
        assert len({job.id for job in jobs}) == len(jobs)
        for job in jobs:
            assert started.setdefault(job.id, job.started) == job.started
    own = {number: when for number, when in started.items() if number.isdigit()}
    by_number = sorted((int(number), when) for number, when in own.items() if when is not None)
    assert all(after - before > -600 for (_n, before), (_m, after) in pairwise(by_number))


def test_jobs_start_and_end_about_once_a_minute() -> None:
    lab = Lab(Shape(), ORIGIN)
    seen = [set(lab.running(ORIGIN + 60 * minute)) for minute in range(241)]
    changes = sum(len(before ^ after) for before, after in pairwise(seen))
    assert 120 <= changes <= 600
    outcomes = {job.state for minute in range(0, 240, 4) for job in lab.jobs(ORIGIN + 60 * minute)}
    assert {JobState.PENDING, JobState.RUNNING, JobState.COMPLETED, JobState.FAILED} <= outcomes


def test_the_queue_says_why_it_waits() -> None:
    waiting = [job for job in Lab(Shape(), ORIGIN).jobs(ORIGIN) if job.state is JobState.PENDING]
    assert {"Resources", "Priority", "QOSMaxGRESPerUser", "Dependency"} <= {job.reason for job in waiting}
    assert all(not job.held and job.started is None for job in waiting)
    assert all((job.submitted or ORIGIN) <= ORIGIN for job in waiting)


def test_jobs_of_many_sizes_and_of_several_nodes() -> None:
    lab = Lab(Shape(nodes=64), ORIGIN)
    running = [job for hour in range(0, 48, 6) for job in lab.jobs(ORIGIN + 3600 * hour) if job.held]
    assert {0, 1, 2, 4, 8, 16, 32} <= {job.gpus for job in running}
    assert any(len(job.held) > 1 for job in running)
    assert len({job.user for job in running}) >= 12
    assert len({job.project for job in running}) >= 8


def test_the_lab_lives_through_an_era() -> None:
    lab = Lab(SMALL, ORIGIN)
    for step in range(60):
        tick = ticks(lab, ORIGIN + 3 * 86_400 + 7200 * step)
        working = [gpu for one in tick.values() for gpu in one.gpus if gpu.util]
        assert len(working) > 10


def test_heat_and_power_follow_work_and_go_slowly() -> None:
    task = next(task for task in LARGE if task.curve == "training")
    run = Run("1", PEOPLE[0], task, 1, ORIGIN, ORIGIN, ORIGIN + 5000, 9e4, 1.0, JobState.COMPLETED, 0)
    lane = Lane([(0, (0,))], lambda: iter((run,)))
    heat, util = {}, {}
    for age in (0, 60, 100, 140, 200, 4990, 5005, 5060, 5900):
        lane.advance(ORIGIN + age)
        heat[age], util[age] = lane.heat, lane.util
    assert heat[0] == 0 < heat[100] < heat[140] < heat[200]
    assert util[140] == util[200] == 93  # the work is all there at once, the warmth is not
    assert util[5005] == 0 < heat[5060] < heat[5005] < heat[4990]
    assert heat[5900] == 0


def test_a_working_card_is_warmer_and_draws_more_than_a_free_one() -> None:
    lab = Lab(Shape(), ORIGIN)
    gpus = [gpu for tick in ticks(lab, ORIGIN).values() for gpu in tick.gpus if gpu.util is not None]
    busy = [gpu for gpu in gpus if (gpu.util or 0) > 90]
    free = [gpu for gpu in gpus if gpu.util == 0]
    assert fmean(gpu.power or 0 for gpu in busy) > 4 * fmean(gpu.power or 0 for gpu in free)
    assert fmean(gpu.temperature or 0 for gpu in busy) > 15 + fmean(gpu.temperature or 0 for gpu in free)


def test_a_process_is_introduced_before_it_is_used_and_only_once() -> None:
    lab = Lab(SMALL, ORIGIN)
    introduced: dict[str, set[tuple[int, int]]] = {node: set() for node in lab.nodes}
    for step in range(300):
        for node in lab.nodes:
            for message in map(DECODER.decode, lab.lines(node, ORIGIN + 30 * step)):
                if isinstance(message, Processes):
                    new = {(process.pid, process.start) for process in message.new}
                    used = {(use.pid, use.start) for use in message.uses}
                    assert not new & introduced[node]
                    assert used <= introduced[node] | new
                    introduced[node] = used | introduced[node] | new
    assert sum(map(len, introduced.values())) > 30


def test_processes_belong_to_the_job_that_holds_their_card() -> None:
    lab = Lab(Shape(), ORIGIN)
    owner = {
        (held.node, slot): job
        for job in lab.jobs(ORIGIN)
        for held in job.held
        if job.state is JobState.RUNNING
        for slot in held.slots or ()
    }
    checked = 0
    for node in lab.nodes:
        for message in map(DECODER.decode, lab.lines(node, ORIGIN)):
            if isinstance(message, Processes):
                who = {(process.pid, process.start): process for process in message.new}
                for use in message.uses:
                    process = who[use.pid, use.start]
                    if process.job is not None:
                        checked += 1
                        job = owner[node, use.card]
                        assert (job.number or job.id) == process.job
                        assert job.user == process.user
    assert checked > 100


def test_processes_in_a_pod_belong_to_the_job_whose_pod_it_is() -> None:
    lab = Lab(Shape(), ORIGIN)
    pods = {pod.uid: (job, pod) for job in lab.jobs(ORIGIN, "k8s") for pod in job.pods}
    checked: set[str] = set()
    cards: dict[str, set[int]] = {}
    for node in lab.nodes:
        for message in map(DECODER.decode, lab.lines(node, ORIGIN)):
            if isinstance(message, Processes):
                who = {(process.pid, process.start): process for process in message.new}
                for use in message.uses:
                    pod = who[use.pid, use.start].pod
                    if pod is not None:
                        job, own = pods[pod]
                        assert own.node == node
                        assert who[use.pid, use.start].user == job.user
                        cards.setdefault(pod, set()).add(use.card)
                        checked.add(job.id)
    assert len(checked) > 3
    assert all(len(slots) <= pods[pod][1].gpus for pod, slots in cards.items())


def test_hello_comes_first_and_once() -> None:
    lab = Lab(SMALL, ORIGIN)
    for step in range(5):
        for node in lab.nodes:
            kinds = [type(DECODER.decode(line)) for line in lab.lines(node, ORIGIN + 2 * step)]
            assert (kinds[:2] == [Hello, Cards]) is (step == 0)
            assert kinds.count(Hello) == (step == 0)


def test_slow_groups_are_spread_over_the_ticks() -> None:
    lab = Lab(Shape(nodes=40), ORIGIN)
    said(lab, ORIGIN)
    counts = []
    for step in range(1, 11):
        messages = [DECODER.decode(line) for line in said(lab, ORIGIN + 2 * step)]
        counts.append(sum(isinstance(message, Mounts) for message in messages))
    assert max(counts) <= 2 * min(counts)


@given(
    name=st.sampled_from(sorted(CURVES)),
    age=st.floats(0, 10**7),
    at=st.floats(EPOCH, EPOCH + 10**9),
    seed=st.integers(0, 2**31 - 1),
)
@settings(max_examples=300, deadline=None)
def test_a_curve_is_a_percentage(name: str, age: float, at: float, seed: int) -> None:
    assert 0 <= CURVES[name](age, at, seed) <= 100
