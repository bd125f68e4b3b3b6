"""Around the picture of a timeline: which rows there are and in which order, what is in the way, where one can go."""

from collections.abc import Mapping, Sequence

from backends.record import Trouble
from console.language import _
from console.model.fields import quoted
from console.model.history import Rows
from console.model.judged import JudgedNode
from console.views import units
from console.views.time import PLACES, named
from console.views.tracks import Moment, Track
from console.views.window import Window
from console.views.words import say
from widgets.models import KEEP, Span, Spans

ORDERS: Mapping[Rows, tuple[str, ...]] = {
    Rows.CARDS: ("row", "idle", "hours"),
    Rows.NODES: ("row", "idle", "hours"),
    Rows.USERS: ("hours", "idle", "row"),
    Rows.PROJECTS: ("hours", "idle", "row"),
}
"""Sort keys by what rows are, the usual first: ``row`` is the inventory's order, or that of names."""
_WORDS = {
    Rows.CARDS: ("card", "gpus", "gpu", "显卡", "卡"),
    Rows.NODES: ("node", "节点"),
    Rows.USERS: ("user", "用户"),
    Rows.PROJECTS: ("project", "项目"),
}


def rows_named(word: str) -> Rows | None:
    """What rows a word means; None where it means none."""
    word = word.strip().casefold()
    return next((rows for rows, words in _WORDS.items() if word in (rows, *words)), None)


def keys(nodes: Sequence[JudgedNode], rows: Rows, known: Mapping[str, Track]) -> tuple[str, ...]:
    """Every row: cards and nodes in the order of the inventory, users and projects as far as they were answered."""
    if rows is Rows.CARDS:
        return tuple(f"{node.node.name}:{card.card.slot}" for node in nodes for card in node.cards)
    if rows is Rows.NODES:
        return tuple(node.node.name for node in nodes if node.cards)
    return tuple(sorted(known))


def ordered(found: Sequence[str], order: str, known: Mapping[str, Track], *, reverse: bool = False) -> tuple[str, ...]:
    """Rows in an order of `ORDERS`; those with most hours first, those of which nothing is known yet last.

    Where rows were idle for equally long, for no time at all as a rule, the one that used the least of what it held
    is before the others.
    """
    if order == "row":
        return tuple(reversed(found)) if reverse else tuple(found)
    there = [key for key in found if key in known]

    def most(key: str) -> tuple[float, float]:
        track = known[key]
        return (track.idle_hours, track.unused) if order == "idle" else (track.hours, 0.0)

    # the other way round equal ones keep their order too
    return (*sorted(there, key=most, reverse=not reverse), *(key for key in found if key not in known))


def notice(window: Window, kept_since: float | None, answered: bool, reading: bool, trouble: Trouble | None) -> Spans:
    """What is in the way of the picture: it stands at the end of the legend, and stays where room is short."""
    if trouble is not None:
        return (Span(say(trouble) + " ", "warning", priority=KEEP),)
    if reading or not answered:
        return (Span(_("reading") + " ", "dim", priority=KEEP),)
    if kept_since is None:
        return (Span(_("No history is kept yet.") + " ", "warning", priority=KEEP),)
    if kept_since >= window.until:
        text = _("Nothing is kept before {time}.").format(time=units.clock(kept_since))
        return (Span(text + " ", "warning", priority=KEEP),)
    if kept_since >= window.since + window.step:
        return (Span(_("kept since {time}").format(time=units.clock(kept_since)) + " ", "dim", priority=KEEP - 5),)
    return ()


def nothing(any_rows: bool, rows: Rows, answered: bool, trouble: Trouble | None) -> Span:
    """What is said where there are no rows."""
    if any_rows:
        return Span(_("Nothing passes the filter."))
    if rows in PLACES:
        return Span(_("No node with GPUs answers yet."))
    if trouble is not None:
        return Span(say(trouble), "warning")
    return Span(_("Nobody held a GPU in this time.") if answered else _("reading"), "dim")


def opened(key: str, rows: Rows) -> tuple[str, str, str | None]:
    """Where Enter leads: view, argument, and filter."""
    match rows:
        case Rows.CARDS:
            return "gpu", key, None
        case Rows.NODES:
            return "node", key, None
        case Rows.USERS:
            return "gpus", "", f"user={quoted(key)}"
        case Rows.PROJECTS:
            return "gpus", "", f"project={quoted(key)}"


def jumps(key: str, rows: Rows, moment: Moment | None) -> Sequence[tuple[str, str]]:
    """Where one can go from a slot: targets of links with their titles."""
    name = named(key, rows)[0]
    places: list[tuple[str, str]] = []
    if rows is Rows.CARDS:
        places.append((f"gpu:{key}", f"{name} GPU {named(key, rows)[1]}"))
    if rows in PLACES:
        places.append((f"node:{name}", _("node {name}").format(name=name)))
    holder = moment.holder if moment is not None else None
    user = key if rows is Rows.USERS else holder.user if holder is not None else None
    project = key if rows is Rows.PROJECTS else holder.project if holder is not None else None
    if user:
        places.append((f"filter:user={quoted(user)}", _("all GPUs of {name}").format(name=user)))
    if project:
        places.append((f"filter:project={quoted(project)}", _("all GPUs of {name}").format(name=project)))
    if holder is not None and holder.job:
        places.append((f"filter:job={quoted(holder.job)}", _("all GPUs of job {name}").format(name=holder.job)))
    return places
