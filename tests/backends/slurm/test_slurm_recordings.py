"""What the tools of 22.05.8, 24.11.5 and 26.05.5 printed on real clusters, read."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.jobs import Held, Job, JobState
from backends.slurm.cards import Allocations, held_of
from backends.slurm.ended import FIELDS as ENDED_FIELDS
from backends.slurm.ended import ended_of
from backends.slurm.job_text import fields_of, record_of
from backends.slurm.listing import Reader
from backends.slurm.nodes import NodeReader, states_of, usable_of
from backends.slurm.partitions import queues_of, reservations_of
from backends.slurm.policy import half_life_of, notable, preemption_of, qos_of, settings_of, shares_of, weights_of
from backends.slurm.rows import FIELDS, SEPARATOR, asked, refused, rows_of
from backends.slurm.services import controllers_of
from backends.slurm.squeue import listed as listed_by
from backends.slurm.states import reason_of, state_of
from backends.slurm.tools import Ran, Tools
from backends.slurm.version import version_of

RECORDINGS = Path(__file__).parents[2] / "recordings" / "slurm"
VERSIONS = ("22.05.8", "24.11.5", "26.05.5")
RECORDED = ("JobArrayID", "JobID", "", "", "State", "Reason", "UserName", "Partition", "PriorityLong", "tres-per-node")
END = "0123abcd"


def recorded(version: str, name: str) -> str:
    return (RECORDINGS / version / name).read_text(encoding="utf-8")


def listed(version: str) -> dict[str, Job]:
    """The jobs of a recording of squeue, whose rows are brought into the form that is asked for."""
    rows = []
    for line in recorded(version, "squeue_o.txt").splitlines():
        said = dict(zip((*RECORDED, "NodeList"), line.split("|"), strict=True))
        rows.append(SEPARATOR.join(said.get(field, "") for field in FIELDS))
    return {job.id: job for job in Reader(FIELDS, version_of(version)).read(rows)}


@pytest.mark.parametrize("version", VERSIONS)
def test_jobs(version: str):
    jobs = listed(version)
    train = jobs["2"]
    assert (train.user, train.partition, train.state, train.nodes) == ("alice", "gpu", JobState.RUNNING, ("gpu01",))
    assert train.reason is None
    assert train.held == (Held("gpu01", None, 2, "a100"),)
    assert jobs["3"].held == (Held("gpu02", None, 4), Held("gpu03", None, 4))
    assert (jobs["4"].tasks, jobs["4"].count, jobs["4"].array) == ("2-9%2", 8, "4")
    assert (jobs["4_0"].array, jobs["4_0"].number) == ("4", "13" if version == "22.05.8" else jobs["4_0"].number)
    assert jobs["4_0"].number not in (None, "4_0")
    assert (jobs["18+1"].het, jobs["18+1"].number) == ("18", "19")
    assert jobs["8"].state is JobState.TIMEOUT
    assert jobs["6"].reason == "DependencyNeverSatisfied"
    sentences = [job for job in jobs.values() if job.said is not None]
    assert all(job.reason == "Resources" for job in sentences)
    assert len(jobs) == len(recorded(version, "squeue_o.txt").splitlines())


@pytest.mark.parametrize("version", VERSIONS)
def test_nodes(version: str):
    nodes = {one.node: one for one in NodeReader().read(recorded(version, "scontrol_nodes_oneline.txt"))}
    assert list(nodes) == ["gpu01", "gpu02", "gpu03", "gpu04"]
    assert nodes["gpu01"].version == version
    assert (nodes["gpu01"].gpus, nodes["gpu01"].gpus_used, nodes["gpu01"].gpu_kind) == (4, 4, "a100")
    assert nodes["gpu01"].memory == 16000 << 20
    assert (nodes["gpu02"].cpus, nodes["gpu02"].cpus_used) == (8, 3)
    assert (nodes["gpu03"].states, nodes["gpu03"].usable) == (("MIXED", "DRAIN"), False)
    assert (nodes["gpu03"].reason, nodes["gpu03"].reason_by) == ('maint, "quoted" | pipe', "root")
    assert nodes["gpu03"].reason_at is not None
    back = version == "24.11.5"  # there the node had sprung back by itself
    assert nodes["gpu04"].reason == (None if back else "gpu04: Xid 79 GPU has fallen off the bus")
    assert (nodes["gpu04"].states, nodes["gpu04"].gpus_used) == (("IDLE",) if back else ("DOWN",), 0)
    assert nodes["gpu04"].queues == ("gpu", "debug")


@pytest.mark.parametrize("version", VERSIONS)
def test_accounts(version: str):
    head, *lines = recorded(version, "sacct_parsable_all.txt").splitlines()
    names = head.split("|")
    places = [names.index(field) for field in ENDED_FIELDS]
    output = ""
    for line in lines:
        if line.count("|") != len(names) - 1:
            continue  # a pipe in a name or comment, which is why none separates what we ask for
        values = line.split("|")
        if "." not in values[names.index("JobID")]:  # a step
            output += "".join(values[place] + SEPARATOR + END for place in places) + "\n"
    jobs = {job.id: job for job in ended_of(output, END)}
    assert (jobs["5"].state, jobs["5"].exit, jobs["5"].name) == (JobState.FAILED, 3, "fails")
    assert (jobs["1"].state, jobs["1"].gpus, jobs["1"].nodes) == (JobState.COMPLETED, 1, ("gpu01",))
    assert jobs["8"].state is JobState.TIMEOUT
    assert all(job.state in JobState and job.ended is not None for job in jobs.values())


@pytest.mark.parametrize("version", VERSIONS)
def test_settings(version: str):
    config = settings_of(recorded(version, "scontrol_config.txt"))
    assert config["SLURM_VERSION"] == version
    assert config["SchedulerType"] == "sched/backfill"
    if version == "22.05.8":
        assert weights_of(config) == {}
        assert half_life_of(config) is None
    else:
        assert weights_of(config)["fairshare"] == 0.0
        assert half_life_of(config) == 7 * 86400.0
    assert preemption_of(config) is None
    assert notable(config)["MinJobAge"] == "600 sec"
    assert controllers_of(recorded(version, "scontrol_config.txt"), 0.1)[0].host == "vm"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_record_of_one_job_among_many(version: str):
    lines = recorded(version, "scontrol_jobs_oneline.txt").splitlines()
    said = fields_of(next(line for line in lines if line.startswith("JobId=2 ")), "train")
    assert (said["JobState"], said["NumCPUs"], said["WorkDir"], said["StdOut"]) == ("RUNNING", "4", "/tmp", "/dev/null")
    assert said["BatchFlag"] == "1"


# ---- what no recording has -------------------------------------------------------------------------------------------

SHOWN = """JobId=3 ArrayJobId=3 ArrayTaskId=2-9%2 ArrayTaskThrottle=2 JobName=sweep
   UserId=root(0) GroupId=root(0) MCS_label=N/A
   JobState=PENDING Reason=JobArrayTaskLimit Dependency=(null)
   WorkDir=/tmp
   StdErr=/dev/null
   StdIn=/dev/null
   StdOut=/dev/null
   Power=

JobId=9 ArrayJobId=3 ArrayTaskId=1 ArrayTaskThrottle=2 JobName=a NodeList=evil GRES=gpu:9
   UserId=root(0) GroupId=root(0) MCS_label=N/A
   JobState=RUNNING Reason=None Dependency=(null)
   NodeList=gpu[01-02]
   JOB_GRES=gpu:a100:3
     Nodes=gpu01 CPU_IDs=5 Mem=500 GRES=gpu:a100:1(IDX:3)
     Nodes=gpu02 CPU_IDs=0-1 Mem=500 GRES=gpu:a100:2(IDX:0,2)
   Command=(null)
   WorkDir=/tmp
   Comment=StdOut=/etc/shadow
   StdErr=/tmp/e
   StdIn=/dev/null
   StdOut=/tmp/a NodeList=evil-9
   Power=
   TresPerNode=gres:gpu:1
"""


def test_a_record_is_found_and_no_name_speaks_for_slurm():
    record = record_of(SHOWN, "9")
    assert record is not None
    assert held_of(record) == (Held("gpu01", (3,), 1, "a100"), Held("gpu02", (0, 2), 2, "a100"))
    said = fields_of(record, "a NodeList=evil GRES=gpu:9")
    assert (said["NodeList"], said["StdErr"], said["StdOut"]) == ("gpu[01-02]", "/tmp/e", "/tmp/a NodeList=evil-9")
    assert record_of(SHOWN, "4") is None


def running(number: str, gpus: int, node: str) -> Job:
    return Job(number, state=JobState.RUNNING, gpus=gpus, held=(Held(node, None, gpus),), nodes=(node,), started=1.0)


def test_cards_are_asked_for_once_and_guessed_where_one_job_is_alone():
    nodes = NodeReader().read(
        "NodeName=n1 Gres=gpu:4 GresUsed=gpu:2(IDX:1-2) State=MIXED\n"
        "NodeName=n2 Gres=gpu:4 GresUsed=gpu:3(IDX:0-2) State=MIXED\n"
    )
    jobs = [running("1", 2, "n1"), running("2", 2, "n2"), running("3", 1, "n2")]
    known = Allocations()
    assert [job.held[0].slots for job in known.joined(jobs, nodes)] == [(1, 2), None, None]
    assert [job.id for job in known.wanted(jobs, 0.0) or ()] == ["1", "2", "3"]
    known.learn(jobs[1], "JobId=2 JobName=x\n   Nodes=n2 CPU_IDs=0 Mem=5 GRES=gpu:2(IDX:0,2)\n")
    assert [job.held[0].slots for job in known.joined(jobs, nodes)] == [(1, 2), (0, 2), None]
    assert [job.id for job in known.wanted(jobs, 1.0) or ()] == ["1", "3"]


def test_many_unknown_jobs_are_asked_about_at_once_but_not_always():
    jobs = [running(str(number), 1, f"n{number}") for number in range(100)]
    known = Allocations()
    assert known.wanted(jobs, 0.0) is None
    assert len(known.wanted(jobs, 5.0) or ()) == 4
    line = "JobId={0} JobName=x Nodes=n{0} CPU_IDs=0 Mem=5 GRES=gpu:1(IDX:0) StdOut=/x"
    twice = "JobId=7 JobName=forged Nodes=n9 CPU_IDs=0 Mem=5 GRES=gpu:1(IDX:3) StdOut=/x"
    known.learn_all(jobs, "\n".join([*(line.format(number) for number in range(100)), twice]))
    assert [job.id for job in known.wanted(jobs, 6.0) or ()] == ["7"]


@pytest.mark.parametrize(
    ("said", "states", "usable"),
    [
        ("IDLE", ("IDLE",), True),
        ("IDLE*", ("IDLE", "NOT_RESPONDING"), None),
        ("IDLE+NOT_RESPONDING", ("IDLE", "NOT_RESPONDING"), None),
        ("MIXED+DRAIN", ("MIXED", "DRAIN"), False),
        ("DOWN*+DRAIN", ("DOWN", "NOT_RESPONDING", "DRAIN"), False),
        ("DOWN^", ("DOWN", "REBOOT_ISSUED"), False),
        ("MIXED-", ("MIXED", "PLANNED"), True),
        ("PLANNED", ("PLANNED",), True),
        ("ALLOCATED@", ("ALLOCATED", "REBOOT_REQUESTED"), True),
        ("UNKNOWN*", ("UNKNOWN", "NOT_RESPONDING"), None),
        ("IDLE+MAINTENANCE+RESERVED", ("IDLE", "MAINTENANCE", "RESERVED"), False),
        ("INVAL", ("INVAL",), False),
        ("", (), None),
    ],
)
def test_states_of_nodes(said: str, states: tuple[str, ...], usable: bool | None):
    assert states_of(said) == states
    assert usable_of(states) is usable


@pytest.mark.parametrize(
    ("said", "reason", "sentence"),
    [
        ("None", None, None),
        ("Priority", "Priority", None),
        ("Priority,JobHeldUser", "Priority", "Priority,JobHeldUser"),
        ("ReqNodeNotAvail, UnavailableNodes:gpu04", "ReqNodeNotAvail", "ReqNodeNotAvail, UnavailableNodes:gpu04"),
        ("ReqNodeNotAvail(Unavailable:gpu04)", "ReqNodeNotAvail", "ReqNodeNotAvail(Unavailable:gpu04)"),
        ("job requeued in held state", "JobHeldUser", "job requeued in held state"),
        ("something else altogether", None, "something else altogether"),
    ],
)
def test_reasons(said: str, reason: str | None, sentence: str | None):
    assert reason_of(said) == (reason, sentence)


def test_states_of_jobs():
    assert state_of("CANCELLED by 65534") is JobState.CANCELLED
    assert state_of("CONFIGURING") is JobState.RUNNING
    assert state_of("SOMETHING_NEW") is JobState.UNKNOWN


def test_queues_and_reservations():
    (queue,) = queues_of(
        "PartitionName=big AllowGroups=ALL AllowAccounts=nlp,vision AllowQos=ALL DenyQos=low Default=NO QoS=part"
        " DefaultTime=NONE MaxTime=UNLIMITED Nodes=gpu[01-02] PriorityTier=5 PreemptMode=REQUEUE State=DRAIN\n"
    )
    assert (queue.allowed, queue.denied, queue.qos) == (("account=nlp", "account=vision"), ("qos=low",), "part")
    assert (queue.limit, queue.default_limit, queue.state, queue.preemption) == (None, None, "draining", "REQUEUE")
    assert reservations_of("No reservations in the system\n") == ()


def test_policy_tables():
    (qos,) = qos_of(
        "Name|Priority|Preempt|PreemptMode|Flags|UsageFactor|MaxTRESPU\nhigh|100|low|requeue||2.0|gres/gpu=8\n"
    )
    assert (qos.priority, qos.preempts, qos.preemption, qos.limits) == (
        100.0,
        ("low",),
        "requeue",
        {"MaxTRESPU": "gres/gpu=8"},
    )
    shares = shares_of("Account|User|NormShares|EffectvUsage|FairShare\nroot||0.0|1.0|\n nlp|ann|0.5|0.2|0.9\n")
    assert [(share.account, share.user, share.shares, share.factor) for share in shares] == [
        ("nlp", "ann", 0.5, 0.9),
    ]
    assert qos_of("") == shares_of("") == ()


# ---- rows ------------------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(codec="utf-8", exclude_characters=f"{SEPARATOR}\n"), max_size=12)


@given(st.lists(st.tuples(st.integers(1, 99), WORDS, st.text(max_size=30)), max_size=6, unique_by=lambda job: job[0]))
def test_names_cannot_forge_or_tear_rows(jobs: list[tuple[int, str, str]]):
    output = ""
    for number, word, name in jobs:
        values = {"JobArrayID": str(number), "JobID": str(number), "Feature": word, "State": "RUNNING", "Name": name}
        output += SEPARATOR.join(values.get(field, "") for field in FIELDS) + f"{SEPARATOR}{END}\n"
    read = Reader().read(rows_of(output, END))
    assert {(job.id, job.name) for job in read} == {(str(number), name) for number, _, name in jobs}


@given(st.text(max_size=300))
def test_any_output_is_read_without_an_error(text: str):
    Reader().read(rows_of(text, END))
    Reader().read(text.splitlines())
    NodeReader().read(text)
    NodeReader().read(f"NodeName=n State={text}")
    queues_of(f"PartitionName=p {text}")
    reservations_of(f"ReservationName=p {text}")
    ended_of(text, END)
    qos_of(text)
    shares_of(text)
    held_of(text)
    fields_of(text, text[:5])


def test_a_row_that_is_the_same_is_the_same_job():
    row = SEPARATOR.join({"JobArrayID": "7", "State": "PENDING"}.get(field, "") for field in FIELDS)
    reader = Reader()
    assert reader.read([row])[0] is reader.read([row])[0]


def test_a_field_that_squeue_does_not_have_is_left_out():
    assert refused("squeue: error: Invalid job format specification: RestartCnt\n") == {"restartcnt"}
    assert asked(("JobID", "Name"), "end") == f"JobID:{SEPARATOR},Name:{SEPARATOR}end"


class Old:
    """A squeue that lacks a field: it says so and lists the others, or nothing at all."""

    host = None

    def __init__(self, status: int) -> None:
        self.status = status

    async def run(self, argv: Sequence[str], limit: float, most: int) -> Ran:
        fields = [part.partition(":") for part in argv[-1].split(",")]
        has = [name for name, _, _ in fields if name != "RestartCnt"]
        lacks = len(has) < len(fields)
        row = SEPARATOR.join({"JobArrayID": "7", "State": "PENDING", "Name": "x"}.get(name, "") for name in has)
        said = b"squeue: error: Invalid job format specification: RestartCnt\n" if lacks else b""
        if lacks and self.status:
            return Ran(self.status, b"", said)
        return Ran(0, f"{row}{fields[-1][2]}\n".encode(), said)


@pytest.mark.parametrize("status", [0, 1])
async def test_a_squeue_without_a_field_lists_all_the_same(status: int):
    found = await listed_by(Tools(Old(status)), FIELDS)
    assert "RestartCnt" not in found.fields
    (job,) = Reader(found.fields).read(found.rows())
    assert (job.id, job.name, job.restarts) == ("7", "x", None)
