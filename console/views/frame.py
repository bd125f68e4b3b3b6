"""What the two lines at the top say: lab, person, mode, sources with their age, what is wrong, the time."""

from collections.abc import Iterable, Iterator

import msgspec

from backends.record import Trouble
from backends.records import LinkState
from console.language import _, ngettext
from console.model.fleet import Fleet
from console.model.freshness import outdated
from console.model.judged import JudgedNode, Status, worst
from console.model.severity import Severity
from console.model.standing import Standing
from console.views import units
from console.views.words import say
from themes.glyphs import Glyphs
from widgets.models import KEEP, Span, Spans


class Frame(msgspec.Struct, frozen=True):
    """What the status line is made from."""

    lab: str
    person: str
    simulated: bool
    standing: Standing
    silent_for: float
    """Seconds since when it stands so."""
    trouble: Trouble | None
    paused: bool
    mono: float
    wall: float
    logins: int = 0
    """Logins that wait for a person and are not shown."""


def status(frame: Frame, fleet: Fleet, wrong: Spans, glyphs: Glyphs) -> tuple[Spans, Spans]:
    """The left and the right half of line 1; `wrong` is what `counts` says."""
    left = [
        Span(f"{frame.lab}  ", "title"),
        Span(f"{glyphs.ok} ", "ok" if frame.standing is Standing.FOLLOWING else "critical"),
        Span(f"{frame.person}  ", "", priority=_PERSON),
        Span(_("READ-ONLY"), "ok"),
    ]
    if frame.simulated:
        left += [Span("  "), Span(_("SIMULATED"), "simulated")]
    if frame.paused:
        left += [Span("  "), Span(_("PAUSED"), "warning")]
    if frame.logins:
        said = ngettext("{count} login waits", "{count} logins wait", frame.logins).format(count=frame.logins)
        left += [Span("  "), Span(said, "warning", "do:login")]
    standing = _standing(frame)
    left += [Span("  "), standing] if standing is not None else list(_sources(frame, fleet))
    return tuple(left), (*wrong, Span(units.time_of_day(frame.wall) + " ", "", priority=KEEP))


def _standing(frame: Frame) -> Span | None:
    since = units.age(frame.silent_for)
    match frame.standing:
        case Standing.SEEKING:
            said = say(frame.trouble) if frame.trouble is not None else _("waiting for the collector, {age}")
            return Span(said.format(age=since) if frame.trouble is None else said, "warning")
        case Standing.SILENT:
            return Span(_("collector silent for {age}").format(age=since), "critical")
        case Standing.REFUSED:
            return Span(say(frame.trouble) if frame.trouble is not None else _("refused"), "critical")
    return None


def _sources(frame: Frame, fleet: Fleet) -> Iterator[Span]:
    """Each source with how many of its nodes are up and the age of the newest of them."""
    counted: dict[str, tuple[int, int, float]] = {}
    for node in fleet.nodes.values():
        if node.link is None:
            continue
        up, every, newest = counted.get(node.link.source, (0, 0, float("-inf")))
        seen = node.sample.mono if node.sample is not None else float("-inf")
        counted[node.link.source] = (up + (node.link.state is LinkState.UP), every + 1, max(newest, seen))
    for name, (up, every, newest) in counted.items():
        old = units.age(frame.mono - newest) if newest > float("-inf") else "?"
        numbers = f" {up}/{every}" if every > 1 else ""
        style, rank = ("dim", _WELL) if up == every else ("warning", _LATE)
        yield Span("  ", priority=rank)
        yield Span(f"{name}{numbers}", style, priority=rank)
        yield Span(f" {old}", style, priority=_AGE)
    for listing in fleet.jobs.values():
        late = outdated(listing, frame.mono)
        style, rank = ("warning", _LATE) if late else ("dim", _WELL)
        yield Span("  ", priority=rank)
        yield Span(listing.source, style, "in:jobs:", rank)
        old = f" {units.age(max(0.0, frame.mono - listing.mono))}"
        yield Span(old, style, "in:jobs:", rank if late else _AGE)
    for source in fleet.sources.values():
        if source.trouble is not None:
            yield Span("  " + say(source.trouble), "critical")


_PERSON, _AGE, _WELL, _STALE, _WARNING, _LATE = 1, 2, 3, 4, 5, 6
"""In which order parts of line 1 are dropped where there is no room: who one is, which one knows, first."""
_BAD = frozenset({Status.CRITICAL, Status.LOST, Status.BROKEN, Status.SILENT})


class Tally(msgspec.Struct, frozen=True):
    """How much is critical, doubtful and stale: nodes for themselves, and the cards of the others."""

    critical_nodes: int = 0
    critical_cards: int = 0
    warning_nodes: int = 0
    warning_cards: int = 0
    stale: int = 0
    """Nodes."""


def tally(nodes: Iterable[JudgedNode]) -> Tally:
    """Count it; 4,096 cards take milliseconds, so once for each look."""
    critical = warning = bad_cards = doubtful_cards = stale = 0
    for node in nodes:
        stale += node.stale
        if node.status in (Status.DOWN, Status.SILENT):
            critical += 1  # its cards are the same trouble
            continue
        if node.status is Status.OK:
            continue  # then all of its cards are as well as can be told
        own = worst(node.points)
        critical += own is Severity.CRITICAL
        warning += own is Severity.WARNING
        bad_cards += sum(card.status in _BAD for card in node.cards)
        doubtful_cards += sum(card.status is Status.WARNING for card in node.cards)
    return Tally(critical, bad_cards, warning, doubtful_cards, stale)


def counts(nodes: Iterable[JudgedNode], glyphs: Glyphs) -> Iterator[Span]:
    """How much is critical, doubtful and stale, in numbers with their signs."""
    found = tally(nodes)
    critical, warning = found.critical_nodes + found.critical_cards, found.warning_nodes + found.warning_cards
    if critical:
        yield Span(f"{critical} {glyphs.critical}", "critical", "health:critical", KEEP)
        yield Span("  ", priority=KEEP)
    if warning:
        yield Span(f"{warning} {glyphs.warning}", "warning", "health:warning", _WARNING)
        yield Span("  ", priority=_WARNING)
    if found.stale:
        yield Span(f"{found.stale} {glyphs.stale}", "stale", "health:stale", _STALE)
        yield Span("  ", priority=_STALE)


def told(nodes: Iterable[JudgedNode], glyphs: Glyphs) -> Iterator[Span]:
    """What the numbers of `counts` count: nodes for themselves, and GPUs of the other nodes."""
    found = tally(nodes)
    for sign, style, own, cards in (
        (glyphs.critical, "critical", found.critical_nodes, found.critical_cards),
        (glyphs.warning, "warning", found.warning_nodes, found.warning_cards),
        (glyphs.stale, "stale", found.stale, 0),
    ):
        parts = [
            *([ngettext("{count} node", "{count} nodes", own).format(count=own)] if own else []),
            *([ngettext("{count} GPU", "{count} GPUs", cards).format(count=cards)] if cards else []),
        ]
        if parts:
            yield Span(f"{sign} ", style, priority=2)
            yield Span(" + ".join(parts) + "  ", "dim", priority=2)
