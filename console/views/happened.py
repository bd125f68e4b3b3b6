"""What happened to a card or a node: events as they were told, and what held from when to when."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from backends.record import Trouble
from backends.records import Event
from console.language import _
from console.model.history import Kind, Span, Spans
from console.model.judged import Status
from console.model.xid import CODES
from console.views import units
from console.views.words import say
from themes.glyphs import Glyphs
from widgets import models
from widgets.models import Grid, Item, Paragraph, Section

DAY = 86_400.0
"""Seconds that are looked back."""
MOST = 200
"""Spans that are asked for."""
SHOWN = 12
"""Lines of each list; what is older is counted."""
EVENTS = 10
APART = 120.0
"""Seconds between two spans of one owner that still count as one."""


def events(happened: Sequence[Event], glyphs: Glyphs, wall: float) -> Iterator[Item]:
    """The newest events, each with its meaning and the raw line."""
    for event in reversed(happened[-EVENTS:]):
        known = CODES.get(event.code) if event.kind == "xid" and event.code is not None else None
        title = f"Xid {event.code}" if event.kind == "xid" else event.kind
        where = f"{glyphs.dot} GPU {event.slot} " if event.slot is not None else ""
        ago = _("{age} ago").format(age=units.age(max(0.0, wall - event.at)))
        yield Paragraph((models.Span(f"{title} ", "critical"), models.Span(f"{where}{glyphs.dot} {ago}", "dim")))
        if known is not None:
            yield Paragraph(f"{_(known.meaning)} {_(known.action)}")
        if event.text:
            yield Paragraph(models.Span(event.text, "dim"))


def owners(answer: Spans | None, trouble: Trouble | None, wall: float) -> Section | None:
    """Who held a card in the last day; None before anything is known."""
    if answer is None:
        return _unread(_("Owners of the last 24 hours"), trouble)
    held = folded(span for span in answer.spans if span.kind is Kind.OWNER)
    rows = tuple(
        (
            _when(span.since, wall),
            _long(span, wall),
            models.Span(span.value or "?", "" if span.until is not None else "accent"),
            _named(span, "project"),
            _named(span, "job"),
            _named(span, "name"),
        )
        for span in held[:SHOWN]
    )
    items = list(_listed((_("SINCE"), _("FOR"), _("USER"), _("PROJECT"), _("JOB"), _("NAME")), rows, len(held)))
    return Section(_("Owners of the last 24 hours"), tuple(items))


def troubles(answer: Spans | None, trouble: Trouble | None, wall: float, *, slots: bool = False) -> Section | None:
    """How a card, or a node with its cards, was in the last day where it was not well; None where it was all day."""
    if answer is None:
        return _unread(_("Troubles of the last 24 hours"), trouble) if slots else None
    wrong = [span for span in answer.spans if _is_wrong(span)]
    if not wrong:
        return None
    rows = tuple(
        (
            _when(span.since, wall),
            _long(span, wall),
            *((("-" if span.slot is None else str(span.slot)),) if slots else ()),
            models.Span(_(span.value) if span.kind is Kind.STATE else span.value, _style(span)),
        )
        for span in wrong[:SHOWN]
    )
    titles = (_("SINCE"), _("FOR"), *(("GPU",) if slots else ()), _("WHAT"))
    return Section(_("Troubles of the last 24 hours"), tuple(_listed(titles, rows, len(wrong))))


def _unread(title: str, trouble: Trouble | None) -> Section | None:
    return Section(title, (Paragraph(models.Span(say(trouble), "warning")),)) if trouble is not None else None


def folded(spans: Iterable[Span]) -> list[Span]:
    """Spans, the newest first, with those of one holder or one job that follow each other closely as one.

    Of one job the scheduler's word counts more than that of a process.
    """
    found: list[Span] = []
    for span in spans:
        newer = found[-1] if found else None
        if newer is not None and _goes_on(span, newer):
            told = span.holder if newer.holder is not None and not newer.holder.allocated else newer.holder
            found[-1] = msgspec.structs.replace(newer, since=span.since, holder=told)
        else:
            found.append(span)
    return found


def _goes_on(older: Span, newer: Span) -> bool:
    if (older.value, older.node, older.slot) != (newer.value, newer.node, newer.slot):
        return False
    jobs = [span.holder.job if span.holder is not None else None for span in (older, newer)]
    same = older.holder == newer.holder or (jobs[0] is not None and jobs[0] == jobs[1])
    return same and older.until is not None and newer.since - older.until <= APART


def _is_wrong(span: Span) -> bool:
    if span.kind is Kind.HEALTH:
        return bool(span.value.strip())
    return span.kind is Kind.STATE and span.value not in (Status.OK, Status.UNKNOWN)


def _style(span: Span) -> str:
    return "warning" if span.kind is Kind.HEALTH or span.value in (Status.WARNING, Status.STALE) else "critical"


def _listed(titles: tuple[str, ...], rows: tuple[tuple[models.Cell, ...], ...], count: int) -> Iterator[Item]:
    if not rows:
        yield Paragraph(models.Span(_("none"), "dim"))
        return
    yield Grid(titles, rows, frozenset({1}))
    if count > len(rows):
        yield Paragraph(models.Span(_("and {count} more").format(count=count - len(rows)), "dim"))


def _when(at: float, wall: float) -> str:
    """The time of day, with the day where it is another."""
    when, now = (datetime.fromtimestamp(each, UTC).astimezone() for each in (at, wall))
    return f"{when:%H:%M}" if when.date() == now.date() else f"{when:%m-%d %H:%M}"


def _long(span: Span, wall: float) -> str:
    return units.duration(max(0.0, (span.until if span.until is not None else wall) - span.since))


def _named(span: Span, name: str) -> str:
    return (getattr(span.holder, name) if span.holder is not None else None) or "-"
