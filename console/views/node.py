"""What the page of one node shows: itself, its cards, disks, network, file systems and processes."""

from collections.abc import Iterator

from backends.records import HostSample, LinkState, MountState, NodeFacts, ReaderState
from console.language import _
from console.model.freshness import Group, age
from console.model.judged import JudgedNode, Status, worst
from console.views import units
from console.views.gpu import figures, problems, process_grid, sign, stale
from console.views.words import say, tell
from themes.glyphs import Glyphs
from widgets.models import Bar, Fact, Grid, Item, Paragraph, Section, Span

MOUNT_STYLES = {
    MountState.OK: "",
    MountState.HUNG: "critical",
    MountState.STALE: "warning",
    MountState.ERROR: "warning",
}


def sections(judged: JudgedNode, glyphs: Glyphs, mono: float, wall: float) -> tuple[Section, ...]:
    """The whole page."""
    node = judged.node
    found = [Section(_("State"), tuple(_state(judged, glyphs, mono, wall)))]
    if node.sample is not None:
        found.append(Section(*figures(_("Now"), _now(node.sample.host), judged.stale)))
    if node.facts is not None:
        found.append(Section(_("Node"), tuple(_facts(node.facts))))
    if judged.cards:
        found.append(Section(_("GPUs"), (_cards(judged),), wide=True))
    if node.sample is not None:
        found.append(Section(_("Disks and network"), tuple(_devices(node.sample.host))))
    found.append(Section(_("File systems"), tuple(_mounts(judged, wall))))
    found.append(Section(_("Processes on GPUs"), tuple(_processes(judged, wall)), wide=True))
    return tuple(found)


def _state(judged: JudgedNode, glyphs: Glyphs, mono: float, wall: float) -> Iterator[Item]:
    node = judged.node
    yield from stale(judged, glyphs, mono)
    yield from problems(judged.points, glyphs)
    # Where the driver of the whole node is silent, each of its cards would only say so once more.
    wrong = [card for card in judged.cards if card.points and card.status is not Status.SILENT]
    for card in wrong:
        target = f"gpu:{node.name}:{card.card.slot}"
        said = Span(" ".join(tell(point) for point in card.points))
        yield Paragraph((sign(worst(card.points), glyphs), Span(f"GPU {card.card.slot}  ", "accent", target), said))
    if not judged.points and not wrong and not judged.stale and node.sample is not None:
        yield Paragraph(Span(f"{glyphs.ok} " + _("no known problem"), "ok"))
    if node.link is not None:
        since = units.age(max(0.0, wall - node.link.since))
        words = {
            LinkState.UP: _("connected for {age}"),
            LinkState.CONNECTING: _("connecting for {age}"),
            LinkState.DOWN: _("unreachable for {age}"),
        }
        yield Fact(_("source"), f"{node.link.source}, {words[node.link.state].format(age=since)}")
        if node.link.trouble is not None:
            yield Paragraph(Span(say(node.link.trouble), "critical"))
            if node.link.trouble.hint:
                yield Paragraph(_(node.link.trouble.hint))
        if node.link.next_try is not None:
            yield Fact(_("next try"), _("in {age}").format(age=units.age(max(0.0, node.link.next_try - wall))))
    if node.sample is not None and node.sample.reader_since is not None and judged.cards:
        since = units.clock(node.sample.reader_since)
        yield Fact(_("driver"), _("{state} since {time}").format(state=_(str(node.sample.reader)), time=since))
        detail = node.sample.reader_detail
        if detail and node.sample.reader is ReaderState.STALLED:
            yield Paragraph(_("{call} has not come back").format(call=detail))
        elif detail:
            yield Paragraph(detail)
    old = age(node, Group.SAMPLE, mono)
    yield Fact(_("values"), Span(_("{age} old").format(age=units.age(old)), "stale" if judged.stale else "dim"))


def _now(host: HostSample) -> Iterator[Item]:
    used = _minus(host.memory_total, host.memory_available)
    swap = _minus(host.swap_total, host.swap_free)
    yield Bar(
        _("CPU"),
        _part(host.cpu, 100),
        f"{units.percent(host.cpu)}  iowait {units.percent(host.iowait)}",
    )
    yield Bar(_("host memory"), _part(used, host.memory_total), f"{units.size(used)} / {units.size(host.memory_total)}")
    yield Bar(_("swap"), _part(swap, host.swap_total), f"{units.size(swap)} / {units.size(host.swap_total)}")
    yield Fact(
        _("load"), "  ".join("?" if load is None else f"{load:.2f}" for load in (host.load1, host.load5, host.load15))
    )
    pressure = (host.pressure_cpu, host.pressure_memory, host.pressure_io)
    yield Fact(_("pressure"), _("CPU {0}, memory {1}, I/O {2}").format(*(units.percent(part) for part in pressure)))
    yield Fact(_("uptime"), units.duration(host.uptime))


def _minus(whole: int | None, rest: int | None) -> int | None:
    return whole - rest if whole is not None and rest is not None else None


def _part(found: float | None, whole: float | None) -> float | None:
    return max(0.0, min(1.0, found / whole)) if found is not None and whole else None


def _facts(facts: NodeFacts) -> Iterator[Item]:
    yield Fact(_("host name"), facts.host or "?")
    yield Fact(_("OS"), facts.system or "?")
    yield Fact(_("kernel"), facts.kernel or "?")
    yield Fact(_("CPU"), f"{facts.cpu or '?'} ({facts.cpus or '?'})")
    yield Fact(_("driver"), f"{facts.driver or '?'}  CUDA {facts.cuda or '?'}" if facts.cards else _("none"))
    if facts.rack:
        yield Fact(_("rack"), facts.rack)
    skew = facts.skew
    yield Fact(_("clock skew"), "?" if skew is None else f"{skew:+.1f} s" if abs(skew) >= 0.05 else "0.0 s")


def _cards(judged: JudgedNode) -> Grid:
    rows = []
    for card in judged.cards:
        gpu, owner = card.gpu, card.owner
        style = {"ok": "", "stale": "stale", "unknown": "unknown", "warning": "warning"}.get(card.status, "critical")
        target = f"gpu:{judged.node.name}:{card.card.slot}"
        rows.append(
            (
                Span(str(card.card.slot), "accent", target),
                Span(_(str(card.status)), style),
                card.card.name or "?",
                units.percent(gpu.util if gpu is not None else None),
                f"{units.size(gpu.memory_used if gpu is not None else None)}/{units.size(card.card.memory)}",
                units.celsius(gpu.temperature if gpu is not None else None),
                units.watts(gpu.power if gpu is not None else None),
                (owner.user or "?") if owner is not None else "-",
                (owner.name or "") if owner is not None else "",
            )
        )
    titles = ("#", _("STATE"), _("MODEL"), _("UTIL"), _("MEMORY"), _("TEMP"), _("POWER"), _("USER"), _("NAME"))
    return Grid(titles, tuple(rows), frozenset({0, 3, 4, 5, 6}))


def _devices(host: HostSample) -> Iterator[Item]:
    disks = tuple((d.name, units.rate(d.read), units.rate(d.write), units.percent(d.busy)) for d in host.disks)
    if disks:
        yield Grid((_("DISK"), _("READ"), _("WRITE"), _("BUSY")), disks, frozenset({1, 2, 3}))
    nets = tuple(
        (
            n.name,
            "?" if n.up is None else _("up") if n.up else _("down"),
            units.rate(n.received),
            units.rate(n.sent),
            "?" if n.errors is None else f"{n.errors:g}",
            "?" if n.speed is None else f"{n.speed / 1000:g}G",
        )
        for n in host.nets
    )
    if nets:
        yield Grid(
            (_("NETWORK"), _("STATE"), _("IN"), _("OUT"), _("ERRORS/s"), _("SPEED")), nets, frozenset({2, 3, 4, 5})
        )
    if not disks and not nets:
        yield Paragraph(Span(_("none seen"), "dim"))


def _mounts(judged: JudgedNode, wall: float) -> Iterator[Item]:
    record = judged.node.mounts
    if record is None:
        yield Paragraph(Span(_("not read yet"), "dim"))
        return
    rows = []
    for fs in record.filesystems:
        state = _(str(fs.state))
        if fs.since is not None and fs.state is not MountState.OK:
            state += " " + _("for {age}").format(age=units.age(max(0.0, wall - fs.since)))
        share = 100 * fs.used / fs.size if fs.used is not None and fs.size else None
        rows.append(
            (
                fs.mount,
                fs.kind or "?",
                Span(state, MOUNT_STYLES[fs.state]),
                units.percent(share),
                units.size(fs.available),
            )
        )
    if rows:
        yield Grid((_("MOUNT"), _("TYPE"), _("STATE"), _("USED"), _("FREE")), tuple(rows), frozenset({3, 4}))
    else:
        yield Paragraph(Span(_("none seen"), "dim"))


def _processes(judged: JudgedNode, wall: float) -> Iterator[Item]:
    record = judged.node.processes
    if record is None:
        yield Paragraph(Span(_("not read yet") if judged.cards else _("none"), "dim"))
        return
    uses = [(use, process) for process in record.processes for use in process.uses]
    if uses:
        yield process_grid(uses, wall)
    else:
        yield Paragraph(Span(_("none"), "dim"))
