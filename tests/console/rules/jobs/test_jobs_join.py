"""Whose cards are whose: by index, by processes, by pods; and what is outside any job."""

from collections.abc import Mapping

import msgspec

from backends.jobs import Held, Job, Jobs, JobState, Pod
from backends.records import (
    Card,
    CardState,
    GpuSample,
    HostSample,
    NodeFacts,
    NodeProcesses,
    NodeSample,
    Process,
    ProcessUse,
    ReaderState,
)
from console.model.fleet import Fleet, Node
from console.rules.jobs import join, use
from console.rules.jobs.join import Moment, Part
from console.rules.jobs.names import Names
from console.rules.judge import Judge

NOW = 100.0


def node(name: str, utils: tuple[float | None, ...], *processes: Process, complete: bool = True) -> Node:
    cards = tuple(Card(slot, f"{name}-{slot}", "H100") for slot in range(len(utils)))
    gpus = tuple(GpuSample(slot, CardState.OK, None, util, memory_used=7) for slot, util in enumerate(utils))
    return Node(
        name,
        NodeFacts(name, NOW, NOW, cards=cards, interval=2.0),
        NodeSample(name, NOW, NOW, HostSample(), ReaderState.OK, gpus=gpus),
        processes=NodeProcesses(name, NOW, NOW, processes, complete),
    )


def process(pid: int, *slots: int, job: str | None = None, pod: str | None = None, **values: object) -> Process:
    uses = tuple(ProcessUse(slot, memory=100 + slot) for slot in slots)
    return msgspec.structs.replace(Process(pid, user="root", uses=uses, job=job, pod=pod), **values)


def running(*held: Held, number: str = "8812", **values: object) -> Job:
    return Job(number, "sft", "wang", "nlp", state=JobState.RUNNING, held=held, **values)


def moment(*nodes: Node, mono: float = NOW) -> Moment:
    return Moment({each.name: each for each in nodes}, mono)


def parts(job: Job, *nodes: Node) -> tuple[Part, ...]:
    return join.parts(job, Names(nodes))


def fleet(*nodes: Node, **listings: tuple[Job, ...]) -> Fleet:
    found = Fleet()
    found.nodes = {each.name: each for each in nodes}
    found.apply([Jobs(source, NOW, NOW, jobs) for source, jobs in listings.items()])
    return found


def owners(lab: Fleet) -> Mapping[str, list[str | None]]:
    judged = Judge().fleet(lab, NOW, NOW)
    return {each.node.name: [card.owner and card.owner.job for card in each.cards] for each in judged}


def test_cards_by_index_are_measured_where_they_are() -> None:
    one = node("gpu-01", (90.0, 4.9, 5.0, 0.0), process(1, 0, job="8812"))
    job = running(Held("GPU-01.lab", (0, 1, 2), 3))
    assert parts(job, one) == (Part("gpu-01", "GPU-01.lab", (0, 1, 2), 3),)
    found = use.now(job, parts(job, one), moment(one))
    assert found is not None
    assert (found.cards, found.busy, found.processes, found.empty, found.memory) == (3, 2, 1, 2, 100)


def test_a_job_on_two_nodes_is_summed_and_an_unknown_node_is_left_out() -> None:
    one, two = node("a", (50.0,), process(1, 0, job="8812")), node("b", (50.0,), process(1, 0, job="8812"))
    job = running(Held("a", (0,)), Held("b", (0,)), Held("gone", (0,)))
    found = use.now(job, parts(job, one, two), moment(one, two))
    assert found is not None
    assert (found.cards, found.busy, found.processes) == (2, 2, 2)
    assert use.now(running(Held("gone", (0,))), (), moment(one)) is None


def test_a_node_told_of_twice_is_one_part() -> None:
    job = running(Held("a", (0,), kind="a100"), Held("a", (2, 3), kind="h100"))
    assert parts(job, node("a", ())) == (Part("a", "a", (0, 2, 3), 3),)
    job = running(Held("a", (0,)), Held("a", None, 2))
    assert parts(job, node("a", ())) == (Part("a", "a", None, 3),)


def test_pods_tell_the_cards_of_a_job_whose_slots_nobody_says() -> None:
    one = node(
        "n", (90.0, 0.0, 50.0, 0.0), process(1, 2, pod="u1"), process(2, 3, pod="other"), process(3, 0, pod="u2")
    )
    job = running(Held("n", None, 2), number="ml/train", pods=(Pod("p", "u1", "n"), Pod("q", "u2", "elsewhere")))
    found = use.now(job, parts(job, one), moment(one))
    assert found is not None
    assert (found.cards, found.busy, found.processes, found.empty, found.memory) == (1, 1, 1, 1, 102)


def test_the_number_of_a_task_tells_its_processes() -> None:
    one = node("n", (90.0, 90.0), process(1, 1, job="8850"))
    job = running(
        Held("n", None, 1),
        number="8841_20",
    )
    assert use.now(job, parts(job, one), moment(one)).cards == 0  # type: ignore[union-attr]
    job = msgspec.structs.replace(job, number="8850")
    assert use.now(job, parts(job, one), moment(one)).cards == 1  # type: ignore[union-attr]


def test_what_a_node_does_not_say_is_not_known() -> None:
    hidden = node("n", (None,), complete=False)
    job = running(Held("n", (0,)))
    found = use.now(job, parts(job, hidden), moment(hidden))
    assert found is not None
    assert (found.cards, found.busy, found.processes, found.empty) == (1, None, 0, None)
    old = node("n", (90.0,), process(1, 0, job="8812"))
    found = use.now(job, parts(job, old), moment(old, mono=NOW + 60))
    assert found is not None
    assert (found.busy, found.processes, found.empty, found.memory) == (None, None, None, None)


def test_a_card_that_is_cut_is_busy_when_a_process_of_the_job_works() -> None:
    working = Process(1, uses=(ProcessUse(0, part=2, memory=9, util=60.0),), job="8812")
    one = node("n", (0.0,), working)
    job = running(Held("n", (0,)))
    assert use.now(job, parts(job, one), moment(one)).busy == 1  # type: ignore[union-attr]


def test_the_owner_of_a_card_is_its_job_by_whatever_name_the_node_goes() -> None:
    one = node("gpu-01", (0.0, 0.0), process(1, 1, pod="u1"))
    slurm = running(Held("GPU-01.lab.example", (0,), 1))
    pods = Job("ml/t", "t", "li", "rl", state=JobState.RUNNING, held=(Held("gpu-01", None, 1),), pods=(Pod("p", "u1"),))
    lab = fleet(one, slurm=(slurm,), k8s=(pods,))
    assert owners(lab) == {"gpu-01": ["8812", "ml/t"]}
    (card,) = Judge().fleet(lab, NOW, NOW)[0].cards[1:]
    assert card.owner is not None
    assert (card.owner.user, card.owner.project, card.owner.allocated) == ("li", "rl", True)


def test_a_process_of_a_job_outside_its_cards_owns_no_allocation() -> None:
    one = node("n", (0.0, 0.0), process(1, 1, job="8812"))
    judged = Judge().fleet(fleet(one, slurm=(running(Held("n", (0,))),)), NOW, NOW)[0]
    assert [card.owner and card.owner.allocated for card in judged.cards] == [True, False]


def test_the_names_of_nodes_are_matched_anew_when_a_node_comes() -> None:
    judge, lab = Judge(), fleet(slurm=(running(Held("gpu-01.lab", (0,))),))
    assert judge.fleet(lab, NOW, NOW) == []
    lab.nodes["gpu-01"] = node("gpu-01", (0.0,))
    assert judge.fleet(lab, NOW, NOW)[0].cards[0].owner is not None


def test_processes_outside_any_job_are_found() -> None:
    own, none, other = process(1, 0, job="8812"), process(2, 1), process(3, 0, job="77")
    beside, host = process(4, 0), Process(5)
    one = node("n", (0.0, 0.0), own, none, other, beside, host)
    job = running(Held("n", (0,)))
    found = join.strangers([job], {"n": one}, Names([one]))
    assert [stranger.process.pid for stranger in found] == [2, 3, 5]
    ended = msgspec.structs.replace(job, state=JobState.COMPLETED)
    assert len(join.strangers([ended], {"n": one}, Names([one]))) == 5
