"""When waiting jobs will start, against a walk that counts everything anew at every instant."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.jobs import Asked, Capacity, Held, Job, JobState, Reservation
from console.rules.jobs import estimate
from console.rules.jobs.room import Spot

AT = 1000.0


def spots(*cards: int, running: tuple[Job, ...] = ()) -> list[Spot]:
    used = {f"n{number}": 0 for number in range(len(cards))}
    for job in running:
        for held in job.held:
            used[held.node] += held.count or 0
    return [Spot(Capacity(node, usable=True, gpus=cards[n], gpus_used=used[node])) for n, node in enumerate(used)]


def running(number: int, end: float | None, **cards: int) -> Job:
    held = tuple(Held(node, None, count) for node, count in cards.items())
    limit = None if end is None else end - 500.0
    return Job(f"r{number}", state=JobState.RUNNING, held=held, started=500.0, limit=limit, nodes=tuple(cards))


def waiting(number: int, cards: int, nodes: int = 1, limit: float | None = 600.0, **values: object) -> Job:
    job = Job(f"w{number}", state=JobState.PENDING, gpus=cards * nodes, asked=Asked(nodes=nodes), limit=limit)
    return msgspec.structs.replace(job, **values)


def starts(line: list[Job], where: list[Spot], *jobs: Job) -> dict[str, float | None]:
    found = estimate.starts(line, where, estimate.Standing(jobs).by_node, AT, 8)
    return {number: start.at for number, start in found.items()}


def test_the_first_starts_when_enough_is_given_back() -> None:
    held = (running(1, 2000.0, n0=4), running(2, 3000.0, n0=4))
    where = spots(8, running=held)
    assert starts([waiting(1, 4)], where, *held) == {"w1": 2000.0}
    assert starts([waiting(1, 8)], where, *held) == {"w1": 3000.0}
    assert starts([waiting(1, 4), waiting(2, 8)], where, *held) == {"w1": 2000.0, "w2": 3000.0}


def test_one_that_waits_makes_the_next_wait() -> None:
    held = (running(1, 2000.0, n0=8),)
    line = [waiting(1, 8, limit=100.0), waiting(2, 8, limit=100.0), waiting(3, 1)]
    assert starts(line, spots(8, running=held), *held) == {"w1": 2000.0, "w2": 2100.0, "w3": 2200.0}


def test_what_has_no_limit_leaves_the_time_open_for_all_behind() -> None:
    held = (running(1, None, n0=8),)
    assert starts([waiting(1, 8), waiting(2, 1)], spots(8, running=held), *held) == {}
    line = [waiting(1, 8, limit=None), waiting(2, 1)]
    assert starts(line, spots(8)) == {"w1": AT}


def test_what_no_node_could_take_holds_nobody_up() -> None:
    assert starts([waiting(1, 9), waiting(2, 1)], spots(8, 4)) == {"w2": AT}


def test_what_is_past_its_limit_ends_now_and_a_later_begin_is_kept() -> None:
    held = (running(1, 900.0, n0=8),)
    assert starts([waiting(1, 8)], spots(8, running=held), *held) == {"w1": AT}
    assert starts([waiting(1, 8, eligible=5000.0)], spots(8)) == {"w1": 5000.0}


def test_a_reservation_is_waited_for() -> None:
    rest = Reservation("maint", 1200.0, 1500.0, ("n0",))
    where = [Spot(Capacity("n0", usable=True, gpus=8, gpus_used=0), 0, (rest,))]
    assert starts([waiting(1, 1, limit=100.0)], where) == {"w1": AT}
    assert starts([waiting(1, 1, limit=300.0)], where) == {"w1": 1500.0}
    assert starts([waiting(1, 1, reservation="maint")], where) == {"w1": 1200.0}


def test_whole_nodes_are_free_when_everybody_has_left() -> None:
    held = (running(1, 2000.0, n0=0), running(2, 3000.0, n0=1))
    exclusive = waiting(1, 0, asked=Asked(nodes=1, exclusive=True))
    assert starts([exclusive], spots(8, running=held), *held) == {"w1": 3000.0}


def test_what_others_hold_of_each_node_is_told() -> None:
    job = Job("1", held=(Held("a", (0, 1)), Held("b", None, 3)), nodes=("a", "b", "c"), asked=Asked(cpus=30, memory=9))
    assert [(node, one.cards, one.cpus, one.memory) for node, one in estimate.held(job)] == [
        ("a", 2, 10, 3),
        ("b", 3, 10, 3),
        ("c", 0, 10, 3),
    ]


@st.composite
def _lab(draw: st.DrawFn) -> tuple[list[int], list[Job], list[Job]]:
    cards = draw(st.lists(st.sampled_from((4, 8)), min_size=1, max_size=4))
    left = list(cards)
    jobs = []
    for number in range(draw(st.integers(0, 6))):
        node = draw(st.integers(0, len(cards) - 1))
        count = draw(st.integers(0, left[node]))
        left[node] -= count
        end = draw(st.one_of(st.none(), st.integers(900, 1400).map(float)))
        jobs.append(running(number, end, **{f"n{node}": count}))
    line = [
        waiting(
            number,
            draw(st.integers(1, 9)),
            draw(st.integers(1, 3)),
            draw(st.one_of(st.none(), st.integers(1, 300).map(float))),
        )
        for number in range(draw(st.integers(1, 5)))
    ]
    return cards, jobs, line


def _by_hand(cards: list[int], jobs: list[Job], line: list[Job]) -> dict[str, float | None]:
    """Walk all instants; what is free is counted anew from who is there."""
    there = [(int(j.nodes[0][1:]), j.held[0].count or 0, 500.0 if j.limit else 0.0, j.limit) for j in jobs]
    ends = [(node, count, None if limit is None else max(AT, 500.0 + limit)) for node, count, _s, limit in there]
    now, found = AT, {}
    for job in line:
        nodes, each = job.asked.nodes or 1, (job.gpus or 0) // (job.asked.nodes or 1)
        if (job.gpus or 0) > nodes * 8:
            nodes = -(-(job.gpus or 0) // 8)
            each = -(-(job.gpus or 0) // nodes)
        if sum(one >= each for one in cards) < nodes:
            continue
        for instant in sorted({now, *(end for _n, _c, end in ends if end is not None and end > now)}):
            free = list(cards)
            for node, count, end in ends:
                if end is None or end > instant:
                    free[node] -= count
            order = sorted((one, node) for node, one in enumerate(free) if one >= each)
            if len(order) >= nodes:
                now = found[job.id] = instant
                ends += [(n, each, None if job.limit is None else now + job.limit) for _f, n in order[:nodes]]
                break
        else:
            return found
    return found


@settings(max_examples=300)
@given(_lab())
def test_the_walk_is_right(lab: tuple[list[int], list[Job], list[Job]]) -> None:
    cards, jobs, line = lab
    assert starts(line, spots(*cards, running=tuple(jobs)), *jobs) == pytest.approx(_by_hand(cards, jobs, line))
