"""What the pane `platform` says of each service behind the schedulers, as columns, as values, and beside the list."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from backends.jobs import Service, Services
from console.language import _
from console.model.fields import Field, Kind
from console.views import units
from console.views.heading_kinds import figure, words
from console.views.headings import Heading, Present
from console.views.rows import Row
from console.views.words import fill, say
from widgets.models import Cell, Fact, Item, Paragraph, Section, Span


class Seen(msgspec.Struct, frozen=True):
    """A service, and who told of it when."""

    source: str
    service: Service
    at: float
    """UTC."""

    @property
    def key(self) -> str:
        """What tells it from every other service."""
        return f"{self.source}/{self.service.name}/{self.service.host or ''}"


def seen(services: Sequence[Services]) -> list[Seen]:
    """Every service, those that are down first."""
    found = [Seen(told.source, service, told.at) for told in services for service in told.services]
    return sorted(found, key=lambda each: each.service.up is not False)


def headings() -> tuple[Heading[Seen], ...]:
    """Every column, in its order from left to right."""
    several = _("how many there are to take over; 1 is a single point of failure")
    return (
        words("service", _("SERVICE"), _("name"), 14, lambda s: s.service.name, 100, grow=1, most=28, style="accent"),
        Heading("state", _("STATE"), _("whether it answers"), 7, _state, lambda s: _word(s.service), priority=98),
        words("host", _("HOST"), _("where it runs"), 10, lambda s: s.service.host, 70, most=24),
        figure(
            "answered",
            _("ANSWER"),
            _("time that its last answer took"),
            7,
            lambda s: s.service.answered,
            90,
            _seconds,
            absent="-",
        ),
        figure("since", _("FOR"), _("since when it has been so"), 6, lambda s: s.service.since, 80, cell=_since),
        figure("replicas", _("REPLICAS"), several, 4, lambda s: s.service.replicas, 60, cell=_replicas),
        words("source", _("SOURCE"), _("who tells of it"), 8, lambda s: s.source, 50, most=14),
        Heading(
            "said",
            _("SAID"),
            _("what is wrong with it, or what it says of itself"),
            14,
            _said,
            told,
            priority=85,
            grow=3,
        ),
    )


def _word(service: Service) -> str:
    return {True: "up", False: "down", None: "unknown"}[service.up]


def _state(each: Seen, present: Present) -> Cell:
    glyphs = present.glyphs
    if each.service.up is None:
        return Span(f"{glyphs.unknown} " + _("unknown"), "unknown")
    if each.service.up:
        return Span(f"{glyphs.ok} " + _("up"), "ok")
    return Span(f"{glyphs.critical} " + _("down"), "critical")


def _seconds(value: object) -> str:
    if not isinstance(value, int | float):
        return "?"
    return f"{value * 1000:.0f}ms" if value < 1 else f"{value:.1f}s"


def _since(each: Seen, present: Present) -> Cell:
    at = each.service.since
    return "?" if at is None else units.age(max(0.0, present.wall - at))


def _replicas(each: Seen, _present: Present) -> Cell:
    count = each.service.replicas
    return Span("-", "dim") if count is None else Span(str(count), "warning" if count < 2 else "")


def told(each: Seen) -> str | None:
    """What is wrong with it, or what it says of itself."""
    return say(each.service.trouble) if each.service.trouble is not None else each.service.said


def _said(each: Seen, _present: Present) -> Cell:
    return Span(told(each) or "-", "warning" if each.service.trouble is not None else "dim")


def sections(each: Seen, wall: float) -> tuple[Section, ...]:
    """The page beside the list."""
    return (Section(each.service.name, tuple(_facts(each, wall))),)


def _facts(each: Seen, wall: float) -> Iterator[Item]:
    service = each.service
    yield Fact(_("state"), Span(_(_word(service)), {True: "ok", False: "critical", None: "unknown"}[service.up]))
    if service.trouble is not None:
        yield Paragraph(Span(say(service.trouble), "warning"))
        if service.trouble.hint:
            yield Paragraph(fill(_(service.trouble.hint), service.trouble.values))
    if service.said:
        yield Fact(_("says"), service.said)
    if service.host:
        yield Fact(_("host"), service.host)
    yield Fact(_("answered in"), _seconds(service.answered) if service.answered is not None else "-")
    yield Fact(_("since"), units.clock(service.since))
    if service.replicas is not None:
        yield Fact(_("replicas"), str(service.replicas))
        if service.replicas < 2:
            yield Paragraph(Span(_("Nothing takes over when it fails."), "warning"))
    yield Fact(_("told by"), each.source)
    yield Fact(_("asked"), _("{age} ago").format(age=units.age(max(0.0, wall - each.at))))


def fields() -> dict[str, Field]:
    """What a filter over services may ask for, by name."""
    rows: tuple[tuple[str, Kind, str, tuple[str, ...]], ...] = (
        ("service", Kind.TEXT, _("name"), ("name",)),
        ("state", Kind.CHOICE, _("whether it answers"), ("status", "up")),
        ("host", Kind.TEXT, _("where it runs"), ("node",)),
        ("answered", Kind.DURATION, _("time that its last answer took"), ("answer",)),
        ("age", Kind.DURATION, _("since when it has been so"), ("for",)),
        ("replicas", Kind.NUMBER, _("how many there are to take over"), ()),
        ("source", Kind.TEXT, _("who tells of it"), ()),
        ("said", Kind.TEXT, _("what is wrong with it, or what it says of itself"), ()),
    )
    states = ("up", "down", "unknown")
    return {
        name: Field(name, kind, title, states if kind is Kind.CHOICE else (), aliases)
        for name, kind, title, aliases in rows
    }


def row(each: Seen, wall: float) -> Row:
    """One service."""
    service = each.service
    return {
        "service": service.name,
        "state": _word(service),
        "host": service.host,
        "answered": service.answered,
        "since": service.since,
        "age": max(0.0, wall - service.since) if service.since is not None else None,
        "replicas": service.replicas,
        "source": each.source,
        "said": told(each),
    }


def text(row: Mapping[str, object]) -> str:
    """What plain words of a filter look through."""
    return " ".join(str(row[name]) for name in ("service", "host", "source", "said") if row[name])


def style(each: Seen) -> str:
    """The style of a row."""
    return "critical" if each.service.up is False else ""
