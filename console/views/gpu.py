"""What the page of one card shows: figures, health, what happened, its processes."""

from collections.abc import Iterable, Iterator, Sequence

from backends.records import CardHealth, GpuSample, Process, ProcessUse
from console.language import _
from console.model.fields import UNSUPPORTED, quoted
from console.model.freshness import Group, age
from console.model.judged import JudgedCard, JudgedNode, Point, Status
from console.model.severity import Severity
from console.views import units
from console.views.happened import events
from console.views.words import tell
from themes.glyphs import Glyphs
from widgets.models import Bar, Cell, Fact, Grid, Item, Paragraph, Section, Span, text_of

STYLES = {
    Severity.OK: "ok",
    Severity.INFO: "dim",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "critical",
}


def sections(
    node: JudgedNode,
    judged: JudgedCard,
    glyphs: Glyphs,
    mono: float,
    wall: float,
    past: Sequence[Section] = (),
) -> tuple[Section, ...]:
    """The whole page; `past` is what the history says, and stands behind what is now."""
    found = [
        Section(_("State"), tuple(_state(node, judged, glyphs, mono))),
        Section(*figures(_("Now"), _now(judged), node.stale)),
        Section(_("Owner"), tuple(_owner(node, judged))),
        Section(_("GPU"), tuple(_card(node, judged))),
    ]
    if judged.card.parts:
        found.append(Section(_("MIG instances"), (_parts(judged),)))
    found.append(Section(_("Health"), tuple(_health(judged, node, mono))))
    happened = [event for event in node.node.events if event.pci is not None and event.pci == judged.card.pci]
    if happened:
        found.append(Section(_("What happened"), tuple(events(happened, glyphs, wall))))
    found.append(Section(_("Processes"), tuple(_processes(node, judged, mono, wall)), wide=True))
    return (*found[:2], *past, *found[2:])


def _state(node: JudgedNode, judged: JudgedCard, glyphs: Glyphs, mono: float) -> Iterator[Item]:
    yield from stale(node, glyphs, mono)
    yield from problems(judged.points, glyphs)
    if not judged.points and not node.stale and judged.gpu is not None:
        yield Paragraph(Span(f"{glyphs.ok} " + _("no known problem"), "ok"))
    old = age(node.node, Group.SAMPLE, mono)
    style = "stale" if node.stale else "dim"
    yield Fact(_("values"), Span(_("{age} old").format(age=units.age(old)), style))


def stale(node: JudgedNode, glyphs: Glyphs, mono: float) -> Iterator[Item]:
    """That the values of a node are too old to be believed, where they are."""
    if node.stale:
        text = _("stale: nothing has come for {age}; what follows is the last that was seen")
        old = units.age(age(node.node, Group.SAMPLE, mono))
        yield Paragraph(Span(f"{glyphs.stale} " + text.format(age=old), "stale"))


def figures(title: str, items: Iterator[Item], old: bool) -> tuple[str, tuple[Item, ...]]:
    """Figures as they are or, where they are too old, as the last that were seen: dim, under another title."""
    return (_("Last seen"), tuple(dimmed(item) for item in items)) if old else (title, tuple(items))


def dimmed(item: Item) -> Item:
    """A fact or a bar in the colour of what is stale."""
    if isinstance(item, Fact):
        return Fact(item.label, Span(text_of(item.value), "stale"))
    if isinstance(item, Bar):
        return Bar(item.label, item.value, Span(text_of(item.text), "stale"), "stale")
    return item


def problems(points: Iterable[Point], glyphs: Glyphs) -> Iterator[Item]:
    """Each point in a line, with its sign."""
    for point in points:
        yield Paragraph((sign(point.severity, glyphs), Span(tell(point))))


def sign(severity: Severity, glyphs: Glyphs) -> Span:
    """The sign of a severity, and a blank."""
    signs = {Severity.WARNING: glyphs.warning, Severity.CRITICAL: glyphs.critical}
    return Span(signs.get(severity, glyphs.dot) + " ", STYLES[severity])


def value(judged: JudgedCard, name: str) -> object:
    """A figure of the card: None where unknown, `UNSUPPORTED` where it has none."""
    found = getattr(judged.gpu, name) if judged.gpu is not None else None
    return UNSUPPORTED if found is None and name in judged.card.unsupported else found


def _now(judged: JudgedCard) -> Iterator[Item]:
    gpu, card = judged.gpu, judged.card
    util = value(judged, "util")
    used = value(judged, "memory_used")
    power = value(judged, "power")
    yield Bar(_("utilisation"), _part(util, 100.0), units.percent(util))
    yield Bar(_("memory"), _part(used, card.memory), f"{units.size(used)}/{units.size(card.memory)}")
    yield Bar(_("power"), _part(power, card.power_limit), f"{units.watts(power)} / {units.watts(card.power_limit)}")
    memory_heat = value(judged, "memory_temperature")
    heat = _("{chip}, memory {memory}").format(
        chip=units.celsius(value(judged, "temperature")), memory=units.celsius(memory_heat)
    )
    yield Fact(_("temperature"), heat)
    yield Fact(_("clock"), f"{units.megahertz(value(judged, 'clock'))} / {units.megahertz(card.clock_max)}")
    yield Fact(_("memory clock"), units.megahertz(value(judged, "memory_clock")))
    yield Fact(_("clock limited by"), throttle(gpu))
    yield Fact(_("fan"), units.percent(value(judged, "fan")))
    coding = f"{units.percent(value(judged, 'encoder'))} / {units.percent(value(judged, 'decoder'))}"
    yield Fact(_("encoder / decoder"), coding)


def _part(found: object, whole: float | None) -> float | None:
    if not isinstance(found, int | float) or not whole:
        return None
    return max(0.0, min(1.0, found / whole))


def throttle(gpu: GpuSample | None) -> Cell:
    """Why the clock is not higher, in words."""
    if gpu is None or gpu.throttle is None:
        return Span("?", "unknown")
    words = {
        0x01: _("idle"),
        0x02: _("application clocks"),
        0x04: _("power cap"),
        0x08: _("hardware slowdown"),
        0x10: _("sync boost"),
        0x20: _("heat (software)"),
        0x40: _("heat (hardware)"),
        0x80: _("power brake"),
        0x100: _("display clocks"),
    }
    found = [word for bit, word in words.items() if gpu.throttle & bit]
    bad = gpu.throttle & (0x08 | 0x20 | 0x40 | 0x80)
    return Span(", ".join(found) or _("nothing"), "warning" if bad else "")


_UNTOLD = frozenset({Status.LOST, Status.SILENT, Status.DOWN, Status.UNKNOWN})
"""States in which no process can be seen, so that an empty list of them proves nothing."""


def _owner(node: JudgedNode, judged: JudgedCard) -> Iterator[Item]:
    owner = judged.owner
    if owner is None and (judged.status in _UNTOLD or node.node.processes is None):
        yield Paragraph(Span(_("unknown"), "unknown"))
        return
    if owner is None:
        yield Paragraph(Span(_("not in use"), "dim"))
        return
    yield Fact(_("user"), Span(owner.user or "?", "", f"filter:user={quoted(owner.user)}" if owner.user else None))
    yield Fact(_("project"), owner.project or "?")
    job = Span(owner.job, "accent", f"job:{owner.job}") if owner.job else Span("-")
    yield Fact(_("job"), (job, Span(f"  {owner.name or ''}".rstrip())))
    if not owner.allocated:
        yield Paragraph(Span(_("seen from its processes; not confirmed by a scheduler"), "dim"))
    if owner.others:
        yield Paragraph(Span(_("and {count} more").format(count=owner.others), "dim"))


def _card(node: JudgedNode, judged: JudgedCard) -> Iterator[Item]:
    card = judged.card
    facts = node.node.facts
    yield Fact(_("node"), Span(node.node.name, "accent", f"node:{node.node.name}"))
    yield Fact(_("model"), card.name or "?")
    yield Fact("UUID", card.uuid or "?")
    yield Fact("PCI", card.pci or "?")
    yield Fact(_("serial number"), card.serial or "?")
    yield Fact("VBIOS", card.vbios or "?")
    yield Fact(_("driver"), (facts.driver if facts is not None else None) or "?")
    yield Fact("CUDA", (facts.cuda if facts is not None else None) or "?")


def _parts(judged: JudgedCard) -> Grid:
    used = {part.index: part.memory_used for part in (judged.gpu.parts if judged.gpu is not None else ())}
    rows = tuple(
        (str(part.index), part.name or "?", units.size(used.get(part.index)), units.size(part.memory), part.uuid or "?")
        for part in judged.card.parts
    )
    return Grid(("#", _("profile"), _("used"), _("memory"), "UUID"), rows, frozenset({0, 2, 3}))


def _health(judged: JudgedCard, node: JudgedNode, mono: float) -> Iterator[Item]:
    health, missing = judged.health, judged.card.unsupported
    if health is None:
        yield Paragraph(Span(_("not read yet"), "dim"))
        return

    def shown(name: str) -> str:
        found = getattr(health, name)
        if found is None:
            return "n/a" if name in missing else "?"
        if isinstance(found, bool):
            return _("yes") if found else _("no")
        return str(found)

    ecc = f"{shown('ecc_corrected')} / {shown('ecc_uncorrected')}"
    ever = f"{shown('ecc_corrected_ever')} / {shown('ecc_uncorrected_ever')}"
    both = _("{now}  (lifetime {ever})").format(now=ecc, ever=ever)
    yield Fact(_("ECC cor. / uncor."), both)
    yield Fact(_("rows remapped (cor. / unc.)"), f"{shown('remapped_corrected')} / {shown('remapped_uncorrected')}")
    yield Fact(_("remap pending / failed"), f"{shown('remap_pending')} / {shown('remap_failed')}")
    yield Fact(_("recovery action"), _advice(health.recovery, shown("recovery")))
    pcie = f"{shown('pcie_generation')} ×{shown('pcie_width')}"
    most = f"{judged.card.pcie_generation or '?'} ×{judged.card.pcie_width or '?'}"
    text = _("gen {now} (at most {most}), {replays} replays")
    yield Fact("PCIe", text.format(now=pcie, most=most, replays=shown("pcie_replays")))
    yield Fact(_("PCIe in / out"), f"{units.rate(health.pcie_received)} / {units.rate(health.pcie_sent)}")
    yield Fact(
        _("throttled (power / heat)"),
        f"{units.percent(health.throttled_power)} / {units.percent(health.throttled_thermal)}",
    )
    yield Fact("NVLink", _links(health))
    yield Fact(_("fabric"), _("registered") if health.fabric == 3 else shown("fabric"))
    yield Fact(_("persistence mode"), shown("persistence"))
    log = node.node.health.kernel_log if node.node.health is not None else None
    if log is not None:
        yield Paragraph(Span(_("Xid history unreadable: {reason}").format(reason=log), "warning"))
    yield Fact(_("values"), Span(_("{age} old").format(age=units.age(age(node.node, Group.HEALTH, mono))), "dim"))


def _advice(recovery: int | None, shown: str) -> str:
    return _("none") if recovery == 0 else shown


def _links(health: CardHealth) -> str:
    if not health.links:
        return _("none")
    up = sum(1 for link in health.links if link.up)
    errors = sum((link.replay or 0) + (link.recovery or 0) + (link.crc or 0) for link in health.links)
    return _("{up} of {all} up, {errors} errors").format(up=up, all=len(health.links), errors=errors)


def _processes(node: JudgedNode, judged: JudgedCard, mono: float, wall: float) -> Iterator[Item]:
    record = node.node.processes
    if record is None:
        yield Paragraph(Span(_("not read yet"), "dim"))
        return
    here = [(use, p) for p in record.processes for use in p.uses if use.slot == judged.card.slot]
    if here:
        yield process_grid(here, wall)
    else:
        yield Paragraph(Span(_("none"), "dim"))
    if not record.complete:
        yield Paragraph(Span(_("the driver hides processes here; there may be more"), "warning"))
    yield Fact(_("values"), Span(_("{age} old").format(age=units.age(mono - record.mono)), "dim"))


def process_grid(uses: list[tuple[ProcessUse, Process]], wall: float) -> Grid:
    """Processes by card, those with most memory first."""
    rows = tuple(
        (
            str(use.slot) if use.part is None else f"{use.slot}/{use.part}",
            str(process.pid),
            process.user or "?",
            process.job or process.pod or process.container or "-",
            units.size(use.memory),
            units.percent(use.util),
            units.percent(process.cpu),
            units.duration(max(0.0, wall - process.started) if process.started is not None else None),
            process.command or "?",
        )
        for use, process in sorted(uses, key=lambda pair: (pair[0].slot, -(pair[0].memory or 0)))
    )
    titles = ("GPU", "PID", _("USER"), _("JOB"), _("GPU MEM"), "SM", "CPU", _("ELAPSED"), _("COMMAND"))
    return Grid(titles, rows, frozenset({0, 1, 4, 5, 6, 7}))
