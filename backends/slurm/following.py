"""What a job writes, read from near its end and followed: by ``tail``, which knows of files that shrink or are new."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence

from backends.jobs import WAITING, Job
from backends.probe.line import ending
from backends.record import N_, Trouble
from backends.slurm.tools import Place, TooLong
from backends.slurm.words import Unanswered

LIMIT = 10.0
"""Seconds for a look at the file, which may be on a file system that hangs, and for each piece of what is there."""


def path_of(job: Job | None, id_: str, output: str) -> str:
    """Where a job writes what is wanted.

    Raises:
        Unanswered: it does not write that, or nobody knows where.
    """
    path = {"output": job.output, "errors": job.errors}.get(output) if job is not None else None
    if path is None:
        text = N_("It is not known where job {id} writes its {output}: it is interactive, or Slurm has forgotten it.")
        raise Unanswered(Trouble(text, "", {"id": id_, "output": output}))
    return path


async def place_of(path: str, job: Job, places: Sequence[Place]) -> Place:
    """The first place that has the file.

    Args:
        path: the file.
        job: it.
        places: the login node or this machine; where a person looks, then the job's own first node too.

    Raises:
        Unanswered: none has it, or it is no file.
    """
    failure: Unanswered | None = None
    for place in places:
        try:
            kind = await _kind(place, path)
        except Unanswered as unreachable:
            failure = unreachable if place is places[0] else failure  # a node takes no logins as a rule
            continue
        if kind is not None and "regular" in kind:
            return place
        if kind is not None:
            failure = Unanswered(Trouble(N_("{path} is no file but a {kind}."), "", {"path": path, "kind": kind}))
    raise failure or _absent(path, job)


def _absent(path: str, job: Job) -> Unanswered:
    if job.state in WAITING:
        text = N_("Job {id} has not started: {path} is not there yet.")
        return Unanswered(Trouble(text, "", {"id": job.id, "path": path}))
    text = N_("{path} is not there, or may not be read.")
    hint = N_("It may have been removed, or be on a file system that only the job's nodes have.")
    return Unanswered(Trouble(text, hint, {"path": path}))


async def _kind(place: Place, path: str) -> str | None:
    """What stat calls the file; None where it is not there."""
    try:
        ran = await place.run(["env", "LC_ALL=C", "stat", "-L", "-c", "%F", "--", path], LIMIT, 4096)
    except TooLong:
        raise _hangs(path) from None
    if ran.status != 0:
        return None
    return ending(ran.output)


def _hangs(path: str) -> Unanswered:
    text = N_("The file system of {path} does not answer within {seconds} s.")
    return Unanswered(Trouble(text, "", {"path": path, "seconds": f"{LIMIT:g}"}))


def tail(place: Place, path: str, back: int) -> AsyncGenerator[bytes, None]:
    """Yield a file from near its end on, and what comes; a huge one is not read from its beginning.

    Args:
        place: where it is.
        path: the file.
        back: bytes before its end.
    """
    return place.stream(["tail", "-c", str(max(0, back)), "-F", "--", path])


async def end_of(place: Place, path: str, back: int) -> AsyncGenerator[bytes, None]:
    """Yield a file from near its end to where it ends now.

    Args:
        place: where it is.
        path: the file.
        back: bytes before its end.

    Raises:
        Unanswered: it cannot be read; that says why.
    """
    async with contextlib.aclosing(place.read(["tail", "-c", str(max(0, back)), "--", path])) as pieces:
        while True:
            try:
                async with asyncio.timeout(LIMIT):
                    data = await anext(pieces, b"")
            except TimeoutError:
                raise _hangs(path) from None
            if not data:
                return
            yield data
