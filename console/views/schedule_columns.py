"""The columns of what schedulers say, as `quarterdeck get` prints them and the console exports them."""

from backends.jobs import WAITING
from console.language import _
from console.model.fields import Kind
from console.views.export import Column, Row

_NEVER = frozenset(str(state) for state in WAITING)
_N, _B, _P, _D = Kind.NUMBER, Kind.BYTES, Kind.PERCENT, Kind.DURATION


def _measured(row: Row) -> bool:
    """Whether there should be figures of a job's use: it has cards."""
    return bool(row.get("gpus")) and row.get("state") not in _NEVER


def jobs() -> tuple[Column, ...]:
    """Of jobs."""
    return (
        Column("job", _("job"), most=28),
        Column("name", _("name"), priority=3, most=28),
        Column("state", _("state")),
        Column("user", _("user"), most=16),
        Column("project", _("project"), priority=6, most=16, absent="-"),
        Column("partition", _("queue"), priority=5, most=16, absent="-"),
        Column("gpus", "gpus", _N),
        Column("used", _("used"), _N, priority=7, applies=_measured),
        Column("eff", _("eff"), _P, applies=_measured),
        Column("elapsed", _("elapsed"), _D, absent="-"),
        Column("limit", _("limit"), _D, priority=8, absent="-"),
        Column("nodes", _("nodes"), priority=4, most=32),
        Column("said", _("why / next"), priority=1, most=60, absent="-"),
        Column("reason", _("reason"), wide_only=True, absent="-"),
        Column("message", _("message"), wide_only=True, absent="-"),
        Column("why", "why", wide_only=True, absent="-"),
        Column("problem", _("problem"), wide_only=True),
        Column("place", _("place"), _N, wide_only=True, absent="-"),
        Column("start", _("start"), Kind.TIME, wide_only=True, absent="-"),
        Column("told", _("told by"), wide_only=True, absent="-"),
        Column("start_in", _("starts in"), _D, wide_only=True, absent="-"),
        Column("waited", _("waited"), _D, wide_only=True),
        Column("left", _("left"), _D, wide_only=True, absent="-"),
        Column("busy", _("busy"), _N, wide_only=True, applies=_measured),
        Column("hour", _("hour"), _P, wide_only=True, applies=_measured),
        Column("idle", _("idle"), _D, wide_only=True, absent="-"),
        Column("gpu_mem", _("gpu mem"), _B, wide_only=True, applies=_measured),
        Column("submitted", _("submitted"), Kind.TIME, wide_only=True),
        Column("eligible", _("eligible"), Kind.TIME, wide_only=True, absent="-"),
        Column("started", _("started"), Kind.TIME, wide_only=True, absent="-"),
        Column("ended", _("ended"), Kind.TIME, wide_only=True, absent="-"),
        Column("ago", _("ago"), _D, wide_only=True, absent="-"),
        Column("failed", _("failed"), Kind.BOOL, wide_only=True),
        Column("exit", "exit", _N, wide_only=True, absent="-"),
        Column("signal", "signal", _N, wide_only=True, absent="-"),
        Column("qos", "qos", wide_only=True, absent="-"),
        Column("priority", _("priority"), _N, wide_only=True, absent="-"),
        Column("array", _("array"), wide_only=True, absent="-"),
        Column("tasks", _("tasks"), wide_only=True, absent="-"),
        Column("count", _("count"), _N, wide_only=True),
        Column("dependency", _("dependency"), wide_only=True, absent="-"),
        Column("reservation", _("reservation"), wide_only=True, absent="-"),
        Column("restarts", _("restarts"), _N, wide_only=True, absent="-"),
        Column("cpus", "cpus", _N, wide_only=True),
        Column("memory", _("host mem"), _B, wide_only=True),
        Column("step", _("step"), _N, wide_only=True, absent="-"),
        Column("steps", _("steps"), _N, wide_only=True, absent="-"),
        Column("progress", _("progress"), _P, wide_only=True, absent="-"),
        Column("loss", "loss", _N, wide_only=True, absent="-"),
        Column("speed", _("speed"), _N, wide_only=True, absent="-"),
        Column("ends", _("done at"), Kind.TIME, wide_only=True, absent="-"),
        Column("saved", _("saved"), Kind.TIME, wide_only=True, absent="-"),
        Column("partitions", _("queues"), wide_only=True, absent="-"),
        Column("kind", _("kind"), wide_only=True),
        Column("source", _("source"), wide_only=True),
        Column("stale", _("stale"), Kind.BOOL, wide_only=True),
        Column("whys", "whys", nested=True),
        Column("problems", "problems", nested=True),
        Column("held", "held", nested=True),
        Column("pods", "pods", nested=True),
    )


def queues() -> tuple[Column, ...]:
    """Of queues."""
    return (
        Column("queue", _("queue"), most=28),
        Column("state", _("state")),
        Column("nodes", _("nodes"), _N, priority=5),
        Column("usable", _("usable"), _N, priority=4),
        Column("gpus", "gpus", _N),
        Column("held", _("held"), _N),
        Column("free", _("free"), _N),
        Column("broken", _("broken"), _N, priority=6),
        Column("running", _("running"), _N),
        Column("pending", _("pending"), _N),
        Column("wanted", _("wanted"), _N, priority=7),
        Column("wait", _("wait"), _D, priority=2, absent="-"),
        Column("wait90", _("wait 90%"), _D, priority=8, absent="-"),
        Column("failed", _("failed"), _N, priority=9),
        Column("ended", _("ended"), _N, wide_only=True),
        Column("fits1", _("fit 1"), _N, wide_only=True),
        Column("fits2", _("fit 2"), _N, wide_only=True),
        Column("fits4", _("fit 4"), _N, wide_only=True),
        Column("fits8", _("fit 8"), _N, wide_only=True),
        Column("whole", _("whole"), _N, wide_only=True),
        Column("util", "util", _P, wide_only=True),
        Column("limit", _("limit"), _D, wide_only=True, absent="-"),
        Column("default_limit", _("default limit"), _D, wide_only=True, absent="-"),
        Column("priority", _("priority"), _N, wide_only=True, absent="-"),
        Column("parent", _("parent"), wide_only=True, absent="-"),
        Column("kind", _("kind"), wide_only=True),
        Column("default", _("default"), Kind.BOOL, wide_only=True),
        Column("source", _("source"), wide_only=True),
        Column("said", _("why"), wide_only=True, absent="-"),
        Column("node_names", _("node names"), wide_only=True, most=24, absent="-"),
        Column("allowed", _("allowed"), wide_only=True, most=24, absent="-"),
        Column("denied", _("denied"), wide_only=True, most=24, absent="-"),
        Column("quotas", "quotas", nested=True),
    )


def services() -> tuple[Column, ...]:
    """Of services."""
    return (
        Column("service", _("service")),
        Column("state", _("state")),
        Column("host", _("host"), absent="-"),
        Column("answered", _("answer, s"), _N, absent="-"),
        Column("since", _("since"), Kind.TIME, wide_only=True),
        Column("age", _("for"), _D),
        Column("replicas", _("replicas"), _N, absent="-"),
        Column("source", _("source")),
        Column("said", _("said"), most=48, absent="-"),
    )
