"""Figures of one job that stand in lists, filters and on its page alike; None is what is not known, or not there."""

from backends.jobs import ENDED, FAILED, HOLDING, WAITING, JobState
from console.language import N_, _, ngettext
from console.model import unsaved
from console.model.judged_jobs import JudgedJob, Told, Why
from console.model.nodesets import fold
from console.views import units
from console.views.words import fill, say, tell

STATES = (
    *(N_("pending"), N_("running"), N_("suspended"), N_("completing"), N_("completed"), N_("failed")),
    *(N_("cancelled"), N_("timeout"), N_("node_fail"), N_("out_of_memory"), N_("preempted"), N_("unknown")),
)
"""The words of states, so that the catalogues know them; they are translated by ``_(str(state))``."""


def cards(judged: JudgedJob) -> int | None:
    """Cards that it holds or, where it holds none, asks for."""
    return unsaved.cards(judged.job) if judged.job.state in HOLDING else judged.job.gpus


def used(judged: JudgedJob) -> float | None:
    """Cards' worth of work in the last hour: 7.9 of 8."""
    use = judged.use
    return use.hour * use.cards / 100 if use is not None and use.hour is not None else None


def busy(judged: JudgedJob) -> int | None:
    """Cards that do something now."""
    return judged.use.busy if judged.use is not None else None


def efficiency(judged: JudgedJob) -> float | None:
    """Mean utilisation since it started, percent."""
    return judged.use.life if judged.use is not None else None


def hour(judged: JudgedJob) -> float | None:
    """Mean utilisation of the last hour, percent."""
    return judged.use.hour if judged.use is not None else None


def peak(judged: JudgedJob) -> int | None:
    """The most memory that it held on one card."""
    return judged.use.memory if judged.use is not None else None


def idle(judged: JudgedJob, wall: float) -> float | None:
    """Seconds for which none of its cards has done anything."""
    since = judged.use.idle_since if judged.use is not None else None
    return max(0.0, wall - since) if since is not None else None


def elapsed(judged: JudgedJob, wall: float) -> float | None:
    """Seconds since it started, until it ended."""
    job = judged.job
    if job.started is None or (job.state in ENDED and job.ended is None):
        return None
    return max(0.0, (job.ended if job.ended is not None and job.state in ENDED else wall) - job.started)


def left(judged: JudgedJob, wall: float) -> float | None:
    """Seconds until its limit, of one that has nodes."""
    job, so_far = judged.job, elapsed(judged, wall)
    if job.state not in HOLDING or job.limit is None or so_far is None:
        return None
    return max(0.0, job.limit - so_far)


def waited(judged: JudgedJob, wall: float) -> float | None:
    """Seconds from its submission to its start, or until now."""
    job = judged.job
    if job.submitted is None:
        return None
    until = job.started if job.started is not None else wall if job.state in WAITING else job.ended
    return max(0.0, until - job.submitted) if until is not None else None


def ago(judged: JudgedJob, wall: float) -> float | None:
    """Seconds since it ended."""
    return max(0.0, wall - judged.job.ended) if judged.job.ended is not None and judged.job.state in ENDED else None


def share(judged: JudgedJob) -> float | None:
    """How far its training is, percent."""
    progress = judged.progress
    if progress is None:
        return None
    for done, whole in ((progress.step, progress.steps), (progress.epoch, progress.epochs)):
        if done is not None and whole:
            return 100 * done / whole
    return None


def named(judged: JudgedJob) -> str:
    """Its id as people read it: with the number of tasks of an array that it stands for."""
    job = judged.job
    if job.tasks is None and job.count <= 1:
        return job.id
    tasks = job.tasks or ""
    one = tasks.isdecimal() and job.count == 1
    return f"{job.id}_{tasks}" if one else f"{job.id}_[{tasks}]" if tasks else f"{job.id}[{job.count}]"


def listed(judged: JudgedJob) -> str:
    """Its id in a list, where there is little room: of Kubernetes without the namespace, which is its project.

    Several tasks of an array that wait as one are not named: another column counts them.
    """
    said = named(judged)
    return f"{judged.job.id}_[..]" if said.endswith("]") else said.rpartition("/")[2]


def where(judged: JudgedJob) -> str:
    """Its nodes as a short set; empty where it has none."""
    names = nodes(judged)
    return names[0] if len(names) == 1 else fold(names)


def nodes(judged: JudgedJob) -> tuple[str, ...]:
    """The nodes that it has or had; where its scheduler names none, those whose cards it holds."""
    return judged.job.nodes or tuple(dict.fromkeys(held.node for held in judged.job.held))


def limited(so_far: float | None, limit: float | None) -> str:
    """Elapsed and limit in one: ``2-03:11/5d``; without a limit the first alone."""
    return f"{units.duration(so_far, '')}/{brief(limit)}" if limit is not None else units.duration(so_far, "")


def brief(seconds: float | None) -> str:
    """A span that people have chosen, without what is zero in it: ``5d``, ``12h``, ``1-12:00``."""
    if seconds is None:
        return "-"
    for letter, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{int(seconds // length)}{letter}"
    return units.duration(seconds)


def tell_why(why: Why) -> str:
    """Say a reason, its time in the reader's zone."""
    said = say(why)
    return said if why.until is None else fill(said, {"until": units.clock(why.until)})


def when(judged: JudgedJob, wall: float) -> str:
    """When one that waits is expected to start, as a time of day; ``~`` before what we have estimated."""
    if judged.start is None:
        return ""
    mark = "~" if judged.told is Told.ESTIMATE else ""
    return mark + moment(judged.start, wall)


def moment(at: float, wall: float) -> str:
    """A time of day in the reader's zone, with its day where that is another."""
    day, clock = units.clock(at, "?")[:16].split(" ") if units.clock(at, "") else ("", "?")
    return clock if units.clock(wall, "").startswith(day) else f"{day[5:]} {clock}"


def reason(judged: JudgedJob) -> str:
    """In one sentence what is wrong, why it waits, how far it is, or how it ended; empty where there is none."""
    state = judged.job.state
    if judged.points:
        first = max(judged.points, key=lambda point: point.severity)
        more = len(judged.points) - 1
        return tell(first) + (f" (+{more})" if more else "")
    if state in WAITING:
        return tell_why(judged.why[0]) if judged.why else judged.job.reason or ""
    return ended(judged) if state in ENDED else advance(judged)


def advance(judged: JudgedJob) -> str:
    """How far its training is, in short; empty where nobody knows."""
    progress = judged.progress
    if progress is None:
        return ""
    parts: list[str] = []
    if progress.step is not None:
        of = f"{progress.step}/{progress.steps}" if progress.steps is not None else f"{progress.step}"
        parts.append(_("step {number}").format(number=of))
    elif progress.epoch is not None:
        of = f"{progress.epoch:g}/{progress.epochs:g}" if progress.epochs is not None else f"{progress.epoch:g}"
        parts.append(_("epoch {number}").format(number=of))
    if progress.loss is not None:
        parts.append(_("loss {number}").format(number=f"{progress.loss:.4g}"))
    return " · ".join(parts)


def ended(judged: JudgedJob) -> str:
    """How it ended: code, signal, and the scheduler's reason."""
    job = judged.job
    parts: list[str] = []
    if job.exit:
        parts.append(_("exit code {code}").format(code=job.exit))
    if job.signal:
        parts.append(_("signal {number}").format(number=job.signal))
    if judged.why:
        parts.append(tell_why(judged.why[0]))
    elif job.reason and job.reason not in ("None", "NonZeroExitCode"):
        parts.append(job.reason)
    else:
        plain = {
            JobState.TIMEOUT: _("reached its time limit"),
            JobState.OUT_OF_MEMORY: _("ran out of memory"),
            JobState.NODE_FAIL: _("its node failed"),
            JobState.PREEMPTED: _("another job took its place"),
        }.get(job.state)
        parts += [plain] if plain is not None else []
    return " · ".join(parts)


def failed(judged: JudgedJob) -> bool:
    """Whether it ended, and not as it was meant to."""
    return judged.job.state in FAILED


def asked_cards(judged: JudgedJob, times: str) -> str:
    """The cards of a job; of tasks of an array how many tasks ask for so many: ``20×1``."""
    count = cards(judged)
    if judged.job.tasks is not None:
        return f"{judged.job.count}{times}{units.number(count)}"
    return units.number(count)


def jobs_counted(count: int) -> str:
    """So many jobs, in words."""
    return ngettext("{count} job", "{count} jobs", count).format(count=count)
