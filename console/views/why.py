"""Why a job waits, as text for verbs: reasons, place, what is short, who is ahead, who holds it, when it may start."""

from collections.abc import Iterable, Sequence

from backends.jobs import ENDED, JobState
from console.language import _, ngettext
from console.model.judged_jobs import Ahead, Explanation, Short, Told, Why
from console.views import units
from console.views.cells import fitted, harmless
from console.views.words import fill, say

WIDE = 10
"""Cells of the words on the left."""


def text(found: Explanation, wall: float, at: float | None = None) -> str:
    """All that is known, line by line.

    Args:
        found: it.
        wall: UTC of now.
        at: UTC of the listing that it rests on; None says nothing of it.
    """
    job = found.job.job
    head = (found.job.key, job.name, job.user, job.project, job.partition, _(str(job.state)))
    lines = ["  ".join(harmless(part) for part in head if part)]
    lines += _named(_("why"), [reason(why) for why in found.job.why] or [_otherwise(job.state)])
    lines += _named(_("place"), _place(found))
    lines += _named(_("starts"), _start(found, wall))
    lines += _named(_("short"), [_short(each) for each in found.short])
    lines += _named(_("ahead"), [_ahead(each, wall) for each in found.ahead])
    lines += _named(_("held by"), [_ahead(each, wall) for each in found.holding])
    factors = [one for one in found.factors if one[1]] or found.factors[:1]
    lines += _named(_("priority"), [f"{value:>10.0f}  {harmless(name)}" for name, value in factors])
    if at is not None:
        lines += _named(_("as of"), [_("{at}, {age} ago").format(at=units.clock(at), age=units.duration(wall - at))])
    lines += _named(_("rules"), [reason(why) for why in found.policy])
    return "".join(f"{line}\n" for line in lines)


def reason(why: Why) -> str:
    """A reason in the reader's language, its time in the reader's zone."""
    said = say(why)
    return harmless(said if why.until is None else fill(said, {"until": units.clock(why.until)}))


def _named(name: str, lines: Iterable[str]) -> Sequence[str]:
    found = list(lines)
    return [f"{fitted(name if number == 0 else '', WIDE)} {line}" for number, line in enumerate(found)]


def _otherwise(state: JobState) -> str:
    if state is JobState.PENDING:
        return _("The scheduler has not said why yet.")
    return _("It does not wait: it has ended.") if state in ENDED else _("It does not wait: it runs.")


def _place(found: Explanation) -> list[str]:
    if found.job.place is None:
        return []
    count = found.ahead_count
    ahead = ngettext("{count} job is ahead", "{count} jobs are ahead", count).format(count=count)
    if not count:
        ahead = _("nobody is ahead")
    return [_("{place} in {queue}; {ahead}").format(
        place=found.job.place, queue=harmless(found.job.job.partition or "-"), ahead=ahead
    )]  # fmt: skip


def _start(found: Explanation, wall: float) -> list[str]:
    start = found.job.start
    if start is None:
        return []
    left = units.duration(max(0.0, start - wall))
    told = (
        _("{at}, in {left}, says the scheduler")
        if found.job.told is Told.SCHEDULER
        else _("about {at}, in {left}: an estimate from the time limits of what runs")
    )
    return [told.format(at=units.clock(start), left=left)]


def _short(short: Short) -> str:
    """A resource: how much is needed, how much is free, and how much of that lies rightly."""
    write = units.size if short.resource == "memory" else units.number
    said = _("{resource}: {needed} needed, {free} free").format(
        resource=harmless(resource_of(short.resource)), needed=write(short.needed), free=write(short.free)
    )
    if short.fitting in (None, short.free) or not short.free:
        return said
    if not short.fitting:
        return said + _(", but not where it could take them")
    fitting = write(short.fitting or 0.0)
    return said + _(", of that where it could take them: {fitting}").format(fitting=fitting)


def resource_of(name: str) -> str:
    """What a resource is called; one that only its scheduler knows keeps its name."""
    names = {"gpu": _("GPUs"), "node": _("nodes"), "cpu": _("CPUs"), "memory": _("host memory")}
    return names.get(name, name)


def _ahead(ahead: Ahead, wall: float) -> str:
    job = ahead.job
    parts = [f"{job.id:<12}", job.name or "", job.user or "?", _(str(job.state))]
    if ahead.cards:
        parts.append(ngettext("{count} GPU", "{count} GPUs", ahead.cards).format(count=ahead.cards))
    if ahead.frees is not None:
        left = units.duration(max(0.0, ahead.frees - wall))
        parts.append(_("until {at} at the latest, in {left}").format(at=units.clock(ahead.frees), left=left))
    return harmless("  ".join(part for part in parts if part))
