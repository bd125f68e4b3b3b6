"""What is kept of people: command lines, pseudonyms, what others see, and what is left of a person who is forgotten."""

import re
from typing import get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.jobs import (
    Capacity,
    Job,
    Jobs,
    Pod,
    Policy,
    Progress,
    Progresses,
    Qos,
    Queue,
    Queues,
    Reservation,
    Service,
    Services,
    Share,
)
from backends.record import Record
from backends.records import AnyRecord, Event, HostSample, NodeProcesses, NodeSample, Process
from console.model.config import Privacy
from console.rules import schedule_privacy as schedule
from console.rules.people import KNOWN, People, pseudonym, without
from console.rules.privacy import Discretion, forgotten, veil

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
    assert of(veil(processes(), Privacy(commands=commands), People(KEY))).command == shown


def test_what_holds_nothing_is_the_very_same_record() -> None:
    for record in (
        processes("sleep 60"),
        processes(None),
        NodeSample("a", 1.0, 1.0, HostSample()),
        Jobs("s", 1.0, 1.0),
    ):
        assert veil(record, Privacy(), People(KEY)) is record


def test_a_pseudonym_stands_for_a_person_everywhere() -> None:
    privacy = Privacy(users="pseudonyms")
    word = pseudonym(KEY, "wang")
    process = of(veil(processes(), privacy, People(KEY)))
    assert (process.user, process.uid) == (word, None)
    assert process.command is not None
    assert "wang" not in process.command
    assert f"/home/{word}/train.py" in process.command
    jobs = veil(Jobs("slurm", 1.0, 1.0, (Job("1", "x", "wang"), Job("2", "y", None))), privacy, People(KEY))
    assert isinstance(jobs, Jobs)
    assert [job.user for job in jobs.jobs] == [word, None]


def test_no_word_of_a_scheduler_names_a_person() -> None:
    privacy = Privacy(users="pseudonyms")
    word = pseudonym(KEY, "wang")
    job = Job("1", "wang-sft", "wang", "nlp", said="held by wang", output="/home/wang/out", errors="/x/wangs", uid=1001)
    records: list[AnyRecord] = [
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
    jobs, queues, policy = (veil(record, privacy, People(KEY)) for record in records)
    assert isinstance(jobs, Jobs)
    assert jobs.jobs == (
        Job("1", f"{word}-sft", word, "nlp", said=f"held by {word}", output=f"/home/{word}/out", errors="/x/wangs"),
    )
    assert isinstance(queues, Queues)
    assert [each.reason_by for each in queues.capacities] == [word, None]
    assert queues.reservations[0].users == (word,)
    assert isinstance(policy, Policy)
    assert [each.user for each in policy.shares] == [None, word]
    assert all(veil(record, Privacy(), People(KEY)) is record for record in records)


PSEUDONYMS = Privacy(users="pseudonyms")
WORD = pseudonym(KEY, "wang")


def texts(kind: type[Record], *, tuples: bool = False) -> set[str]:
    """The fields of a record that hold a text, so that one which is added later cannot be forgotten."""
    wanted = ("str", "str | None", "tuple[str, ...]") if tuples else ("str", "str | None")
    hints = {field.name: str(get_type_hints(kind)[field.name]) for field in msgspec.structs.fields(kind)}
    return {name for name, hint in hints.items() if hint.removeprefix("<class '").removesuffix("'>") in wanted}


def test_every_text_of_a_job_is_either_veiled_or_an_id() -> None:
    veiled, ids = {*schedule.JOB_OWN, *schedule.JOB_SHARED, "user"}, set(schedule.JOB_IDS) - {"state"}
    assert texts(Job) == veiled | ids
    assert not veiled & ids
    own, kept = set(schedule.POD_OWN), set(schedule.POD_IDS)
    assert texts(Pod) == own | kept
    assert texts(Job, tuples=True) - texts(Job) == {"nodes", "partitions"}
    assert texts(Pod, tuples=True) - texts(Pod) == {"containers"}


def test_a_persons_name_stays_in_no_text_of_a_job_or_pod_that_is_no_id() -> None:
    said = dict.fromkeys(texts(Pod), "x-wang.1") | dict.fromkeys(schedule.POD_IDS, "wang")
    pod = msgspec.structs.replace(Pod("", ""), **said, containers=("wang",))
    values = dict.fromkeys(texts(Job), "x-wang.1") | dict.fromkeys(set(schedule.JOB_IDS) - {"state"}, "wang")
    job = msgspec.structs.replace(Job(""), **values | {"user": "wang"}, uid=7, pods=(pod,))
    kept = veil(Jobs("s", 1.0, 1.0, (job,)), PSEUDONYMS, People(KEY))
    assert isinstance(kept, Jobs)
    (found,) = kept.jobs
    assert (found.user, found.uid) == (WORD, None)
    for name in (*schedule.JOB_OWN, *schedule.JOB_SHARED):
        assert getattr(found, name) == f"x-{WORD}.1", name
    for name in set(schedule.JOB_IDS) - {"state"}:
        assert getattr(found, name) == "wang", name
    for name in schedule.POD_OWN:
        assert getattr(found.pods[0], name) == f"x-{WORD}.1", name
    assert found.pods[0].containers == (WORD,)
    assert {getattr(found.pods[0], name) for name in schedule.POD_IDS} == {"wang"}


def test_what_people_share_is_called_the_same_in_every_record() -> None:
    people = People(KEY)
    batch: list[AnyRecord] = [
        Jobs(
            "s",
            1.0,
            1.0,
            (Job("1", user="li", project="wang", reservation="wang-r", qos="wang"), Job("2", user="wang")),
        ),
        Queues(
            "s",
            1.0,
            1.0,
            (
                Queue(
                    "gpu", allowed=("account=wang", "user=zhao", "user=wang"), denied=("wang",), said="closed by wang"
                ),
            ),
            (Capacity("a", reason="wang looks at it"),),
            (Reservation("wang-r", accounts=("wang",)),),
        ),
        Policy("s", 1.0, 1.0, qos=(Qos("wang", preempts=("wang",)),), shares=(Share("wang"),)),
        Services("s", 1.0, 1.0, (Service("x", said="wang is here"),)),
        Progresses("s", 1.0, 1.0, (Progress("1", 1.0, origin="/home/zhao/run/wang.log"), Progress("2", 1.0))),
    ]
    jobs, queues, policy, services, progress = (veil(record, PSEUDONYMS, people) for record in batch)
    assert isinstance(jobs, Jobs)
    assert (jobs.jobs[0].project, jobs.jobs[0].reservation, jobs.jobs[0].qos) == (WORD, f"{WORD}-r", WORD)
    assert isinstance(queues, Queues)
    assert queues.queues[0].allowed == (f"account={WORD}", f"user={pseudonym(KEY, 'zhao')}", f"user={WORD}")
    assert (queues.queues[0].denied, queues.queues[0].said) == ((WORD,), f"closed by {WORD}")
    assert queues.capacities[0].reason == f"{WORD} looks at it"
    assert (queues.reservations[0].name, queues.reservations[0].accounts) == (f"{WORD}-r", (WORD,))
    assert isinstance(policy, Policy)
    assert (policy.qos, policy.shares) == ((Qos(WORD, preempts=(WORD,)),), (Share(WORD),))
    assert isinstance(services, Services)
    assert services.services[0].said == f"{WORD} is here"
    assert isinstance(progress, Progresses)
    assert [each.origin for each in progress.jobs] == [f"{WORD}.log", None]


def test_people_are_known_within_bounds() -> None:
    people = People(KEY)
    for number in range(KNOWN):
        people.word(f"user{number}")
    assert people.word("wang") == WORD
    assert people.struck("wang") == "wang"
    assert people.struck("of user7") == f"of {pseudonym(KEY, 'user7')}"


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
    found = veil(event, Privacy(), People(KEY))
    assert isinstance(found, Event)
    assert found.text == "password=*** killed"


def test_others_see_programs_where_the_lab_says_so() -> None:
    records: list[AnyRecord] = [processes(), NodeSample("a", 1.0, 1.0, HostSample())]
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
