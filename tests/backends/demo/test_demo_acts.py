"""Acts on the simulated lab: what somebody did holds from then on, in the listing and on the nodes."""

from collections import Counter
from collections.abc import Callable

import pytest

from backends.demo import papers
from backends.demo.controller import DENIED, NOT_PENDING, UNKNOWN, Controller
from backends.demo.lab import Lab
from backends.demo.policy import policy
from backends.demo.queues import LONGEST, queues
from backends.demo.shape import EPOCH, Shape
from backends.demo.waiting import PROTECTED
from backends.jobs import ENDED, Job, JobState
from backends.probe.wire import Processes, Tick, decoder

ORIGIN = EPOCH + 20 * 86_400
DECODER = decoder()


class Bench:
    """A lab in time, and who acts on it."""

    def __init__(self, shape: Shape | None = None) -> None:
        self.lab = Lab(shape or Shape(), ORIGIN)
        self.now = ORIGIN
        self.go(0.0)
        self.controller = Controller(self.lab.schedule)

    def go(self, seconds: float) -> None:
        self.now += seconds
        self.lab.running(self.now)
        self.lab.jobs(self.now)

    def one(self, source: str, wanted: Callable[[Job], bool]) -> Job:
        return next(job for job in self.lab.jobs(self.now, source) if wanted(job))

    def job(self, source: str, job: str) -> Job:
        return self.one(source, lambda each: each.id == job)

    def act(self, source: str, job: str, verb: str, value: str = "") -> str | None:
        return self.controller.act(source, job, verb, value)

    def node(self, name: str) -> tuple[list[float | None], int]:
        """Utilisation of each card, and processes that belong to a job."""
        util: list[float | None] = []
        count = 0
        for line in self.lab.lines(name, self.now):
            message = DECODER.decode(line)
            if isinstance(message, Tick):
                util = [gpu.util for gpu in message.gpus]
            if isinstance(message, Processes):
                count = len(message.uses)
        return util, count


@pytest.fixture
def bench() -> Bench:
    return Bench()


def steady(job: Job) -> bool:
    return job.state is JobState.RUNNING and job.name == "pretrain-steady" and job.gpus == 8


STORIES = ("pretrain-steady", "sft-debug")


def lane_job(job: Job) -> bool:
    """One that belongs to no story: it has an end."""
    plays = job.name in STORIES or job.array is not None or (job.limit or 0.0) >= 120 * 3600.0
    return job.state is JobState.RUNNING and (job.gpus or 0) >= 1 and not plays


def test_a_cancelled_job_frees_its_cards_and_they_fall_idle(bench: Bench) -> None:
    job = bench.one("slurm", lambda job: steady(job) and min(at or 0.0 for at in bench.node(job.nodes[0])[0]) > 50)
    assert bench.act("slurm", job.id, "cancel") is None
    for later in (0.0, 30.0, 3600.0):
        bench.go(later)
        told = bench.job("slurm", job.id)
        assert (told.state, told.ended, told.held) == (JobState.CANCELLED, ORIGIN, ())
        assert set(bench.node(job.nodes[0])[0]) == {0.0}
    for _tick in range(3):
        bench.go(2.0)
        _util, processes = bench.node(job.nodes[0])
    assert processes == 0


def test_nothing_that_nobody_acted_on_changes(bench: Bench) -> None:
    untouched = Lab(Shape(), ORIGIN)
    job = bench.one("slurm", steady)
    bench.act("slurm", job.id, "cancel")
    for step in range(1, 30):
        now = ORIGIN + 700.0 * step
        ours = {other.id: other for other in bench.lab.jobs(now) if other.id != job.id}
        theirs = {other.id: other for other in untouched.jobs(now) if other.id != job.id}
        assert ours == theirs


def test_a_suspended_job_keeps_its_cards_and_does_nothing(bench: Bench) -> None:
    job = bench.one("slurm", steady)
    bench.node(job.nodes[0])
    assert bench.act("slurm", job.id, "suspend") is None
    bench.go(600.0)
    told = bench.job("slurm", job.id)
    assert (told.state, told.held) == (JobState.SUSPENDED, job.held)
    util, _processes = bench.node(job.nodes[0])
    assert {value for value in util if value is not None} == {0.0}
    assert bench.act("slurm", job.id, "suspend") == "Job is not running"
    assert bench.act("slurm", job.id, "resume") is None
    bench.go(120.0)
    assert bench.job("slurm", job.id).state is JobState.RUNNING
    assert max(value or 0 for value in bench.node(job.nodes[0])[0]) > 50
    assert bench.act("slurm", job.id, "resume") == "Job is not suspended"


def test_a_suspended_job_ends_as_much_later(bench: Bench) -> None:
    job = bench.one("slurm", lane_job)
    spot = bench.lab.schedule.find("slurm", job.id)
    assert spot is not None
    assert spot.run is not None
    end = spot.run.ended
    bench.act("slurm", job.id, "suspend")
    bench.go(end - ORIGIN + 500.0)
    assert bench.job("slurm", job.id).state is JobState.SUSPENDED
    bench.act("slurm", job.id, "resume")
    bench.go(end - ORIGIN - 60.0)
    assert bench.job("slurm", job.id).state is JobState.RUNNING
    bench.go(120.0)
    assert bench.job("slurm", job.id).state in ENDED


def test_a_requeued_job_waits_and_starts_again(bench: Bench) -> None:
    job = bench.one("slurm", lane_job)
    assert bench.act("slurm", job.id, "requeue") is None
    told = bench.job("slurm", job.id)
    assert (told.state, told.held, told.restarts, told.submitted) == (JobState.PENDING, (), 1, ORIGIN)
    assert bench.act("slurm", job.id, "requeue") == "Job is pending execution"
    bench.go(200.0)
    told = bench.job("slurm", job.id)
    assert (told.state, told.restarts, told.nodes) == (JobState.RUNNING, 1, job.nodes)
    assert (told.started or 0) > ORIGIN


def test_requeued_and_held_it_waits_until_it_is_released(bench: Bench) -> None:
    job = bench.one("slurm", lane_job)
    assert bench.act("slurm", job.id, "requeuehold") is None
    bench.go(7200.0)
    told = bench.job("slurm", job.id)
    assert (told.state, told.reason, told.priority) == (JobState.PENDING, "JobHeldAdmin", 0.0)
    assert bench.act("slurm", job.id, "priority", "9") == "Job is in held state, pending scheduler release"
    assert bench.act("slurm", job.id, "release") is None
    assert bench.job("slurm", job.id).reason in ("Priority", "Resources")
    for _hour in range(200):
        bench.go(3600.0)
        if bench.job("slurm", job.id).state is not JobState.PENDING:
            break
    assert (bench.job("slurm", job.id).started or 0) > ORIGIN


def test_a_failed_job_runs_again(bench: Bench) -> None:
    job = bench.one("slurm", lambda job: job.state is JobState.FAILED and job.gpus == 1)
    assert bench.act("slurm", job.id, "requeue") is None
    told = bench.job("slurm", job.id)
    assert (told.state, told.restarts) == (JobState.PENDING, 1)
    assert [other.id for other in bench.lab.jobs(bench.now)].count(job.id) == 1


def test_a_job_that_comes_next_is_held_and_others_go_before_it(bench: Bench) -> None:
    for _minute in range(600):
        bench.go(60.0)
        coming = [
            job for job in bench.lab.jobs(bench.now, "slurm") if (job.submitted or 0) > ORIGIN and not job.started
        ]
        if coming:
            break
    job = coming[0]
    assert bench.act("slurm", job.id, "hold") is None
    bench.go(20 * 3600.0)
    told = bench.job("slurm", job.id)
    assert (told.state, told.reason) == (JobState.PENDING, "JobHeldAdmin")
    assert bench.act("slurm", job.id, "cancel") is None
    assert bench.job("slurm", job.id).state is JobState.CANCELLED
    bench.go(2 * 86_400.0)
    assert job.id not in {other.id for other in bench.lab.jobs(bench.now)}


def test_a_waiting_job_gets_another_priority_partition_and_limit(bench: Bench) -> None:
    job = bench.one("slurm", lambda job: job.reason == "Priority" and job.count == 1)
    assert bench.act("slurm", job.id, "priority", "4711") is None
    assert bench.act("slurm", job.id, "limit", "7200") is None
    assert bench.act("slurm", job.id, "partition", "nowhere") == "Invalid partition name specified"
    assert bench.act("slurm", job.id, "partition", "npu") is None
    told = bench.job("slurm", job.id)
    assert (told.priority, told.limit, told.partition, told.partitions) == (4711.0, 7200.0, "npu", ("npu",))
    assert told.state is JobState.PENDING


def test_a_running_job_takes_a_limit_and_no_priority(bench: Bench) -> None:
    job = bench.one("slurm", steady)
    assert bench.act("slurm", job.id, "priority", "1") == NOT_PENDING
    assert bench.act("slurm", job.id, "hold") == NOT_PENDING
    age = bench.now - (job.started or 0)
    assert bench.act("slurm", job.id, "limit", str(int(age) + 600)) is None
    bench.go(700.0)
    assert bench.job("slurm", job.id).state is JobState.TIMEOUT


def test_a_job_that_asked_for_too_long_may_run_once_it_asks_for_less(bench: Bench) -> None:
    job = bench.one("slurm", lambda job: job.reason == "PartitionTimeLimit")
    assert bench.act("slurm", job.id, "limit", str(int(LONGEST) + 1)) is None
    assert bench.job("slurm", job.id).reason == "PartitionTimeLimit"
    assert bench.act("slurm", job.id, "limit", str(int(LONGEST))) is None
    assert bench.job("slurm", job.id).reason in ("Priority", "Resources")


def test_an_array_is_cancelled_as_a_whole(bench: Bench) -> None:
    rest = bench.one("slurm", lambda job: job.reason == "JobArrayTaskLimit")
    assert bench.act("slurm", rest.id, "cancel") is None
    states = {job.state for job in bench.lab.jobs(bench.now, "slurm") if job.array == rest.id}
    assert states == {JobState.CANCELLED}


def test_suspending_an_array_stops_what_runs_and_holding_it_what_waits(bench: Bench) -> None:
    rest = bench.one("slurm", lambda job: job.reason == "JobArrayTaskLimit")
    assert bench.act("slurm", rest.id, "suspend") is None
    assert bench.act("slurm", rest.id, "hold") is None
    told = {job.id: job for job in bench.lab.jobs(bench.now, "slurm") if job.array == rest.id}
    assert told.pop(rest.id).reason == "JobHeldAdmin"
    assert {job.state for job in told.values()} == {JobState.SUSPENDED}


def test_a_larger_job_is_cancelled_as_a_whole(bench: Bench) -> None:
    part = bench.one("slurm", lambda job: job.het is not None)
    assert bench.act("slurm", part.id, "cancel") is None
    states = [job.state for job in bench.lab.jobs(bench.now, "slurm") if job.het == part.het]
    assert states == [JobState.CANCELLED, JobState.CANCELLED]


def test_who_waits_for_a_cancelled_job_never_starts(bench: Bench) -> None:
    waits = bench.one("slurm", lambda job: job.reason == "Dependency" and (job.dependency or "").startswith("afterok"))
    named = (waits.dependency or "").split(":")[1].partition("(")[0]
    assert bench.act("slurm", named, "cancel") is None
    told = bench.job("slurm", waits.id)
    assert (told.reason, told.dependency) == ("DependencyNeverSatisfied", f"afterok:{named}(failed)")


def test_one_job_is_nobodys_to_touch_and_unknown_ones_are_said_to_be(bench: Bench) -> None:
    job = bench.one("slurm", lambda job: job.name == PROTECTED)
    changes = bench.lab.schedule.changes
    for verb in ("cancel", "hold", "release", "priority"):
        assert bench.act("slurm", job.id, verb, "1") == DENIED
    assert bench.act("slurm", "1", "cancel") == UNKNOWN
    assert bench.lab.schedule.changes == changes
    assert bench.job("slurm", job.id) == job


def test_deleted_from_kubernetes_it_is_gone_and_its_card_idle(bench: Bench) -> None:
    job = bench.one("k8s", lambda job: steady(job) and bool(job.pods))
    assert bench.act("k8s", job.id, "cancel") is None
    assert job.id not in {other.id for other in bench.lab.jobs(bench.now)}
    bench.go(10.0)
    assert set(bench.node(job.nodes[0])[0]) == {0.0}


def test_suspended_in_kubernetes_it_loses_its_pods_and_begins_anew(bench: Bench) -> None:
    job = bench.one("k8s", lambda job: lane_job(job) and job.kind in ("Job", "PyTorchJob"))
    assert bench.act("k8s", job.id, "suspend") is None
    bench.go(3600.0)
    told = bench.job("k8s", job.id)
    assert (told.state, told.reason, told.held, told.pods) == (JobState.PENDING, "Suspended", (), ())
    assert bench.act("k8s", job.id, "resume") is None
    for _hour in range(200):
        bench.go(1800.0)
        told = bench.job("k8s", job.id)
        if told.state is not JobState.PENDING:
            break
    assert told.state is JobState.RUNNING
    assert not {pod.uid for pod in told.pods} & {pod.uid for pod in job.pods}


def test_what_waits_in_kubernetes_is_held_and_released(bench: Bench) -> None:
    job = bench.one("k8s", lambda job: job.place == 1)
    assert bench.act("k8s", job.id, "hold") is None
    assert bench.job("k8s", job.id).reason == "InactiveWorkload"
    assert bench.act("k8s", job.id, "release") is None
    assert bench.job("k8s", job.id).reason == "WaitingForQuota"


def test_no_card_is_held_twice_whatever_is_done() -> None:
    bench = Bench(Shape(nodes=14, gpus=4))
    verbs = ("requeue", "cancel", "suspend", "hold", "resume", "release", "requeuehold", "limit", "priority")
    for step in range(400):
        bench.go(400.0)
        jobs = [job for source in bench.lab.schedule.sources for job in bench.lab.jobs(bench.now, source)]
        job = jobs[step * 31 % len(jobs)]
        source = "k8s" if "/" in job.id else "slurm"
        bench.act(source, job.id, verbs[step % len(verbs)], str(1000 + step * 60))
        jobs = list(bench.lab.jobs(bench.now))
        held = [(one.node, slot) for each in jobs for one in each.held for slot in one.slots or ()]
        assert len(held) == len(set(held))
        assert len({each.id for each in jobs}) == len(jobs)
        for each in jobs:
            assert each.started is None or each.started <= bench.now or each.state is JobState.PENDING
            assert each.ended is None or each.ended <= bench.now


@pytest.mark.parametrize("verb", ["hold", "priority"])
def test_a_job_of_kubernetes_stays_the_same_job_whatever_is_done_to_it(verb: str) -> None:
    bench = Bench(Shape(nodes=32, gpus=8))
    waiting = [job for job in bench.lab.jobs(bench.now, "k8s") if job.state is JobState.PENDING]
    assert len({job.id for job in waiting}) > 6
    for job in waiting:
        bench.act("k8s", job.id, verb, "5000")
        bench.act("k8s", job.id, "release")
        bench.go(5.0)
        after = bench.job("k8s", job.id)
        same = (job.name, job.user, job.project, job.kind, job.uid, job.partition)
        assert (after.name, after.user, after.project, after.kind, after.uid, after.partition) == same
        assert len([each for each in bench.lab.jobs(bench.now, "k8s") if each.id == job.id]) == 1
        assert bench.lab.schedule.find("k8s", job.id) is not None


def test_who_waits_writes_at_home_and_nothing_is_left_to_be_filled_in() -> None:
    lab = Lab(Shape(), ORIGIN)
    for job in lab.jobs(ORIGIN, "slurm"):
        assert job.output is None or job.output.startswith(f"/home/{job.user}/"), job.id
        spot = lab.schedule.find("slurm", job.id)
        assert spot is not None
        script = papers.detail(spot, ORIGIN).script or ""
        assert "{nodes}" not in script, job.name
        assert "{cards}" not in script, job.name


def test_nobody_exceeds_what_the_rules_allow() -> None:
    lab = Lab(Shape(), ORIGIN)
    jobs = lab.jobs(ORIGIN, "slurm")
    for qos in policy("slurm", 7, ORIGIN, 0.0, jobs).qos:
        held: Counter[str] = Counter()
        for job in jobs:
            if job.state is JobState.RUNNING and job.qos == qos.name:
                held[job.user or ""] += job.gpus or 0
        for name, used in (("MaxTRESPU", max(held.values(), default=0)), ("GrpTRES", held.total())):
            if name in qos.limits:
                assert used <= int(qos.limits[name].rpartition("=")[2]), (qos.name, name)
    for queue in queues(lab.schedule, "k8s", ORIGIN, 0.0, ORIGIN).queues:
        for quota in queue.quotas:
            assert quota.limit is None or (quota.used or 0) <= quota.limit, queue.name
