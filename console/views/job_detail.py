"""What the page of a job shows of what its owner alone may read: command, script, environment, events, pods."""

from collections.abc import Iterator

from backends.jobs import Job, JobDetail
from backends.record import Trouble
from console.language import N_, _, ngettext
from console.views import units
from console.views.words import fill, say
from widgets.models import Cell, Fact, Grid, Item, Paragraph, Section, Span

LINES = 400
"""Lines of a script that are shown."""
EVENTS = 30
KINDS = (
    *(N_("Submitted"), N_("Eligible"), N_("Started"), N_("Requeued"), N_("Suspended"), N_("Resumed")),
    *(N_("Completed"), N_("Failed"), N_("Cancelled"), N_("Timeout"), N_("Preempted"), N_("Ended")),
    *(N_("Running"), N_("Pending"), N_("Succeeded"), N_("Terminating")),
)
"""Words of events and of phases of pods, so that the catalogues know them; any other is the scheduler's own."""
_STYLES = {"Running": "ok", "Pending": "warning", "Failed": "critical"}


def pods(job: Job, wall: float) -> Section | None:
    """The pods of a job of Kubernetes; None where it has none."""
    if not job.pods:
        return None
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            pod.name,
            Span(_(pod.phase) if pod.phase else "?", _STYLES.get(pod.phase or "", "")),
            Span(pod.node, "accent", f"node:{pod.node}") if pod.node else Span("-", "dim"),
            str(pod.gpus) if pod.gpus else "-",
            Span(str(pod.restarts), "warning") if pod.restarts else "0",
            units.age(max(0.0, wall - pod.started)) if pod.started is not None else "-",
            Span(" ".join(part for part in (pod.reason, pod.said) if part), "dim"),
        )
        for pod in job.pods
    )
    titles = (_("POD"), _("PHASE"), _("NODE"), _("GPUS"), _("RESTARTS"), _("AGE"), _("WHY"))
    return Section(_("Pods"), (Grid(titles, rows, frozenset({3, 4, 5})),), wide=True)


def sections(job: Job, detail: JobDetail | None, trouble: Trouble | None, asking: bool, wall: float) -> list[Section]:
    """Everything that was read for this page, or why it was not."""
    found = [Section(_("Command and output"), tuple(_told(job, detail, trouble, asking)))]
    if detail is None:
        return found
    if detail.events:
        found.append(Section(_("Events"), (_events(detail, wall),), wide=True))
    if detail.script is not None:
        found.append(Section(_("Script"), tuple(_script(detail.script)), wide=True))
    if detail.environment is not None:
        facts = tuple(Fact(name, value) for name, value in sorted(detail.environment.items()))
        found.append(Section(_("Environment"), facts or (Paragraph(Span(_("none"), "dim")),), wide=True))
    return found


def _told(job: Job, detail: JobDetail | None, trouble: Trouble | None, asking: bool) -> Iterator[Item]:
    if asking:
        yield Paragraph(Span(_("asking …"), "dim"))
    for each in (*((trouble,) if trouble is not None else ()), *(detail.troubles if detail is not None else ())):
        yield Paragraph(Span(say(each), "warning"))
        if each.hint:
            yield Paragraph(Span(fill(_(each.hint), each.values), "dim"))
    if detail is not None:
        yield from _run(detail)
    known = detail.job if detail is not None and detail.job is not None else job
    for label, path in ((_("output"), known.output), (_("errors"), known.errors)):
        if path:
            yield Fact(label, path)
    if detail is not None and detail.outputs:
        yield Fact(_("can be followed"), ", ".join(detail.outputs))


def _run(detail: JobDetail) -> Iterator[Item]:
    """What runs, and where."""
    if detail.job is None:
        yield Paragraph(Span(_("Its scheduler does not know it any more."), "warning"))
    for label, value in ((_("command"), detail.command), (_("folder"), detail.folder)):
        if value:
            yield Fact(label, value)


def _events(detail: JobDetail, wall: float) -> Grid:
    newest = sorted(detail.events, key=lambda event: event.at or 0.0, reverse=True)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            units.age(max(0.0, wall - event.at)) if event.at is not None else "?",
            _(event.kind) if event.kind else "",
            str(event.count) if event.count > 1 else "",
            event.subject or "",
            event.text,
        )
        for event in newest[:EVENTS]
    )
    return Grid((_("AGO"), _("WHAT"), _("TIMES"), _("OF"), _("SAID")), rows, frozenset({0, 2}))


def _script(text: str) -> Iterator[Item]:
    lines = text.splitlines()
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (Span(str(number), "dim"), line.expandtabs(4)) for number, line in enumerate(lines[:LINES], 1)
    )
    yield Grid((), rows, frozenset({0}))
    if len(lines) > LINES:
        more = len(lines) - LINES
        said = ngettext("and {count} more line", "and {count} more lines", more).format(count=more)
        yield Paragraph(Span(said, "dim"))
