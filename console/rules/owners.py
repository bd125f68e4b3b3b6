"""Whose card it is: from the jobs that hold it, else from the processes on it."""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from backends.jobs import HOLDING, Job
from backends.records import Process
from console.model.fleet import Node
from console.model.judged import Owner, Place


def of_jobs(jobs: Iterable[Job]) -> dict[Place, Owner]:
    """The owner of each card that a running job holds."""
    found: dict[Place, Owner] = {}
    for job in jobs:
        if job.state not in HOLDING:
            continue
        owner = Owner(job.user, job.project, job.id, job.name)
        for held in job.held:
            for slot in held.slots or ():
                place = (held.node, slot)
                other = found.get(place)
                found[place] = owner if other is None else msgspec.structs.replace(other, others=other.others + 1)
    return found


def of_processes(node: Node) -> dict[int, Owner]:
    """The owner of each card of a node as its processes tell: who holds the most memory of it."""
    if node.processes is None:
        return {}
    on: dict[int, list[tuple[int, Process]]] = {}
    for process in node.processes.processes:
        for use in process.uses:
            on.setdefault(use.slot, []).append((use.memory or 0, process))
    return {slot: _holder(uses) for slot, uses in on.items()}


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
