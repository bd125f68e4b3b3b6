"""Everything about one job: Slurm's own text, its script, what makes its priority, where it writes."""

from msgspec.structs import replace

from backends.jobs import HOLDING, WAITING, Job, JobDetail, Outputs
from backends.probe.line import ending
from backends.record import N_, Trouble
from backends.slurm.cards import held_of
from backends.slurm.hostlist import nodes_of
from backends.slurm.job_text import fields_of, record_of, without_name
from backends.slurm.output_path import filled
from backends.slurm.tools import Tools
from backends.slurm.values import real, text
from backends.slurm.words import Unanswered

SCRIPT = 1 << 20
"""Bytes of a script that are kept; Slurm itself takes 4 MB."""
_FACTORS = {"A": "age", "B": "assoc", "F": "fairshare", "J": "jobsize", "P": "partition", "Q": "qos", "S": "site"}


async def detail_of(tools: Tools, id_: str, job: Job | None, at: float) -> JobDetail:
    """Read all about a job; the environment is not among it, for Slurm shows nobody another's.

    Args:
        tools: how to ask.
        id_: its id.
        job: as it was read just now; None where nobody knows it.
        at: UTC.

    Raises:
        Unanswered: the controller does not answer.
    """
    if job is None:
        return JobDetail(id_, at)
    number = number_of(job)
    raw = await record(tools, number)
    troubles: list[Trouble] = []
    script = await _script(tools, number, forgotten=raw is None, troubles=troubles)
    factors = await _factors(tools, number) if job.state in WAITING else {}
    if raw is None:
        text_ = N_("The controller has forgotten this job: only what the accounting database kept is shown.")
        return JobDetail(id_, at, job, script=script, troubles=(Trouble(text_), *troubles))
    said = fields_of(raw, job.name)
    job = whole(job, raw)
    return JobDetail(
        id_,
        at,
        job,
        raw,
        text(said.get("Command", "")),
        text(said.get("WorkDir", "")),
        script,
        None,
        outputs_of(job),
        factors,
        (),
        tuple(troubles),
    )


def number_of(job: Job) -> str:
    """Slurm's own number of a job, which every tool takes."""
    return job.number or job.id.partition("+")[0]


def whole(job: Job, raw: str) -> Job:
    """A job with what only its details say: its cards, where it writes, where it must not run."""
    held = held_of(without_name(raw, job.name)) if job.state in HOLDING else ()
    said = fields_of(raw, job.name)
    output, errors = filled(said) if said.get("BatchFlag") == "1" else (None, None)
    asked = replace(job.asked, never=nodes_of(said.get("ExcNodeList", "")))
    if "Exclusive" in said:  # from 26.05 on, where OverSubscribe says nothing any more
        asked = replace(asked, exclusive=said["Exclusive"] not in ("NO", "USER", "MCS"))
    return replace(job, held=held or job.held, asked=asked, output=output, errors=errors)


def outputs_of(job: Job) -> tuple[str, ...]:
    """The names of what it writes and can be followed."""
    named = {"output": job.output, "errors": job.errors if job.errors != job.output else None}
    return tuple(name for name, path in named.items() if path not in (None, "/dev/null"))


def written_of(job: Job, raw: str) -> Outputs:
    """What a job writes, and where.

    Args:
        job: as `whole` returns it.
        raw: what scontrol says of it.
    """
    names = outputs_of(job)
    paths = {"output": job.output, "errors": job.errors}
    folder = text(fields_of(raw, job.name).get("WorkDir", ""))
    return Outputs(names, tuple(paths[name] for name in names), folder)


async def record(tools: Tools, number: str) -> str | None:
    """What scontrol says of a job; None where the controller does not know it any more.

    Raises:
        Unanswered: it does not answer.
    """
    said = await tools.run("scontrol", "-d", "show", "job", number)
    if said.status == 0:
        return record_of(said.output, number)
    if "Invalid job id" in said.errors + said.output:
        return None
    raise Unanswered(tools.trouble("scontrol", said))


async def _script(tools: Tools, number: str, *, forgotten: bool, troubles: list[Trouble]) -> str | None:
    """The batch script, from the controller or, where Slurm was told to keep scripts, from the database."""
    try:
        if forgotten:
            said = await tools.run("sacct", "-B", "-j", number, most=SCRIPT)
            head, line, script = said.output.partition("\n" + "-" * 80 + "\n")
            if not line or not head.startswith("Batch Script for") or script.strip() == "NONE":
                return None
            return _beginning(script, troubles) if said.cut else script if said.status == 0 else None
        said = await tools.run("scontrol", "write", "batch_script", number, "-", most=SCRIPT)
    except Unanswered as failure:
        troubles.append(failure.trouble)
        return None
    if said.cut:  # here the tool is ended then, which is no status of its own
        return _beginning(said.output, troubles)
    if said.status == 0 and not said.errors.strip():
        return said.output
    why = ending((said.errors or said.output).encode())
    hint = N_("Only the job's owner and operators of Slurm may read it; an interactive job has none.")
    troubles.append(Trouble(N_("The script cannot be read: {why}"), hint, {"why": why}))
    return None


def _beginning(script: str, troubles: list[Trouble]) -> str:
    text_ = N_("The script is longer than {bytes} bytes: only its beginning is shown.")
    troubles.append(Trouble(text_, "", {"bytes": str(SCRIPT)}))
    return script


async def _factors(tools: Tools, number: str) -> dict[str, float]:
    """What makes its priority; nothing where jobs go in the order of their arrival, or it is held."""
    wanted = "|".join(f"%{letter}" for letter in (*_FACTORS, "N"))
    try:
        said = await tools.run("sprio", "-h", "-j", number, "-o", wanted)
    except Unanswered:
        return {}
    line = said.output.splitlines()[0] if said.status == 0 and said.output.strip() else ""
    values = [real(part.strip()) for part in line.split("|")]
    if len(values) != len(_FACTORS) + 1:
        return {}
    nice = values.pop()
    found = {name: value for name, value in zip(_FACTORS.values(), values, strict=True) if value is not None}
    return {**found, "nice": -nice} if nice else found
