"""What schedulers say, with other words for people; ids stay, for acts and tools must find what they name."""

from collections.abc import Mapping

from msgspec.structs import replace

from backends.jobs import AnySchedule, Job, Jobs, Pod, Policy, Progresses, Queues, Services
from console.rules.people import People, without

JOB_OWN = ("name", "reason", "output", "errors", "said")
"""Texts of a job in which its own person's name may stand: paths mostly lie in their home."""
JOB_SHARED = ("project", "qos", "reservation")
"""Names that several jobs share and other records know, too: every person's name goes, so that they stay the same."""
JOB_IDS = ("id", "array", "tasks", "het", "number", "dependency", "partition", "state", "kind")
"""By these a job is found, acted on and joined with others: they stay."""
POD_OWN = ("name", "reason", "said")
POD_IDS = ("uid", "node", "phase")


def veiled(record: AnySchedule, people: People) -> AnySchedule:
    """Return a scheduler's record with the words for people."""
    match record:
        case Jobs():
            for user in {job.user for job in record.jobs if job.user}:
                people.word(user)  # known before the first job is veiled: one may be named after the person of another
            return replace(record, jobs=tuple(_job(job, people) for job in record.jobs))
        case Queues():
            return _queues(record, people)
        case Policy():
            return _policy(record, people)
        case Services():
            services = tuple(replace(each, **_struck(each, ("said",), people)) for each in record.services)
            return replace(record, services=services)
        case Progresses():
            progress = tuple(
                replace(each, origin=people.struck(each.origin.rpartition("/")[2])) if each.origin else each
                for each in record.jobs
            )  # the folders above are a home, or called as a person likes
            return replace(record, jobs=progress)
    return record


def _struck(record: object, names: tuple[str, ...], people: People) -> Mapping[str, str]:
    return {name: people.struck(text) for name in names if (text := getattr(record, name))}


def _own(record: object, names: tuple[str, ...], user: str, word: str) -> Mapping[str, str]:
    return {name: without(text, user, word) for name in names if (text := getattr(record, name)) and user in text}


def _job(job: Job, people: People) -> Job:
    """A number is as good as a name to who can look it up: it goes."""
    shared = _struck(job, JOB_SHARED, people)
    if not job.user:
        return replace(job, uid=None, **shared)
    word = people.word(job.user)
    pods = tuple(_pod(pod, job.user, word) for pod in job.pods)
    return replace(job, uid=None, user=word, pods=pods, **shared, **_own(job, JOB_OWN, job.user, word))


def _pod(pod: Pod, user: str, word: str) -> Pod:
    containers = tuple(without(name, user, word) for name in pod.containers)
    return replace(pod, containers=containers, **_own(pod, POD_OWN, user, word))


def _queues(record: Queues, people: People) -> Queues:
    """Partitions and nodes are no people."""
    for user in {user for each in record.reservations for user in each.users}:
        people.word(user)
    reservations = tuple(
        replace(
            each,
            name=people.struck(each.name),
            users=tuple(map(people.word, each.users)),
            accounts=tuple(map(people.struck, each.accounts)),
        )
        for each in record.reservations
    )
    capacities = tuple(
        replace(each, reason_by=people.word(each.reason_by) if each.reason_by else None,
                **_struck(each, ("reason",), people))
        if each.reason or each.reason_by else each
        for each in record.capacities
    )  # fmt: skip
    queues = tuple(
        replace(
            each,
            allowed=tuple(_admitted(word, people) for word in each.allowed),
            denied=tuple(_admitted(word, people) for word in each.denied),
            **_struck(each, ("said", "qos"), people),
        )
        for each in record.queues
    )
    return replace(record, queues=queues, capacities=capacities, reservations=reservations)


def _admitted(word: str, people: People) -> str:
    """``account=nlp``: what stands before the sign is the scheduler's. ``user=`` names a person, seen or not."""
    kind, sign, name = word.rpartition("=")
    return kind + sign + (people.word(name) if kind == "user" and name else people.struck(name))


def _policy(record: Policy, people: People) -> Policy:
    for user in {each.user for each in record.shares if each.user}:
        people.word(user)
    shares = tuple(
        replace(each, account=people.struck(each.account), user=people.word(each.user) if each.user else each.user)
        for each in record.shares
    )
    qos = tuple(
        replace(each, name=people.struck(each.name), preempts=tuple(map(people.struck, each.preempts)))
        for each in record.qos
    )
    return replace(record, shares=shares, qos=qos)
