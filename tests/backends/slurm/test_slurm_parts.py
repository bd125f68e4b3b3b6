"""The parts of the source apart: words for failures, the pace, the past in slices, services, tools that hang."""

import asyncio
import itertools
import time
from pathlib import Path

import pytest
from slurm_told import Told, World, words

from backends.jobs import Job, JobState, Services
from backends.ports import Opening, Unavailable
from backends.record import Trouble
from backends.slurm.asking import jobs_of
from backends.slurm.driver import DRIVER
from backends.slurm.ended import FIELDS
from backends.slurm.following import place_of
from backends.slurm.health import Health
from backends.slurm.here import Here
from backends.slurm.history import DAY, History
from backends.slurm.look import Look
from backends.slurm.pace import Pace
from backends.slurm.rows import FIELDS as SQUEUE_FIELDS
from backends.slurm.rows import SEPARATOR
from backends.slurm.services import Since, controllers_of, queues_said
from backends.slurm.settings import settings_of
from backends.slurm.tools import PREFIX, Ran, TooLong, Tools
from backends.slurm.words import Unanswered, hung, trouble_of


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("slurm_load_jobs error: Unable to contact slurm controller (connect failure)", "cannot be reached"),
        ("slurm_load_jobs error: Socket timed out on send/recv operation", "does not answer in time"),
        ('Munge encode failed: Failed to access "/run/munge" (Did you start munged?)', "munged does not run on login"),
        ("slurm_load_jobs error: Zero Bytes were transmitted or received", "does not accept who we say we are"),
        ("slurm_load_jobs error: Protocol authentication error", "does not accept who we say we are"),
        ("squeue: fatal: Could not establish a configuration source", "no configuration of Slurm on login"),
        ("sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection to host:dbd:6819:"
         " Connection refused\nsacct: error: Sending PersistInit msg: Connection refused", "slurmdbd) cannot"),
        ("Slurm accounting storage is disabled", "keeps no accounts"),
        ("Access/permission denied", "does not permit"),
        ("slurm_load_jobs error: Incompatible versions of client and server code", "versions that do not understand"),
        ("something new", "squeue failed on login (exit 1): something new"),
    ],
)  # fmt: skip
def test_why_a_tool_failed(said: str, text: str):
    assert text in words(trouble_of("squeue", 1, said, "login"))


def test_a_tool_that_is_not_there():
    trouble = trouble_of("squeue", 127, "env: 'squeue': No such file or directory", None)
    assert "squeue cannot be started on localhost" in words(trouble)


def test_what_is_said_carries_nothing_to_the_terminal():
    assert "\x1b" not in words(trouble_of("squeue", 1, "\x1b[2Jgone\x07", "login"))


def test_why_it_hung_is_said_where_the_tool_said_it():
    said = b"squeue: error: s_p_parse_file: cannot stat file /x/slurm.conf: No such file or directory, retrying in 1sec"
    assert "no configuration" in words(hung("squeue", None, 15.0, said).trouble)
    assert "within 15 s" in words(hung("squeue", None, 15.0, b"").trouble)


async def test_a_tool_that_hangs_is_ended(tmp_path: Path):
    (tmp_path / "squeue").write_text("#!/bin/sh\necho waiting >&2\nsleep 60 &\nwait\n")
    (tmp_path / "squeue").chmod(0o755)
    began = time.monotonic()
    with pytest.raises(Unanswered):
        await Tools(Here(), tmp_path, limit=0.5).ask("squeue")
    assert time.monotonic() - began < 5
    with pytest.raises(TooLong) as late:
        await Here().run([str(tmp_path / "squeue")], 0.5, 100)
    assert late.value.errors == b"waiting\n"


async def test_output_has_an_end():
    ran = await Here().run(["yes"], 10.0, 1000)
    assert ran.cut
    assert len(ran.output) == 1000


class Cluster:
    """A Slurm of one running job with one card, which writes down what it is asked."""

    host = None

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def run(self, argv: list[str], limit: float, most: int) -> Ran:
        command = list(argv[len(PREFIX) :])
        words_ = [part for part in command if not part.startswith("-")]
        self.asked.append("squeue" if words_[0] == "squeue" else " ".join(words_))
        if command == ["squeue", "--version"]:
            return Ran(0, b"slurm-wlm 22.05.8\n", b"")
        if command[0] == "squeue":
            end = command[-1].rpartition(":")[2]
            said = {
                "JobArrayID": "7",
                "JobID": "7",
                "State": "RUNNING",
                "NodeList": "n1",
                "tres-per-node": "gres:gpu:1",
            }
            row = SEPARATOR.join({**said, "StartTime": "2026-11-21T19:09:26"}.get(field, "") for field in SQUEUE_FIELDS)
            return Ran(0, f"{row}{end}\n".encode(), b"")
        if command[-1] == "nodes":
            return Ran(0, b"NodeName=n1 Gres=gpu:4 GresUsed=gpu:2(IDX:0,3) State=MIXED\n", b"")
        if command[-2] == "job":
            return Ran(0, b"JobId=7 JobName=\n     Nodes=n1 CPU_IDs=0 Mem=5 GRES=gpu:1(IDX:3)\n", b"")
        return Ran(0, b"", b"")


async def test_a_round_asks_for_each_thing_once():
    cluster = Cluster()
    look = Look(Tools(cluster), lambda: 100.0)
    seen = await look.take()
    assert seen.jobs[0].held[0].slots is None
    assert (await look.learn()).jobs[0].held[0].slots == (3,)
    first = len(cluster.asked)
    for _ in range(3):
        await look.take()
        await look.learn()
    assert cluster.asked[:first] == ["squeue", "squeue", "scontrol show nodes", *PLACES_ASKED, "scontrol show job 7"]
    assert cluster.asked[first:] == ["squeue", "scontrol show nodes"] * 3


PLACES_ASKED = ("scontrol show partitions", "scontrol show reservations")


class Disk:
    """A place whose stat says this of every file; None: the place is not reached."""

    def __init__(self, kind: str | None) -> None:
        self.kind = kind
        self.host = kind

    async def run(self, argv: list[str], limit: float, most: int) -> Ran:
        if self.kind is None:
            raise Unanswered(Trouble("not reached"))
        return Ran(0 if self.kind else 1, f"{self.kind}\n".encode(), b"")


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        (("regular file", "regular file"), 0),
        (("", "regular empty file"), 1),
        ((None, "regular file"), 1),
        (("", None), "is not there, or may not be read"),
        (("", ""), "is not there, or may not be read"),
        ((None, ""), "not reached"),
        (("fifo", ""), "is no file but a fifo"),
    ],
)
async def test_a_file_that_the_login_node_has_not_may_be_on_the_jobs_own(
    kinds: tuple[str | None, ...], found: int | str
):
    places = [Disk(kind) for kind in kinds]
    job = Job("7", state=JobState.RUNNING, nodes=("n1",))
    if isinstance(found, int):
        assert await place_of("/o", job, places) is places[found]
        return
    with pytest.raises(Unanswered) as caught:
        await place_of("/o", job, places)
    assert found in words(caught.value.trouble)


async def test_arguments_arrive_as_they_are():
    strange = "a b;$(touch x) '\"\\\n%s*"
    ran = await Here().run(["printf", "%s|", strange, "--", ""], 10.0, 1000)
    assert ran.output.decode() == f"{strange}|--||"
    with pytest.raises(Unanswered):
        await Here().run(["printf", "a\0b"], 10.0, 1000)


def test_the_pace():
    pace = Pace(5.0)
    pace.took(1.0)
    assert pace.interval == 5.0
    for _ in range(9):
        pace.took(40.0)
    assert pace.interval == 120.0
    pace.took(12.0)
    assert pace.interval == 120.0
    for _ in range(9):
        pace.took(0.1)
    assert pace.interval == 5.0


class Clock(World):
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def wall(self) -> float:
        return self.now


class Accounts:
    """A sacct that has one job for each hour, and writes down what it is asked for."""

    host = None

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.down = False

    async def run(self, argv: list[str], limit: float, most: int) -> Ran:
        if self.down:
            return Ran(1, b"", b"sacct: error: PersistInit msg: Connection refused")
        options = dict(itertools.pairwise(argv))
        begin, end = options["-S"], options["-E"]
        self.asked.append((begin, end))
        mark = next(part for part in argv if part.startswith("--delimiter=")).removeprefix("--delimiter=")
        values = {"JobID": begin[8:13].replace("T", ""), "State": "COMPLETED", "End": end, "JobName": "x"}
        return Ran(0, ("".join(values.get(field, "") + mark for field in FIELDS) + "\n").encode(), b"")


async def test_the_last_day_comes_in_slices_the_newest_first():
    clock, accounts = Clock(), Accounts()
    history = History(Tools(accounts), clock)
    pauses = [await history.turn() for _ in range(12)]
    assert pauses == [5.0] * 11 + [60.0]
    ends = [end for _, end in accounts.asked]
    assert ends == sorted(ends, reverse=True)
    assert all(begin == end for (begin, _), (_, end) in itertools.pairwise(accounts.asked))
    clock.now += 60
    await history.turn()
    begin, end = accounts.asked[-1]
    assert (begin, end) > accounts.asked[0]
    assert len(history.after((), clock.now)) >= 12
    clock.now += 2 * DAY
    assert history.after((), clock.now) == ()


async def test_a_database_that_is_down_costs_only_what_it_knows():
    clock, accounts = Clock(), Accounts()
    accounts.down = True
    history = History(Tools(accounts), clock)
    assert await history.turn() == 60.0
    assert history.trouble is not None
    assert "slurmdbd" in words(history.trouble)
    ended = Job("7", state=JobState.FAILED, ended=clock.now - 5)
    history.keep([ended, Job("8", state=JobState.RUNNING)])
    assert history.after((), clock.now) == (ended,)
    again = Job("7", state=JobState.PENDING)
    assert history.after((again,), clock.now) == (again,)
    accounts.down = False
    assert await history.turn() == 5.0
    assert history.trouble is None


class Answering:
    """Every tool says that all is well, and has nothing else to say."""

    host = None

    async def run(self, argv: list[str], limit: float, most: int) -> Ran:
        return Ran(0, b"", b"")


async def test_a_database_that_answers_but_tells_of_no_ended_jobs_is_told_of_beside_it():
    class Timed(Clock):
        def mono(self) -> float:
            return 0.0

    told: list[Services] = []
    trouble: list[Trouble | None] = [Trouble("{tool} failed", "", {"tool": "sacct"}), None]
    health = Health("slurm", Tools(Answering()), Timed(), ended=lambda: trouble[len(told)])
    for _ in range(2):
        await health.turn(told.extend)
    database = [next(one for one in each.services if one.name == "slurmdbd") for each in told]
    assert [(one.up, one.trouble) for one in database] == [(True, trouble[0]), (True, None)]


def test_controllers_and_since_when():
    one = controllers_of("Slurmctld(primary) at a is UP\nSlurmctld(backup1) at b is DOWN\n", 0.01, 50.0)
    assert [(service.name, service.host, service.up, service.replicas) for service in one] == [
        ("slurmctld", "a", True, 2),
        ("slurmctld (backup1)", "b", False, 2),
    ]
    assert one[1].trouble is not None
    since = Since()
    assert [service.since for service in since.told(one, 100.0)] == [50.0, None]
    two = controllers_of("Slurmctld(primary) at a is DOWN\nSlurmctld(backup1) at b is DOWN\n", 0.01)
    assert [service.since for service in since.told(two, 200.0)] == [200.0, None]
    assert [service.since for service in since.told(one, 300.0)] == [300.0, None]
    assert queues_said("Server thread count:  3\nDBD Agent queue size: 0\n") == (
        "Server thread count: 3, DBD Agent queue size: 0"
    )


@pytest.mark.parametrize("given", [{"interval": 0.0}, {"interval": "often"}, {"login": 3}, {"path": 5}])
def test_wrong_settings_are_said(given: dict[str, object]):
    with pytest.raises(Unavailable) as caught:
        settings_of(given)
    assert "settings of the source slurm are wrong" in words(caught.value.trouble)


async def test_the_driver_opens_without_a_look_at_the_world():
    source = DRIVER.open_source(Opening(World(), 1.0, {"interval": "often"}))
    with pytest.raises(Unavailable):
        await source.run(lambda _: None)
    assert DRIVER.open_access is not None
    access = DRIVER.open_access(Opening(World(), 1.0, {"login": "nowhere"}))
    await access.close()


async def test_a_source_that_is_stopped_leaves_no_process(tmp_path: Path):
    for tool in ("squeue", "scontrol", "sacct", "sacctmgr"):
        (tmp_path / tool).write_text("#!/bin/sh\nexec sleep 61.25\n")
        (tmp_path / tool).chmod(0o755)
    running = Told(path=str(tmp_path))
    await asyncio.sleep(0.5)
    assert sleeping()
    await running.stop()
    assert not sleeping()


def sleeping() -> list[str]:
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = line.read_bytes()
        except OSError:
            continue
        if said == b"sleep\x0061.25\x00":
            found.append(str(line))
    return found


class Forgetful:
    """A Slurm whose controller has forgotten all jobs."""

    host = None

    def __init__(self, said: Ran) -> None:
        self.said = said
        self.asked: list[int] = []

    async def run(self, argv: list[str], limit: float, most: int) -> Ran:
        command = list(argv[len(PREFIX) :])
        if command == ["squeue", "--version"]:
            return Ran(0, b"slurm-wlm 22.05.8\n", b"")
        if command[0] == "squeue":
            return Ran(0, b"", b"")
        self.asked.append(len(command[command.index("-j") + 1].split(",")))
        return self.said


async def test_the_database_is_asked_about_all_that_is_forgotten():
    slurm = Forgetful(Ran(0, b"", b""))
    assert await jobs_of(Tools(slurm), [str(number) for number in range(1, 451)]) == []
    assert slurm.asked == [200, 200, 50]


async def test_without_accounts_a_forgotten_job_is_unknown():
    off = Forgetful(Ran(1, b"", b"Slurm accounting storage is disabled\n"))
    assert await jobs_of(Tools(off), ["7"]) == []
    down = Forgetful(Ran(1, b"", b"sacct: error: Sending PersistInit msg: Connection refused\n"))
    with pytest.raises(Unanswered):
        await jobs_of(Tools(down), ["7"])
