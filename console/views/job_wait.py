"""What the page of a job that waits says of why, of who is ahead, of what is short, and of when it will start."""

from collections.abc import Iterator, Sequence

from console.language import _, ngettext
from console.model.judged_jobs import Ahead, Explanation, JudgedJob, Short, Told
from console.views import job_figures as figures
from console.views import units
from console.views.why import resource_of
from themes.glyphs import Glyphs
from widgets.models import Cell, Fact, Grid, Item, Paragraph, Section, Span

SHOWN = 12
"""Jobs of a list that are named; how many more there are is said."""


def sections(
    judged: JudgedJob, explained: Explanation | None, glyphs: Glyphs, wall: float, *, short: bool = False
) -> list[Section]:
    """Everything that is known of why it waits; in short, without what makes its priority, and without the rules."""
    found = [Section(_("Why it waits"), tuple(_why(judged, explained, glyphs, wall)))]
    if explained is None:
        return found
    if explained.short:
        found.append(Section(_("What is short"), (_short(explained.short),)))
    if explained.ahead:
        said = list(_jobs(explained.ahead, wall))
        more = explained.ahead_count - min(len(explained.ahead), SHOWN)
        if more > 0:
            said.append(Paragraph(Span(_("and {count} more").format(count=more), "dim")))
        found.append(Section(_("Who is ahead"), tuple(said)))
    if explained.holding:
        found.append(Section(_("Who holds what it needs"), tuple(_jobs(explained.holding, wall))))
    if explained.factors and not short:
        rows = tuple((name, f"{value:,.0f}") for name, value in explained.factors)
        found.append(Section(_("Its priority"), (Grid((_("FACTOR"), _("POINTS")), rows, frozenset({1})),)))
    if explained.policy and not short:
        said = [Paragraph(figures.tell_why(why)) for why in explained.policy]
        found.append(Section(_("Rules that concern it"), tuple(said)))
    return found


def _why(judged: JudgedJob, explained: Explanation | None, glyphs: Glyphs, wall: float) -> Iterator[Item]:
    for why in judged.why:
        yield Paragraph((Span(f"{glyphs.dot} ", "dim"), Span(figures.tell_why(why))))
    if not judged.why:
        yield Paragraph(judged.job.reason or Span(_("Its scheduler does not say."), "dim"))
    if judged.place is not None:
        ahead = explained.ahead_count if explained is not None else judged.place - 1
        said = ngettext("{count} job ahead", "{count} jobs ahead", ahead).format(count=ahead)
        if not ahead:
            said = _("nobody is ahead")
        yield Fact(_("place"), f"{judged.place}  ({said})")
    waited = figures.waited(judged, wall)
    if waited is not None:
        yield Fact(_("waits for"), units.duration(waited))
    if judged.start is None:
        yield Fact(_("expected start"), Span(_("nobody can say"), "dim"))
        return
    said = units.clock(judged.start)
    if judged.told is Told.ESTIMATE:
        said = f"~ {said}  " + _("(our estimate from the time limits of what runs)")
    else:
        said += "  " + _("(the scheduler's own forecast)")
    yield Fact(_("expected start"), said)


def _short(short: Sequence[Short]) -> Grid:
    def write(resource: str, value: float | None) -> str:
        if value is None:
            return "?"
        return units.size(value) if resource == "memory" else units.number(value)

    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            resource_of(each.resource),
            write(each.resource, each.needed),
            Span(
                write(each.resource, each.free), "warning" if each.free is not None and each.free < each.needed else ""
            ),
            write(each.resource, each.fitting) if each.fitting is not None else "",
        )
        for each in short
    )
    return Grid((_("RESOURCE"), _("NEEDED"), _("FREE"), _("FITTING")), rows, frozenset({1, 2, 3}))


def _jobs(jobs: Sequence[Ahead], wall: float) -> Iterator[Item]:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Span(each.job.id, "accent", f"job:{each.job.id}"),
            each.job.user or "?",
            units.number(each.cards, mark=""),
            figures.moment(each.frees, wall) if each.frees is not None else "-",
            each.job.name or "",
        )
        for each in jobs[:SHOWN]
    )
    yield Grid((_("JOB"), _("USER"), _("GPUS"), _("UNTIL"), _("NAME")), rows, frozenset({2}))
