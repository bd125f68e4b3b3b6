"""What jobs make of their cards over their life and the last hour, against sums by hand."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.jobs import Held, Job, JobState, JobUse, Pod
from backends.records import CardState, GpuSample, HostSample, NodeFacts, NodeProcesses, NodeSample, Process, ProcessUse
from console.model.fleet import Listing, Node
from console.rules.jobs.lives import Life, Lives

AT = 1_795_000_000.0


def node(mono: float, *utils: float | None, processes: tuple[Process, ...] | None = None) -> dict[str, Node]:
    gpus = tuple(GpuSample(slot, CardState.OK, None, util, memory_used=5) for slot, util in enumerate(utils))
    told = None if processes is None else NodeProcesses("n", AT, mono, processes)
    facts = NodeFacts("n", AT, mono, interval=2.0)
    return {"n": Node("n", facts, NodeSample("n", AT, mono, HostSample(), gpus=gpus), processes=told)}


def job(*slots: int, number: str = "1", started: float = AT, **values: object) -> Job:
    held = (Held("n", slots),)
    return msgspec.structs.replace(Job(number, state=JobState.RUNNING, held=held, started=started), **values)


def listed(*jobs: Job) -> dict[str, Listing]:
    return {"slurm": Listing("slurm", AT, 0.0, {each.id: each for each in jobs})}


def told(lives: Lives, seconds: float) -> JobUse:
    (use,) = lives.tell(AT + seconds)["slurm"]
    return use


def test_a_look_counts_for_the_time_since_the_one_before() -> None:
    lives, listings = Lives(), listed(job(0, 1))
    for seconds, utils in ((0.0, (0.0, 0.0)), (10.0, (100.0, 50.0)), (20.0, (0.0, 0.0)), (50.0, (20.0, 40.0))):
        lives.look(node(seconds, *utils), listings, AT + seconds, seconds)
    use = told(lives, 50.0)
    assert (use.cards, use.busy, use.measured, use.idle_since) == (2, 2, 50.0, None)
    assert use.life == pytest.approx((75 * 10 + 0 * 10 + 30 * 30) / 50)
    assert use.hour == use.life


def test_idle_is_told_since_when_and_ends_with_work() -> None:
    lives, listings = Lives(), listed(job(0, 1))
    for seconds, utils in ((0.0, (90.0, 0.0)), (10.0, (4.9, 0.0)), (20.0, (0.0, 0.0))):
        lives.look(node(seconds, *utils), listings, AT + seconds, seconds)
    assert (told(lives, 20.0).idle_since, told(lives, 20.0).busy) == (AT + 10, 0)
    lives.look(node(30.0, 0.0, 5.0), listings, AT + 30.0, 30.0)
    assert (told(lives, 30.0).idle_since, told(lives, 30.0).busy) == (None, 1)


def test_a_long_gap_is_not_counted_and_what_was_idle_is_not_known_to_have_been() -> None:
    lives, listings = Lives(), listed(job(0))
    for seconds in (0.0, 10.0, 1000.0, 1010.0):
        lives.look(node(seconds, 0.0), listings, AT + seconds, seconds)
    use = told(lives, 1010.0)
    assert (use.measured, use.idle_since) == (20.0, AT + 1000.0)


def test_what_is_stale_or_says_nothing_is_not_measured() -> None:
    lives, listings = Lives(), listed(job(0, 1, 7))
    lives.look(node(0.0, 50.0, None), listings, AT, 0.0)
    lives.look(node(10.0, 50.0, None), listings, AT + 10.0, 10.0)
    lives.look(node(10.0, 50.0, None), listings, AT + 60.0, 60.0)
    use = told(lives, 60.0)
    assert (use.cards, use.busy, use.measured, use.life) == (3, None, 10.0, 50.0)


def test_the_last_hour_forgets_what_is_older() -> None:
    lives, listings = Lives(), listed(job(0))
    for number in range(0, 3 * 3600, 60):
        util = 100.0 if number <= 3600 else 10.0
        lives.look(node(float(number), util), listings, AT + number, float(number))
    use = told(lives, 3 * 3600.0 - 60)
    assert use.hour == pytest.approx(10.0)
    assert use.life == pytest.approx((3600 * 100 + (3 * 3600 - 60 - 3600) * 10) / (3 * 3600 - 60))
    (life,) = lives.running
    assert len(life.hour) <= 13


def test_processes_and_the_most_memory_are_seen_when_inspected() -> None:
    lives, listings = Lives(), listed(job(0, 1))
    first = (
        Process(1, job="1", uses=(ProcessUse(0, memory=70),)),
        Process(2, job="1", uses=(ProcessUse(0, memory=5),)),
    )
    nodes = node(0.0, 90.0, 0.0, processes=first)
    lives.look(nodes, listings, AT, 0.0)
    lives.inspect(nodes, 0.0)
    use = told(lives, 0.0)
    assert (use.processes, use.empty, use.memory) == (2, 1, 75)
    lives.inspect(node(2.0, 90.0, 0.0, processes=()), 2.0)
    use = told(lives, 2.0)
    assert (use.processes, use.empty, use.memory) == (0, 2, 75)


def test_the_cards_of_pods_stand_while_no_process_tells() -> None:
    pods = job(number="ml/t", held=(Held("n", None, 1),), pods=(Pod("p", "u", "n"),))
    lives = Lives()
    busy = (Process(1, pod="u", uses=(ProcessUse(1, memory=1),)),)
    for seconds, processes in ((0.0, busy), (10.0, busy), (20.0, ())):
        lives.look(node(seconds, 0.0, 80.0, processes=processes), listed(pods), AT + seconds, seconds)
    use = told(lives, 20.0)
    assert (use.cards, use.life, use.measured, use.busy) == (1, 80.0, 10.0, None)


def test_a_job_that_ended_keeps_its_life_while_it_is_listed() -> None:
    lives = Lives()
    for seconds in (0.0, 10.0):
        lives.look(node(seconds, 80.0), listed(job(0)), AT + seconds, seconds)
    ended = job(0, state=JobState.COMPLETED, held=())
    lives.look(node(20.0, 80.0), listed(ended), AT + 20.0, 20.0)
    use = told(lives, 20.0)
    assert (use.life, use.busy, use.processes, use.idle_since) == (80.0, None, None, None)
    assert [life.job for life in lives.ended.values()] == ["1"]
    lives.look(node(30.0, 80.0), listed(), AT + 30.0, 30.0)
    assert lives.tell(AT + 30.0) == {"slurm": []}


def test_a_job_that_is_started_anew_begins_another_life() -> None:
    lives = Lives()
    for seconds in (0.0, 10.0):
        lives.look(node(seconds, 80.0), listed(job(0)), AT + seconds, seconds)
    again = job(0, started=AT + 500)
    lives.look(node(510.0, 10.0), listed(again), AT + 510.0, 510.0)
    assert (told(lives, 510.0).measured, told(lives, 510.0).life) == (0.0, None)


def test_what_an_earlier_collector_knew_goes_on() -> None:
    known = Life("slurm", "1", AT + 3.0, AT + 90.0, 1, 90.0, 90.0, 4500.0, 77, AT + 50, [])
    lives = Lives()
    lives.remember([known])
    lives.look(node(0.0, 0.0), listed(job(0)), AT + 120.0, 0.0)
    use = told(lives, 120.0)
    assert (use.life, use.measured, use.memory, use.idle_since) == (37.5, 120.0, 77, AT + 50)
    other = Lives()
    other.remember([msgspec.structs.replace(known, started=AT - 9000)])
    other.look(node(0.0, 0.0), listed(job(0)), AT + 120.0, 0.0)
    assert told(other, 120.0).measured == 0.0


def test_what_was_known_may_come_after_the_first_looks() -> None:
    lives = Lives()
    for seconds in (0.0, 10.0):
        lives.look(node(seconds, 80.0), listed(job(0)), AT + seconds, seconds)
    hour = [(int(AT) - 600, 30.0, 0.0), (int(AT) // 300 * 300, 60.0, 0.0)]
    lives.remember([Life("slurm", "1", AT, AT - 5, 1, 90.0, 90.0, 900.0, 77, None, hour), Life("slurm", "9", AT, AT)])
    use = told(lives, 10.0)
    assert (use.measured, use.life, use.memory, use.hour) == (100.0, 17.0, 77, 20.0)
    assert list(lives.ended) == [("slurm", "9")]


def test_two_schedulers_may_have_jobs_of_one_number() -> None:
    lives = Lives()
    listings = {source: Listing(source, AT, 0.0, {"1": job(slot)}) for slot, source in enumerate(("a", "b"))}
    for seconds in (0.0, 10.0):
        lives.look(node(seconds, 80.0, 20.0), listings, AT + seconds, seconds)
    assert {source: uses[0].life for source, uses in lives.tell(AT + 10).items()} == {"a": 80.0, "b": 20.0}


@given(
    st.lists(
        st.tuples(st.integers(1, 200), st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=2, max_size=2)),
        max_size=30,
    )
)
def test_sums_are_those_by_hand(looks: list[tuple[int, list[float | None]]]) -> None:
    lives, at = Lives(), 0.0
    lives.look(node(0.0, 0.0, 0.0), listed(job(0, 1)), AT, 0.0)
    measured = known = work = 0.0
    for seconds, utils in looks:
        at += seconds
        lives.look(node(at, *utils), listed(job(0, 1)), AT + at, at)
        said = [util for util in utils if util is not None]
        if said and seconds <= 120:
            measured, known, work = measured + seconds, known + len(said) * seconds, work + sum(said) * seconds
    use = told(lives, at)
    assert use.measured == pytest.approx(measured)
    assert use.life == (pytest.approx(work / known) if known else None)
    assert use.hour is None or 0.0 <= use.hour <= 100.0001
