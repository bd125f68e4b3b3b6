"""Slurm's limits in plain words: some hundred reasons of one pattern, as ``QOSMaxGRESPerUser``."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from console.language import N_
from console.rules.jobs.slurm_words import Word

_PATTERN = re.compile(
    r"(?P<of>QOS|Assoc(?:iation)?)?(?P<how>Grp|Max|Min)"
    r"(?P<what>Cpu|CPU|GRES|Gres|Mem(?:ory)?|Node|Billing|BB|Lic(?:ense)?|Energy|Unk(?:nown)?|Jobs?|Submit(?:Jobs?)?|Wall(?:Duration)?|Prio(?:rity)?(?:Thresh)?)s?"
    r"(?P<over>Run)?(?P<time>Minutes|Mins)?s?"
    r"(?P<each>PerJob|PerUser|PerAccount|PerAcct|PerNode|PJob|PU|PA|Accrue)?(?:Limit|NotSatisfied)?"
)
_RESOURCES = {
    "cpu": "cpu",
    "gres": "gpu",
    "mem": "memory",
    "memory": "memory",
    "node": "node",
    "job": "job",
    "jobs": "job",
    "submit": "submit",
    "submitjob": "submit",
    "submitjobs": "submit",
    "wall": "wall",
    "wallduration": "wall",
}


class Limit(NamedTuple):
    """What a reason that is a limit says."""

    owner: str
    """``qos`` or ``account``."""
    scope: str
    """Who may have no more together: ``all``, ``user``, ``account``, ``job``, ``node``."""
    resource: str
    """``gpu``, ``cpu``, ``memory``, ``node``, ``job``, ``submit``, ``wall``, or Slurm's own word."""
    least: bool
    """Whether it asks for too little."""
    over: str
    """``minutes`` used up, ``running`` minutes promised, or nothing."""


@lru_cache(1024)  # there are some dozens in a lab, and thousands of jobs
def parse(reason: str) -> Limit | None:
    """Read a reason; None where it is no limit."""
    found = _PATTERN.fullmatch(reason)
    if found is None:
        return None
    each = (found["each"] or "").removeprefix("Per").removeprefix("P").casefold()
    scope = {"user": "user", "u": "user", "account": "account", "acct": "account", "a": "account", "node": "node"}.get(
        each, "all" if found["how"] == "Grp" or _counts(found["what"]) else "job"
    )
    over = "running" if found["over"] and found["time"] else "minutes" if found["time"] else ""
    what = found["what"].casefold()
    owner = "qos" if found["of"] == "QOS" else "account"
    return Limit(owner, scope, _RESOURCES.get(what, found["what"]), found["how"] == "Min", over)


def _counts(what: str) -> bool:
    """Whether the most of it is of all jobs of an account together, though the word says no more than that."""
    return what.casefold() in ("job", "jobs", "submit", "submitjob", "submitjobs")


_ALL: Mapping[tuple[str, str], str] = {
    ("qos", "gpu"): N_("All GPUs that jobs with the quality of service {qos} may hold together are in use."),
    ("qos", "cpu"): N_("All CPUs that jobs with the quality of service {qos} may hold together are in use."),
    ("qos", "memory"): N_("All memory that jobs with the quality of service {qos} may hold together is in use."),
    ("qos", "node"): N_("All nodes that jobs with the quality of service {qos} may hold together are in use."),
    ("qos", "job"): N_("As many jobs with the quality of service {qos} run as may at the same time."),
    ("account", "gpu"): N_("All GPUs that the account {account} may hold are in use."),
    ("account", "cpu"): N_("All CPUs that the account {account} may hold are in use."),
    ("account", "memory"): N_("All memory that the account {account} may hold is in use."),
    ("account", "node"): N_("All nodes that the account {account} may hold are in use."),
    ("account", "job"): N_("As many jobs of the account {account} run as may at the same time."),
}
_USER: Mapping[str, str] = {
    "gpu": N_("{user} holds as many GPUs as one person may with {limited}."),
    "cpu": N_("{user} holds as many CPUs as one person may with {limited}."),
    "memory": N_("{user} holds as much memory as one person may with {limited}."),
    "node": N_("{user} holds as many nodes as one person may with {limited}."),
    "job": N_("{user} runs as many jobs as one person may with {limited}."),
}
_ACCOUNT: Mapping[str, str] = {
    "gpu": N_("The account {account} holds as many GPUs as one account may with {limited}."),
    "cpu": N_("The account {account} holds as many CPUs as one account may with {limited}."),
    "memory": N_("The account {account} holds as much memory as one account may with {limited}."),
    "node": N_("The account {account} holds as many nodes as one account may with {limited}."),
    "job": N_("The account {account} runs as many jobs as one account may with {limited}."),
}
_JOB: Mapping[str, str] = {
    "gpu": N_("It asks for more GPUs than one job may have with {limited}; it will not start as it is."),
    "cpu": N_("It asks for more CPUs than one job may have with {limited}; it will not start as it is."),
    "memory": N_("It asks for more memory than one job may have with {limited}; it will not start as it is."),
    "node": N_("It asks for more nodes than one job may have with {limited}; it will not start as it is."),
    "wall": N_("Its time limit is longer than one job may have with {limited}; it will not start as it is."),
}
_LEAST = N_("It asks for less than a job must with {limited}; it will not start as it is.")
_MINUTES = N_("The time on {resource} that {limited} may use is used up.")
_RUNNING = N_("The jobs of {limited} that run may still use all the time on {resource} that is left.")
_OTHER = N_("A limit of {limited} is reached: {reason}.")


def word(limit: Limit) -> Word:
    """The words for a limit; besides the usual values they may want ``{limited}``, ``{resource}`` and ``{reason}``."""
    if limit.least:
        return Word("limit_job", _LEAST)
    if limit.over:
        return Word("limit_time", _RUNNING if limit.over == "running" else _MINUTES)
    if limit.scope in ("job", "node"):
        return Word("limit_job", _JOB.get(limit.resource, _OTHER))
    if limit.scope == "all":
        return Word("limit", _ALL.get((limit.owner, limit.resource), _OTHER))
    return Word(f"limit_{limit.scope}", (_USER if limit.scope == "user" else _ACCOUNT).get(limit.resource, _OTHER))
