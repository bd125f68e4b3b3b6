"""What the two lines at the top say: lab, person, mode, sources with their age, what is wrong, the time."""

from collections.abc import Iterator

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
        Span(f"{frame.person}  ", ""),
        Span(_("READ-ONLY"), "ok"),
    ]
    if frame.simulated:
        left += [Span("  "), Span(_("SIMULATED"), "simulated")]
    if frame.paused:
        left += [Span("  "), Span(_("PAUSED"), "warning")]
    if frame.logins:
        said = ngettext("{count} login waits", "{count} logins wait", frame.logins).format(count=frame.logins)
        left += [Span("  "), Span(said, "warning", "do:login")]
    left.append(Span("   "))
    standing = _standing(frame)
    left += [standing] if standing is not None else list(_sources(frame, fleet))
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
        yield Span(f"{name}{numbers} {old}  ", "dim" if up == every else "warning")
    for listing in fleet.jobs.values():
        late = outdated(listing, frame.mono)
        said = f"{listing.source} {units.age(max(0.0, frame.mono - listing.mono))}  "
        yield Span(said, "warning" if late else "dim", "in:jobs:")
    for source in fleet.sources.values():
        if source.trouble is not None:
            yield Span(say(source.trouble) + "  ", "critical")


_BAD = frozenset({Status.CRITICAL, Status.LOST, Status.BROKEN, Status.SILENT})


def counts(nodes: list[JudgedNode], glyphs: Glyphs) -> Iterator[Span]:
    """How much is critical, doubtful and stale; 4,096 cards take milliseconds, so once for each look."""
    critical = warning = 0
    for node in nodes:
        if node.status in (Status.DOWN, Status.SILENT):
            critical += 1  # its cards are the same trouble
            continue
        if node.status is Status.OK:
            continue  # then all of its cards are as well as can be told
        own = worst(node.points)
        critical += (own is Severity.CRITICAL) + sum(card.status in _BAD for card in node.cards)
        warning += (own is Severity.WARNING) + sum(card.status is Status.WARNING for card in node.cards)
    stale = sum(node.stale for node in nodes)
    if critical:
        yield Span(f"{critical} {glyphs.critical}", "critical", "health:critical", KEEP)
        yield Span("  ", priority=KEEP)
    if warning:
        yield Span(f"{warning} {glyphs.warning}", "warning", "health:warning", 2)
        yield Span("  ", priority=2)
    if stale:
        yield Span(f"{stale} {glyphs.stale}", "stale", "health:stale", 1)
        yield Span("  ", priority=1)
