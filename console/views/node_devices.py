"""The devices on a node's page: its cards a line each, its disks, network interfaces and file systems."""

from collections.abc import Iterator

from backends.records import Filesystem, HostSample, MountState
from console.language import _
from console.model.fields import UNSUPPORTED
from console.model.judged import JudgedCard, JudgedNode, Status
from console.views import units
from console.views.node_figures import share
from widgets.models import Cell, Grid, Item, Paragraph, Span

MOUNT_STYLES = {
    MountState.OK: "",
    MountState.HUNG: "critical",
    MountState.STALE: "warning",
    MountState.ERROR: "warning",
}
FULL = 90.0
"""Percent from which a file system, or its inodes, are marked."""


def cards(judged: JudgedNode) -> Grid:
    """A line for each card, the model last: it is the first to be cut where there is no room."""
    rows = tuple(
        (
            *_card(judged, card),
            f"{units.size(figure_of(card, 'memory_used'))}/{units.size(card.card.memory)}",
            units.celsius(figure_of(card, "temperature")),
            units.watts(figure_of(card, "power")),
            (card.owner.user or "?") if card.owner is not None else "-",
            (card.owner.name or "") if card.owner is not None else "",
            card.card.name or "?",
        )
        for card in judged.cards
    )
    titles = ("#", _("STATE"), _("UTIL"), _("MEMORY"), _("TEMP"), _("POWER"), _("USER"), _("NAME"), _("MODEL"))
    return Grid(titles, rows, frozenset({0, 2, 3, 4, 5}))


def cards_in_short(judged: JudgedNode) -> Grid:
    """The same where there is little room: who has each card, and what it does."""
    rows = tuple(
        (
            *_card(judged, card),
            units.size(figure_of(card, "memory_used")),
            (card.owner.user or "?") if card.owner is not None else "-",
            (card.owner.name or "") if card.owner is not None else "",
        )
        for card in judged.cards
    )
    titles = ("#", _("STATE"), _("UTIL"), _("MEMORY"), _("USER"), _("NAME"))
    return Grid(titles, rows, frozenset({0, 2, 3}))


STYLES = {Status.OK: "", Status.WARNING: "warning", Status.STALE: "stale", Status.UNKNOWN: "unknown"}


def _card(judged: JudgedNode, card: JudgedCard) -> tuple[Cell, Cell, Cell]:
    """Its slot, its state, its utilisation."""
    target = f"gpu:{judged.node.name}:{card.card.slot}"
    state = Span(_(str(card.status)), STYLES.get(card.status, "critical"))
    return Span(str(card.card.slot), "accent", target), state, units.percent(figure_of(card, "util"))


def figure_of(card: JudgedCard, name: str) -> object:
    """A figure of a card: None where unknown, `UNSUPPORTED` where it has none."""
    found = getattr(card.gpu, name) if card.gpu is not None else None
    return UNSUPPORTED if found is None and name in card.card.unsupported else found


def disks(host: HostSample) -> Iterator[Item]:
    """What each block device does."""
    rows = tuple((d.name, units.rate(d.read), units.rate(d.write), units.percent(d.busy)) for d in host.disks)
    if rows:
        yield Grid((_("DISK"), _("READ"), _("WRITE"), _("BUSY")), rows, frozenset({1, 2, 3}))
    else:
        yield Paragraph(Span(_("none seen"), "dim"))


def network(host: HostSample) -> Iterator[Item]:
    """What each interface does; errors and drops stand out where there are any."""
    rows = tuple(
        (
            net.name,
            Span("?", "unknown") if net.up is None else _("up") if net.up else Span(_("down"), "warning"),
            units.rate(net.received),
            units.rate(net.sent),
            _counted(net.errors),
            _counted(net.drops),
            "?" if net.speed is None else f"{net.speed / 1000:g}G",
        )
        for net in host.nets
    )
    if rows:
        titles = (_("NETWORK"), _("STATE"), _("IN"), _("OUT"), _("ERRORS/s"), _("DROPS/s"), _("SPEED"))
        yield Grid(titles, rows, frozenset({2, 3, 4, 5, 6}))
    else:
        yield Paragraph(Span(_("none seen"), "dim"))


def _counted(value: float | None) -> Cell:
    if value is None:
        return Span("?", "unknown")
    return Span(units.number(value), "warning") if value > 0 else "0"


def filesystems(judged: JudgedNode, wall: float) -> Iterator[Item]:
    """Every file system, those that do not answer first, then by how full they are."""
    record = judged.node.mounts
    if record is None:
        yield Paragraph(Span(_("not read yet"), "dim"))
        return
    ranked = sorted(record.filesystems, key=lambda fs: (fs.state is MountState.OK, -(share(fs) or 0.0)))
    rows = tuple(_filesystem(fs, wall) for fs in ranked)
    if not rows:
        yield Paragraph(Span(_("none seen"), "dim"))
        return
    titles = (_("MOUNT"), _("STATE"), _("USED"), _("FREE"), _("SIZE"), _("INODES"), _("TYPE"))
    yield Grid(titles, rows, frozenset({2, 3, 4, 5}))


def _filesystem(fs: Filesystem, wall: float) -> tuple[Cell, ...]:
    state = _(str(fs.state))
    if fs.since is not None and fs.state is not MountState.OK:
        state += " " + _("for {age}").format(age=units.age(max(0.0, wall - fs.since)))
    elif fs.read_only:
        state += " " + _("read-only")
    inodes = None
    if fs.inodes and fs.inodes_free is not None:
        inodes = 100 * (fs.inodes - fs.inodes_free) / fs.inodes
    return (
        fs.mount,
        Span(state, MOUNT_STYLES[fs.state]),
        _filled(share(fs)),
        units.size(fs.available),
        units.size(fs.size),
        _filled(inodes),
        fs.kind or "?",
    )


def _filled(part: float | None) -> Cell:
    if part is None:
        return Span("?", "unknown")
    return Span(units.percent(part), "warning") if part >= FULL else units.percent(part)
