"""What is kept of people: command lines, pseudonyms, what others see, and what is left of a person who is forgotten."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.jobs import Capacity, Job, Jobs, Policy, Queues, Reservation, Share
from backends.records import Event, HostSample, NodeProcesses, NodeSample, Process
from console.model.config import Privacy
from console.rules.privacy import Discretion, forgotten, pseudonym, veil, without

KEY = b"k" * 32
COMMAND = "/opt/py/bin/python /home/wang/train.py --hf_token hf_abcdefghijkl --out /home/wang/x"


def processes(command: str | None = COMMAND, user: str | None = "wang") -> NodeProcesses:
    return NodeProcesses("gpu-01", 1.0, 1.0, (Process(7, 1.0, 1000, user, command),))


def of(record: object) -> Process:
    assert isinstance(record, NodeProcesses)
    return record.processes[0]


@pytest.mark.parametrize(
    ("commands", "shown"),
    [
        ("redacted", "/opt/py/bin/python /home/wang/train.py --hf_token *** --out /home/wang/x"),
        ("program", "train.py"),
        ("none", None),
    ],
)
def test_a_command_line_is_kept_as_the_lab_says(commands: str, shown: str | None) -> None:
    assert of(veil(processes(), Privacy(commands=commands), KEY)).command == shown


def test_what_holds_nothing_is_the_very_same_record() -> None:
    for record in (
        processes("sleep 60"),
        processes(None),
        NodeSample("a", 1.0, 1.0, HostSample()),
        Jobs("s", 1.0, 1.0),
    ):
        assert veil(record, Privacy(), KEY) is record


def test_a_pseudonym_stands_for_a_person_everywhere() -> None:
    privacy = Privacy(users="pseudonyms")
    word = pseudonym(KEY, "wang")
    process = of(veil(processes(), privacy, KEY))
    assert (process.user, process.uid) == (word, None)
    assert process.command is not None
    assert "wang" not in process.command
    assert f"/home/{word}/train.py" in process.command
    jobs = veil(Jobs("slurm", 1.0, 1.0, (Job("1", "x", "wang"), Job("2", "y", None))), privacy, KEY)
    assert isinstance(jobs, Jobs)
    assert [job.user for job in jobs.jobs] == [word, None]


def test_no_word_of_a_scheduler_names_a_person() -> None:
    privacy = Privacy(users="pseudonyms")
    word = pseudonym(KEY, "wang")
    job = Job("1", "wang-sft", "wang", "nlp", said="held by wang", output="/home/wang/out", errors="/x/wangs", uid=1001)
    records = [
        Jobs("s", 1.0, 1.0, (job,)),
        Queues(
            "s",
            1.0,
            1.0,
            (),
            (Capacity("a", reason="bad", reason_by="wang"), Capacity("b")),
            (Reservation("r", users=("wang",)),),
        ),
        Policy("s", 1.0, 1.0, shares=(Share("nlp"), Share("nlp", "wang"))),
    ]
    jobs, queues, policy = (veil(record, privacy, KEY) for record in records)
    assert isinstance(jobs, Jobs)
    assert jobs.jobs == (
        Job("1", f"{word}-sft", word, "nlp", said=f"held by {word}", output=f"/home/{word}/out", errors="/x/wangs"),
    )
    assert isinstance(queues, Queues)
    assert [each.reason_by for each in queues.capacities] == [word, None]
    assert queues.reservations[0].users == (word,)
    assert isinstance(policy, Policy)
    assert [each.user for each in policy.shares] == [None, word]
    assert all(veil(record, Privacy(), KEY) is record for record in records)


def test_a_pseudonym_is_a_word_the_same_for_ever_and_another_in_another_lab() -> None:
    assert re.fullmatch("[a-z]{8}", pseudonym(KEY, "wang"))
    assert pseudonym(KEY, "wang") == pseudonym(KEY, "wang")
    assert pseudonym(b"other" * 4, "wang") != pseudonym(KEY, "wang")
    people = [f"user{number}" for number in range(500)]
    assert len({pseudonym(KEY, name) for name in people}) == 500


@given(st.text(max_size=30))
def test_every_name_has_a_pseudonym(user: str) -> None:
    assert pseudonym(KEY, user).isalpha()


def test_a_kernels_text_is_redacted() -> None:
    event = Event("a", 1.0, 1.0, "xid", text="password=hunter2 killed")
    found = veil(event, Privacy(), KEY)
    assert isinstance(found, Event)
    assert found.text == "password=*** killed"


def test_others_see_programs_where_the_lab_says_so() -> None:
    records = [processes(), NodeSample("a", 1.0, 1.0, HostSample())]
    assert Discretion(Privacy(others=True)).for_others(records) is records
    shown = Discretion(Privacy(others=False)).for_others(records)
    assert of(shown[0]).command == "train.py"
    assert of(shown[0]).user == "wang"
    assert shown[1] is records[1]


def test_a_name_goes_where_it_stands_by_itself() -> None:
    assert without("li runs /home/li/x as li, not lisa", "li", "*") == "* runs /home/*/x as *, not lisa"
    assert without("a.b+c", "a.b+c", r"\1") == r"\1"


def test_an_event_forgets_a_person_under_every_name() -> None:
    discretion = Discretion(Privacy(users="pseudonyms"), KEY)
    names = discretion.names("wang")
    event = Event("a", 1.0, 1.0, "xid", text=f"oom of wang ({pseudonym(KEY, 'wang')})")
    assert forgotten(event, names).text == "oom of *** (***)"
    untouched = Event("a", 1.0, 1.0, "xid", text=None)
    assert forgotten(untouched, names) is untouched
    assert Discretion().names("wang") == ("wang",)
