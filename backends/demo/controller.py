"""Acts on the simulated lab: what somebody did to a job holds from then on, whatever it was going to do.

Everybody may do everything, but for one job. Answers are in the words of the real schedulers; None is: it was taken.
"""

from collections.abc import Callable, Mapping
from math import inf

import msgspec

from backends.demo import kubernetes, slurm
from backends.demo.amended import AGAIN, anew, ending, run_of
from backends.demo.lanes import Lane
from backends.demo.queues import LONGEST
from backends.demo.runs import Run
from backends.demo.schedule import Schedule, Spot
from backends.demo.waiting import PROTECTED
from backends.jobs import ENDED, Job, JobState

DENIED = "Access/permission denied"
UNKNOWN = "Invalid job id specified"
NOT_PENDING = "Job is no longer pending execution"
FINISHED = "Job/step already completing or completed"
HELD = frozenset({"JobHeldUser", "JobHeldAdmin", "InactiveWorkload"})
BEGIN = 40.0
"""Seconds after which a job starts for which there are cards."""
_STOPPED = "Suspended"


class Controller:
    """Changes a schedule.

    Args:
        schedule: what is changed.
        by: uid of who acts.
    """

    def __init__(self, schedule: Schedule, by: int = 0) -> None:
        self._schedule = schedule
        self._by = by
        self._runs: dict[tuple[str, str], Run] = {}
        """What was taken off its lane, so that it can be put on one again."""
        self._verbs: Mapping[str, Callable[[Spot, str], str | None]] = {
            "cancel": self._cancel,
            "hold": self._hold,
            "release": self._release,
            "requeue": self._requeue,
            "requeuehold": self._requeue_held,
            "suspend": self._suspend,
            "resume": self._resume,
            "priority": self._priority,
            "limit": self._limit,
            "partition": self._move,
        }

    def act(self, source: str, job: str, verb: str, value: str = "") -> str | None:
        """Do something to a job, or to an array as a whole; None where it was taken, else what is said against it."""
        spots = self._schedule.together(source, job)
        if not spots:
            return UNKNOWN
        if any(spot.job.name == PROTECTED for spot in spots):
            return DENIED
        first = self._verbs[verb](spots[0], value)
        rest = [self._verbs[verb](spot, value) for spot in spots[1:] if _concerns(verb, spot.job)]
        taken = first is None or None in rest  # of an array, what waits and what runs are acted on, each in its way
        if taken:
            self._schedule.changes += 1
            if verb == "cancel" and source == slurm.NAME:
                self._bereave(job)
        return None if taken else first

    def _bereave(self, job: str) -> None:
        """Tell those that wait for a job to end well that it never will."""
        known, hope = self._schedule.waiting[slurm.NAME], f"afterok:{job}(unfulfilled)"
        for other in [other for other in known.values() if other.dependency == hope]:
            lost = {"dependency": f"afterok:{job}(failed)", "reason": "DependencyNeverSatisfied"}
            known[other.id] = msgspec.structs.replace(other, **lost)

    @property
    def _now(self) -> float:
        return self._schedule.now

    def _put(self, source: str, job: Job, run: Run | None = None) -> None:
        self._schedule.waiting[source][job.id] = job
        if run is not None:
            self._runs[source, job.id] = run

    def _cancel(self, spot: Spot, _value: str) -> str | None:
        now, job, run = self._now, spot.job, spot.run
        if job.state in ENDED:
            if spot.source == kubernetes.NAME:
                self._forget(spot)
            return None
        if spot.lane is not None and run is not None and run is spot.lane.run:
            spot.lane.change(ending(msgspec.structs.replace(run, by=self._by), now, JobState.CANCELLED))
            return None
        if spot.lane is not None and run is not None:
            spot.lane.drop(run)
        self._schedule.waiting[spot.source].pop(job.id, None)
        self._runs.pop((spot.source, job.id), None)
        if spot.source == slurm.NAME:
            ended = msgspec.structs.replace(
                job,
                state=JobState.CANCELLED,
                reason=None,
                ended=now,
                priority=None,
                said=f"CANCELLED by {self._by}",
                exit=0,
            )
            self._put(spot.source, ended)
        return None

    def _forget(self, spot: Spot) -> None:
        if spot.lane is not None and spot.run is not None:
            spot.lane.forget(spot.run)
        self._schedule.waiting[spot.source].pop(spot.job.id, None)

    def _hold(self, spot: Spot, _value: str) -> str | None:
        if spot.job.state is not JobState.PENDING:
            return NOT_PENDING
        if spot.source == slurm.NAME:
            self._aside(spot, reason="JobHeldAdmin", priority=0.0)
        else:  # a workload that is not active keeps its priority
            self._aside(spot, reason="InactiveWorkload")
        return None

    def _aside(self, spot: Spot, **changes: object) -> Job:
        """Have a pending job wait by itself, with something else about it."""
        if spot.lane is not None and spot.run is not None:
            spot.lane.drop(spot.run)
        job = msgspec.structs.replace(spot.job, expected=None, **changes)
        self._put(spot.source, job, spot.run)
        return job

    def _release(self, spot: Spot, _value: str) -> str | None:
        job = spot.job
        if job.state is not JobState.PENDING:
            return NOT_PENDING
        if job.reason in HELD:
            priority = 5000.0 if spot.source == slurm.NAME else job.priority
            self._enqueue(spot.source, msgspec.structs.replace(job, priority=priority))
        return None

    def _enqueue(self, source: str, job: Job, delay: float = BEGIN) -> None:
        """Have a job wait for its turn: on a lane of its size where there is one."""
        reason = "Priority" if source == slurm.NAME else "WaitingForQuota"
        self._put(source, msgspec.structs.replace(job, reason=reason, said=None))
        lane = self._lane_for(source, job)
        if lane is None or job.count > 1 or job.het is not None or job.array == job.id:
            return
        run = self._runs.pop((source, job.id), None) or run_of(job)
        start = self._now + delay
        run = msgspec.structs.replace(
            run, started=start, ended=start + run.length, planned=None, priority=job.priority or 1.0,
            limit=job.limit or run.limit, partition=job.partition, suspended=None, paused=0.0,
        )  # fmt: skip
        self._schedule.waiting[source].pop(job.id, None)
        lane.push(run)

    def _lane_for(self, source: str, job: Job) -> Lane | None:
        """The lane of a job's size that is free first."""
        nodes = self._schedule.nodes
        fitting = [
            lane
            for lane in self._schedule.open_lanes(self._now, source)
            if sum(len(slots) for _node, slots in lane.places) == job.gpus
            and (source == kubernetes.NAME or nodes[lane.places[0][0]].kind.partition == job.partition)
            and not nodes[lane.places[0][0]].down
        ]
        return min(fitting, key=lambda lane: lane.run.ended if lane.run is not None else 0.0, default=None)

    def _requeue(self, spot: Spot, _value: str, hold: bool = False) -> str | None:
        job, run = spot.job, spot.run
        if job.state is JobState.PENDING:
            return "Job is pending execution"
        if spot.lane is None or run is None:
            return "Requested operation is presently disabled"
        length = run.length
        if job.state in ENDED:
            spot.lane.forget(run)
        else:
            spot.lane.vacate(self._now)
        again = anew(run, self._now, length)
        told = self._told(spot, again)
        if hold:
            self._put(spot.source, msgspec.structs.replace(told, reason="JobHeldAdmin", priority=0.0), again)
        elif job.state in ENDED:
            self._put(spot.source, told, again)
            self._enqueue(spot.source, told, AGAIN)
        else:
            spot.lane.push(again)
        return None

    def _requeue_held(self, spot: Spot, value: str) -> str | None:
        return self._requeue(spot, value, True)

    def _told(self, spot: Spot, run: Run) -> Job:
        assert spot.lane is not None
        return self._schedule.tell(spot.source, run, JobState.PENDING, spot.lane)

    def _suspend(self, spot: Spot, _value: str) -> str | None:
        run = spot.run
        if spot.job.state is not JobState.RUNNING or spot.lane is None or run is None:
            return "Job is not running" if spot.job.state not in ENDED else FINISHED
        if spot.source == kubernetes.NAME:
            spot.lane.vacate(self._now)
            again = anew(run, self._now, run.length)
            told = msgspec.structs.replace(self._told(spot, again), reason=_STOPPED, said="Job suspended")
            self._put(spot.source, told, again)
        else:
            stopped = {"suspended": self._now, "planned": run.length, "ended": inf}
            spot.lane.change(msgspec.structs.replace(run, **stopped))
        return None

    def _resume(self, spot: Spot, _value: str) -> str | None:
        run = spot.run
        if spot.job.reason == _STOPPED:
            self._enqueue(spot.source, spot.job)
            return None
        if run is None or run.suspended is None or spot.lane is None:
            return "Job is not suspended"
        paused = run.paused + self._now - run.suspended
        ended = run.started + paused + run.length
        spot.lane.change(msgspec.structs.replace(run, suspended=None, paused=paused, ended=ended))
        return None

    def _priority(self, spot: Spot, value: str) -> str | None:
        if spot.job.state is not JobState.PENDING:
            return NOT_PENDING
        if spot.job.reason in HELD:
            return "Job is in held state, pending scheduler release"
        priority = float(value)
        if spot.lane is not None and spot.run is not None:
            spot.lane.change(msgspec.structs.replace(spot.run, priority=priority))
        else:
            self._put(spot.source, msgspec.structs.replace(spot.job, priority=priority))
        return None

    def _limit(self, spot: Spot, value: str) -> str | None:
        limit, run = float(value), spot.run
        if spot.job.state in ENDED:
            return FINISHED
        if spot.lane is None or run is None:
            job = msgspec.structs.replace(spot.job, limit=limit)
            self._put(spot.source, job)
            if job.reason == "PartitionTimeLimit" and limit <= LONGEST:
                self._enqueue(spot.source, job)
            return None
        changed = msgspec.structs.replace(run, limit=limit, planned=run.length)
        until = run.started + run.paused + limit
        if run.suspended is None and (until < run.ended or run.outcome is JobState.TIMEOUT):
            changed = ending(changed, max(until, self._now), JobState.TIMEOUT)
        spot.lane.change(changed)
        return None

    def _move(self, spot: Spot, value: str) -> str | None:
        if spot.job.state is not JobState.PENDING:
            return NOT_PENDING
        if spot.source == slurm.NAME and value not in self._schedule.partitions:
            return "Invalid partition name specified"
        held = spot.job.reason in HELD
        job = self._aside(spot, partition=value, partitions=(value,))
        if spot.lane is not None and not held:
            self._enqueue(spot.source, job)
        return None


def _concerns(verb: str, job: Job) -> bool:
    """Whether an act on an array concerns one of its tasks."""
    if job.state in ENDED:
        return False
    if verb in ("suspend", "requeue", "requeuehold", "resume"):
        return job.state is not JobState.PENDING
    return verb in ("cancel", "limit") or job.state is JobState.PENDING
