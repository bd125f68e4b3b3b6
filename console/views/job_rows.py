"""A job as plain named values, for filters, exports and JSON; unknown is None."""

from collections.abc import Callable, Iterator, Mapping

from backends.jobs import Job, JobState
from console.language import N_, _
from console.model.fields import Field, Kind
from console.model.judged_jobs import JudgedJob
from console.views import job_figures as figures
from console.views.rows import Row
from console.views.words import tell

_Value = Callable[[JudgedJob, float], object]
_T, _N, _B, _P, _D, _Y = Kind.TEXT, Kind.NUMBER, Kind.BYTES, Kind.PERCENT, Kind.DURATION, Kind.BOOL


def _progress(name: str) -> _Value:
    return lambda j, _wall: getattr(j.progress, name) if j.progress is not None else None


_FIELDS: tuple[tuple[str, Kind, str, tuple[str, ...], _Value], ...] = (
    ("job", _T, N_("id"), ("id", "jobid"), lambda j, _wall: j.job.id),
    ("name", _T, N_("name"), ("jobname",), lambda j, _wall: j.job.name),
    ("state", Kind.CHOICE, N_("state"), ("status",), lambda j, _wall: str(j.job.state)),
    ("user", _T, N_("user"), ("owner",), lambda j, _wall: j.job.user),
    ("project", _T, N_("account or namespace"), ("account", "namespace"), lambda j, _wall: j.job.project),
    (
        "partition",
        _T,
        N_("partition or queue"),
        ("queue", "part"),
        lambda j, _wall: j.job.partitions or j.job.partition,
    ),
    ("gpus", _N, N_("GPUs that it holds or asks for"), ("cards",), lambda j, _wall: figures.cards(j)),
    ("used", _N, N_("GPUs' worth of work in the last hour"), (), lambda j, _wall: figures.used(j)),
    ("busy", _N, N_("GPUs that do something now"), (), lambda j, _wall: figures.busy(j)),
    (
        "eff",
        _P,
        N_("mean utilisation since it started"),
        ("efficiency", "util"),
        lambda j, _wall: figures.efficiency(j),
    ),
    ("hour", _P, N_("mean utilisation in the last hour"), (), lambda j, _wall: figures.hour(j)),
    ("idle", _D, N_("time for which none of its GPUs has done anything"), (), figures.idle),
    ("gpu_mem", _B, N_("the most memory that it held on one GPU"), ("mem",), lambda j, _wall: figures.peak(j)),
    ("elapsed", _D, N_("time since it started, until it ended"), (), figures.elapsed),
    ("limit", _D, N_("time limit"), (), lambda j, _wall: j.job.limit),
    ("left", _D, N_("time until its limit"), (), figures.left),
    ("waited", _D, N_("time that it waited, or waits"), ("wait",), figures.waited),
    ("ago", _D, N_("time since it ended"), (), figures.ago),
    ("nodes", _T, N_("nodes"), ("node",), lambda j, _wall: figures.nodes(j)),
    ("place", _N, N_("place in its queue"), (), lambda j, _wall: j.place),
    (
        "start_in",
        _D,
        N_("time until it is expected to start"),
        ("start",),
        lambda j, wall: max(0.0, j.start - wall) if j.start is not None else None,
    ),
    ("reason", _T, N_("the scheduler's word for why it waits or how it ended"), (), lambda j, _wall: j.job.reason),
    ("why", _T, N_("codes of why it waits"), (), lambda j, _wall: tuple(why.code for why in j.why) or None),
    (
        "problem",
        _T,
        N_("codes of what is wrong with it"),
        ("problems",),
        lambda j, _wall: " ".join(dict.fromkeys(point.code for point in j.points)) or None,
    ),
    ("failed", _Y, N_("whether it ended, and not as it was meant to"), (), lambda j, _wall: figures.failed(j)),
    ("exit", _N, N_("exit code"), (), lambda j, _wall: j.job.exit),
    ("signal", _N, N_("signal that ended it"), (), lambda j, _wall: j.job.signal),
    ("qos", _T, N_("quality of service, or priority class"), (), lambda j, _wall: j.job.qos),
    ("priority", _N, N_("priority"), ("prio",), lambda j, _wall: j.job.priority),
    ("array", _T, N_("id of its array"), (), lambda j, _wall: j.job.array),
    ("tasks", _T, N_("tasks of an array that wait"), (), lambda j, _wall: j.job.tasks),
    ("count", _N, N_("how many jobs it stands for"), (), lambda j, _wall: j.job.count),
    ("dependency", _T, N_("what it waits for"), (), lambda j, _wall: j.job.dependency),
    ("reservation", _T, N_("reservation"), (), lambda j, _wall: j.job.reservation),
    ("restarts", _N, N_("how often it was started again"), (), lambda j, _wall: j.job.restarts),
    ("cpus", _N, N_("CPUs that it asks for"), (), lambda j, _wall: j.job.asked.cpus),
    ("memory", _B, N_("host memory that it asks for"), ("host_mem",), lambda j, _wall: j.job.asked.memory),
    ("step", _N, N_("step of its training"), (), _progress("step")),
    ("steps", _N, N_("steps that its training has in all"), (), _progress("steps")),
    ("progress", _P, N_("how far its training is"), (), lambda j, _wall: figures.share(j)),
    ("loss", _N, N_("loss that it wrote last"), (), _progress("loss")),
    ("speed", _N, N_("steps of its training a second"), (), _progress("speed")),
    ("kind", _T, N_("what the scheduler calls it"), (), lambda j, _wall: j.job.kind),
    ("source", _T, N_("scheduler"), (), lambda j, _wall: j.source),
    ("stale", _Y, N_("whether its listing is too old to be believed"), (), lambda j, _wall: j.stale),
)
_VALUES: Mapping[str, _Value] = {name: value for name, _kind, _title, _aliases, value in _FIELDS}
OF_ENDED = frozenset({"state", "failed", "ago", "exit", "signal", "job", "array"})
"""Fields by which one asks for jobs that are over: a filter with one of them looks through all jobs."""


def fields() -> dict[str, Field]:
    """What a filter over jobs may ask for, by name."""
    states = tuple(str(state) for state in JobState)
    return {
        name: Field(name, kind, _(title), states if kind is Kind.CHOICE else (), aliases)
        for name, kind, title, aliases, _value in _FIELDS
    }


class Looked(Mapping[str, object]):
    """One job after the other as a filter looks at it: a value is made when it is asked for, which most never are."""

    __slots__ = ("judged", "wall")

    def __init__(self) -> None:
        self.judged, self.wall = JudgedJob("", Job("")), 0.0
        """The job that is looked at, and the moment, UTC; whoever looks sets them."""

    def __getitem__(self, name: str) -> object:
        return _VALUES[name](self.judged, self.wall)

    def get(self, name: str, default: object = None) -> object:
        """The value of a field."""
        value = _VALUES.get(name)
        return default if value is None else value(self.judged, self.wall)

    def __iter__(self) -> Iterator[str]:
        return iter(_VALUES)

    def __len__(self) -> int:
        return len(_VALUES)


def row(judged: JudgedJob, wall: float) -> Row:
    """One job with everything that is exported of it."""
    job = judged.job
    progress = judged.progress
    return {
        **{name: value(judged, wall) for name, value in _VALUES.items()},
        "partition": job.partition,
        "partitions": job.partitions or ((job.partition,) if job.partition else ()),
        "message": job.said or job.reason,
        "submitted": job.submitted,
        "eligible": job.eligible,
        "started": job.started,
        "ended": job.ended,
        "start": judged.start,
        "told": str(judged.told) if judged.told is not None else None,
        "saved": progress.saved if progress is not None else None,
        "ends": progress.ends if progress is not None else None,
        "said": figures.reason(judged) or None,
        "whys": [{"code": why.code, "text": figures.tell_why(why)} for why in judged.why],
        "problems": [
            {"code": point.code, "severity": point.severity.name.lower(), "text": tell(point)}
            for point in judged.points
        ],
        "held": [{"node": held.node, "slots": held.slots, "count": held.count, "kind": held.kind} for held in job.held],
        "pods": [
            {"name": pod.name, "node": pod.node, "phase": pod.phase, "reason": pod.reason, "restarts": pod.restarts}
            for pod in job.pods
        ],
    }


_WORDS = ("job", "name", "user", "project", "partition", "nodes", "reason")


def text(row: Mapping[str, object]) -> str:
    """What plain words of a filter look through."""
    found: list[str] = []
    for name in _WORDS:
        value = row.get(name)
        if isinstance(value, tuple):
            found += value
        elif value:
            found.append(str(value))
    return " ".join(found)
