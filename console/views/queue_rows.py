"""A queue as plain named values, for filters, exports and JSON; unknown is None."""

from collections.abc import Mapping

import msgspec

from backends.jobs import QueueState
from console.language import _, ngettext
from console.model.fields import Field, Kind
from console.model.judged_jobs import JudgedQueue
from console.views.queues import SIZES
from console.views.rows import Row


def fields() -> dict[str, Field]:
    """What a filter over queues may ask for, by name."""
    rows: tuple[tuple[str, Kind, str, tuple[str, ...], str], ...] = (
        ("queue", Kind.TEXT, _("name"), ("name", "partition"), ""),
        ("state", Kind.CHOICE, _("state"), ("status",), ""),
        ("kind", Kind.TEXT, _("what its scheduler calls it"), (), ""),
        ("nodes", Kind.NUMBER, _("nodes"), (), ""),
        ("usable", Kind.NUMBER, _("nodes that take new jobs"), (), ""),
        ("gpus", Kind.NUMBER, _("all its GPUs"), ("cards",), ""),
        ("held", Kind.NUMBER, _("GPUs that jobs hold"), (), ""),
        ("free", Kind.NUMBER, _("GPUs on nodes that take jobs which nobody holds"), (), ""),
        ("broken", Kind.NUMBER, _("GPUs that nobody can get"), (), ""),
        ("running", Kind.NUMBER, _("jobs that run"), (), ""),
        ("pending", Kind.NUMBER, _("jobs that wait"), (), ""),
        ("wanted", Kind.NUMBER, _("GPUs for which those ask that wait"), (), ""),
        ("wait", Kind.DURATION, _("median of how long jobs waited that started in the last day"), (), ""),
        ("wait90", Kind.DURATION, _("the 90th percentile of the same"), (), ""),
        ("failed", Kind.NUMBER, _("jobs that failed today"), (), ""),
        ("ended", Kind.NUMBER, _("jobs that ended today"), (), ""),
        *(
            (
                f"fits{size}",
                Kind.NUMBER,
                ngettext(
                    "jobs of {count} GPU that could start now",
                    "jobs of {count} GPUs on one node that could start now",
                    size,
                ).format(count=size),
                (),
                "",
            )
            for size in SIZES
        ),
        ("whole", Kind.NUMBER, _("nodes whose GPUs are all free"), (), ""),
        ("util", Kind.PERCENT, _("mean utilisation of the GPUs that are held"), (), "%"),
        ("limit", Kind.DURATION, _("the longest that a job may ask for"), (), ""),
        ("priority", Kind.NUMBER, _("tier or weight"), (), ""),
        ("parent", Kind.TEXT, _("cohort, parent, or the queue behind it"), ("cohort",), ""),
        ("default", Kind.BOOL, _("whether jobs go there that name none"), (), ""),
        ("source", Kind.TEXT, _("scheduler"), (), ""),
    )
    states = tuple(str(state) for state in QueueState)
    return {
        name: Field(name, kind, title, states if kind is Kind.CHOICE else (), aliases, unit)
        for name, kind, title, aliases, unit in rows
    }


def row(judged: JudgedQueue) -> Row:
    """One queue."""
    queue = judged.queue
    return {
        "queue": queue.name,
        "state": str(queue.state),
        "kind": queue.kind,
        "nodes": judged.nodes,
        "usable": judged.usable,
        "gpus": judged.cards,
        "held": judged.held,
        "free": judged.free,
        "broken": judged.broken,
        "running": judged.running,
        "pending": judged.pending,
        "wanted": judged.wanted,
        "wait": judged.waited_median,
        "wait90": judged.waited_most,
        "failed": judged.failed,
        "ended": judged.ended,
        **{f"fits{size}": judged.fits.get(size) for size in SIZES},
        "whole": judged.whole,
        "util": judged.util,
        "limit": queue.limit,
        "default_limit": queue.default_limit,
        "priority": queue.priority,
        "parent": queue.parent,
        "default": queue.default,
        "source": judged.source,
        "said": queue.said,
        "node_names": queue.nodes,
        "allowed": queue.allowed,
        "denied": queue.denied,
        "quotas": [msgspec.structs.asdict(quota) for quota in queue.quotas],
    }


def text(row: Mapping[str, object]) -> str:
    """What plain words of a filter look through."""
    return " ".join(str(row[name]) for name in ("queue", "kind", "parent", "source", "said") if row[name])
