"""Rows of a timeline for filters and exports: what was held, by whom, from when to when, and how busy it was."""

from collections.abc import Iterator, Mapping, Sequence

from console.language import _
from console.model.fields import Field, Kind
from console.model.history import Rows
from console.model.judged import JudgedNode
from console.views.export import Column
from console.views.listing import Listing, Seen
from console.views.rows import Row
from console.views.time import named
from console.views.tracks import Moment, Track
from console.views.window import Window


def fields() -> dict[str, Field]:
    """What a filter over a timeline may ask for; who held a row means: at any time that is in view."""
    found = (
        Field("node", Kind.TEXT, _("node")),
        Field("slot", Kind.NUMBER, _("slot of the GPU in its node"), (), ("gpu", "index")),
        Field("name", Kind.TEXT, _("GPU model"), (), ("type", "model")),
        Field("rack", Kind.TEXT, _("rack or group"), (), ("group",)),
        Field("user", Kind.TEXT, _("who held it in this time"), (), ("owner",)),
        Field("project", Kind.TEXT, _("project that held it in this time"), (), ("account",)),
        Field("job", Kind.TEXT, _("job that held it in this time")),
        Field("jobname", Kind.TEXT, _("name of the job or program")),
        Field("util", Kind.PERCENT, _("mean utilisation in this time"), (), ("busy",), "%"),
        Field("hours", Kind.NUMBER, _("GPU-hours held in this time"), (), (), "h"),
        Field("idle", Kind.NUMBER, _("GPU-hours held and idle in this time"), (), (), "h"),
    )
    return {field.name: field for field in found}


def row(key: str, rows: Rows, track: Track | None, node: JudgedNode | None) -> Row:
    """One row of the timeline for a filter; what was not answered yet is unknown."""
    label, number = named(key, rows)
    holders = track.holders if track is not None else ()
    loads = [moment.util for moment in track.moments if moment.util is not None] if track is not None else []
    facts = node.node.facts if node is not None else None
    cards = node.cards if node is not None else ()
    models = {card.card.name for card in cards if card.card.name and number in ("", str(card.card.slot))}
    found: Row = {
        "node": label if rows in (Rows.CARDS, Rows.NODES) else None,
        "slot": int(number) if number.isdecimal() else None,
        "name": frozenset(models) or None,
        "rack": facts.rack if facts is not None else None,
        "user": frozenset(holder.user for holder in holders if holder.user) or None,
        "project": frozenset(holder.project for holder in holders if holder.project) or None,
        "job": frozenset(holder.job for holder in holders if holder.job) or None,
        "jobname": frozenset(holder.name for holder in holders if holder.name) or None,
        "util": sum(loads) / len(loads) if loads else None,
        "hours": track.hours if track is not None else None,
        "idle": track.idle_hours if track is not None else None,
    }
    if rows in (Rows.USERS, Rows.PROJECTS):
        found["user" if rows is Rows.USERS else "project"] = key
    return found


def text(row: Mapping[str, object]) -> str:
    """What plain words of a filter look through."""
    found: list[str] = []
    for name in ("node", "name", "user", "project", "job", "jobname"):
        value = row[name]
        found += sorted(value) if isinstance(value, frozenset) else [str(value)] if value else []
    return " ".join(found)


def listing() -> Listing:
    """A line for each stretch of time in which a row was held by the same person for the same job, or by nobody."""
    columns = (
        Column("row", _("row")),
        Column("since", _("since"), Kind.TIME),
        Column("until", _("until"), Kind.TIME),
        Column("user", _("user"), absent="-"),
        Column("project", _("project"), absent="-"),
        Column("job", _("job"), absent="-"),
        Column("jobname", _("name"), absent="-"),
        Column("allocated", _("allocated"), Kind.BOOL),
        Column("cards", _("GPUs"), Kind.NUMBER),
        Column("util", "util", Kind.PERCENT),
        Column("idle_hours", _("idle, GPU-hours"), Kind.NUMBER),
    )
    return Listing("timeline", columns, fields(), text, _not_now)


def _not_now(_seen: Seen) -> list[Row]:
    """The present has no rows of it: they come from an answer, see `spells`."""
    return []


def spells(key: str, rows: Rows, moments: Sequence[Moment | None], window: Window) -> Iterator[Row]:
    """The stretches of one row; what is not known at all is left out."""
    start = 0
    for slot in range(1, len(moments) + 1):
        first = moments[start]
        if slot < len(moments) and _same(first, moments[slot]):
            continue
        part = [moment for moment in moments[start:slot] if moment is not None]
        if first is not None and (first.held or any(moment.util is not None for moment in part)):
            yield _spell(key, rows, part, window.start(start), window.start(slot), window.step)
        start = slot


def _same(one: Moment | None, other: Moment | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.holder == other.holder and one.cards == other.cards


def _spell(key: str, rows: Rows, part: Sequence[Moment], since: float, until: float, step: float) -> Row:
    holder = part[0].holder
    loads = [moment.util for moment in part if moment.util is not None]
    idle = sum(1.0 if moment.cards is None else moment.cards for moment in part if moment.idle)
    user = key if rows is Rows.USERS else holder.user if holder is not None else None
    project = key if rows is Rows.PROJECTS else holder.project if holder is not None else None
    return {
        "row": key,
        "since": since,
        "until": until,
        "user": user,
        "project": project,
        "job": holder.job if holder is not None else None,
        "jobname": holder.name if holder is not None else None,
        "allocated": holder.allocated if holder is not None else None,
        "cards": part[0].cards,
        "util": sum(loads) / len(loads) if loads else None,
        "idle_hours": idle * step / 3600,
    }
