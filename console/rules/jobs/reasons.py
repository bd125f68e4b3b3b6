"""Why a job waits or how it ended, as its scheduler says it, in plain words; what is not known is shown as it is."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from backends.jobs import ENDED, FAILED, HOLDING, WAITING, Job
from console.language import N_
from console.model.judged_jobs import Why
from console.rules.jobs import kubernetes_words, limits, slurm_words
from console.rules.jobs.slurm_words import Word

_NODES = re.compile(r"unavailablenodes:\s*([^\s)]+)", re.IGNORECASE)
_LONGEST = 300
"""Characters of a scheduler's own sentence that are repeated."""


def of_job(job: Job, jobs: Mapping[str, Job]) -> tuple[Why, ...]:
    """Say why a job waits, the most telling first; of one that runs or ended, what its reason means.

    Args:
        job: the job.
        jobs: all of its scheduler, by id: those it depends on are named.
    """
    found = list(_depends(job, jobs)) if job.state in WAITING else []
    told = _told(job)
    if told is not None and not (found and told.code == "dependency"):
        found.insert(0, told)
    said = job.said or ""
    if said:
        apart = [*kubernetes_words.counted(said), *kubernetes_words.quota(said)]
        found += apart
        if not apart and said != job.reason and told is None:
            found.append(Why("said", "{said}", {"said": said[:_LONGEST]}))
    if job.state in WAITING:
        found += _pods(job)
    return tuple(found)


def _told(job: Job) -> Why | None:
    reason = (job.reason or "").strip()
    if reason in ("", "(null)"):
        return None
    if reason == "None" and job.state not in WAITING:
        return None
    values = _values(job, reason)
    sentence = job.said or ""
    known = _sentence(sentence)
    if known is None:
        known = _word(reason)
    elif sentence != reason:
        values |= _values(job, sentence)
    if known is None:
        return Why("other", "{reason}", {"reason": reason[:_LONGEST]})
    until = job.eligible if known.code == "begin" else None
    if until is not None:
        return Why("begin", N_("It was asked not to start before {until}."), values, until)
    return Why(known.code, known.text, values)


@lru_cache(1024)  # there are some dozens in a lab, and thousands of jobs
def _word(reason: str) -> Word | None:
    first = re.split(r"[\s,(:]", reason, maxsplit=1)[0]
    for name in (reason, first):
        word = slurm_words.WORDS.get(slurm_words.ALIASES.get(name, name)) or kubernetes_words.WORDS.get(name)
        limit = limits.parse(name) if word is None else None
        if limit is not None:
            word = limits.word(limit)
        if word is not None and name == reason:
            return word
        if word is not None:
            break
    return _sentence(reason) or word


@lru_cache(1024)
def _sentence(said: str) -> Word | None:
    """What a sentence of Slurm's means; None where it is none that is known."""
    lower = said.casefold().replace("_", " ")
    return next((told for part, told in slurm_words.SENTENCES if part in lower), None)


def _values(job: Job, reason: str) -> dict[str, str]:
    qos, account = job.qos or "?", job.project or "?"
    limit = limits.parse(reason)
    found = {
        "partition": job.partition or "?",
        "qos": qos,
        "account": account,
        "user": job.user or "?",
        "reservation": job.reservation or "?",
        "reason": reason[:_LONGEST],
    }
    if limit is not None:
        found["limited"] = qos if limit.owner == "qos" else account
        found["resource"] = limit.resource
    nodes = _NODES.search(reason)
    if nodes is not None:
        found["nodes"] = nodes[1][:_LONGEST]
    return found


def _pods(job: Job) -> Iterator[Why]:
    """What pods say beyond the job itself, each reason once."""
    told = {job.reason}
    for pod in job.pods:
        if pod.reason is None or pod.reason in told:
            continue
        told.add(pod.reason)
        word = kubernetes_words.WORDS.get(pod.reason)
        values = {"pod": pod.name, "reason": pod.reason[:_LONGEST], "partition": job.partition or "?"}
        yield Why("other", "{pod}: {reason}", values) if word is None else Why(word.code, word.text, values)
        if not job.said and pod.said:
            yield from kubernetes_words.counted(pod.said)


_CLAUSE = re.compile(r"(?P<how>after\w*|expand|singleton)(?::(?P<ids>[^,?]*))?")
_ID = re.compile(r"(?P<id>\d+(?:_(?:\d+|\*|\[[^\]]*\]))?)(?:\+\d+)?(?:\((?P<state>[^)]*)\))?")
_WELL = ("afterok", "aftercorr")


class _Clause(NamedTuple):
    """One job for which another waits."""

    how: str
    number: str
    """Empty where it is any other of its name."""
    state: str | None


@lru_cache(4096)
def _clauses(dependency: str) -> tuple[_Clause, ...]:
    found = []
    for clause in _CLAUSE.finditer(dependency):
        if clause["how"] == "singleton":
            found.append(_Clause("singleton", "", None))
            continue
        ids = _ID.finditer(clause["ids"] or "")
        found += [_Clause(clause["how"], one["id"], one["state"]) for one in ids]
    return tuple(one for one in found if one.state not in ("fulfilled", "satisfied"))


def awaited(job: Job, jobs: Mapping[str, Job]) -> tuple[Job | None, ...]:
    """The jobs for which one waits, as they are; None for one that is not listed."""
    return tuple(_listed(one.number, jobs) for one in _clauses(job.dependency)) if job.dependency else ()


def _listed(number: str, jobs: Mapping[str, Job]) -> Job | None:
    return jobs.get(number) or jobs.get(number.partition("_")[0])


def _depends(job: Job, jobs: Mapping[str, Job]) -> Iterator[Why]:
    """For which jobs it waits, and how these are."""
    for one in _clauses(job.dependency or ""):
        if one.number:
            yield _awaited(one, jobs)
        else:
            text = N_("It waits until no other job of its name and owner runs.")
            yield Why("dependency", text, {"name": job.name or "?"})


_TEXTS: Mapping[tuple[bool, str], str] = {
    (True, "runs"): N_("It waits until {job} ({name}) has ended well, which still runs."),
    (True, "waits"): N_("It waits until {job} ({name}) has ended well, which itself still waits."),
    (True, "failed"): N_("It waits until {job} ({name}) has ended well, which it did not."),
    (True, "ended"): N_("It waits until {job} ({name}) has ended well, which it has."),
    (True, "?"): N_("It waits until {job} has ended well, which is not listed any more."),
    (False, "runs"): N_("It waits for {job} ({name}), which runs."),
    (False, "waits"): N_("It waits for {job} ({name}), which itself still waits."),
    (False, "failed"): N_("It waits for {job} ({name}), which has failed."),
    (False, "ended"): N_("It waits for {job} ({name}), which has ended."),
    (False, "?"): N_("It waits for {job}, which is not listed any more."),
}


def _awaited(one: _Clause, jobs: Mapping[str, Job]) -> Why:
    other = _listed(one.number, jobs)
    how_it_is = "failed" if one.state == "failed" else "?" if other is None else _standing(other)
    text = _TEXTS[one.how in _WELL, how_it_is]
    name = (other.name if other is not None else None) or "?"
    return Why("dependency", text, {"job": one.number, "name": name, "how": one.how})


def _standing(job: Job) -> str:
    if job.state in HOLDING:
        return "runs"
    if job.state in WAITING:
        return "waits"
    return "failed" if job.state in FAILED else "ended" if job.state in ENDED else "?"
