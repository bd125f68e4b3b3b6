"""Whose card it is: from the jobs that hold it, else from the processes on it."""

from collections.abc import Iterable

import msgspec

from backends.records import Job, JobState, Process
from console.model.fleet import Node
from console.model.judged import Owner, Place

_HOLDING = frozenset({JobState.RUNNING, JobState.SUSPENDED, JobState.COMPLETING})


def of_jobs(jobs: Iterable[Job]) -> dict[Place, Owner]:
    """The owner of each card that a running job holds."""
    found: dict[Place, Owner] = {}
    for job in jobs:
        if job.state not in _HOLDING:
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
    on: dict[int, dict[tuple[str | None, str | None], list[tuple[int, Process]]]] = {}
    for process in node.processes.processes:
        for use in process.uses:
            people = on.setdefault(use.slot, {})
            people.setdefault((process.user, process.job), []).append((use.memory or 0, process))
    found: dict[int, Owner] = {}
    for slot, people in on.items():
        held = max(people.values(), key=lambda uses: sum(memory for memory, _ in uses))
        process = max(held, key=lambda use: use[0])[1]
        found[slot] = Owner(
            process.user, job=process.job, name=program(process.command), others=len(people) - 1, allocated=False
        )
    return found


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
