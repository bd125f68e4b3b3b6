"""What the pane `time` shows: a row of codes for each card, node, user or project, and what is under the cursor."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache

from console.language import N_, _, ngettext
from console.model.history import Holder, Rows
from console.views import axis, heat, units
from console.views.cells import width
from console.views.tracks import Moment, Track, runs, stretches
from console.views.window import DAY, HOUR, Window
from themes.glyphs import Glyphs
from widgets.models import KEEP, Span, Spans
from widgets.timeline.models import Beside, Lane, Note, Scale, Tile


class Paint(StrEnum):
    """What the colour of a slot says; that it was idle is said in either."""

    OWNER = "owner"
    """Who held it: the height is how busy it was; of a user or project how many cards were held."""
    UTIL = "util"
    """How busy it was, as the height does."""


_IDLE = {Paint.OWNER: "warning reverse", Paint.UTIL: "title reverse"}

TITLES = {
    Rows.CARDS: N_("cards"),
    Rows.NODES: N_("nodes"),
    Rows.USERS: N_("users"),
    Rows.PROJECTS: N_("projects"),
}
PLACES = (Rows.CARDS, Rows.NODES)
"""Rows that are places, and have holders; the others are holders."""

BLANK, UNKNOWN, FREE, IDLE, IDLE_HOT = range(5)
"""`IDLE_HOT` is idle among the colours of heat, which end in the yellow of a warning."""
_LEVELS = heat.LEVELS
NOBODY = 5
"""Busy, and nobody is known to have held it; from here on by level."""
HEAT = NOBODY + _LEVELS
HELD = HEAT + _LEVELS
"""Held, but not measured; from here on by the holder's colour."""
OWNED = HELD + heat.COLOURS
"""From here on by colour, then level."""


@lru_cache(8)
def tiles(glyphs: Glyphs) -> tuple[Tile, ...]:
    """How every code looks, by code."""
    # The highest bar leaves a gap to the row above. In ASCII one of the many bars is also the sign of a free card.
    bars = glyphs.levels if glyphs.free in glyphs.spark else glyphs.spark[:-1]
    levels = [bars[number * len(bars) // _LEVELS] for number in range(_LEVELS)]
    return (
        Tile(" "),
        Tile(glyphs.unknown, "unknown faint"),
        Tile(glyphs.free, "dim faint"),
        Tile(glyphs.horizontal, _IDLE[Paint.OWNER]),
        Tile(glyphs.horizontal, _IDLE[Paint.UTIL]),
        *(Tile(bar, "dim") for bar in levels),
        *(Tile(bar, f"heat.{number}") for number, bar in enumerate(levels)),
        *(Tile(glyphs.unknown, f"owner.{colour}") for colour in range(heat.COLOURS)),
        *(Tile(bar, f"owner.{colour}") for colour in range(heat.COLOURS) for bar in levels),
    )


@lru_cache(4096)
def mark(user: str | None) -> tuple[str, int]:
    """A user's letter and number of a colour: the same as in the heatmap, always."""
    if not user:
        return "?", 0
    code = heat.owner_code(user) - heat.OWNER
    return chr(ord("A") + code // heat.COLOURS), code % heat.COLOURS


def whose(key: str, rows: Rows, holder: Holder | None) -> str | None:
    """Whose letter and colour a slot has: of a card its holder, of a user the row itself."""
    if rows in PLACES:
        return None if holder is None else holder.user
    return key


def code(moment: Moment | None, user: str | None, paint: Paint, top: float) -> int:
    """The code of a slot.

    Args:
        moment: what was known; None where nothing is kept.
        user: whose colour it has.
        paint: what the colour says.
        top: of users and projects: how many cards the highest bar stands for.
    """
    if moment is None:
        return BLANK
    if moment.idle:
        return IDLE if paint is Paint.OWNER else IDLE_HOT
    util = moment.util
    if not moment.held:
        if moment.cards == 0:
            return FREE
        if util is None:
            return UNKNOWN
        return FREE if util == 0 else (NOBODY if paint is Paint.OWNER else HEAT) + heat.level(util)
    colour = mark(user)[1]
    if util is None:
        return HELD + colour
    if paint is Paint.UTIL:
        return HEAT + heat.level(util)
    height = util if moment.cards is None else 100 * moment.cards / top
    return OWNED + colour * _LEVELS + heat.level(min(100.0, height))


def lane(
    key: str,
    rows: Rows,
    moments: Sequence[Moment | None],
    window: Window,
    paint: Paint,
    top: float = 1.0,
    before: str | None = None,
    known: dict[int, int] | None = None,
) -> Lane:
    """One row.

    Args:
        key: as it was answered.
        rows: what rows are.
        moments: one for each slot.
        window: in which they lie.
        paint: what the colour says.
        top: how many cards the highest bar of a user or project stands for.
        before: the key of the row above it; the name of a node is bright once and dim below.
        known: the codes of moments by identity, which is added to; only for rows that are places.
    """
    known = {} if known is None or rows not in PLACES else known
    for moment in moments:  # equal slots are one value
        if id(moment) not in known:
            holder = moment.holder if moment is not None else None
            known[id(moment)] = code(moment, whose(key, rows, holder), paint, top)
    codes = bytes([known[id(moment)] for moment in moments])
    label, number = named(key, rows)
    same = rows is Rows.CARDS and before is not None and named(before, rows)[0] == label
    return Lane(label, codes, tuple(_notes(moments, window, paint)), number, "dim faint" if same else "")


def _notes(moments: Sequence[Moment | None], window: Window, paint: Paint) -> Iterable[Note]:
    """The holder's letter where it began, the name where nothing was done: there is no bar that it could hide."""
    wide = window.wide
    for start, stop, first in runs(moments):
        user = first.holder.user if first.holder is not None else None
        letter, colour = mark(user)
        idle = list(stretches(moments, start, stop))
        busy = idle[0][1] if first.idle else start
        until = next((one for one, _other in idle if one >= busy), stop)
        if (busy - start) * wide < _SPACE <= (until - busy) * wide:
            yield Note(busy * wide, letter, 1, f"owner.{colour} reverse bold")
        for one, other in idle:
            room = (other - one) * wide
            if room < _SPACE:
                continue
            lasted = units.duration((other - one) * window.step) if one else ""  # at the edge it may be longer
            said = (f"{user} {lasted} ", f"{user} ", user) if lasted and user else (f"{user} ", user) if user else ()
            text = next((text for text in said if text is not None and width(text) <= room), letter)
            yield Note(one * wide, text, room, f"{_IDLE[paint]} bold")


def named(key: str, rows: Rows) -> tuple[str, str]:
    """A row's name and, of a card, the number of its slot."""
    if rows is not Rows.CARDS:
        return key, ""
    node, _sep, slot = key.rpartition(":")
    return node, slot


def who(moment: Moment | None) -> Spans:
    """Who held a row at a moment, and how busy it was, in a few words."""
    if moment is None:
        return (Span("-", "dim"),)
    util = f" {units.percent(moment.util)}"
    if moment.cards is not None:
        if not moment.cards:
            return (Span("-", "dim"),)
        count = ngettext("{count} GPU", "{count} GPUs", _form(moment.cards)).format(count=hours(moment.cards))
        return (Span(count), Span(util, "warning" if moment.idle else "dim"))
    holder = moment.holder
    if holder is None:
        if moment.util is None:
            return (Span(_("unknown"), "unknown faint"),)
        busy = (Span(_("nobody known"), "dim"), Span(util, "dim"))
        return busy if moment.util else (Span(_("free"), "dim faint"),)
    name = Span(holder.user or "?", f"owner.{mark(holder.user)[1]}")
    work = " ".join(part for part in (holder.name, holder.job) if part)
    return (name, Span(util, "warning" if moment.idle else "dim"), Span(f" {work}" if work else "", "dim"))


def hours(value: float) -> str:
    """GPU-hours, or a mean of cards: ``3.2``, ``142``, ``<0.1``."""
    return "<0.1" if 0 < value < 0.05 else units.number(round(value, 1))


def _form(value: float) -> int:
    """For which number the plural is chosen: 1.3 are several."""
    return 1 if round(value, 1) == 1 else 2


def beside(track: Track | None, moment: Moment | None, rows: Rows, room: int) -> Beside:
    """What is said behind a row in so many cells: who held it, and how many of its hours were idle."""
    if track is None:
        return who(None), ()
    lost = track.idle_hours
    both = rows not in PLACES and room >= _WIDE
    figure = f"{hours(lost)} h".rjust(_FIGURE if both else 0) if lost else ""
    # What was held never stands where what was idle would: it is held, and nothing of it was idle.
    said = [Span(f"{hours(track.hours)} h{'' if figure else ' ' * _FIGURE}", "dim")] if both else []
    if figure:
        said.append(Span(figure, "warning", priority=KEEP if room >= _ROOMY else 0))
    return who(moment), tuple(said)


def reading() -> Beside:
    """What is said behind a row that is still to come."""
    return (Span(_("reading"), "dim faint"),), ()


_SPACE = 3
"""Cells from which a stretch bears a letter or a name: in less it would hide what it names."""
_FIGURE = 8
"""Cells of the idle hours where there is another figure before them: of up to 9,999."""
_ROOMY, _WIDE = 16, 28
"""Cells from which the idle hours are said in any case, and from which those that were held are said as well."""


def heading(window: Window, slot: int, rows: Rows, room: int) -> Beside:
    """What stands above that."""
    left = (Span(axis.names(window)[slot] if 0 <= slot < window.slots else "", "accent"),)
    if rows in PLACES or room < _WIDE:
        return left, (Span(_("idle"), "dim"),)
    idle = _("idle")
    return left, (Span(_("held"), "dim"), Span(" " * max(2, _FIGURE - width(idle)) + idle, "dim"))


def under_cursor(key: str, rows: Rows, window: Window, slot: int, now: float, glyphs: Glyphs) -> Spans:
    """The breadcrumb's last steps: the time and the row; `told` says what it was."""
    label, number = named(key, rows)
    target = {Rows.CARDS: f"gpu:{key}", Rows.NODES: f"node:{key}"}.get(rows)
    dot = Span(f" {glyphs.dot} ", "dim")
    name = Span(f"{label} GPU {number}" if number else label, "title", target)
    return (Span(f" {glyphs.separator} ", "dim"), Span(axis.period(window, slot, now), "title"), dot, name, dot)


def told(moment: Moment | None, dot: Span) -> Spans:
    """A moment in words."""
    if moment is None:
        return (Span(_("nothing is kept"), "dim"),)
    util = _("util {percent}").format(percent=units.percent(moment.util) if moment.util is not None else _("unknown"))
    if moment.cards is not None:
        count = ngettext("{count} GPU held", "{count} GPUs held", _form(moment.cards))
        parts = (Span(count.format(count=hours(moment.cards))), dot, Span(util))
        return (*parts, Span(" (" + _("idle") + ")", "warning")) if moment.idle else parts
    holder = moment.holder
    if holder is None:
        return (Span(_("nobody"), "dim"), dot, Span(util))
    words = [holder.user or "?", holder.name or "", _("job {name}").format(name=holder.job) if holder.job else ""]
    by = _("allocated") if holder.allocated else _("by its processes")
    state = f"{by}, " + _("idle") if moment.idle else by
    return (
        Span(" ".join(word for word in words if word), f"owner.{mark(holder.user)[1]}"),
        dot,
        Span(util),
        Span(f" ({state})", "warning" if moment.idle else "dim"),
    )


def scale(keys: Sequence[str], rows: Rows, room: int, slots: Window | None, now: float, glyphs: Glyphs) -> Scale:
    """The axis and the widths.

    Args:
        keys: of all rows.
        rows: what they are.
        room: terminal cells of a line.
        slots: the window; None where only the widths are wanted.
        now: marked on the axis.
        glyphs: to draw with.
    """
    most = 24 if room >= 100 else 16 if room >= 76 else 12
    labels = {named(key, rows)[0] for key in keys}
    label = max(4, min(most, max(map(width, labels), default=0)))
    number = max((len(key) - key.rfind(":") - 1 for key in keys), default=0) if rows is Rows.CARDS else 0
    aside = next((cells for from_, cells in ((180, 40), (140, 34), (110, 28), (76, 16), (50, 9)) if room >= from_), 0)
    if slots is None:
        return Scale(0, 1, label, number, aside)
    return Scale(
        *(slots.slots, slots.wide, label, number, aside),
        corner=axis.zone_name(now),
        upper=axis.dates(slots, now, glyphs),
        lower=axis.ticks(slots, glyphs),
        names=axis.names(slots),
    )


def range_name(span: float) -> str:
    """How long a range is: ``6 h``, ``7 d``."""
    return f"{span / HOUR:g} h" if span <= DAY else f"{span / DAY:g} d"


def legend(rows: Rows, paint: Paint, span: float, top: float, glyphs: Glyphs) -> Spans:
    """What the signs mean."""
    signs = tiles(glyphs)

    def sign(number: int) -> Span:
        return Span(signs[number].glyph, signs[number].style)

    found = [Span(f"{_(TITLES[rows])} {glyphs.dot} {range_name(span)}  ", "accent")]
    levels = range(2, _LEVELS, 3)
    for number in levels:
        tile = signs[HEAT + number]
        found.append(Span(tile.glyph, tile.style if paint is Paint.UTIL else "dim"))
    if rows in PLACES or paint is Paint.UTIL:
        found.append(Span(" " + _("busy") + "  ", "dim"))
    else:
        most = ngettext("up to {count} GPU", "up to {count} GPUs", _form(top)).format(count=hours(top))
        found.append(Span(f" {most}  ", "dim"))
    found += [Span(signs[IDLE].glyph * 2, _IDLE[paint]), Span(" " + _("held, idle") + "  ", "dim")]
    found += [sign(FREE), Span(" " + _("free") + "  ", "dim"), sign(UNKNOWN), Span(" " + _("unknown") + "  ", "dim")]
    return tuple(found)


def people(shown: Iterable[Sequence[Moment | None]]) -> Spans:
    """Whose letters and colours are in view, those with most of it first; the last are dropped where room is short."""
    held: dict[str, int] = {}
    for moments in shown:
        for moment in moments:
            if moment is not None and moment.holder is not None and moment.holder.user:
                held[moment.holder.user] = held.get(moment.holder.user, 0) + 1
    found: list[Span] = []
    for rank, user in enumerate(sorted(held, key=lambda name: (-held[name], name))):
        letter, colour = mark(user)
        found.append(Span(letter, f"owner.{colour} reverse bold", priority=max(1, KEEP - 10 - rank)))
        found.append(Span(f" {user}  ", f"owner.{colour}", priority=max(1, KEEP - 10 - rank)))
    return tuple(found)
