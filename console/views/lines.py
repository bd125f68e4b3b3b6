"""The lines of the list of jobs: a job each, or the tasks of one array folded into one; in the order of a queue."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from types import MappingProxyType

import msgspec

from backends.jobs import ENDED, FAILED, HOLDING, Job, JobState, JobUse
from console.model.judged_jobs import JudgedJob
from console.model.severity import Severity

LATELY = 3600.0
"""Seconds for which a job that failed stays among the current ones."""
PHASES = ("current", "finished", "all")
"""Which jobs are listed: those that wait or run, with what failed lately; those that ended; both."""
_WRONG, _HAVING, _WAITING, _ENDED = range(4)
_RANKS = {
    **dict.fromkeys((*HOLDING, JobState.UNKNOWN), _HAVING),
    JobState.PENDING: _WAITING,
    **dict.fromkeys(ENDED, _ENDED),
}
NONE: Mapping[str, "Line"] = MappingProxyType({})
"""Nothing was folded before."""
_BY, _THEN = operator.attrgetter("by"), operator.attrgetter("then")
_JOBS, _KEY, _OPEN = operator.attrgetter("jobs"), operator.attrgetter("key"), operator.attrgetter("open")
_JUDGED, _ARRAY, _MEMBERS = map(operator.attrgetter, ("judged", "array", "members"))
_LAST = 1 << 30
"""The place of what has none."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of the list."""

    judged: JudgedJob
    """The job; of folded tasks what they are together."""
    key: str
    """What tells it from every other line."""
    jobs: int
    """How many jobs it stands for; those below their array were counted there."""
    members: tuple[JudgedJob, ...] = ()
    """The tasks that are folded into it; none where it is one job."""
    inside: bool = False
    """Whether it stands below the line of its array."""
    open: bool = False
    """Whether its members stand below it."""
    rank: int = 0
    """In which part of the list it stands: something is wrong, has nodes, waits, ended."""
    by: float = 0.0
    """By what it is sorted there."""
    then: float = 0.0
    """By what among equals."""
    array: tuple[str, str] | None = None
    """The source and id of the array that it is a task of; None for what waits of one, which stays by itself."""


def line(judged: JudgedJob) -> Line:
    """The line of one job."""
    job = judged.job
    rank = _RANKS[job.state]
    array = (judged.source, job.array) if job.array is not None and job.tasks is None else None
    then = 0.0
    if rank == _WAITING:
        by, then = -(job.priority or 0.0), float(judged.place or _LAST)
    else:
        by = -((job.ended if rank == _ENDED else job.started) or 0.0)
    if rank == _HAVING and judged.points and _grave(judged):
        rank = _WRONG
    return Line(judged, judged.key, job.count, rank=rank, by=by, then=then, array=array)


def of_jobs(jobs: Sequence[JudgedJob], before: Sequence[Line] = ()) -> list[Line]:
    """The line of every job; where a job is the very same as before, so is its line.

    Args:
        jobs: as they were judged.
        before: what this gave the last time: most jobs are where they were, and what they were.
    """
    found = list(before[: len(jobs)])
    changed = list(compress(range(len(found)), map(operator.is_not, map(_JUDGED, found), jobs)))
    if not changed and len(found) == len(jobs):
        return found
    moved = []
    for place in changed:
        if found[place].key == jobs[place].key:
            found[place] = line(jobs[place])
        else:
            moved.append(place)
    if not moved and len(found) == len(jobs):
        return found
    by_key = dict(zip(map(_KEY, before), before, strict=True))

    def of(judged: JudgedJob) -> Line:
        known = by_key.get(judged.key)
        return known if known is not None and known.judged is judged else line(judged)

    for place in moved:
        found[place] = of(jobs[place])
    return found + [of(judged) for judged in jobs[len(found) :]]


def of_phase(lines: Iterable[Line], phase: str, wall: float) -> list[Line]:
    """The jobs of one of `PHASES`, in the order of a queue.

    First those that have nodes and something wrong, then the others that have some, the newest first; then those that
    wait, in the order in which they will be served; then those that ended, the last one first. Equal ones stay as they
    are listed.

    Args:
        lines: of every job.
        phase: of `PHASES`.
        wall: now, UTC.
    """
    parts: tuple[list[Line], ...] = ([], [], [], [])
    for each in lines:
        parts[each.rank].append(each)
    if phase == "current":
        parts[_ENDED][:] = [each for each in parts[_ENDED] if lately(each.judged.job, wall)]
    parts[_WAITING].sort(key=_THEN)
    for part in parts:
        part.sort(key=_BY)
    if phase == "finished":
        return parts[_ENDED]
    return [each for part in parts for each in part]


def _grave(judged: JudgedJob) -> bool:
    return any(point.severity >= Severity.WARNING for point in judged.points)


def lately(job: Job, wall: float) -> bool:
    """Whether it failed within the last hour."""
    return job.state in FAILED and job.ended is not None and wall - job.ended < LATELY


def folded(lines: list[Line], open_: frozenset[str] = frozenset(), before: Mapping[str, Line] = NONE) -> list[Line]:
    """Fold the tasks of each array into one line, where its first stood; what waits of an array stays by itself.

    Args:
        lines: of single jobs.
        open_: keys of the folded lines whose members are to be shown.
        before: folded lines by key; one of the very same tasks is not made again.
    """
    arrays: dict[tuple[str, str], list[JudgedJob]] = {}
    for each in filter(_ARRAY, lines):
        if each.array is not None:
            arrays.setdefault(each.array, []).append(each.judged)
    if not any(len(tasks) > 1 for tasks in arrays.values()):
        return lines
    found: list[Line | None] = list(lines)
    for place in compress(range(len(found)), map(_ARRAY, lines)):
        each = lines[place]
        if each.array is not None and len(tasks := arrays[each.array]) > 1:
            found[place] = _fold(each.array, tasks, open_, before) if tasks[0] is each.judged else None
    return list(filter(None, found))


def _fold(
    place: tuple[str, str], tasks: Sequence[JudgedJob], open_: frozenset[str], before: Mapping[str, Line]
) -> Line:
    source, array = place
    key = f"{source}/{array}[]"
    last = before.get(key)
    if (
        last is not None
        and last.open == (key in open_)
        and len(last.members) == len(tasks)
        and all(one is other for one, other in zip(last.members, tasks, strict=True))
    ):
        return last
    return Line(together(array, tasks), key, len(tasks), tuple(tasks), open=key in open_)


def unfolded(lines: list[Line]) -> list[Line]:
    """The same with the members of those that are open below them."""
    if not any(map(_OPEN, lines)):
        return lines
    found: list[Line] = []
    for each in lines:
        found.append(each)
        if each.open:
            found += [Line(member, member.key, 0, inside=True) for member in each.members]
    return found


def arrays(lines: Iterable[Line]) -> dict[str, Line]:
    """The folded ones among lines, by key."""
    return {each.key: each for each in filter(_MEMBERS, lines)}


def amount(lines: Iterable[Line]) -> int:
    """How many jobs lines stand for, however they are folded."""
    return sum(map(_JOBS, lines))


def keys(lines: Iterable[Line]) -> list[str]:
    """What tells lines from each other, in their order."""
    return list(map(_KEY, lines))


def together(array: str, tasks: Sequence[JudgedJob]) -> JudgedJob:
    """What the tasks of an array are as one: sums of what they have, the longest of their times, what is wrong."""
    jobs = [task.job for task in tasks]
    first = jobs[0]
    counts = [job.gpus for job in jobs]
    job = msgspec.structs.replace(
        first,
        id=array,
        state=_leading(jobs),
        gpus=None if None in counts else sum(count or 0 for count in counts),
        held=tuple(held for job in jobs for held in job.held),
        nodes=tuple(dict.fromkeys(node for job in jobs for node in job.nodes)),
        started=_first([job for job in jobs if job.state in HOLDING] or jobs),
        ended=max((job.ended for job in jobs if job.ended is not None), default=None),
        count=len(jobs),
        number=None,
    )
    uses = [task.use for task in tasks if task.use is not None]
    worst = max(tasks, key=lambda task: max((point.severity for point in task.points), default=-1))
    return JudgedJob(
        tasks[0].source,
        job,
        _used(array, uses) if uses else None,
        points=worst.points,
        stale=any(task.stale for task in tasks),
    )


def _first(jobs: Sequence[Job]) -> float | None:
    return min((job.started for job in jobs if job.started is not None), default=None)


def _leading(jobs: Sequence[Job]) -> JobState:
    """Running where one runs, else what most of them are."""
    states = [job.state for job in jobs]
    return next((state for state in states if state in HOLDING), max(states, key=states.count))


def _used(array: str, uses: Sequence[JobUse]) -> JobUse:
    busy = [use.busy for use in uses if use.busy is not None]
    peaks = [use.memory for use in uses if use.memory is not None]
    idle = [use.idle_since for use in uses]
    return JobUse(
        array,
        cards=sum(use.cards for use in uses),
        busy=sum(busy) if busy else None,
        life=_mean([(use.life, use.cards) for use in uses]),
        hour=_mean([(use.hour, use.cards) for use in uses]),
        memory=max(peaks) if peaks else None,
        idle_since=None if None in idle else max(since or 0.0 for since in idle),
    )


def _mean(values: Sequence[tuple[float | None, int]]) -> float | None:
    """The mean over cards of what is known."""
    known = [(value, cards) for value, cards in values if value is not None and cards]
    cards = sum(count for _value, count in known)
    return sum(value * count for value, count in known) / cards if cards else None


def counts(members: Sequence[JudgedJob]) -> dict[JobState, int]:
    """How many tasks are in each state, in the order of the states."""
    states = [member.job.state for member in members]
    return {state: states.count(state) for state in JobState if state in states}
