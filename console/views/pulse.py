"""What the pane `pulse` counts: each number with the list that is behind it, which holds exactly what was counted."""

from collections.abc import Iterable, Sequence
from statistics import median

import msgspec

from backends.jobs import JobState, Queues
from console.language import _, ngettext
from console.model.fields import quoted
from console.model.judged import JudgedCard, JudgedNode, Status
from console.model.judged_jobs import JudgedJob
from console.views import job_figures as figures
from console.views import units, window

BUSY = 5.0
"""Percent from which a card is busy; the same as in the history."""
NAMED = 40
"""Nodes that a filter can name; behind more stands the list of queues."""
_GONE = (Status.LOST, Status.BROKEN, Status.SILENT, Status.DOWN)
_WELL = (Status.OK, Status.WARNING)
_AWAY = (Status.DOWN, Status.STALE, Status.UNKNOWN)


class Count(msgspec.Struct, frozen=True):
    """One number."""

    name: str
    value: int | None
    """None: nobody says."""
    title: str
    detail: str
    style: str
    """Where it is not zero."""
    view: str
    """The list behind it, and the filter that leaves what was counted."""
    expression: str


class Group(msgspec.Struct, frozen=True):
    """Numbers of one kind of thing."""

    title: str
    counts: tuple[Count, ...]


def groups(
    nodes: Sequence[JudgedNode], jobs: Sequence[JudgedJob], queues: Iterable[Queues], wall: float
) -> tuple[Group, ...]:
    """All numbers, in the order in which they are read."""
    cards = [card for node in nodes for card in node.cards]
    return (
        Group(_("GPUs"), _gpus(cards)),
        Group(_("jobs"), _jobs(jobs, wall)),
        Group(_("nodes"), _nodes(nodes, list(queues))),
        Group(_("wrong"), _wrong(cards, jobs)),
    )


def _util(card: JudgedCard) -> float | None:
    return card.gpu.util if card.gpu is not None else None


def _user(card: JudgedCard) -> str | None:
    return card.owner.user if card.owner is not None else None


def _any(statuses: Iterable[Status]) -> str:
    return " | ".join(f"status={status}" for status in statuses)


def _gpus(cards: Sequence[JudgedCard]) -> tuple[Count, ...]:
    busy = idle = free = gone = 0
    for card in cards:
        util = _util(card)
        busy += util is not None and util >= BUSY
        idle += util is not None and util < BUSY and _user(card) is not None
        free += _user(card) is None and card.status in _WELL
        gone += card.status in _GONE
    share = _("{part} of {all}").format(part=units.percent(100 * busy / len(cards) if cards else None), all=len(cards))
    free_expression = f"user=none & ({_any(_WELL)})"
    return (
        Count("busy", busy, _("busy"), share, "ok", "gpus", f"util>={BUSY:g}"),
        Count("idle", idle, _("held, idle"), _("under 5 %"), "warning", "gpus", f"user!=none & util<{BUSY:g}"),
        Count("free", free, _("free"), _("nobody holds"), "", "gpus", free_expression),
        Count("broken", gone, _("out of use"), _("lost, down"), "critical", "gpus", _any(_GONE)),
    )


def _jobs(jobs: Sequence[JudgedJob], wall: float) -> tuple[Count, ...]:
    today = wall - window.midnight(wall)
    running = pending = failed = over = 0
    waits: list[float] = []
    for judged in jobs:
        job = judged.job
        if job.state is JobState.RUNNING:
            running += job.count
        elif job.state is JobState.PENDING:
            pending += job.count
            waits.append(figures.waited(judged, wall) or 0.0)
        else:
            ago = figures.ago(judged, wall)
            if ago is not None and ago < int(today):
                over += job.count
                failed += job.count * figures.failed(judged)
    said = _("median {time}").format(time=units.duration(median(waits))) if waits else ""
    cards = sum(figures.cards(judged) or 0 for judged in jobs if judged.job.state is JobState.RUNNING)
    on = ngettext("on {count} GPU", "on {count} GPUs", cards).format(count=cards)
    return (
        Count("running", running, _("running"), on, "ok", "jobs", "state=running"),
        Count("pending", pending, _("waiting"), said, "", "jobs", "state=pending"),
        Count(
            "failed",
            failed,
            _("failed"),
            _("of {count} today").format(count=over),
            "critical",
            "jobs",
            f"failed=yes & ago<{int(today)}s",
        ),
    )


def _nodes(nodes: Sequence[JudgedNode], said: Sequence[Queues]) -> tuple[Count, ...]:
    up = sum(node.status not in _AWAY for node in nodes)
    down = sum(node.status is Status.DOWN for node in nodes)
    known = {node.node.name for node in nodes}
    drained = sorted(
        {each.node for told in said for each in told.capacities if each.usable is False and each.node in known}
    )
    named = " | ".join(f"node={quoted(name)}" for name in drained)
    view = ("nodes", named) if drained and len(drained) <= NAMED and len(named) < 900 else ("queues", "")
    total = _("of {count}").format(count=len(nodes))
    there = " & ".join(f"status!={status}" for status in _AWAY)
    return (
        Count("up", up, _("up"), total, "ok", "nodes", there),
        Count("drained", len(drained) if said else None, _("drained"), _("take no jobs"), "warning", *view),
        Count("down", down, _("down"), _("not reached"), "critical", "nodes", "status=down"),
    )


def _wrong(cards: Sequence[JudgedCard], jobs: Sequence[JudgedJob]) -> tuple[Count, ...]:
    statuses = [card.status for card in cards]
    troubled = sum(judged.job.count for judged in jobs if judged.points)
    jobs_said = ngettext("job", "jobs", troubled)

    def of(status: Status, title: str, style: str) -> Count:
        count = statuses.count(status)
        return Count(str(status), count, title, ngettext("GPU", "GPUs", count), style, "gpus", f"status={status}")

    return (
        of(Status.CRITICAL, _("critical"), "critical"),
        of(Status.WARNING, _("warning"), "warning"),
        of(Status.STALE, _("stale"), "stale"),
        Count("troubled", troubled, _("in trouble"), jobs_said, "warning", "jobs", "problem!=none"),
    )
