"""The columns of the pane `jobs`: what each says of a job, and how it sorts."""

from collections.abc import Callable

from backends.jobs import FAILED, HOLDING, WAITING
from console.language import _
from console.model.judged_jobs import JudgedJob
from console.views import job_figures as figures
from console.views import lines, units
from console.views.heading_kinds import figure, words
from console.views.headings import Heading, Present
from console.views.jobs import LETTERS, look, signed
from console.views.lines import Line
from widgets.models import Cell, Span

SOON = 6
"""Cells of a start today, which stands before the reason; one on another day needs the reason's room, and is behind."""
IDLE = 5.0
"""Percent below which the use of cards is marked; the same as in the history."""


def headings(now: Callable[[], float]) -> tuple[Heading[Line], ...]:
    """Every column, in its order from left to right; `now` is the moment by which times are sorted, UTC."""
    return (*_first(), *_cards(), *_times(now), *_last(), *_more())


def _of(value: Callable[[JudgedJob], object]) -> Callable[[Line], object]:
    return lambda line: value(line.judged)


def _text(value: Callable[[JudgedJob], str | None]) -> Callable[[Line], str | None]:
    return lambda line: value(line.judged)


def _first() -> tuple[Heading[Line], ...]:
    state = _(
        "P pending, R running, S suspended, G ending, D done, F failed, C cancelled, T timeout, "
        "N node failed, M out of memory, X preempted"
    )
    return (
        Heading("state", _("S"), state, 1, _state, None, priority=100),
        Heading(
            "job",
            _("JOB"),
            _("id; an array's with how many tasks"),
            8,
            _id,
            _number,
            priority=99,
            grow=2,
            most=28,
            middle=True,
        ),
        words("name", _("NAME"), _("name"), 8, _text(lambda j: j.job.name), 90, grow=2, most=24),
        words("user", _("USER"), _("who submitted it"), 7, _text(lambda j: j.job.user), 96, most=14),
        words("project", _("PROJECT"), _("account or namespace"), 8, _text(lambda j: j.job.project), 60, most=16),
        words("partition", _("PART"), _("partition or queue"), 6, _text(lambda j: j.job.partition), 70, most=14),
    )


def _cards() -> tuple[Heading[Line], ...]:
    used = _("GPUs' worth of work in the last hour")
    life = _("mean utilisation of its GPUs since it started")
    return (
        figure("gpus", _("GPUS"), _("GPUs that it holds or asks for"), 4, _of(figures.cards), 95, cell=_gpus),
        figure("used", _("USED"), used, 4, _of(figures.used), 64, cell=_used),
        figure("eff", _("EFF"), life, 4, _of(figures.efficiency), 88, cell=_percent(figures.efficiency)),
        figure(
            "hour",
            _("HOUR"),
            _("mean utilisation of its GPUs in the last hour"),
            4,
            _of(figures.hour),
            30,
            cell=_percent(figures.hour),
            wide=True,
        ),
        figure(
            "mem",
            _("MEM"),
            _("the most memory that it held on one GPU"),
            5,
            _of(figures.peak),
            28,
            units.size,
            absent="",
            wide=True,
        ),
    )


def _times(now: Callable[[], float]) -> tuple[Heading[Line], ...]:
    both = _("time since it started, and its limit")
    return (
        figure(
            "elapsed",
            _("ELAPSED/LIMIT"),
            both,
            12,
            lambda line: figures.elapsed(line.judged, now()),
            86,
            cell=_elapsed,
        ),
        figure(
            "left",
            _("LEFT"),
            _("time until its limit"),
            8,
            lambda line: figures.left(line.judged, now()),
            20,
            units.duration,
            absent="",
            wide=True,
            falling=False,
        ),
        figure(
            "waited",
            _("WAITED"),
            _("time that it waited, or waits"),
            8,
            lambda line: figures.waited(line.judged, now()),
            22,
            units.duration,
            absent="",
            wide=True,
        ),
    )


def _last() -> tuple[Heading[Line], ...]:
    why = _(
        "what is wrong with it, why it waits and when it starts (~ is our estimate), how far it is, or how it ended"
    )
    return (
        Heading(
            "nodes",
            _("NODES"),
            _("its nodes; of one that waits its place in the queue"),
            8,
            _nodes,
            _node,
            priority=62,
            grow=1,
            most=20,
        ),
        Heading("why", _("WHY / NEXT"), why, 21, _why, _reason, priority=92, grow=5),
    )


def _more() -> tuple[Heading[Line], ...]:
    start = _("when it is expected to start; ~ is our estimate")
    return (
        figure("start", _("START"), start, 11, _of(lambda j: j.start), 26, cell=_start, wide=True, falling=False),
        figure(
            "submitted",
            _("SUBMITTED"),
            _("when it was submitted"),
            11,
            _of(lambda j: j.job.submitted),
            24,
            cell=_submitted,
            wide=True,
        ),
        figure("priority", _("PRIO"), _("priority"), 6, _of(lambda j: j.job.priority), 23, absent="", wide=True),
        words(
            "qos",
            _("QOS"),
            _("quality of service, or priority class"),
            8,
            _text(lambda j: j.job.qos),
            18,
            most=16,
            wide=True,
        ),
        figure("step", _("STEP"), _("step of its training"), 12, _of(figures.share), 16, cell=_step, wide=True),
        figure(
            "loss",
            _("LOSS"),
            _("loss that it wrote last"),
            7,
            _of(lambda j: j.progress.loss if j.progress is not None else None),
            15,
            lambda value: f"{value:.4g}",
            absent="",
            wide=True,
            falling=False,
        ),
        figure(
            "restarts",
            _("RESTARTS"),
            _("how often it was started again"),
            4,
            _of(lambda j: j.job.restarts),
            12,
            absent="",
            wide=True,
        ),
        words(
            "kind", _("KIND"), _("what the scheduler calls it"), 6, _text(lambda j: j.job.kind), 8, most=14, wide=True
        ),
        words("source", _("SOURCE"), _("scheduler"), 7, _text(lambda j: j.source), 10, most=14, wide=True),
    )


def _state(line: Line, _present: Present) -> Cell:
    return Span(LETTERS[line.judged.job.state], look(line.judged))


def _id(line: Line, present: Present) -> Cell:
    judged = line.judged
    if line.members:
        sign = present.glyphs.caret if line.open else present.glyphs.separator
        return (Span(judged.job.id, "accent"), Span(f"{present.glyphs.times}{len(line.members)} {sign}", "dim"))
    return (Span("  " if line.inside else ""), Span(figures.listed(judged), "accent"))


def _number(line: Line) -> str:
    """The id so that 999 comes before 1000."""
    number = line.judged.job.id
    return (
        number.zfill(12)
        if number.isdigit()
        else "".join(
            part.zfill(12) if part.isdigit() else part
            for part in number.replace("_", " _ ").replace("+", " + ").split(" ")
        )
    )


def _gpus(line: Line, present: Present) -> Cell:
    found = figures.cards(line.judged)
    if found is None:
        return Span(present.glyphs.unknown, "unknown")
    return figures.asked_cards(line.judged, present.glyphs.times) if found else Span("-", "dim")


def _measured(judged: JudgedJob) -> bool:
    """Whether there should be figures of its use: it has cards, and had them for a while."""
    return judged.job.state in HOLDING and bool(figures.cards(judged))


def _used(line: Line, present: Present) -> Cell:
    found = figures.used(line.judged)
    if found is None:
        return Span(present.glyphs.unknown, "unknown") if _measured(line.judged) else ""
    low = figures.hour(line.judged)
    return Span(f"{found:.1f}", "warning" if low is not None and low < IDLE else "")


def _percent(value: Callable[[JudgedJob], float | None]) -> Callable[[Line, Present], Cell]:
    def cell(line: Line, present: Present) -> Cell:
        found = value(line.judged)
        if found is None:
            return Span(present.glyphs.unknown, "unknown") if _measured(line.judged) else ""
        return Span(units.percent(found), "warning" if found < IDLE else "")

    return cell


def _elapsed(line: Line, present: Present) -> Cell:
    judged = line.judged
    so_far = figures.elapsed(judged, present.wall)
    left = figures.left(judged, present.wall)
    said = figures.limited(so_far, judged.job.limit)
    return Span(said, "warning" if left is not None and left < 900 else "dim" if so_far is None else "")


def _node(line: Line) -> str | None:
    return next(iter(figures.nodes(line.judged)), None)


def _nodes(line: Line, _present: Present) -> Cell:
    judged = line.judged
    if judged.job.state in WAITING:
        return Span(_("place {number}").format(number=judged.place), "dim") if judged.place is not None else ""
    return figures.where(judged)


def _reason(line: Line) -> str | None:
    return figures.reason(line.judged) or None


def _why(line: Line, present: Present) -> Cell:
    """A sentence, its sign before it where something is wrong, and when it starts behind it."""
    judged = line.judged
    if line.members:
        return _counted(line, present)
    said = figures.reason(judged)
    start = figures.when(judged, present.wall)
    if judged.points:
        return signed(judged, said, present.glyphs)
    parts = [Span(said, "critical" if judged.job.state in FAILED else "")] if said else []
    if start and len(start) <= SOON:
        parts.insert(0, Span(f"{start}  ", "accent"))
    elif start:
        parts.append(Span(f"  {start}", "accent"))
    return tuple(parts) or Span("-", "dim")


def _counted(line: Line, present: Present) -> Cell:
    """How many tasks of an array are in which state, and what is wrong with one of them."""
    found = [
        Span(f"{count} {_(str(state))}  ", "critical" if state in FAILED else "dim")
        for state, count in lines.counts(line.members).items()
    ]
    if line.judged.points:
        found += signed(line.judged, figures.reason(line.judged), present.glyphs)
    return tuple(found)


def _start(line: Line, present: Present) -> Cell:
    return figures.when(line.judged, present.wall)


def _submitted(line: Line, present: Present) -> Cell:
    at = line.judged.job.submitted
    return figures.moment(at, present.wall) if at is not None else ""


def _step(line: Line, _present: Present) -> Cell:
    progress = line.judged.progress
    if progress is None or progress.step is None:
        return ""
    return f"{progress.step}/{progress.steps}" if progress.steps is not None else str(progress.step)
