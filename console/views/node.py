"""What the page of one node shows: itself, its cards, processes, file systems, disks, network, and what happened."""

from collections.abc import Iterator, Sequence

from backends.records import HostSample, LinkState, ReaderState
from console.language import _
from console.model.freshness import Group, age
from console.model.judged import JudgedNode, Status, worst
from console.views import node_devices as devices
from console.views import units
from console.views.gpu import figures, problems, process_grid, sign, stale
from console.views.happened import events
from console.views.node_figures import rack
from console.views.words import fill, say, tell
from themes.glyphs import Glyphs
from widgets.models import Bar, Fact, Item, Paragraph, Section, Span


def sections(
    judged: JudgedNode, glyphs: Glyphs, mono: float, wall: float, past: Sequence[Section] = ()
) -> tuple[Section, ...]:
    """The whole page; `past` is what the history says, and stands behind what is now."""
    node = judged.node
    found = [*_present(judged, glyphs, mono, wall)]
    if judged.cards:
        found.append(Section(_("GPUs"), (devices.cards(judged),)))
    found += past
    found.append(Section(_("Processes on GPUs"), tuple(_processes(judged, wall)), wide=True))
    found.append(Section(_("File systems"), tuple(devices.filesystems(judged, wall))))
    if node.sample is not None:
        found.append(Section(_("Disks"), tuple(devices.disks(node.sample.host))))
        found.append(Section(_("Network"), tuple(devices.network(node.sample.host))))
    if node.events:
        found.append(Section(_("What happened"), tuple(events(node.events, glyphs, wall))))
    found.append(Section(_("Node"), tuple(_facts(judged))))
    return tuple(found)


def brief(judged: JudgedNode, glyphs: Glyphs, mono: float, wall: float) -> tuple[Section, ...]:
    """The short form, which stands beside a list: how it is, what it does, its cards."""
    found = [*_present(judged, glyphs, mono, wall)]
    if judged.cards:
        found.append(Section(_("GPUs"), (devices.cards_in_short(judged),)))
    return tuple(found)


def _present(judged: JudgedNode, glyphs: Glyphs, mono: float, wall: float) -> Iterator[Section]:
    yield Section(_("State"), tuple(_state(judged, glyphs, mono, wall)))
    if judged.node.sample is not None:
        yield Section(*figures(_("Now"), _now(judged.node.sample.host), judged.stale))


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
                yield Paragraph(fill(_(node.link.trouble.hint), node.link.trouble.values))
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
    yield Bar(_("CPU"), _part(host.cpu, 100), units.percent(host.cpu))
    yield Bar(_("host memory"), _part(used, host.memory_total), f"{units.size(used)} / {units.size(host.memory_total)}")
    yield Bar(_("swap"), _part(swap, host.swap_total), f"{units.size(swap)} / {units.size(host.swap_total)}")
    yield Fact(
        _("load"), "  ".join("?" if load is None else f"{load:.2f}" for load in (host.load1, host.load5, host.load15))
    )
    yield Fact(_("I/O wait"), units.percent(host.iowait))
    pressure = (host.pressure_cpu, host.pressure_memory, host.pressure_io)
    yield Fact(_("pressure"), _("CPU {0}, memory {1}, I/O {2}").format(*(units.percent(part) for part in pressure)))
    yield Fact(_("uptime"), units.duration(host.uptime))


def _minus(whole: int | None, rest: int | None) -> int | None:
    return whole - rest if whole is not None and rest is not None else None


def _part(found: float | None, whole: float | None) -> float | None:
    return max(0.0, min(1.0, found / whole)) if found is not None and whole else None


def _facts(judged: JudgedNode) -> Iterator[Item]:
    """What the inventory says of it, and what it says of itself."""
    listed, facts = judged.node.listed, judged.node.facts
    if listed is not None:
        yield Fact(_("address"), listed.address or judged.node.name)
        if listed.groups or listed.group:
            yield Fact(_("group"), ", ".join(listed.groups or (listed.group or "",)))
        if listed.cards is not None:
            found = Span(_("{found} of {expected}").format(found=len(judged.cards), expected=listed.cards))
            short = len(judged.cards) < listed.cards
            yield Fact(_("GPUs expected"), Span(found.text, "critical") if short else found)
        if listed.labels:
            yield Fact(_("labels"), "  ".join(f"{key}={value}" for key, value in listed.labels.items()))
    if rack(judged):
        yield Fact(_("rack"), rack(judged) or "?")
    if facts is None:
        yield Paragraph(Span(_("not read yet"), "dim"))
        return
    yield Fact(_("host name"), facts.host or "?")
    yield Fact(_("OS"), facts.system or "?")
    yield Fact(_("kernel"), facts.kernel or "?")
    yield Fact(_("CPU"), f"{facts.cpu or '?'} ({facts.cpus or '?'})")
    yield Fact(_("driver"), f"{facts.driver or '?'}  CUDA {facts.cuda or '?'}" if facts.cards else _("none"))
    skew = facts.skew
    yield Fact(_("clock skew"), "?" if skew is None else f"{skew:+.1f} s" if abs(skew) >= 0.05 else "0.0 s")


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
