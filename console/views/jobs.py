"""How a job looks in every list, what the path says of it, and where one can go from it."""

from collections.abc import Sequence

from backends.jobs import ENDED, FAILED, HOLDING, JobState
from console.language import _
from console.model.fields import quoted
from console.model.judged_jobs import JudgedJob
from console.model.severity import Severity
from console.views import job_figures as figures
from console.views.lines import Line
from themes.glyphs import Glyphs
from widgets.models import Span

LETTERS = {
    JobState.PENDING: "P",
    JobState.RUNNING: "R",
    JobState.SUSPENDED: "S",
    JobState.COMPLETING: "G",
    JobState.COMPLETED: "D",
    JobState.FAILED: "F",
    JobState.CANCELLED: "C",
    JobState.TIMEOUT: "T",
    JobState.NODE_FAIL: "N",
    JobState.OUT_OF_MEMORY: "M",
    JobState.PREEMPTED: "X",
    JobState.UNKNOWN: "?",
}
"""A letter for each state, mostly those of Slurm."""


def look(judged: JudgedJob) -> str:
    """The style of a state."""
    state = judged.job.state
    if judged.stale:
        return "stale"
    if state in FAILED:
        return "critical"
    if any(point.severity >= Severity.WARNING for point in judged.points):
        return "warning"
    if state in HOLDING:
        return "ok"
    return "dim" if state in ENDED else ""


def signed(judged: JudgedJob, said: str, glyphs: Glyphs) -> tuple[Span, ...]:
    """What is wrong with a job, with the sign of the worst of it."""
    grave = any(point.severity is Severity.CRITICAL for point in judged.points)
    style = "critical" if grave else "warning"
    return (Span(f"{glyphs.critical if grave else glyphs.warning} {said}", style),)


def style(line: Line) -> str:
    """The style of a row: what is too old to be believed, and what is over, stands back."""
    if line.judged.stale:
        return "stale"
    return "dim" if line.judged.job.state in ENDED - FAILED else ""


def crumb(line: Line, glyphs: Glyphs) -> tuple[Span, ...]:
    """The breadcrumb's last step: the job under the cursor, and what is to be known of it."""
    judged = line.judged
    job = judged.job
    target = None if line.members else f"job:{judged.key}"
    found = [Span(f" {glyphs.separator} ", "dim"), Span(figures.named(judged), "title", target)]
    said = figures.reason(judged) or job.name or ""
    if said:
        found.append(Span(f"  {said}", "dim"))
    return tuple(found)


def jumps(judged: JudgedJob) -> Sequence[tuple[str, str]]:
    """Where one can go from a job: targets of links with their titles."""
    job = judged.job
    places = [(f"job:{judged.key}", _("job {name}").format(name=job.id))]
    places += [(f"node:{name}", _("node {name}").format(name=name)) for name in figures.nodes(judged)[:8]]
    if job.held:
        places.append((f"filter:job={quoted(job.id)}", _("its GPUs in the heatmap")))
    for held in job.held[:8]:
        places += [(f"gpu:{held.node}:{slot}", f"{held.node} GPU {slot}") for slot in held.slots or ()]
    if job.user:
        places.append((f"in:jobs:user={quoted(job.user)}", _("all jobs of {name}").format(name=job.user)))
        places.append((f"filter:user={quoted(job.user)}", _("all GPUs of {name}").format(name=job.user)))
    if job.project:
        places.append((f"in:jobs:project={quoted(job.project)}", _("all jobs of {name}").format(name=job.project)))
    if job.array:
        places.append((f"in:jobs:array={quoted(job.array)}", _("all tasks of array {name}").format(name=job.array)))
    if job.partition:
        text = _("queue {name}").format(name=job.partition)
        places.append((f"in:queues:queue={quoted(job.partition)}", text))
        text = _("all jobs in {name}").format(name=job.partition)
        places.append((f"in:jobs:partition={quoted(job.partition)}", text))
    return places
