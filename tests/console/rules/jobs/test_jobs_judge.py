"""Jobs with everything joined: use, place, why, start, points; and what did not change is the very same."""

import msgspec
import pytest

from backends.jobs import (
    Asked,
    Capacity,
    Held,
    Job,
    Jobs,
    JobState,
    JobUse,
    JobUses,
    Policy,
    Progress,
    Progresses,
    Qos,
    Queue,
    Queues,
    QueueState,
    Quota,
)
from backends.records import (
    Card,
    CardState,
    GpuSample,
    HostSample,
    LinkState,
    NodeFacts,
    NodeLink,
    NodeProcesses,
    NodeSample,
    Process,
    ProcessUse,
    ReaderState,
)
from console.model.fleet import Fleet, difference
from console.model.judged import Status
from console.model.judged_jobs import JudgedJob, JudgedQueue, Told
from console.model.severity import Severity
from console.rules.jobs.judge import JobJudge
from console.rules.judge import Judge
from console.views.words import say

AT = 100_000.0
MONO = 50.0


def lab(*jobs: Job, used: tuple[int, ...] = (8, 6), interval: float | None = None) -> Fleet:
    """Two nodes with eight cards in one partition."""
    fleet = Fleet()
    names = [f"gpu-{number:02d}" for number in range(1, len(used) + 1)]
    for name in names:
        cards = tuple(Card(slot, f"{name}-{slot}", "A100") for slot in range(8))
        gpus = tuple(GpuSample(slot, CardState.OK, None, 10.0 * slot) for slot in range(8))
        sample = NodeSample(name, AT, MONO, HostSample(), ReaderState.OK, gpus=gpus)
        fleet.apply([NodeFacts(name, AT, MONO, cards=cards, interval=2.0), sample])
    capacities = tuple(
        Capacity(name.upper(), ("MIXED",), True, gpus=8, gpus_used=count)
        for name, count in zip(names, used, strict=True)
    )
    queue = Queue("a100", state=QueueState.UP, nodes=tuple(name.upper() for name in names), limit=86400.0)
    fleet.apply([Jobs("slurm", AT, MONO, jobs, interval=interval), Queues("slurm", AT, MONO, (queue,), capacities)])
    return fleet


def waiting(number: int, gpus: int = 1, reason: str | None = "Priority", **values: object) -> Job:
    job = Job(
        str(number),
        f"j{number}",
        "wang",
        "nlp",
        "a100",
        JobState.PENDING,
        reason,
        gpus,
        submitted=AT - number,
        limit=600.0,
    )
    return msgspec.structs.replace(job, **values)


def running(number: int, *slots: int, node: str = "GPU-01", **values: object) -> Job:
    job = Job(
        str(number), "sft", "wang", "nlp", "a100", JobState.RUNNING, None, len(slots),
        (Held(node, slots),), AT - 9000, AT - 8000, limit=10_000.0, nodes=(node,),
    )  # fmt: skip
    return msgspec.structs.replace(job, **values)


def judged(fleet: Fleet, judge: JobJudge | None = None, mono: float = MONO, wall: float = AT) -> dict[str, JudgedJob]:
    nodes = Judge().fleet(fleet, mono, wall)
    return {job.job.id: job for job in (judge or JobJudge()).jobs(fleet, nodes, mono, wall)}


def codes(job: JudgedJob) -> list[str]:
    return [point.code for point in job.points]


def words(job: JudgedJob) -> list[str]:
    return [say(why) for why in job.why]


def test_a_running_job_is_measured_where_nobody_keeps_its_use() -> None:
    job = judged(lab(running(1, 0, 1, 2)))["1"]
    assert job.use is not None
    assert (job.use.cards, job.use.busy, job.use.life, job.use.processes) == (3, 2, None, None)
    assert (job.key, job.place, job.start, job.why) == ("slurm/1", None, None, ())
    assert codes(job) == ["partly_idle"]


def test_the_kept_use_goes_before_a_moment() -> None:
    fleet = lab(running(1, 0), Job("2", state=JobState.COMPLETED, reason="None"))
    kept = JobUse("1", 1, 0, 42.0, idle_since=AT - 4000, processes=0, empty=1)
    fleet.apply([JobUses("slurm", AT, MONO, (kept, JobUse("2", life=7.0)))])
    found = judged(fleet)
    assert found["1"].use is kept
    assert codes(found["1"]) == ["idle", "empty"]
    assert found["1"].points[0].since == AT - 4000
    assert found["2"].use == JobUse("2", life=7.0)


def test_an_idle_job_is_told_after_half_an_hour_and_not_before() -> None:
    fleet = lab(running(1, 0))
    fleet.apply([JobUses("slurm", AT, MONO, (JobUse("1", 1, 0, idle_since=AT - 1800),))])
    assert codes(judged(fleet)["1"]) == []
    assert codes(judged(fleet, wall=AT + 1)["1"]) == ["idle"]


def test_a_training_that_hangs_or_is_late_is_told() -> None:
    fleet = lab(running(1, 7), running(2, 6))
    progress = (
        Progress("1", AT - 3000, flags=("hung", "diverging")),
        Progress("2", AT, ends=AT + 3000, flags=("rerun", "odd")),
    )
    fleet.apply([Progresses("slurm", AT, MONO, progress)])
    found = judged(fleet)
    assert codes(found["1"]) == ["hung", "diverging"]
    assert found["1"].points[0].since == AT - 3000
    assert (codes(found["2"]), found["2"].points[0].since) == (["late", "rerun", "odd"], AT + 2000)
    assert found["2"].progress is progress[1]


def test_a_limit_is_near_when_a_tenth_is_left() -> None:
    fleet = lab(running(1, 7))
    assert codes(judged(fleet, wall=AT + 1000)["1"]) == []
    assert codes(judged(fleet, wall=AT + 1001)["1"]) == ["limit"]


def test_trouble_of_a_node_is_told_to_its_jobs_by_any_name() -> None:
    fleet = lab(running(1, 7), running(2, 7, node="gpu-02"))
    fleet.apply([NodeLink("gpu-01", AT, MONO, "ssh", LinkState.DOWN, AT)])
    found = judged(fleet)
    assert (codes(found["1"]), found["1"].points[0].severity) == (["node"], Severity.CRITICAL)
    assert codes(found["2"]) == []


def test_jobs_that_wait_stand_in_line_by_priority_and_then_by_age() -> None:
    fleet = lab(
        waiting(1, priority=5.0),
        waiting(2, priority=9.0),
        waiting(3, priority=5.0),
        waiting(4, reason="JobHeldUser", priority=99.0),
        waiting(5, priority=1.0, place=7),
        waiting(6, partition="other", priority=1.0),
    )
    found = judged(fleet)
    assert {number: job.place for number, job in found.items()} == {"1": 3, "2": 1, "3": 2, "4": None, "5": 7, "6": 1}


def test_jobs_of_one_second_stand_in_the_order_of_their_numbers() -> None:
    fleet = lab(*(waiting(number, priority=1.0, submitted=AT) for number in (16, 101, 9, 17, 15)))
    places = {number: job.place for number, job in judged(fleet).items()}
    assert places == {"9": 1, "15": 2, "16": 3, "17": 4, "101": 5}


def test_why_says_what_is_needed_against_what_is_free_first() -> None:
    fleet = lab(
        waiting(1), waiting(2, 64, "Resources"), waiting(3, 16, "Resources"), waiting(4, 1, "QOSMaxGRESPerUser")
    )
    found = judged(fleet)
    assert words(found["1"])[0] == "needs 1 GPU: 2 free on GPU-02, waits for those before it"
    assert words(found["2"])[0] == "needs 8 nodes; even if all were free, only 2 could take it"
    assert words(found["3"])[:2] == [
        "needs 2 whole nodes, none is free",
        "It waits until what it needs becomes free.",
    ]
    assert [why.code for why in found["4"].why] == ["limit_user"]


def test_resources_that_seem_free_are_not_promised() -> None:
    assert [why.code for why in judged(lab(waiting(1, 1, "Resources")))["1"].why] == ["resources"]


def test_the_start_is_the_schedulers_else_an_estimate() -> None:
    fleet = lab(
        running(8, *range(8)),
        running(9, *range(6), node="GPU-02", limit=None),
        waiting(1, 8, "Resources", priority=3.0),
        waiting(2, 1, priority=2.0, expected=AT + 50),
        waiting(3, 8, priority=1.0),
        waiting(4, 1, "QOSMaxGRESPerUser"),
    )
    found = judged(fleet)
    assert (found["1"].start, found["1"].told) == (AT + 2000, Told.ESTIMATE)
    assert (found["2"].start, found["2"].told) == (AT + 50, Told.SCHEDULER)
    assert (found["3"].start, found["3"].told) == (AT + 2600, Told.ESTIMATE)
    assert (found["4"].start, found["4"].told) == (None, None)


def test_a_listing_is_stale_after_three_intervals() -> None:
    fleet = lab(running(1, 7), waiting(2), Job("3", state=JobState.FAILED), interval=5.0)
    judge = JobJudge()
    assert not any(job.stale for job in judged(fleet, judge, MONO + 15.0).values())
    assert all(job.stale for job in judged(fleet, judge, MONO + 15.1).values())
    assert not any(job.stale for job in judged(lab(waiting(1)), None, MONO + 30.0).values())


def test_what_did_not_change_is_the_very_same() -> None:
    jobs = [
        running(1, 7),
        running(2, 6),
        waiting(3, priority=9.0),
        waiting(4, priority=8.0),
        Job("5", state=JobState.FAILED),
    ]
    fleet, judge = lab(*jobs), JobJudge()
    before = judged(fleet, judge)
    jobs[1] = msgspec.structs.replace(jobs[1], name="renamed")
    fleet.apply(difference(fleet.jobs["slurm"], Jobs("slurm", AT + 5, MONO + 5, tuple(jobs))))
    fleet.apply([msgspec.structs.replace(fleet.queues["slurm"], at=AT + 5)])
    fleet.apply([msgspec.structs.replace(node.sample, mono=MONO + 5) for node in fleet.nodes.values() if node.sample])
    after = judged(fleet, judge, MONO + 5, AT + 5)
    assert [number for number in after if after[number] is before[number]] == ["1", "3", "4", "5"]
    assert after["2"].job.name == "renamed"


def test_why_of_a_job_changes_with_the_one_that_it_waits_for() -> None:
    after = waiting(2, reason="Dependency", dependency="afterok:1")
    fleet, judge = lab(running(1, 7), after), JobJudge()
    assert words(judged(fleet, judge)["2"]) == ["It waits until 1 (sft) has ended well, which still runs."]
    failed = running(1, state=JobState.FAILED, held=())
    fleet.apply(difference(fleet.jobs["slurm"], Jobs("slurm", AT, MONO, (failed, after))))
    assert words(judged(fleet, judge)["2"]) == ["It waits until 1 (sft) has ended well, which it did not."]


def test_why_changes_with_what_is_free() -> None:
    fleet, judge = lab(waiting(1)), JobJudge()
    judged(fleet, judge)
    queues = fleet.queues["slurm"]
    full = tuple(msgspec.structs.replace(each, gpus_used=8) for each in queues.capacities)
    fleet.apply([msgspec.structs.replace(queues, capacities=full)])
    assert words(judged(fleet, judge)["1"])[0] == "needs 1 GPU, none is free"


def test_a_quota_that_is_used_up_goes_before_what_is_free_on_nodes() -> None:
    fleet, judge = lab(waiting(1, 2, "WaitingForQuota", partition="team"), used=(0, 0)), JobJudge()
    above = Queue("pool", "clusterqueue", quotas=(Quota("nvidia.com/gpu", 8.0, 7.0, may_borrow=0.0),))
    said = msgspec.structs.replace(fleet.queues["slurm"], queues=(Queue("team", "localqueue", parent="pool"), above))
    fleet.apply([said])
    job = judged(fleet, judge)["1"]
    assert words(job)[0] == "needs 2 GPUs; left of the quota of pool: 1 of 8"
    assert (job.why[0].code, job.start) == ("quota", None)
    found = judge.explain("slurm/1", fleet, Judge().fleet(fleet, MONO, AT), MONO, AT)
    assert found is not None
    assert [(one.resource, one.needed, one.free) for one in found.short] == [("nvidia.com/gpu", 2.0, 1.0)]
    freed = msgspec.structs.replace(above, quotas=(Quota("nvidia.com/gpu", 8.0, 6.0),))
    fleet.apply([msgspec.structs.replace(said, queues=(said.queues[0], freed))])
    job = judged(fleet, judge)["1"]
    assert (job.why[0].code, job.start, job.told) == ("priority", AT, Told.ESTIMATE)


def test_processes_outside_jobs_are_found_where_schedulers_said_lately_what_runs() -> None:
    fleet, judge = lab(running(1, 0), interval=5.0), JobJudge()
    for name in ("gpu-01", "gpu-02"):
        theirs = (Process(7, job="1", uses=(ProcessUse(0),)), Process(8, uses=(ProcessUse(3),)))
        fleet.apply([NodeProcesses(name, AT, MONO, theirs)])
    fleet.apply([NodeFacts("own", AT, MONO), NodeProcesses("own", AT, MONO, (Process(9, uses=(ProcessUse(0),)),))])
    nodes = Judge().fleet(fleet, MONO, AT)
    found = sorted((one.node, one.process.pid) for one in judge.strangers(fleet, nodes, MONO))
    assert found == [("gpu-01", 8), ("gpu-02", 7), ("gpu-02", 8)]
    assert judge.strangers(fleet, nodes, MONO + 60) == []


def test_a_scheduler_that_is_gone_leaves_no_jobs() -> None:
    fleet, judge = lab(waiting(1)), JobJudge()
    judged(fleet, judge)
    del fleet.jobs["slurm"]
    assert judged(fleet, judge) == {}
    assert judge._known == {}


def queues(fleet: Fleet, wall: float = AT, midnight: float = AT - 5000) -> JudgedQueue:
    (found,) = JobJudge().queues(fleet, Judge().fleet(fleet, MONO, wall), wall, midnight)
    return found


def test_a_queue_counts_its_cards_and_jobs() -> None:
    fleet = lab(
        running(1, 0, 1, 2, 3, 4, 5, 6, 7),
        running(2, 2, 3, 4, 5, 6, 7, node="GPU-02", submitted=AT - 8010),
        waiting(3, 2, count=20),
        waiting(4, 8),
        Job("5", partition="a100", state=JobState.FAILED, ended=AT - 4000, submitted=AT - 7000, started=AT - 6000),
        Job("6", partition="a100", state=JobState.COMPLETED, ended=AT - 6000),
        Job("7", partition="a100", state=JobState.CANCELLED, ended=AT - 10),
    )
    found = queues(fleet)
    assert (found.key, found.nodes, found.usable) == ("slurm/a100", 2, 2)
    assert (found.cards, found.held, found.free, found.broken) == (16, 14, 2, 0)
    assert (found.running, found.pending, found.wanted) == (2, 21, 48)
    assert (found.ended, found.failed) == (2, 1)
    assert (found.waited_median, found.waited_most) == (1000.0, 1000.0)
    assert (dict(found.fits), found.whole) == ({1: 2, 2: 1, 4: 0, 8: 0}, 0)
    assert found.util == pytest.approx((sum(range(0, 80, 10)) + sum(range(20, 80, 10))) / 14)


def test_drained_nodes_and_dead_cards_are_broken_not_free() -> None:
    fleet = lab(used=(3, 0, 0))
    said = fleet.queues["slurm"]
    capacities = (msgspec.structs.replace(said.capacities[0], usable=False), *said.capacities[1:])
    sample = fleet.nodes["gpu-02"].sample
    assert sample is not None
    lost = (GpuSample(0, CardState.LOST), *sample.gpus[1:])
    fleet.apply([msgspec.structs.replace(said, capacities=capacities), msgspec.structs.replace(sample, gpus=lost)])
    assert Judge().fleet(fleet, MONO, AT)[1].status is Status.CRITICAL
    found = queues(fleet)
    assert (found.usable, found.cards, found.held, found.free, found.broken) == (2, 24, 3, 15, 6)
    assert (dict(found.fits), found.whole) == ({1: 15, 2: 7, 4: 3, 8: 1}, 1)


def test_what_a_scheduler_does_not_say_of_a_node_is_told_by_jobs_and_cards() -> None:
    fleet = lab(running(1, 0, 1, 2))
    said = fleet.queues["slurm"]
    silent = tuple(msgspec.structs.replace(each, gpus=None, gpus_used=None) for each in said.capacities)
    fleet.apply([msgspec.structs.replace(said, capacities=silent)])
    found = queues(fleet)
    assert (found.cards, found.held, found.free) == (16, 3, 13)


def test_a_queue_without_anything_says_so() -> None:
    found = queues(lab(used=()))
    assert (found.cards, found.util, found.waited_median, found.fits[1]) == (0, None, None, 0)


def test_everything_about_one_job_that_waits() -> None:
    fleet = lab(
        running(8, *range(8)),
        running(9, *range(6), node="GPU-02", limit=None, qos="normal"),
        waiting(1, 8, "Resources", priority=3.0, count=4),
        waiting(2, 4, priority=2.0, qos="normal", asked=Asked(nodes=1)),
        waiting(3, 1, priority=1.0),
    )
    fleet.apply([Policy("slurm", AT, MONO, qos=(Qos("normal", limits={"MaxTRESPU": "gres/gpu=8"}),))])
    judge = JobJudge()
    nodes = Judge().fleet(fleet, MONO, AT)
    found = judge.explain("slurm/2", fleet, nodes, MONO, AT, {"age": 3.0, "qos": 50.0})
    assert found is not None
    assert ([ahead.job.id for ahead in found.ahead], found.ahead_count) == (["1"], 4)
    assert [(one.job.id, one.cards, one.frees) for one in found.holding] == [("8", 8, AT + 2000), ("9", 6, None)]
    assert [(one.resource, one.needed, one.free, one.fitting) for one in found.short] == [("gpu", 4.0, 2.0, 0.0)]
    assert found.factors == (("qos", 50.0), ("age", 3.0))
    assert (found.job.start, found.job.told) == (AT + 2600, Told.ESTIMATE)
    assert found.policy[0].code == "binding"
    assert say(found.policy[0]) == "With normal one person may hold gres/gpu=8; wang holds 6."


def test_a_job_deep_in_the_line_is_estimated_when_somebody_asks() -> None:
    held = [running(8, *range(8)), running(9, *range(8), node="GPU-02", limit=None)]
    line = [waiting(100 - number, 8, priority=float(number), limit=10.0) for number in range(30)]
    fleet, judge = lab(*held, *line, used=(8, 8)), JobJudge()
    nodes = Judge().fleet(fleet, MONO, AT)
    last = judged(fleet, judge)["100"]
    assert (last.place, last.start) == (30, None)
    found = judge.explain("slurm/100", fleet, nodes, MONO, AT)
    assert found is not None
    assert found.job.start == AT + 2000 + 29 * 10
    assert (len(found.ahead), found.ahead_count) == (20, 29)


def test_of_a_job_behind_hundreds_it_is_not_said_when_it_starts() -> None:
    line = [waiting(1000 - number, 8, priority=float(number), limit=10.0) for number in range(202)]
    fleet, judge = lab(running(8, *range(8)), *line, used=(8, 8)), JobJudge()
    nodes = Judge().fleet(fleet, MONO, AT)
    judged(fleet, judge)
    starts: dict[str, float | None] = {}
    for name in ("999", "1000"):  # with 200 and 201 before them
        found = judge.explain(f"slurm/{name}", fleet, nodes, MONO, AT)
        assert found is not None
        starts[name] = found.job.start
    assert starts == {"999": AT + 2000 + 200 * 10, "1000": None}


def test_a_running_job_and_an_unknown_one_have_nothing_before_them() -> None:
    fleet = lab(running(1, 7))
    nodes = Judge().fleet(fleet, MONO, AT)
    found = JobJudge().explain("slurm/1", fleet, nodes, MONO, AT)
    assert found is not None
    assert (found.ahead, found.holding, found.short) == ((), (), ())
    assert JobJudge().explain("slurm/77", fleet, nodes, MONO, AT) is None
    assert JobJudge().explain("k8s/1", fleet, nodes, MONO, AT) is None
