"""What the pane `queues` says of each queue, column by column, beside the list, and where one can go from it."""

from collections.abc import Iterator, Sequence

from backends.jobs import QueueState, Quota, Reservation
from console.language import N_, _, ngettext
from console.model.fields import quoted
from console.model.judged_jobs import JudgedQueue
from console.model.nodesets import fold
from console.views import job_figures, units
from console.views.heading_kinds import figure, words
from console.views.headings import Heading, Present
from themes.glyphs import Glyphs
from widgets.models import Bar, Cell, Fact, Grid, Item, Paragraph, Section, Span

SIZES = (1, 2, 4, 8)
"""Cards of the jobs of which it is told how many could start now."""
STATES = (N_("up"), N_("draining"), N_("stopped"), N_("closed"), N_("unknown"))
"""The words of states, so that the catalogues know them; they are translated by ``_(str(state))``."""
_STYLES = {QueueState.UP: "ok", QueueState.UNKNOWN: "unknown"}


def headings() -> tuple[Heading[JudgedQueue], ...]:
    """Every column, in its order from left to right."""
    return (*_first(), *_cards(), *_waiting(), *_last())


def _first() -> tuple[Heading[JudgedQueue], ...]:
    state = _("what it does with jobs: up, draining (takes none), stopped (starts none), closed")
    return (
        words("queue", _("QUEUE"), _("name"), 10, lambda q: q.queue.name, 100, grow=2, most=28, style="accent"),
        Heading("state", _("STATE"), state, 10, _state, lambda q: str(q.queue.state), priority=96),
        figure("nodes", _("NODES"), _("nodes that take new jobs, of all"), 7, lambda q: q.nodes, 80, cell=_nodes),
    )


def _cards() -> tuple[Heading[JudgedQueue], ...]:
    fits = _("how many jobs of 1, 2, 4 and 8 GPUs on one node could start now")
    broken = _("GPUs that nobody can get: their node is down or drained, or they do not work")
    return (
        figure("gpus", _("GPUS"), _("all its GPUs"), 5, lambda q: q.cards, 88),
        figure("held", _("HELD"), _("GPUs that jobs hold"), 5, lambda q: q.held, 86),
        figure(
            "free", _("FREE"), _("GPUs on nodes that take jobs which nobody holds"), 5, lambda q: q.free, 94, cell=_free
        ),
        figure("broken", _("BROKEN"), broken, 6, lambda q: q.broken, 70, cell=_broken),
        figure("fits", _("FITS 1·2·4·8"), fits, 13, lambda q: q.fits.get(8), 84, cell=_fits),
        figure("whole", _("WHOLE"), _("nodes whose GPUs are all free"), 5, lambda q: q.whole, 60),
        figure(
            "util", _("UTIL"), _("mean utilisation of the GPUs that are held"), 4, lambda q: q.util, 64, units.percent
        ),
    )


def _waiting() -> tuple[Heading[JudgedQueue], ...]:
    median = _("how long jobs waited that started in the last day: half of them less")
    most = _("the same: nine of ten less")
    return (
        figure("running", _("RUN"), _("jobs that run"), 4, lambda q: q.running, 90),
        figure("pending", _("PEND"), _("jobs that wait"), 5, lambda q: q.pending, 93, cell=_pending),
        figure("wanted", _("WANTED"), _("GPUs for which those ask that wait"), 6, lambda q: q.wanted, 72),
        figure("wait", _("WAIT"), median, 7, lambda q: q.waited_median, 78, units.duration, absent="-"),
        figure("wait90", _("WAIT 90%"), most, 8, lambda q: q.waited_most, 58, units.duration, absent="-"),
        figure(
            "failed",
            _("FAILED"),
            _("jobs that failed today, of those that ended"),
            6,
            lambda q: q.failed,
            68,
            cell=_failed,
        ),
    )


def _last() -> tuple[Heading[JudgedQueue], ...]:
    return (
        figure(
            "limit",
            _("LIMIT"),
            _("the longest that a job may ask for"),
            6,
            lambda q: q.queue.limit,
            50,
            cell=lambda q, _present: job_figures.brief(q.queue.limit),
        ),
        figure(
            "priority", _("PRIO"), _("tier or weight: more goes first"), 4, lambda q: q.queue.priority, 30, absent="-"
        ),
        words(
            "parent", _("PARENT"), _("cohort, parent, or the queue behind it"), 8, lambda q: q.queue.parent, 28, most=16
        ),
        words("kind", _("KIND"), _("what its scheduler calls it"), 9, lambda q: q.queue.kind, 26, most=14),
        words("source", _("SOURCE"), _("scheduler"), 7, lambda q: q.source, 24, most=12),
    )


def _state(queue: JudgedQueue, present: Present) -> Cell:
    state = queue.queue.state
    sign = {QueueState.UP: present.glyphs.ok, QueueState.UNKNOWN: present.glyphs.unknown}
    return Span(f"{sign.get(state, present.glyphs.warning)} {_(str(state))}", _STYLES.get(state, "warning"))


def _nodes(queue: JudgedQueue, _present: Present) -> Cell:
    said = f"{queue.usable}/{queue.nodes}"
    return Span(said, "warning") if queue.usable < queue.nodes else said


def _free(queue: JudgedQueue, _present: Present) -> Cell:
    return Span(str(queue.free), "ok" if queue.free else "dim")


def _broken(queue: JudgedQueue, _present: Present) -> Cell:
    return Span(str(queue.broken), "critical") if queue.broken else Span("-", "dim")


def _pending(queue: JudgedQueue, _present: Present) -> Cell:
    return Span(str(queue.pending), "warning" if queue.pending and not queue.free else "")


def _failed(queue: JudgedQueue, _present: Present) -> Cell:
    said = f"{queue.failed}/{queue.ended}"
    return Span(said, "warning" if queue.failed else "dim")


def _fits(queue: JudgedQueue, _present: Present) -> Cell:
    return "·".join(str(queue.fits.get(size, 0)) for size in SIZES) if queue.cards else Span("-", "dim")


def sections(
    queue: JudgedQueue, reservations: Sequence[Reservation], glyphs: Glyphs, wall: float
) -> tuple[Section, ...]:
    """The page beside the list."""
    found = [
        Section(_("Queue"), tuple(_facts(queue, glyphs))),
        Section(_("Capacity"), tuple(_capacity(queue))),
        Section(_("Jobs"), tuple(_jobs(queue))),
    ]
    if queue.queue.quotas:
        found.append(Section(_("Quotas"), (_quotas(queue.queue.quotas),)))
    own = [each for each in reservations if _concerns(each, queue)]
    if own:
        found.append(Section(_("Reservations"), tuple(_reserved(own, wall))))
    return tuple(found)


def _facts(judged: JudgedQueue, glyphs: Glyphs) -> Iterator[Item]:
    queue = judged.queue
    yield Fact(_("state"), _state(judged, Present(glyphs, 0.0, 0.0)))
    if queue.said:
        yield Paragraph(Span(queue.said, "warning" if queue.state is not QueueState.UP else "dim"))
    yield Fact(_("kind"), queue.kind + ("  " + _("default") if queue.default else ""))
    for label, value in (
        (_("parent"), queue.parent),
        (_("QOS"), queue.qos),
        (_("preemption"), queue.preemption),
        (_("allowed"), " ".join(queue.allowed) or _("everybody")),
        (_("denied"), " ".join(queue.denied)),
        (_("longest"), job_figures.brief(queue.limit) if queue.limit is not None else ""),
        (_("without a limit"), job_figures.brief(queue.default_limit) if queue.default_limit is not None else ""),
        (_("nodes"), fold(queue.nodes)),
    ):
        if value:
            yield Fact(label, value)


def _capacity(queue: JudgedQueue) -> Iterator[Item]:
    cards = queue.cards
    if cards:
        yield Bar(_("held"), queue.held / cards, f"{queue.held}/{cards}")
        yield Bar(_("free"), queue.free / cards, f"{queue.free}/{cards}", "ok")
        if queue.broken:
            yield Bar(_("broken"), queue.broken / cards, f"{queue.broken}/{cards}", "critical")
        yield Bar(_("utilisation"), None if queue.util is None else queue.util / 100, units.percent(queue.util))
    yield Fact(_("nodes"), _("{usable} of {all} take jobs").format(usable=queue.usable, all=queue.nodes))
    yield Fact(_("whole nodes"), _("{count} free").format(count=queue.whole))
    rows = (tuple(str(queue.fits.get(size, 0)) for size in SIZES),)
    yield Paragraph(Span(_("Jobs that could start now, by the GPUs that they need on one node:"), "dim"))
    yield Grid(tuple(str(size) for size in SIZES), rows, frozenset({0, 1, 2, 3}))


def _jobs(queue: JudgedQueue) -> Iterator[Item]:
    name = quoted(queue.queue.name)
    yield Fact(_("running"), Span(str(queue.running), "accent", f"in:jobs:partition={name} state=running"))
    pending = ngettext("{count}, for {gpus} GPU", "{count}, for {gpus} GPUs", queue.wanted).format(
        count=queue.pending, gpus=queue.wanted
    )
    yield Fact(_("waiting"), Span(pending, "accent", f"in:jobs:partition={name} state=pending"))
    text = _("median {median}, nine of ten under {most}")
    said = text.format(median=units.duration(queue.waited_median), most=units.duration(queue.waited_most))
    yield Fact(_("waited"), said if queue.waited_median is not None else Span(_("none started in the last day"), "dim"))
    failed = _("{failed} of {ended} that ended today").format(failed=queue.failed, ended=queue.ended)
    yield Fact(_("failed"), Span(failed, "warning" if queue.failed else "", f"in:jobs:partition={name} failed=yes"))


def _quotas(quotas: Sequence[Quota]) -> Grid:
    def write(quota: Quota, value: float | None) -> str:
        if value is None:
            return "-"
        return units.size(value) if "memory" in quota.resource else units.number(value)

    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            quota.resource,
            quota.flavor or "",
            write(quota, quota.used),
            write(quota, quota.limit),
            write(quota, quota.borrowed),
            write(quota, quota.may_borrow),
        )
        for quota in quotas
    )
    titles = (_("RESOURCE"), _("FLAVOUR"), _("USED"), _("LIMIT"), _("BORROWED"), _("MAY BORROW"))
    return Grid(titles, rows, frozenset({2, 3, 4, 5}))


def _concerns(reservation: Reservation, queue: JudgedQueue) -> bool:
    return reservation.queue == queue.queue.name or bool(set(reservation.nodes) & set(queue.queue.nodes))


def _reserved(reservations: Sequence[Reservation], wall: float) -> Iterator[Item]:
    for each in reservations:
        since = job_figures.moment(each.since, wall) if each.since is not None else "?"
        until = job_figures.moment(each.until, wall) if each.until is not None else "?"
        yield Paragraph((Span(each.name, "accent"), Span(f"  {since} – {until}  {fold(each.nodes)}")))
        who = " ".join((*each.users, *each.accounts))
        if who:
            yield Paragraph(Span(_("for {names}").format(names=who), "dim"))


def style(queue: JudgedQueue) -> str:
    """The style of a row: what takes no jobs stands back."""
    return "dim" if queue.queue.state is QueueState.CLOSED else ""


def jumps(queue: JudgedQueue) -> Sequence[tuple[str, str]]:
    """Where one can go from a queue: its jobs, its nodes."""
    name = quoted(queue.queue.name)
    places = [
        (f"in:jobs:partition={name}", _("all jobs in {name}").format(name=queue.queue.name)),
        (f"in:jobs:partition={name} state=pending", _("jobs that wait in {name}").format(name=queue.queue.name)),
        (f"in:jobs:partition={name} failed=yes", _("jobs that failed in {name}").format(name=queue.queue.name)),
    ]
    places += [(f"node:{node}", _("node {name}").format(name=node)) for node in queue.queue.nodes[:16]]
    return places
