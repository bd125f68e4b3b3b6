"""How the limits of a quality of service stand: what each allows, and whether it holds a job up now."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from backends.jobs import Job, Qos
from console.language import N_
from console.model.judged_jobs import Why


class _Rule(NamedTuple):
    """A limit in words."""

    scope: str
    """Whose jobs count: ``all``, ``user``, ``account``, ``job``."""
    jobs: bool
    """Whether jobs are counted, not what they hold."""
    text: str
    standing: str
    """The same with how much of it is used."""


_ALL = _Rule(
    "all",
    False,
    N_("All jobs with {qos} together may hold {limit}."),
    N_("All jobs with {qos} together may hold {limit}; they hold {held}."),
)
_USER = _Rule(
    "user",
    False,
    N_("With {qos} one person may hold {limit}."),
    N_("With {qos} one person may hold {limit}; {who} holds {held}."),
)
_ACCOUNT = _Rule(
    "account",
    False,
    N_("With {qos} one account may hold {limit}."),
    N_("With {qos} one account may hold {limit}; {who} holds {held}."),
)
_JOB = _Rule(
    "job",
    False,
    N_("With {qos} one job may have {limit}."),
    N_("With {qos} one job may have {limit}; it asks for {held}."),
)
_RULES: Mapping[str, _Rule] = {
    "grptres": _ALL,
    "maxtrespu": _USER,
    "maxtresperuser": _USER,
    "maxtrespa": _ACCOUNT,
    "maxtresperaccount": _ACCOUNT,
    "maxtres": _JOB,
    "maxtrespj": _JOB,
    "maxtresperjob": _JOB,
    "grpjobs": _Rule(
        "all",
        True,
        N_("Jobs with {qos} that may run together: {limit}."),
        N_("Jobs with {qos} that may run together: {limit}; now {held}."),
    ),
    "maxjobspu": _Rule(
        "user",
        True,
        N_("Jobs that one person may run with {qos}: {limit}."),
        N_("Jobs that one person may run with {qos}: {limit}; {who} runs {held}."),
    ),
    "maxjobspa": _Rule(
        "account",
        True,
        N_("Jobs that one account may run with {qos}: {limit}."),
        N_("Jobs that one account may run with {qos}: {limit}; {who} runs {held}."),
    ),
}
_RULES = {**_RULES, "maxjobsperuser": _RULES["maxjobspu"], "maxjobsperaccount": _RULES["maxjobspa"]}
_PLAIN: Mapping[str, str] = {
    "maxwall": N_("Jobs with {qos} may run for {limit} at most."),
    "maxwalldurationperjob": N_("Jobs with {qos} may run for {limit} at most."),
    "mintres": N_("Jobs with {qos} must ask for {limit} at least."),
    "maxsubmitpu": N_("Jobs that one person may have in the queue with {qos}: {limit}."),
    "maxsubmitpa": N_("Jobs that one account may have in the queue with {qos}: {limit}."),
    "grpsubmit": N_("Jobs with {qos} that may be in the queue together: {limit}."),
    "maxtrespn": N_("With {qos} one job may have {limit} on one node."),
    "grptresmins": N_("Jobs with {qos} may use {limit} minutes together."),
    "grptresrunmins": N_("Jobs with {qos} that run may still have {limit} minutes before them."),
    "grpwall": N_("Jobs with {qos} may run for {limit} together."),
}
_OTHER = N_("{qos}: {name} is {limit}.")


def limits_of(qos: Qos) -> Iterator[Why]:
    """Say what a quality of service gives and allows."""
    if qos.priority:
        yield Why("qos", N_("{qos} has the priority {priority}."), {"qos": qos.name, "priority": f"{qos.priority:g}"})
    for name, limit in qos.limits.items():
        rule = _RULES.get(name.casefold())
        text = rule.text if rule is not None else _PLAIN.get(name.casefold(), _OTHER)
        yield Why("qos_limit", text, {"qos": qos.name, "name": name, "limit": limit})


def of_qos(qos: Qos, job: Job, running: Iterable[Job]) -> Iterator[Why]:
    """Say what a job's quality of service allows, how much of it is used, and whether that holds the job up.

    Args:
        qos: of the job.
        job: the job.
        running: all jobs of its scheduler that hold something.
    """
    running = [other for other in running if other.qos == qos.name]
    for name, limit in qos.limits.items():
        rule = _RULES.get(name.casefold())
        values = {"qos": qos.name, "name": name, "limit": limit}
        if rule is None:
            yield Why("qos_limit", _PLAIN.get(name.casefold(), _OTHER), values)
        elif rule.jobs:
            yield _of_jobs(rule, job, running, values)
        else:
            for resource, most in tres(limit).items():
                yield _of_resource(rule, job, running, resource, most, values)


def _of_jobs(rule: _Rule, job: Job, running: Iterable[Job], values: dict[str, str]) -> Why:
    held = sum(other.count for other in _counted(rule, job, running))
    most = _number(values["limit"])
    binds = most is not None and held >= most and not job.held
    values |= {"held": str(held), "who": _who(rule, job)}
    return Why("binding" if binds else "qos_limit", rule.standing, values)


def _of_resource(
    rule: _Rule, job: Job, running: Iterable[Job], resource: str, most: float, values: Mapping[str, str]
) -> Why:
    values = {**values, "limit": f"{resource}={most:g}", "who": _who(rule, job)}
    wanted = _has(job, resource)
    counted = [_has(other, resource) for other in _counted(rule, job, running)]
    known = [one for one in counted if one is not None]
    if wanted is None or len(known) < len(counted):
        return Why("qos_limit", rule.text, values)
    held = wanted if rule.scope == "job" else sum(known)
    over = held > most if rule.scope == "job" else held + wanted > most
    binds = over and not job.held
    return Why("binding" if binds else "qos_limit", rule.standing, {**values, "held": f"{held:g}"})


def _counted(rule: _Rule, job: Job, running: Iterable[Job]) -> list[Job]:
    if rule.scope == "all":
        return list(running)
    if rule.scope == "user":
        return [other for other in running if other.user == job.user]
    return [other for other in running if other.project == job.project] if rule.scope == "account" else []


def _who(rule: _Rule, job: Job) -> str:
    return (job.user if rule.scope == "user" else job.project) or "?"


def _has(job: Job, resource: str) -> float | None:
    """What a job holds or asks for of a resource."""
    if resource == "gres/gpu":
        return job.gpus if job.gpus is not None else 0
    if resource == "cpu":
        return job.asked.cpus
    if resource == "node":
        return len(job.nodes) or job.asked.nodes
    return None


def tres(text: str) -> dict[str, float]:
    """Read ``cpu=8,gres/gpu=4,mem=100G``; what is no number is left out."""
    found = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        number = _number(value)
        if number is not None and name.strip():
            found[name.strip()] = number
    return found


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
