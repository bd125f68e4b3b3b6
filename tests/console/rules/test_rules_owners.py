"""Whose card it is, and how old a value may be."""

import pytest

from backends.jobs import Held, Job, JobState
from backends.records import HostSample, NodeFacts, NodeHealth, NodeProcesses, NodeSample, Process, ProcessUse
from console.model.fleet import Node
from console.model.freshness import Group, age, limit, seen, stale
from console.rules import owners


def process(pid: int, user: str, memory: int | None, slot: int = 0, command: str = "python train.py") -> Process:
    return Process(pid, user=user, command=command, uses=(ProcessUse(slot, memory=memory),))


def node(*processes: Process) -> Node:
    return Node("n", processes=NodeProcesses("n", 0, 0, processes))


@pytest.mark.parametrize("state", JobState)
def test_only_a_job_that_holds_its_cards_owns_them(state: JobState) -> None:
    held = owners.of_jobs([Job("1", user="wang", state=state, held=(Held("n", (0, 1)),))])
    holds = state in (JobState.RUNNING, JobState.SUSPENDED, JobState.COMPLETING)
    assert set(held) == ({("n", 0), ("n", 1)} if holds else set())


def test_a_job_that_tells_only_a_number_of_cards_names_none() -> None:
    assert owners.of_jobs([Job("1", state=JobState.RUNNING, held=(Held("n", None, 4),))]) == {}


def test_a_second_job_on_a_card_is_counted() -> None:
    jobs = [Job(str(n), user=f"u{n}", state=JobState.RUNNING, held=(Held("n", (0,)),)) for n in range(3)]
    owner = owners.of_jobs(jobs)["n", 0]
    assert (owner.user, owner.others) == ("u0", 2)


def test_who_holds_most_memory_owns_the_card() -> None:
    found = owners.of_processes(
        node(process(1, "wang", 1 << 30), process(2, "li", 5 << 30), process(3, "wang", 3 << 30))
    )
    assert (found[0].user, found[0].others, found[0].allocated) == ("li", 1, False)


def test_unknown_memory_is_not_more_than_known() -> None:
    assert owners.of_processes(node(process(1, "wang", None), process(2, "li", 1)))[0].user == "li"


def test_no_process_list_is_nobody_known() -> None:
    assert owners.of_processes(Node("n")) == {}


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (None, None),
        ("", None),
        ("/opt/conda/bin/python -u /home/wang/train.py --lr 1", "train.py"),
        ("python", "python"),
        ("torchrun --standalone main.py", "main.py"),
        ("/usr/bin/gmx mdrun", "gmx"),
    ],
)
def test_the_name_of_a_program_is_its_script(command: str | None, name: str | None) -> None:
    assert owners.program(command) == name


def test_each_group_is_stale_after_three_of_its_own_intervals() -> None:
    one = Node(
        "n",
        NodeFacts("n", 0, 0, interval=2.0),
        NodeSample("n", 0, 100.0, HostSample()),
        NodeHealth("n", 0, 100.0),
    )
    assert [limit(one, group) for group in Group] == [6.0, 15.0, 30.0, 30.0]
    assert [stale(one, group, 120.0) for group in Group] == [True, False, False, False]
    assert not stale(one, Group.SAMPLE, 106.0)
    assert stale(one, Group.SAMPLE, 106.1)


def test_a_slow_interval_stretches_every_group() -> None:
    slow = Node("n", NodeFacts("n", 0, 0, interval=60.0))
    assert {limit(slow, group) for group in Group} == {180.0}


def test_what_never_came_is_unknown_and_not_stale() -> None:
    empty = Node("n")
    for group in Group:
        assert seen(empty, group) is None
        assert age(empty, group, 1e9) is None
        assert not stale(empty, group, 1e9)


def test_an_age_is_never_negative() -> None:
    assert age(Node("n", health=NodeHealth("n", 0, 100.0)), Group.HEALTH, 99.0) == 0.0
