"""What the page of one job shows of it: how it is, what it asked for and has, what it makes of that, how far it is."""

from collections.abc import Iterator

from backends.jobs import ENDED, FAILED, HOLDING, WAITING, Job
from console.language import _, ngettext
from console.model.fields import quoted
from console.model.judged_jobs import Explanation, JudgedJob
from console.model.unsaved import unsaved_hours
from console.views import job_figures as figures
from console.views import job_wait as wait
from console.views import jobs, units
from console.views.gpu import problems
from console.views.lines import Line, counts
from themes.glyphs import Glyphs
from widgets.models import Bar, Fact, Grid, Item, Paragraph, Section, Span

MEMBERS = 24
"""Tasks of an array that are named beside the list."""


def head(
    judged: JudgedJob, explained: Explanation | None, glyphs: Glyphs, wall: float, *, short: bool = False
) -> list[Section]:
    """How it is, why it waits, what it makes of its cards, how far it is."""
    found = [Section(_("State"), tuple(_state(judged, glyphs, wall)))]
    if judged.job.state in WAITING:
        found += wait.sections(judged, explained, glyphs, wall, short=short)
    if judged.use is not None and (judged.use.cards or figures.cards(judged)):
        found.append(Section(_("Use of its GPUs"), tuple(_use(judged, wall))))
    if judged.progress is not None:
        found.append(Section(_("Training"), tuple(_progress(judged, glyphs, wall))))
    return found


def brief(judged: JudgedJob, explained: Explanation | None, glyphs: Glyphs, wall: float) -> tuple[Section, ...]:
    """The short form, which stands beside a list."""
    return (*head(judged, explained, glyphs, wall, short=True), Section(_("Job"), tuple(_facts(judged, wall))))


def of_array(line: Line, wall: float) -> tuple[Section, ...]:
    """The tasks of an array, beside the list."""
    job = line.judged.job
    said = ", ".join(f"{count} {_(str(state))}" for state, count in counts(line.members).items())
    rows = tuple(
        (
            Span(member.job.id, "accent", f"job:{member.key}"),
            Span(_(str(member.job.state)), jobs.look(member)),
            units.percent(figures.efficiency(member), ""),
            units.duration(figures.elapsed(member, wall), ""),
            figures.where(member),
        )
        for member in line.members[:MEMBERS]
    )
    items: list[Item] = [Fact(_("array"), job.id), Fact(_("tasks"), said)]
    items.append(Grid((_("TASK"), _("STATE"), _("EFF"), _("ELAPSED"), _("NODES")), rows, frozenset({2, 3})))
    if len(line.members) > MEMBERS:
        text = _("and {count} more").format(count=len(line.members) - MEMBERS)
        items.append(Paragraph(Span(text, "dim")))
    told = Section(_("Array"), tuple(items))
    return (told,) if line.judged.use is None else (told, Section(_("Use of its GPUs"), tuple(_use(line.judged, wall))))


def _state(judged: JudgedJob, glyphs: Glyphs, wall: float) -> Iterator[Item]:
    job = judged.job
    if judged.stale:
        text = _("stale: its scheduler has not listed it lately; what follows is the last that was seen")
        yield Paragraph(Span(f"{glyphs.stale} {text}", "stale"))
    word = Span(_(str(job.state)), f"{jobs.look(judged)} bold")
    yield Fact(_("state"), (word, Span(f"  {job.reason}" if job.reason else "", "dim")))
    yield from problems(judged.points, glyphs)
    if judged.why and job.state not in WAITING:
        for why in judged.why[job.state in ENDED :]:  # how it ended says the first
            yield Paragraph(figures.tell_why(why))
    if job.state in ENDED and (how := figures.ended(judged)):
        yield Fact(_("ended with"), Span(how, "critical" if job.state in FAILED else ""))
    if job.said:
        yield Paragraph(Span(job.said, "dim"))
    if job.dependency:
        yield Fact(_("depends on"), job.dependency)
    so_far, left = figures.elapsed(judged, wall), figures.left(judged, wall)
    if so_far is not None:
        yield Fact(_("elapsed"), units.duration(so_far))
    if left is not None and job.started is not None and job.limit is not None:
        text = _("{left} left, ends at {time} at the latest")
        said = text.format(left=units.duration(left), time=figures.moment(job.started + job.limit, wall))
        yield Fact(_("limit"), Span(said, "warning" if left < 900 else ""))


def _use(judged: JudgedJob, wall: float) -> Iterator[Item]:
    use = judged.use
    if use is None:
        return
    life, hour = use.life, use.hour
    yield Bar(_("since it started"), None if life is None else life / 100, units.percent(life))
    yield Bar(_("last hour"), None if hour is None else hour / 100, units.percent(hour))
    runs = judged.job.state in HOLDING  # else there is no now
    if runs:
        busy = ngettext("{busy} of {cards} GPU", "{busy} of {cards} GPUs", use.cards)
        yield Fact(_("busy now"), busy.format(busy=units.number(use.busy), cards=use.cards))
    if runs and use.idle_since is not None:
        text = _("none of them has done anything for {age}").format(age=units.age(max(0.0, wall - use.idle_since)))
        yield Paragraph(Span(text, "warning"))
    yield Fact(_("most memory"), _("{size} on one GPU").format(size=units.size(use.memory)))
    if use.processes is not None:
        yield Fact(_("processes"), str(use.processes))
    if use.measured is not None:
        so_far = figures.elapsed(judged, wall)
        text = _("{measured} of {elapsed}").format(
            measured=units.duration(use.measured), elapsed=units.duration(so_far)
        )
        yield Fact(_("measured"), Span(text, "dim"))


def _progress(judged: JudgedJob, glyphs: Glyphs, wall: float) -> Iterator[Item]:
    progress = judged.progress
    if progress is None:
        return
    done = figures.share(judged)
    said = figures.advance(judged) or units.percent(done)
    if done is not None:
        yield Bar(_("done"), done / 100, said)
    else:
        yield Fact(_("done"), said)
    if progress.speed is not None:
        yield Fact(_("speed"), _("{number} steps a second").format(number=f"{progress.speed:.3g}"))
    if progress.ends is not None:
        yield Fact(_("done at"), _("{time} at this speed").format(time=figures.moment(progress.ends, wall)))
    lost = unsaved_hours(judged.job, progress, wall)
    if progress.saved is not None or lost:
        saved = progress.saved
        text = _("none seen") if saved is None else _("{age} ago").format(age=units.age(max(0.0, wall - saved)))
        if lost is not None:
            text += f" {glyphs.dot} " + _("{hours} GPU-hours since then").format(hours=f"{lost:.1f}")
        yield Fact(_("last checkpoint"), text)
    yield Fact(_("last sign of life"), _("{age} ago").format(age=units.age(max(0.0, wall - progress.at))))
    if progress.flags:
        yield Fact(_("marked"), Span(", ".join(progress.flags), "warning"))
    if progress.origin:
        yield Fact(_("read from"), Span(progress.origin, "dim"))


def facts(judged: JudgedJob, wall: float) -> Section:
    """Whose it is, what it asked for, and its times."""
    return Section(_("Job"), tuple(_facts(judged, wall)))


def _facts(judged: JudgedJob, wall: float) -> Iterator[Item]:
    job = judged.job
    yield Fact(_("name"), job.name or "?")
    if job.user:
        yield Fact(_("user"), Span(job.user, "accent", f"in:jobs:user={quoted(job.user)}"))
    if job.project:
        yield Fact(_("project"), Span(job.project, "accent", f"in:jobs:project={quoted(job.project)}"))
    if job.partition:
        target = f"in:queues:queue={quoted(job.partition)}"
        yield Fact(
            _("queue"), (Span(job.partition, "accent", target), Span("".join(f" {p}" for p in job.partitions[1:])))
        )
    yield from _asked(judged)
    yield from _given(judged)
    yield from _times(job, wall)
    if job.array:
        yield Fact(_("array"), Span(job.array, "accent", f"in:jobs:array={quoted(job.array)}"))
    for label, value in ((_("tasks"), job.tasks), (_("heterogeneous job"), job.het)):
        if value:
            yield Fact(label, value)
    if job.restarts:
        yield Fact(_("restarts"), str(job.restarts))
    yield Fact(_("source"), judged.source)


def _given(judged: JudgedJob) -> Iterator[Item]:
    """What it has, and by which rules."""
    job = judged.job
    names = figures.nodes(judged)
    if names:
        name = names[0]
        yield Fact(_("nodes"), Span(figures.where(judged), "accent", f"node:{name}" if len(names) == 1 else None))
    for label, value in ((_("QOS"), job.qos), (_("reservation"), job.reservation), (_("kind"), job.kind)):
        if value:
            yield Fact(label, value)
    if job.priority is not None:
        yield Fact(_("priority"), units.number(job.priority))
    if job.limit is not None:
        yield Fact(_("time limit"), figures.brief(job.limit))


def _asked(judged: JudgedJob) -> Iterator[Item]:
    job, asked = judged.job, judged.job.asked
    count = figures.cards(judged)
    if count:
        parts = [units.number(count), *([asked.gpu_kind] if asked.gpu_kind else [])]
        if asked.gpus_per_node:
            parts.append(_("{count} on each node").format(count=asked.gpus_per_node))
        yield Fact(_("GPUs"), "  ".join(parts))
    if asked.nodes is not None:
        whole = _("whole nodes") if asked.exclusive else ""
        yield Fact(_("nodes asked for"), f"{asked.nodes}  {whole}".rstrip())
    if asked.cpus is not None:
        yield Fact(_("CPUs"), str(asked.cpus))
    if asked.memory is not None:
        yield Fact(_("host memory"), units.size(asked.memory))
    if asked.features:
        yield Fact(_("features"), asked.features)
    if asked.only:
        yield Fact(_("only on"), " ".join(asked.only))
    if asked.never:
        yield Fact(_("never on"), " ".join(asked.never))
    if job.count > 1 and job.tasks is not None:
        yield Fact(_("stands for"), figures.jobs_counted(job.count))


def _times(job: Job, wall: float) -> Iterator[Item]:
    for label, at in (
        (_("submitted"), job.submitted),
        (_("eligible"), job.eligible if job.state in WAITING else None),
        (_("started"), job.started),
        (_("ended"), job.ended if job.state not in HOLDING | WAITING else None),
    ):
        if at is not None:
            ago = _("{age} ago").format(age=units.age(max(0.0, wall - at)))
            yield Fact(label, f"{units.clock(at)}  ({ago})" if at <= wall else units.clock(at))


def title(judged: JudgedJob) -> str:
    """What the breadcrumb says of it behind its id."""
    return "  ".join(part for part in (judged.job.name, judged.job.user, _(str(judged.job.state))) if part)
