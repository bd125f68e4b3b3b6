"""Whose card it is: from the jobs that hold it, else from the processes on it."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import msgspec

from backends.jobs import HOLDING, Job
from backends.records import Process
from console.model.fleet import Node
from console.model.judged import Owner, Place


class Claims(msgspec.Struct, frozen=True, gc=False):
    """What jobs say that they hold."""

    cards: Mapping[Place, Owner] = {}
    processes: Mapping[tuple[str, str], Owner] = {}
    """By node, and the job's id or number or the uid of its pod: of jobs that hold cards there of which nobody says
    which. The processes tell."""


def claims(jobs: Iterable[Job], known: Callable[[str], str | None] = str) -> Claims:
    """What running jobs hold.

    Args:
        jobs: of all schedulers.
        known: gives the lab's name for a scheduler's; None where no node is meant.
    """
    jobs = [job for job in jobs if job.state in HOLDING]
    return Claims(of_jobs(jobs, known), _of_number(jobs, known))


def of_jobs(jobs: Iterable[Job], known: Callable[[str], str | None] = str) -> dict[Place, Owner]:
    """The owner of each card that a running job holds."""
    found: dict[Place, Owner] = {}
    for job in jobs:
        if job.state not in HOLDING:
            continue
        owner = Owner(job.user, job.project, job.id, job.name)
        for held in job.held:
            node = known(held.node)
            if node is None:
                continue
            for slot in held.slots or ():
                place = (node, slot)
                other = found.get(place)
                found[place] = owner if other is None else msgspec.structs.replace(other, others=other.others + 1)
    return found


def _of_number(jobs: Iterable[Job], known: Callable[[str], str | None]) -> dict[tuple[str, str], Owner]:
    found: dict[tuple[str, str], Owner] = {}
    for job in jobs:
        for held in job.held:
            node = known(held.node) if held.slots is None else None
            if node is not None:
                owner = Owner(job.user, job.project, job.id, job.name)
                found.update(((node, word), owner) for word in words(job, held.node))
    return found


def words(job: Job, node: str) -> list[str]:
    """By which words processes on a node, as the scheduler calls it, may name their job."""
    pods = [pod.uid for pod in job.pods if pod.uid and (pod.node is None or pod.node == node)]
    return [word for word in (job.number, job.id, *pods) if word]


def of_processes(node: Node, jobs: Mapping[tuple[str, str], Owner] | None = None) -> dict[int, Owner]:
    """The owner of each card of a node as its processes tell: who holds the most memory of it.

    Args:
        node: the node.
        jobs: those whose cards only their processes tell, see `Claims.processes`.
    """
    if node.processes is None:
        return {}
    on: dict[int, list[tuple[int, Process]]] = {}
    for process in node.processes.processes:
        for use in process.uses:
            on.setdefault(use.slot, []).append((use.memory or 0, process))
    return {slot: _of_job(_holder(uses), uses, node.name, jobs or {}) for slot, uses in on.items()}


def _of_job(owner: Owner, uses: list[tuple[int, Process]], node: str, jobs: Mapping[tuple[str, str], Owner]) -> Owner:
    """Whose a card is by the job that the processes on it belong to, where its scheduler did not say which cards."""
    if not jobs:
        return owner
    for _memory, process in sorted(uses, key=lambda use: -use[0]):
        for word in (process.pod, process.job):
            found = jobs.get((node, word)) if word else None
            if found is not None:
                return msgspec.structs.replace(found, others=owner.others)
    return owner


def _holder(uses: list[tuple[int, Process]]) -> Owner:
    others, process = 0, uses[0][1]
    if len(uses) > 1:
        people: dict[tuple[str | None, str | None], list[tuple[int, Process]]] = {}
        for use in uses:
            people.setdefault((use[1].user, use[1].job), []).append(use)
        held = max(people.values(), key=lambda theirs: sum(memory for memory, _ in theirs))
        others, process = len(people) - 1, max(held, key=lambda use: use[0])[1]
    return Owner(process.user, None, process.job, program(process.command), others, False)


def people(owners: Iterable[Owner | None]) -> tuple[Owner, ...]:
    """Each owner and job once, those with most cards first."""
    counted: dict[tuple[str | None, str | None], tuple[int, Owner]] = {}
    for owner in owners:
        if owner is not None:
            key = (owner.user, owner.job)
            counted[key] = (counted.get(key, (0, owner))[0] + 1, owner)
    return tuple(owner for _count, owner in sorted(counted.values(), key=lambda entry: -entry[0]))


@lru_cache(4096)  # a process is told every few seconds, and its command line never changes
def program(command: str | None) -> str | None:
    """The name that stands for a command line: the script that an interpreter runs, else the program."""
    words = (command or "").split()
    if not words:
        return None
    first = words[0].rpartition("/")[2]
    if first.startswith(("python", "bash", "sh", "perl", "torchrun")):
        script = next((word for word in words[1:] if not word.startswith("-")), None)
        return script.rpartition("/")[2] if script is not None else first
    return first
