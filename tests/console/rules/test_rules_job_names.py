"""Which jobs a person means: ids as schedulers print them, one scheduler at a time."""

import pytest

from backends.jobs import Job
from console.rules.job_names import Unknown, find

LISTINGS = {
    "slurm": {
        job.id: job
        for job in (Job("7"), Job("8", array="8", tasks="2-9%2"), Job("8_1", array="8"), Job("9_4", array="9"))
    },
    "k8s": {job.id: job for job in (Job("team/train"), Job("7"))},
}


@pytest.mark.parametrize(
    ("names", "source", "where", "ids"),
    [
        (["8_1"], None, "slurm", ("8_1",)),
        (["8_[2-9%2]"], None, "slurm", ("8",)),
        (["8_9"], None, "slurm", ("8",)),
        (["9"], None, "slurm", ("9",)),
        (["slurm/7"], None, "slurm", ("7",)),
        (["k8s/7"], None, "k8s", ("7",)),
        (["7"], "k8s", "k8s", ("7",)),
        (["team/train"], None, "k8s", ("team/train",)),
        (["8", "8_[2-9%2]", "8"], None, "slurm", ("8",)),
    ],
)
def test_ids_are_found_as_they_are_printed(
    names: list[str], source: str | None, where: str, ids: tuple[str, ...]
) -> None:
    assert find(LISTINGS, names, source) == (where, ids, LISTINGS[where])


@pytest.mark.parametrize(
    ("tasks", "there", "not_there"),
    [
        ("2-9,14%4", (2, 9, 14), (1, 10, 15)),
        ("0-20:5", (0, 15, 20), (1, 21)),
        ("7", (7,), (0, 77)),
        ("1-5,...", (3, 600), ()),
        ("?", (), (1,)),
    ],
)
def test_a_task_that_an_array_does_not_have_is_no_job(
    tasks: str, there: tuple[int, ...], not_there: tuple[int, ...]
) -> None:
    listings = {"slurm": {"8": Job("8", array="8", tasks=tasks)}}
    for task in there:
        assert find(listings, [f"8_{task}"], None)[1] == ("8",)
    for task in not_there:
        for to_act in (False, True):
            with pytest.raises(Unknown, match="no job"):
                find(listings, [f"8_{task}"], None, to_act=to_act)


def test_a_part_of_an_array_is_no_name_for_an_act_on_the_whole() -> None:
    with pytest.raises(Unknown, match="a part of an array"):
        find(LISTINGS, ["8_[2-9%2]"], None, to_act=True)
    alone = {"slurm": {"8": Job("8", array="8", tasks="2-9%2")}}
    assert find(alone, ["8_[2-9%2]"], None, to_act=True)[1] == ("8",)
    with pytest.raises(Unknown, match="a part of an array"):
        find(alone, ["8_[2-3]"], None, to_act=True)
    assert find(LISTINGS, ["8", "8_1"], None, to_act=True)[1] == ("8",), "the array has it already"


@pytest.mark.parametrize(
    ("names", "source", "said"),
    [
        (["7"], None, "Several"),
        (["77"], None, "no job 77"),
        (["8_10"], None, "no job 8_10"),
        (["8_1", "team/train"], None, "under several"),
        (["8"], "pbs", "no scheduler pbs"),
        (["8"], "k8s", "no job 8"),
    ],
)
def test_what_cannot_be_meant_says_what_to_do(names: list[str], source: str | None, said: str) -> None:
    with pytest.raises(Unknown, match=said):
        find(LISTINGS, names, source)
    with pytest.raises(Unknown):
        find({}, names, source)
