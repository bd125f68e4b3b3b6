"""A node as plain named values, for filters, exports and JSON; figures that are too old to be believed are unknown."""

from collections.abc import Callable, Iterator, Mapping

from backends.records import LinkState
from console.language import _
from console.model.fields import UNSUPPORTED, Field, Kind
from console.model.freshness import Group, age
from console.model.judged import JudgedNode, Status
from console.views import node_figures as figures
from console.views.words import say, tell

Row = dict[str, object]
_STATUSES = tuple(str(status) for status in Status)


def fields() -> dict[str, Field]:
    """What a filter over nodes may ask for, by name."""
    rows: tuple[tuple[str, Kind, str, tuple[str, ...], str], ...] = (
        ("node", Kind.TEXT, _("node"), ("name",), ""),
        ("status", Kind.CHOICE, _("state"), ("state", "health"), ""),
        ("gpus", Kind.NUMBER, _("GPUs"), (), ""),
        ("usable", Kind.NUMBER, _("GPUs that work"), (), ""),
        ("type", Kind.TEXT, _("GPU model"), ("model",), ""),
        ("busy", Kind.NUMBER, _("busy GPUs"), (), ""),
        ("held", Kind.NUMBER, _("GPUs that somebody holds"), (), ""),
        ("idle", Kind.NUMBER, _("GPUs that somebody holds and that are under 5 %"), (), ""),
        ("lost", Kind.NUMBER, _("lost GPUs"), (), ""),
        ("util", Kind.PERCENT, _("mean utilisation of its GPUs"), (), "%"),
        ("temp", Kind.NUMBER, _("hottest GPU"), (), "°C"),
        ("power", Kind.NUMBER, _("power of its GPUs"), (), "W"),
        ("gpu_mem", Kind.BYTES, _("memory used on its GPUs"), (), ""),
        ("gpu_mem_share", Kind.PERCENT, _("share of GPU memory used"), ("gpu_mem%",), "%"),
        ("cpu", Kind.PERCENT, _("CPU"), (), "%"),
        ("iowait", Kind.PERCENT, _("time the CPU waited for disks"), (), "%"),
        ("load", Kind.NUMBER, _("load, 1 minute"), (), ""),
        ("mem", Kind.BYTES, _("host memory used"), ("memory",), ""),
        ("mem_share", Kind.PERCENT, _("share of host memory used"), ("mem%",), "%"),
        ("mem_total", Kind.BYTES, _("host memory"), (), ""),
        ("disk", Kind.PERCENT, _("busy time of its busiest disk"), (), "%"),
        ("full", Kind.PERCENT, _("how full its fullest file system is"), ("fs",), "%"),
        ("net_in", Kind.BYTES, _("received by network, a second"), (), ""),
        ("net_out", Kind.BYTES, _("sent by network, a second"), (), ""),
        ("uptime", Kind.DURATION, _("time since it started"), (), ""),
        ("users", Kind.TEXT, _("users"), ("user",), ""),
        ("problem", Kind.TEXT, _("what is wrong"), ("problems",), ""),
        ("kernel", Kind.TEXT, _("kernel"), (), ""),
        ("driver", Kind.TEXT, _("driver"), (), ""),
        ("rack", Kind.TEXT, _("rack or group"), (), ""),
        ("group", Kind.TEXT, _("group"), ("groups",), ""),
        ("labels", Kind.TEXT, _("labels of the inventory"), ("label",), ""),
        ("source", Kind.TEXT, _("what reaches it"), (), ""),
        ("age", Kind.DURATION, _("age of the values"), (), "s"),
    )
    return {
        name: Field(name, kind, title, _STATUSES if kind is Kind.CHOICE else (), aliases, unit)
        for name, kind, title, aliases, unit in rows
    }


def row(judged: JudgedNode, mono: float) -> Row:
    """One node."""
    node, facts = judged.node, judged.node.facts
    sample, link = node.sample, node.link
    return {
        "node": node.name,
        "status": str(judged.status),
        "gpus": len(judged.cards) if facts is not None else None,
        "type": figures.models(judged),
        **_live(judged),
        "lost": sum(1 for card in judged.cards if card.status is Status.LOST) if facts is not None else None,
        "usable": figures.usable(judged),
        "held": figures.held(judged),
        "mem_total": figures.memory_total(judged),
        "gpu_mem_total": figures.gpu_memory_total(judged),
        "full": figures.full(judged),
        "full_mount": _mount(judged),
        "users": " ".join(figures.users(judged)) or None,
        "problem": " ".join(dict.fromkeys(_problems(judged))),
        "trouble": trouble(judged),
        "reader": str(sample.reader) if sample is not None else None,
        "reader_detail": sample.reader_detail if sample is not None else None,
        "reader_since": sample.reader_since if sample is not None else None,
        "kernel": facts.kernel if facts is not None else None,
        "driver": facts.driver if facts is not None else None,
        "cuda": facts.cuda if facts is not None else None,
        "rack": figures.rack(judged),
        "group": figures.groups(judged),
        "labels": figures.labels(judged),
        "source": link.source if link is not None else None,
        "link_since": link.since if link is not None else None,
        "next_try": link.next_try if link is not None else None,
        "age": age(node, Group.SAMPLE, mono),
    }


_OF_CARDS: dict[str, Callable[[JudgedNode], object]] = {
    "busy": figures.busy,
    "idle": figures.idle,
    "util": figures.util,
    "temp": figures.hottest,
    "power": figures.power,
    "gpu_mem": figures.gpu_memory,
    "gpu_mem_share": figures.gpu_memory_share,
}
_OF_HOST: dict[str, Callable[[JudgedNode], object]] = {
    "cpu": figures.cpu,
    "iowait": figures.iowait,
    "load": figures.load,
    "mem": figures.memory,
    "mem_share": figures.memory_share,
    "uptime": figures.uptime,
    "disk": figures.busiest,
    "net_in": figures.received,
    "net_out": figures.sent,
}


def _live(judged: JudgedNode) -> Row:
    """What changes from sample to sample; unknown where the last one is too old."""
    if judged.stale:
        none = None if judged.cards else UNSUPPORTED
        return dict.fromkeys(_OF_CARDS, none) | dict.fromkeys(_OF_HOST)
    return {name: value(judged) for name, value in (_OF_CARDS | _OF_HOST).items()}


def _mount(judged: JudgedNode) -> str | None:
    found = figures.fullest(judged)
    return found.mount if found is not None else None


def trouble(judged: JudgedNode) -> str | None:
    """What is wrong with a node in words, the worst first; None where nothing is."""
    link = judged.node.link
    if link is not None and link.state is not LinkState.UP and link.trouble is not None:
        return say(link.trouble)
    points = [(point.severity, tell(point)) for point in judged.points]
    # Where the driver of the whole node is silent, each of its cards would only say so once more.
    points += [
        (card.points[0].severity, f"GPU {card.card.slot}: {tell(card.points[0])}")
        for card in judged.cards
        if card.points and card.status is not Status.SILENT
    ]
    if not points:
        return None
    first = max(points, key=lambda point: point[0])[1]
    return first if len(points) == 1 else f"{first} (+{len(points) - 1})"


def _problems(judged: JudgedNode) -> Iterator[str]:
    yield from (point.code for point in judged.points)
    yield from (point.code for card in judged.cards for point in card.points)


def text(row: Mapping[str, object]) -> str:
    """What plain words of a filter look through."""
    groups = row["group"]
    parts = [row[name] for name in ("node", "type", "users", "rack")]
    return " ".join(str(part) for part in (*parts, *(groups if isinstance(groups, tuple) else ())) if part)
