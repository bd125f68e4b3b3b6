"""The columns of what `quarterdeck get` prints, and of what the console exports."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from backends.jobs import Services
from console.language import _
from console.model.fields import Field, Kind
from console.model.fleet import Fleet
from console.model.judged import JudgedNode
from console.model.judged_jobs import JudgedJob, JudgedQueue
from console.views import export, job_rows, node_rows, platform, queue_rows, rows, schedule_columns, units
from console.views.export import Column
from console.views.rows import Row
from console.views.words import say

_T, _N, _B, _P, _D = Kind.TEXT, Kind.NUMBER, Kind.BYTES, Kind.PERCENT, Kind.DURATION


class Listing(msgspec.Struct, frozen=True):
    """One kind of thing that can be listed."""

    kind: str
    columns: tuple[Column, ...]
    fields: Mapping[str, Field]
    text: Callable[[Mapping[str, object]], str]
    """What plain words of a filter look through."""
    rows: Callable[["Seen"], list[Row]]
    """Makes the rows of what is so at a moment."""


class Seen(msgspec.Struct, frozen=True):
    """What is so at one moment, as far as a listing may ask for it."""

    mono: float
    """Monotonic."""
    wall: float
    """UTC."""
    nodes: Sequence[JudgedNode] = ()
    jobs: Sequence[JudgedJob] = ()
    queues: Sequence[JudgedQueue] = ()
    services: Sequence[Services] = ()


def gpus() -> Listing:
    """Every card of every node, lost ones included."""
    columns = (
        Column("node", _("node")),
        Column("slot", "gpu", _N),
        Column("name", _("model"), priority=4, most=28),
        Column("status", _("state")),
        Column("util", "util", _P),
        Column("mem", _("mem"), _B),
        Column("memory_total", _("total"), _B, priority=6),
        Column("temp", _("temp"), _N, unit="°C"),
        Column("power", _("power"), _N, unit="W", priority=5),
        Column("user", _("user"), priority=1, most=16, absent="-"),
        Column("job", _("job"), priority=7, most=16, absent="-"),
        Column("jobname", _("name"), priority=8, most=24, absent="-"),
        Column("problem", _("problem"), priority=2, most=40),
        Column("project", _("project"), wide_only=True, absent="-"),
        Column("clock", _("clock"), _N, wide_only=True, unit="MHz"),
        Column("memory_clock", _("memory clock"), _N, wide_only=True, unit="MHz"),
        Column("memory_temp", _("memory temp"), _N, wide_only=True, unit="°C"),
        Column("power_limit", _("limit"), _N, wide_only=True, unit="W"),
        Column("throttle", "throttle", _N, wide_only=True),
        Column("fan", _("fan"), _P, wide_only=True),
        Column("ecc_uncorrected", "ecc", _N, wide_only=True),
        Column("recovery", "recovery", _N, wide_only=True),
        Column("uuid", "uuid", wide_only=True),
        Column("pci", "pci", wide_only=True),
        Column("vendor", _("vendor"), wide_only=True),
        Column("rack", _("rack"), wide_only=True, absent="-"),
        Column("group", _("group"), wide_only=True, absent="-"),
        Column("labels", _("labels"), wide_only=True, most=24, absent="-"),
        Column("age", _("age"), _D, wide_only=True),
        Column("problems", "problems", nested=True),
        Column("health", "health", nested=True),
        Column("parts", "mig", nested=True),
        Column("processes", "processes", nested=True),
    )
    return Listing("gpus", columns, rows.gpu_fields(), rows.gpu_text, _gpu_rows)


def _gpu_rows(moment: Seen) -> list[Row]:
    return [
        rows.gpu_row(node, card, moment.mono) | rows.gpu_details(node, card)
        for node in moment.nodes
        for card in node.cards
    ]


def nodes() -> Listing:
    """Every node, those without cards and those that are down included."""
    columns = (
        Column("node", _("node")),
        Column("status", _("state")),
        Column("gpus", "gpus", _N),
        Column("type", _("model"), priority=5, most=28, absent="-"),
        Column("busy", _("busy"), _N),
        Column("lost", _("lost"), _N, priority=3),
        Column("util", "util", _P),
        Column("temp", _("temp"), _N, unit="°C"),
        Column("cpu", "cpu", _P),
        Column("mem", _("host mem"), _B),
        Column("mem_total", _("total"), _B, priority=6),
        Column("users", _("users"), priority=4, most=32, absent="-"),
        Column("problem", _("problem"), priority=1, most=40),
        Column("load", _("load"), _N, wide_only=True),
        Column("uptime", _("uptime"), _D, wide_only=True),
        Column("reader", _("reader"), wide_only=True),
        Column("reader_since", _("since"), Kind.TIME, wide_only=True),
        Column("reader_detail", _("detail"), wide_only=True, absent="-"),
        Column("driver", _("driver"), wide_only=True),
        Column("cuda", "cuda", wide_only=True),
        Column("kernel", _("kernel"), wide_only=True),
        Column("rack", _("rack"), wide_only=True, absent="-"),
        Column("age", _("age"), _D, wide_only=True),
        Column("usable", _("usable"), _N, wide_only=True),
        Column("held", _("held"), _N, wide_only=True),
        Column("idle", _("idle"), _N, wide_only=True),
        Column("power", _("power"), _N, wide_only=True, unit="W"),
        Column("gpu_mem", _("gpu mem"), _B, wide_only=True),
        Column("gpu_mem_total", _("total"), _B, wide_only=True),
        Column("iowait", "iowait", _P, wide_only=True),
        Column("disk", _("disk"), _P, wide_only=True),
        Column("full", _("full"), _P, wide_only=True),
        Column("full_mount", _("mount"), wide_only=True, most=24, absent="-"),
        Column("net_in", _("net in"), _B, wide_only=True),
        Column("net_out", _("net out"), _B, wide_only=True),
        Column("group", _("group"), wide_only=True, absent="-"),
        Column("labels", _("labels"), wide_only=True, most=24, absent="-"),
        Column("source", _("source"), wide_only=True, absent="-"),
        Column("link_since", _("since"), Kind.TIME, wide_only=True),
        Column("next_try", _("next try"), Kind.TIME, wide_only=True, absent="-"),
        Column("trouble", _("in words"), wide_only=True, most=60, absent="-"),
    )
    return Listing("nodes", columns, node_rows.fields(), node_rows.text, _node_rows)


def _node_rows(moment: Seen) -> list[Row]:
    return [node_rows.row(node, moment.mono) for node in moment.nodes]


def processes() -> Listing:
    """Every process on every card."""
    columns = (
        Column("node", _("node")),
        Column("slot", "gpu", _N),
        Column("pid", "pid", _N),
        Column("user", _("user")),
        Column("job", _("job"), most=16, absent="-"),
        Column("gpu_mem", _("gpu mem"), _B),
        Column("util", "sm", _P, priority=5),
        Column("cpu", "cpu", _P, priority=4),
        Column("rss", "rss", _B, priority=6),
        Column("elapsed", _("elapsed"), _D, priority=3),
        Column("command", _("command"), most=72),
        Column("uid", "uid", _N, wide_only=True),
        Column("part", "mig", _N, wide_only=True, absent="-"),
        Column("step", _("step"), wide_only=True, absent="-"),
        Column("sluid", "sluid", wide_only=True, absent="-"),
        Column("pod", _("pod"), wide_only=True, absent="-"),
        Column("container", _("container"), wide_only=True, absent="-"),
        Column("started", _("started"), Kind.TIME, wide_only=True),
    )
    return Listing("processes", columns, rows.process_fields(), rows.process_text, _process_rows)


def _process_rows(moment: Seen) -> list[Row]:
    return list(rows.process_rows(moment.nodes, moment.wall))


def jobs() -> Listing:
    """Every job of every scheduler: waiting, running, and what ended lately."""
    return Listing("jobs", schedule_columns.jobs(), job_rows.fields(), job_rows.text, _job_rows)


def _job_rows(moment: Seen) -> list[Row]:
    return [job_rows.row(judged, moment.wall) for judged in moment.jobs]


def queues() -> Listing:
    """Every queue of every scheduler."""
    return Listing("queues", schedule_columns.queues(), queue_rows.fields(), queue_rows.text, _queue_rows)


def _queue_rows(seen: Seen) -> list[Row]:
    return [queue_rows.row(judged) for judged in seen.queues]


def partitions() -> Listing:
    """The partitions of Slurm alone, of all queues."""
    return msgspec.structs.replace(queues(), kind="partitions", rows=_partition_rows)


def _partition_rows(seen: Seen) -> list[Row]:
    return [row for row in _queue_rows(seen) if row["kind"] == "partition"]


def services() -> Listing:
    """Every service behind the schedulers."""
    return Listing("platform", schedule_columns.services(), platform.fields(), platform.text, _service_rows)


def _service_rows(seen: Seen) -> list[Row]:
    return [platform.row(each, seen.wall) for each in platform.seen(seen.services)]


LISTINGS: dict[str, Callable[[], Listing]] = {
    "nodes": nodes,
    "gpus": gpus,
    "processes": processes,
    "jobs": jobs,
    "queues": queues,
    "platform": services,
    "partitions": partitions,
}


def sources(fleet: Fleet) -> list[Mapping[str, object]]:
    """What each source says of itself, for JSON."""
    return [
        {
            "source": source.source,
            "ok": source.trouble is None,
            "trouble": say(source.trouble) if source.trouble is not None else None,
            "since": units.instant(source.since, "") or None,
        }
        for source in fleet.sources.values()
    ]


def formed(
    listing: Listing,
    rows: list[Row],
    form: str,
    wall: float,
    *,
    sources: Sequence[Mapping[str, object]] = (),
    complete: bool = True,
    width: int | None = None,
) -> str:
    """Write rows in one of `export.FORMS`.

    Args:
        listing: what kind of rows they are.
        rows: as `Listing.rows` made them, filtered or not.
        form: of `export.FORMS`.
        wall: UTC at which it was so.
        sources: what each source says of itself, for JSON.
        complete: whether every source has answered, for JSON.
        width: cells of a line of a table; None cuts nothing.
    """
    match form:
        case "json":
            return export.document(listing.kind, wall, sources, rows, listing.columns, complete=complete)
        case "csv":
            return export.csv_text(rows, listing.columns)
        case "md":
            return export.markdown(rows, listing.columns)
    return export.table(rows, listing.columns, width, wide=form == "wide")
