"""Which jobs a person means by what was typed: ids as schedulers print them, of one scheduler at a time."""

import re
from collections.abc import Mapping, Sequence

from backends.jobs import ENDED, Job
from console.language import _

_PART = re.compile(r"(\d{1,9})(?:-(\d{1,9})(?::(\d{1,9}))?)?")
"""Tasks of an array, as Slurm writes some of them."""
Listings = Mapping[str, Mapping[str, Job]]
"""The jobs of each scheduler by id."""


class Unknown(Exception):  # noqa: N818 - it is an answer about what was typed
    """No job, or more than one scheduler's, is called so; the text, translated, says what to do."""


def find(
    listings: Listings, names: Sequence[str], source: str | None, *, to_act: bool = False
) -> tuple[str, tuple[str, ...], Mapping[str, Job]]:
    """The one scheduler that has the named jobs, their ids there, and all its jobs by id.

    Args:
        listings: of all schedulers.
        names: as typed: ``8812``, ``4_1``, ``4_[2-9%2]``, ``namespace/name``; ``scheduler/`` may stand before each.
        source: the scheduler that is meant; None finds it.
        to_act: a part of an array is refused where its id would mean more: an act on the id is one on all of its tasks.

    Raises:
        Unknown: there is none, or several have jobs of these names.
    """
    if not names:
        raise Unknown(_("Name a job, or say --filter."))
    if not listings:
        raise Unknown(_("No scheduler has listed its jobs."))
    if source is not None and source not in listings:
        raise Unknown(
            _("There is no scheduler {name}; there are {known}.").format(name=source, known=", ".join(listings))
        )
    searched = {name: jobs for name, jobs in listings.items() if source in (None, name)}
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        if to_act:
            _check_part(name, searched)
        having = {where: number for where, jobs in searched.items() if (number := _id(name, where, jobs)) is not None}
        if not having:
            raise Unknown(_("There is no job {name}.").format(name=name))
        if len(having) > 1:
            words = _("Several schedulers have {name}: {known}. Say which: --source NAME")
            raise Unknown(words.format(name=name, known=", ".join(having)))
        for where, number in having.items():
            found.setdefault(where, []).append(number)
    if len(found) != 1:
        words = _("These jobs are under several schedulers: {known}. Act on those of one: --source NAME")
        raise Unknown(words.format(known=", ".join(found)))
    ((where, ids),) = found.items()
    jobs = listings[where]
    return where, tuple(dict.fromkeys(each for each in ids if not _within(each, ids, jobs))), jobs


def _within(number: str, ids: Sequence[str], jobs: Mapping[str, Job]) -> bool:
    """Whether a task is meant by its array's id already."""
    job = jobs.get(number)
    return job is not None and job.array is not None and job.array != number and job.array in ids


def _check_part(name: str, listings: Listings) -> None:
    """Refuse a part of an array that waits: an act on some of its tasks splits it into thousands of records."""
    for where, jobs in listings.items():
        said = name.removeprefix(f"{where}/")
        plain, _sep, tasks = said.rpartition("_")
        rest = jobs.get(plain)
        if said in jobs or rest is None or rest.tasks is None:
            continue
        others = [job for job in jobs.values() if job.array == plain and job.id != plain and job.state not in ENDED]
        if tasks == f"[{rest.tasks}]" and not others:
            continue
        if tasks.isdigit() and not _among(tasks, rest.tasks):
            continue  # there is no such task
        words = _("{name} is a part of an array; {array} means the whole of it, running tasks included.")
        raise Unknown(words.format(name=name, array=plain))


def _id(name: str, source: str, jobs: Mapping[str, Job]) -> str | None:
    """The id by which a scheduler knows what was typed; None where it does not."""
    for said in (name, name.removeprefix(f"{source}/")):
        plain = said.partition("_[")[0]  # what waits of an array is written as its id with the tasks behind it
        if plain in jobs or any(plain in (job.array, job.het) for job in jobs.values()):
            return plain
        array, _sep, task = plain.rpartition("_")
        rest = jobs.get(array)
        if rest is not None and rest.tasks is not None and _among(task, rest.tasks):  # one of the tasks that wait
            return rest.id
    return None


def _among(task: str, tasks: str) -> bool:
    """Whether a number is among those of an array's tasks: ``2-9,14%4``, ``0-20:5``; where these are cut, it may be."""
    if not (task.isascii() and task.isdigit()):
        return False
    if "..." in tasks:
        return True
    for part in tasks.partition("%")[0].split(","):
        found = _PART.fullmatch(part)
        if found is not None:
            first, last, step = int(found[1]), int(found[2] or found[1]), int(found[3] or 1)
            if int(task) in range(first, last + 1, max(step, 1)):
                return True
    return False
