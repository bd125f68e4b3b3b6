"""The axis of time: dates above, hours below, on round times of the viewer's zone, and the mark of now."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from console.language import N_, _
from console.views.cells import width
from console.views.window import DAY, HOUR, Window, offset
from themes.glyphs import Glyphs
from widgets.timeline.models import Note

_APART = 8
"""Terminal cells from one tick to the next, at the least."""
_TICKS = (300.0, 600.0, 900.0, 1800.0, *(HOUR * count for count in (1, 2, 3, 6, 12, 24, 48, 168)))
"""Seconds from one tick to the next, where the slots leave room for it."""
_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def local(at: float, zone: tzinfo | None = None) -> datetime:
    """An instant in the viewer's zone, or in the one given."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone)


def day(at: float, zone: tzinfo | None = None) -> str:
    """The day of an instant: ``Sat 2026-11-21``."""
    when = local(at, zone)
    return f"{_(_DAYS[when.weekday()])} {when:%Y-%m-%d}"


def zone_name(at: float, zone: tzinfo | None = None) -> str:
    """What the zone is called at an instant."""
    return f"{local(at, zone):%Z}"


def ticks(window: Window, glyphs: Glyphs, zone: tzinfo | None = None) -> tuple[Note, ...]:
    """The lower line: hours, or days where a tick is a day or more."""
    cells = window.wide / window.step
    each = next((tick for tick in _TICKS if tick >= window.step and tick * cells >= _APART), 14 * DAY)
    form = "%H:%M" if each < DAY else "%m-%d"
    found: list[Note] = []
    for slot in _turns(window, each, zone):
        text = glyphs.vertical + format(local(window.start(slot), zone), form)
        if slot * window.wide + width(text) <= window.slots * window.wide:
            found.append(Note(slot * window.wide, text, _APART - 1, "dim"))
    return tuple(found)


def dates(window: Window, now: float, glyphs: Glyphs, zone: tzinfo | None = None) -> tuple[Note, ...]:
    """The upper line: the day at its midnight and at the left edge, or the month; and where now is."""
    starts = {0, *_turns(window, DAY, zone)}
    named = {slot: day(window.start(slot), zone) for slot in starts}
    if DAY / window.step * window.wide <= max(map(width, named.values())):  # the lower line has the days
        months = [f"{local(window.start(slot), zone):%Y-%m}" for slot in range(window.slots)]
        named = {slot: month for slot, month in enumerate(months) if not slot or month != months[slot - 1]}
    mark = _now(window, now, glyphs) if window.holds(now) else None
    found: list[Note] = []
    ends = [*sorted(named)[1:], window.slots]
    for (slot, text), end in zip(sorted(named.items()), ends, strict=True):
        room = (end - slot) * window.wide - 1
        at, until = slot * window.wide, slot * window.wide + width(text)
        beside = mark is None or until < mark.at or at > mark.at + mark.room
        if width(text) <= room and beside:
            found.append(Note(at, text, room))
    return (*found, mark) if mark is not None else tuple(found)


def _now(window: Window, now: float, glyphs: Glyphs) -> Note:
    """The mark stands over its slot; its word before it, or behind it at the left edge."""
    at = window.slot(now) * window.wide + window.wide - 1
    word = _("now")
    before = width(word) + 1
    if at >= before:
        return Note(at - before, f"{word} {glyphs.caret}", before + 1, "accent")
    return Note(at, f"{glyphs.caret} {word}", before + 1, "accent")


def names(window: Window, zone: tzinfo | None = None) -> tuple[str, ...]:
    """What each slot is called."""
    form = "%H:%M" if window.until - window.since <= 1.5 * DAY else "%m-%d" if window.step >= DAY else "%m-%d %H:%M"
    return tuple(format(local(window.start(slot), zone), form) for slot in range(window.slots))


def period(window: Window, slot: int, now: float, zone: tzinfo | None = None) -> str:
    """From when to when a slot is: ``14:00–14:10``, with the date where it is not today."""
    start, end = local(window.start(slot), zone), local(window.start(slot + 1), zone)
    if window.step >= DAY:
        return f"{start:%Y-%m-%d}"
    today = local(now, zone).date()
    date = "" if start.date() == today else f"{start:%m-%d} " if start.year == today.year else f"{start:%Y-%m-%d} "
    return f"{date}{start:%H:%M}–{end:%H:%M}"


def _turns(window: Window, each: float, zone: tzinfo | None) -> Iterator[int]:
    """Slots in which a round time begins; also where the zone changes its offset."""
    before = None
    for slot in range(window.slots):
        at = window.start(slot)
        turn = (at + offset(at, zone)) // each
        if before is None:
            before = (at - window.step + offset(at - window.step, zone)) // each
        if turn != before:
            yield slot
        before = turn
