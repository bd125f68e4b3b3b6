"""What the pane `nodes` says of each node, column by column."""

from collections.abc import Callable, Sequence

from backends.records import LinkState
from console.language import _
from console.model.fields import UNSUPPORTED, quoted
from console.model.freshness import Group, age
from console.model.judged import JudgedNode, Status
from console.views import node_figures as figures
from console.views import units
from console.views.headings import Heading, Present
from console.views.node_rows import trouble
from themes.glyphs import Glyphs
from widgets.models import Cell, Span

FULL = 90.0
"""Percent from which a file system is marked."""
_STYLES = {
    Status.OK: "ok",
    Status.WARNING: "warning",
    Status.STALE: "stale",
    Status.UNKNOWN: "unknown",
}
_RANKS = {status: float(rank) for rank, status in enumerate(Status)}


def headings() -> tuple[Heading[JudgedNode], ...]:
    """Every column, in its order from left to right."""
    return (*_first(), *_gpus(), *_host(), *_last())


def _first() -> tuple[Heading[JudgedNode], ...]:
    state = _("state, and since when where it is not reached")
    return (
        Heading("node", _("NODE"), _("name"), 10, _name, None, priority=100, grow=1, most=20),
        Heading("state", _("STATE"), state, 11, _state, _rank, priority=99, falling=True),
        _text("rack", _("RACK"), _("rack or group"), 8, figures.rack, 36, most=12),
    )


def _gpus() -> tuple[Heading[JudgedNode], ...]:
    idle, share = _("GPUs that somebody holds and that are under 5 %"), _("share of GPU memory used")
    return (
        _number("gpus", _("GPUS"), _("GPUs that work, of all"), 5, lambda node: len(node.cards), 95, cell=_usable),
        _number("util", _("UTIL"), _("mean utilisation of its GPUs"), 5, figures.util, 92, units.percent),
        _number("busy", _("BUSY"), _("GPUs that do something"), 5, figures.busy, 82),
        _number("held", _("HELD"), _("GPUs that somebody holds"), 5, figures.held, 44),
        _number("idle", _("IDLE"), idle, 5, figures.idle, 86, cell=_idle),
        _number("gpumem", _("GMEM"), share, 5, figures.gpu_memory_share, 70, units.percent),
        _number("temp", _("HOT"), _("hottest GPU"), 5, figures.hottest, 46, units.celsius),
        _number("power", _("POWER"), _("power of its GPUs"), 6, figures.power, 34, units.watts),
    )


def _host() -> tuple[Heading[JudgedNode], ...]:
    full = _("how full its fullest file system is")
    return (
        _number("cpu", "CPU", _("CPU, all cores"), 4, figures.cpu, 80, units.percent),
        _number("load", _("LOAD"), _("load, 1 minute"), 5, figures.load, 40, _load),
        _number("mem", _("MEM"), _("share of host memory used"), 4, figures.memory_share, 76, units.percent),
        _number("iowait", "IOW", _("time the CPU waited for disks"), 4, figures.iowait, 18, units.percent, wide=True),
        _number("disk", _("DISK"), _("busy time of its busiest disk"), 5, figures.busiest, 32, units.percent),
        _number("full", _("FULL"), full, 5, figures.full, 56, units.percent, cell=_full),
        _number("in", _("NET IN"), _("received by network, a second"), 7, figures.received, 28, units.rate),
        _number("out", _("NET OUT"), _("sent by network, a second"), 8, figures.sent, 27, units.rate),
    )


def _last() -> tuple[Heading[JudgedNode], ...]:
    wrong = _("what is wrong, the worst first")
    return (
        _text("model", _("MODEL"), _("GPU model"), 14, figures.models, 22, most=24),
        _text("driver", _("DRIVER"), _("driver version"), 11, _driver, 14, wide=True),
        _text("kernel", _("KERNEL"), _("kernel"), 16, _kernel, 12, most=24, wide=True),
        _number("uptime", _("UPTIME"), _("time since it started"), 8, figures.uptime, 24, units.duration),
        _number("age", _("AGE"), _("age of the values"), 4, _seen, 20, cell=_age),
        _text("users", _("USERS"), _("who holds its GPUs"), 8, _users, 79, grow=2, most=28),
        Heading("trouble", _("TROUBLE"), wrong, 11, _trouble, trouble, priority=94, grow=4),
    )


def _text(
    key: str,
    title: str,
    meaning: str,
    width: int,
    value: Callable[[JudgedNode], str | None],
    priority: int,
    *,
    grow: int = 1,
    most: int | None = None,
    wide: bool = False,
) -> Heading[JudgedNode]:
    """A column of words."""

    def cell(node: JudgedNode, _present: Present) -> Cell:
        return value(node) or Span("-", "dim")

    return Heading(key, title, meaning, width, cell, value, "left", priority, grow, most or width, wide=wide)


def _number(
    key: str,
    title: str,
    meaning: str,
    width: int,
    value: Callable[[JudgedNode], object],
    priority: int,
    write: Callable[[object], str] = units.number,
    *,
    cell: Callable[[JudgedNode, Present], Cell] | None = None,
    wide: bool = False,
) -> Heading[JudgedNode]:
    """A column of figures; too old a one counts for nothing where it is sorted by."""

    def fresh(node: JudgedNode) -> object:
        return None if node.stale else value(node)

    drawn = cell or _figure(value, write)
    return Heading(key, title, meaning, width, drawn, fresh, "right", priority, falling=True, wide=wide)


def _figure(
    value: Callable[[JudgedNode], object], write: Callable[[object], str]
) -> Callable[[JudgedNode, Present], Cell]:
    def cell(node: JudgedNode, present: Present) -> Cell:
        found = value(node)
        if found is None:
            return Span(present.glyphs.unknown, "unknown")
        return Span(write(found), "dim") if found is UNSUPPORTED else write(found)

    return cell


def _name(node: JudgedNode, _present: Present) -> Cell:
    return Span(node.node.name, "accent" if not node.stale else "")


def _rank(node: JudgedNode) -> object:
    return _RANKS[node.status]


def sign(status: Status, glyphs: Glyphs) -> str:
    """The sign of a state."""
    return {
        Status.OK: glyphs.ok,
        Status.WARNING: glyphs.warning,
        Status.STALE: glyphs.stale,
        Status.UNKNOWN: glyphs.unknown,
    }.get(status, glyphs.critical)


def _state(node: JudgedNode, present: Present) -> Cell:
    """The sign, the word and, where it is not reached, for how long."""
    word = _(str(node.status))
    link = node.node.link
    if link is not None and link.state is LinkState.DOWN:
        word += " " + units.age(max(0.0, present.wall - link.since))
    elif node.stale:
        word += " " + units.age(age(node.node, Group.SAMPLE, present.mono))
    elif node.node.sample is None and link is not None and link.state is LinkState.CONNECTING:
        word = _("joining")
    return Span(f"{sign(node.status, present.glyphs)} {word}", _STYLES.get(node.status, "critical"))


def _usable(node: JudgedNode, present: Present) -> Cell:
    expected = node.node.listed.cards if node.node.listed is not None else None
    if not node.cards and not expected:
        return Span("-", "dim") if node.node.facts is not None else Span("?", "unknown")
    every = max(len(node.cards), expected or 0)
    found = figures.usable(node) if node.cards else 0
    if found is None:
        return f"{present.glyphs.unknown}/{every}"
    return f"{found}/{every}" if found == every else Span(f"{found}/{every}", "critical")


def _idle(node: JudgedNode, present: Present) -> Cell:
    found = figures.idle(node)
    if isinstance(found, int) and found:
        return Span(str(found), "stale" if node.stale else "warning")
    return _figure(figures.idle, units.number)(node, present)


def _full(node: JudgedNode, present: Present) -> Cell:
    found = figures.full(node)
    if found is not None and found >= FULL:
        return Span(units.percent(found), "warning")
    return _figure(figures.full, units.percent)(node, present)


def _load(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, int | float) and value < 100 else units.number(value)


def _driver(node: JudgedNode) -> str | None:
    facts = node.node.facts
    return facts.driver if facts is not None and node.cards else None


def _kernel(node: JudgedNode) -> str | None:
    return node.node.facts.kernel if node.node.facts is not None else None


def _users(node: JudgedNode) -> str | None:
    return " ".join(figures.users(node)) or None


def _seen(node: JudgedNode) -> object:
    """When its last sample was taken, monotonic and negative: the oldest is the largest."""
    return None if node.node.sample is None else -node.node.sample.mono


def _age(node: JudgedNode, present: Present) -> Cell:
    return Span(units.age(age(node.node, Group.SAMPLE, present.mono)), "stale" if node.stale else "dim")


def _trouble(node: JudgedNode, present: Present) -> Cell:
    """What is wrong, and when what does not answer is tried again."""
    found = trouble(node)
    link = node.node.link
    retry = ""
    if link is not None and link.state is LinkState.DOWN and link.next_try is not None:
        retry = _("next try in {age}").format(age=units.age(max(0.0, link.next_try - present.wall)))
    if found is None:
        return Span(retry or "-", "dim")
    said = Span(found, _STYLES.get(node.status, "critical"))
    return (said, Span(f"  {retry}", "dim")) if retry else said


def style(node: JudgedNode) -> str:
    """The style of a row: what is too old to be believed stands back."""
    return "stale" if node.stale or node.status is Status.DOWN else ""


def crumb(node: JudgedNode, glyphs: Glyphs) -> tuple[Span, ...]:
    """The breadcrumb's last step: the node under the cursor, and what is wrong with it."""
    name = node.node.name
    found = [Span(f" {glyphs.separator} ", "dim"), Span(name, "title", f"node:{name}")]
    said = trouble(node) or figures.models(node)
    if said:
        found.append(Span(f"  {said}", "dim"))
    return tuple(found)


def jumps(node: JudgedNode) -> Sequence[tuple[str, str]]:
    """Where one can go from a node: targets of links with their titles."""
    name = node.node.name
    places = [(f"node:{name}", _("node {name}").format(name=name))]
    if node.cards:
        places.append((f"filter:node={quoted(name)}", _("its GPUs in the heatmap")))
        places.append((f"in:time:node={quoted(name)}", _("its GPUs over time")))
    places.append((f"in:jobs:node={quoted(name)}", _("its jobs")))
    jobs = dict.fromkeys(owner.job for owner in node.people if owner.job)
    places += [(f"job:{job}", _("job {name}").format(name=job)) for job in jobs]
    places += [
        (f"filter:user={quoted(user)}", _("all GPUs of {name}").format(name=user)) for user in figures.users(node)
    ]
    places += [(f"gpu:{name}:{card.card.slot}", f"{name} GPU {card.card.slot}") for card in node.cards]
    return places
