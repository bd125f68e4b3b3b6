"""Rows for filters, tables and exports: a card, a node, a process as plain named values."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from console.language import N_, _
from console.model.fields import UNSUPPORTED, Field, Kind
from console.model.freshness import Group, age
from console.model.judged import JudgedCard, JudgedNode, Status
from console.views import node_figures
from console.views.words import tell

Row = dict[str, object]

_STATUSES = tuple(str(status) for status in Status)

_GPU_FIELDS: tuple[tuple[str, Kind, str, tuple[str, ...], str], ...] = (
    ("node", Kind.TEXT, N_("node"), (), ""),
    ("slot", Kind.NUMBER, N_("slot of the GPU in its node"), ("gpu", "index"), ""),
    ("name", Kind.TEXT, N_("GPU model"), ("type", "model"), ""),
    ("status", Kind.CHOICE, N_("state"), ("state", "health"), ""),
    ("util", Kind.PERCENT, N_("utilisation"), ("busy",), "%"),
    ("mem", Kind.BYTES, N_("memory used"), ("memory",), ""),
    ("memory_total", Kind.BYTES, N_("total memory"), (), ""),
    ("memory_share", Kind.PERCENT, N_("share of memory used"), ("mem%",), "%"),
    ("temp", Kind.NUMBER, N_("temperature"), ("temperature",), "°C"),
    ("power", Kind.NUMBER, N_("power"), ("watt",), "W"),
    ("power_limit", Kind.NUMBER, N_("power limit"), (), "W"),
    ("clock", Kind.NUMBER, N_("clock"), (), "MHz"),
    ("user", Kind.TEXT, N_("user"), ("owner",), ""),
    ("project", Kind.TEXT, N_("project"), ("account",), ""),
    ("job", Kind.TEXT, N_("job"), (), ""),
    ("jobname", Kind.TEXT, N_("name of the job or program"), (), ""),
    ("problem", Kind.TEXT, N_("what is wrong: lost, ecc, nvlink, xid79 …"), ("problems",), ""),
    ("uuid", Kind.TEXT, N_("UUID"), (), ""),
    ("pci", Kind.TEXT, N_("PCI address"), (), ""),
    ("vendor", Kind.TEXT, N_("vendor"), (), ""),
    ("rack", Kind.TEXT, N_("rack or group"), (), ""),
    ("group", Kind.TEXT, N_("group"), ("groups",), ""),
    ("labels", Kind.TEXT, N_("labels of the inventory"), ("label",), ""),
    ("age", Kind.DURATION, N_("age of the values"), (), "s"),
)


def gpu_fields() -> dict[str, Field]:
    """What a filter over cards may ask for, by name."""
    return {
        name: Field(name, kind, _(title), _STATUSES if kind is Kind.CHOICE else (), aliases, unit)
        for name, kind, title, aliases, unit in _GPU_FIELDS
    }


def gpu_row(node: JudgedNode, judged: JudgedCard, mono: float) -> Row:
    """One card. Unknown is None, what the card does not have is `UNSUPPORTED`."""
    card, gpu, owner, health = judged.card, judged.gpu, judged.owner, judged.health

    def known(name: str) -> object:
        value = getattr(gpu, name) if gpu is not None else None
        return UNSUPPORTED if value is None and name in card.unsupported else value

    used = gpu.memory_used if gpu is not None else None
    return {
        "node": node.node.name,
        "slot": card.slot,
        "uuid": card.uuid,
        "name": card.name,
        "vendor": card.vendor,
        "pci": card.pci,
        "status": str(judged.status),
        "problem": " ".join(point.code for point in judged.points),
        "util": known("util"),
        "memory_util": known("memory_util"),
        "mem": known("memory_used"),
        "memory_total": card.memory,
        "memory_share": 100 * used / card.memory if used is not None and card.memory else None,
        "temp": known("temperature"),
        "memory_temp": known("memory_temperature"),
        "power": known("power"),
        "power_limit": card.power_limit,
        "clock": known("clock"),
        "memory_clock": known("memory_clock"),
        "throttle": known("throttle"),
        "fan": known("fan"),
        "ecc_uncorrected": health.ecc_uncorrected if health is not None else None,
        "recovery": health.recovery if health is not None else None,
        "user": owner.user if owner is not None else None,
        "project": owner.project if owner is not None else None,
        "job": owner.job if owner is not None else None,
        "jobname": owner.name if owner is not None else None,
        "rack": node_figures.rack(node),
        "group": node_figures.groups(node),
        "labels": node_figures.labels(node),
        "age": age(node.node, Group.SAMPLE, mono),
    }


def gpu_details(node: JudgedNode, judged: JudgedCard) -> Row:
    """What of a card has several parts: its problems in words, its health, its MIG instances, its processes."""
    used = {part.index: part.memory_used for part in (judged.gpu.parts if judged.gpu is not None else ())}
    record = node.node.processes
    processes = [
        {
            "pid": process.pid,
            "user": process.user,
            "job": process.job,
            "memory": use.memory,
            "util": use.util,
            "command": process.command,
        }
        for process in (record.processes if record is not None else ())
        for use in process.uses
        if use.slot == judged.card.slot
    ]
    return {
        "problems": [
            {"code": point.code, "severity": point.severity.name.lower(), "text": tell(point)}
            for point in judged.points
        ],
        "health": _named(judged.health) if judged.health is not None else None,
        "parts": [_named(part) | {"memory_used": used.get(part.index)} for part in judged.card.parts],
        "processes": processes if record is not None else None,
    }


def _named(record: msgspec.Struct) -> dict[str, object]:
    """A record by the names of its fields; the slot is said elsewhere."""
    found: dict[str, object] = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
            value = [_named(part) for part in value]
        if name != "slot":
            found[name] = value
    return found


_WORDS = ("node", "name", "user", "project", "job", "jobname")


def gpu_text(row: Mapping[str, object]) -> str:
    """What plain words of a filter look through."""
    return " ".join(str(row[name]) for name in _WORDS if row[name])


def process_fields() -> dict[str, Field]:
    """What a filter over processes may ask for, by name."""
    rows: tuple[tuple[str, Kind, str, tuple[str, ...], str], ...] = (
        ("node", Kind.TEXT, _("node"), (), ""),
        ("slot", Kind.NUMBER, _("slot of the GPU in its node"), ("gpu", "index"), ""),
        ("pid", Kind.NUMBER, _("process id"), (), ""),
        ("user", Kind.TEXT, _("user"), ("owner",), ""),
        ("job", Kind.TEXT, _("job"), (), ""),
        ("pod", Kind.TEXT, _("pod"), (), ""),
        ("container", Kind.TEXT, _("container"), (), ""),
        ("gpu_mem", Kind.BYTES, _("GPU memory"), ("mem",), ""),
        ("util", Kind.PERCENT, _("share of the GPU's multiprocessors"), (), "%"),
        ("cpu", Kind.PERCENT, _("CPU, percent of one core"), (), "%"),
        ("rss", Kind.BYTES, _("host memory"), ("host_mem",), ""),
        ("elapsed", Kind.DURATION, _("time since it started"), (), ""),
        ("command", Kind.TEXT, _("command"), (), ""),
    )
    return {name: Field(name, kind, title, (), aliases, unit) for name, kind, title, aliases, unit in rows}


def process_rows(nodes: Iterable[JudgedNode], wall: float) -> Iterator[Row]:
    """One row for each process on each card, in the order of nodes and slots."""
    for judged in nodes:
        record = judged.node.processes
        uses = [(use, process) for process in (record.processes if record else ()) for use in process.uses]
        for use, process in sorted(uses, key=lambda pair: (pair[0].slot, pair[1].pid)):
            yield {
                "node": judged.node.name,
                "slot": use.slot,
                "part": use.part,
                "pid": process.pid,
                "uid": process.uid,
                "user": process.user,
                "job": process.job,
                "step": process.step,
                "sluid": process.sluid,
                "pod": process.pod,
                "container": process.container,
                "gpu_mem": use.memory,
                "util": use.util,
                "cpu": process.cpu,
                "rss": process.memory,
                "started": process.started,
                "elapsed": max(0.0, wall - process.started) if process.started is not None else None,
                "command": process.command,
            }


def process_text(row: Mapping[str, object]) -> str:
    """What plain words of a filter look through."""
    return " ".join(str(row[name]) for name in ("node", "user", "job", "pod", "command", "pid") if row[name])
