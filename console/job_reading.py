"""What the verbs do that only read a job: everything about it, what it writes, the way into it. Nothing is changed."""

import asyncio
import codecs
import os
import shutil
import sys
from collections.abc import Mapping

import msgspec

from backends.jobs import WAITING, Job, JobDetail
from backends.ports import Access, Unavailable
from console.job_verbs import listings, look, opened
from console.language import _
from console.model.exits import Exit
from console.model.settings import Settings
from console.printed import complain, escaped, write
from console.rules.job_names import Unknown, find
from console.rules.jobs.judge import JobJudge
from console.rules.judge import Judge
from console.services.follower import Glance
from console.views import job_text
from console.views import why as waiting
from console.views.beginning import Beginning
from console.views.export import fields, json_text
from console.views.printout import Printout
from console.views.words import say


class Found(msgspec.Struct, frozen=True):
    """The job that somebody named."""

    glance: Glance
    source: str
    id: str
    job: Job | None
    """None where it is an array of which only tasks are listed."""


async def named(settings: Settings, name: str, source: str | None, *, rules: bool = False) -> Found | None:
    """Find the job that was named; None, and it is said why, where there is none."""
    glance = await look(settings, rules=rules)
    if glance is None:
        return None
    try:
        where, (number,), jobs = find(listings(glance), [name], source)
    except Unknown as unknown:
        complain(str(unknown))
        return None
    return Found(glance, where, number, jobs.get(number))


async def describe(settings: Settings, name: str, source: str | None, output: str) -> Exit:
    """Print everything about a job: as the scheduler has it, its script, its events, where it writes."""
    found = await named(settings, name, source)
    if found is None:
        return Exit.FAILED
    async with opened(settings, found.glance, found.source) as access:
        if access is None:
            return Exit.FAILED
        try:
            detail = await access.detail(found.id)
        except Unavailable as error:
            complain(say(error.trouble))
            return Exit.FAILED
    if output == "json":
        write(escaped(_document(detail, found.source)))
    else:
        write(job_text.text(detail, found.source))
    for trouble in detail.troubles:
        complain(say(trouble))
    return Exit.PARTIAL if detail.troubles else Exit.DONE


def _document(detail: JobDetail, source: str) -> str:
    troubles = [say(trouble) for trouble in detail.troubles]
    return json_text({"source": source, **fields(detail), "troubles": troubles})


async def why(settings: Settings, name: str, source: str | None) -> Exit:
    """Print why a job waits, what is ahead of it, what is short, and when it may start."""
    found = await named(settings, name, source, rules=True)
    if found is None:
        return Exit.FAILED
    clock, fleet = found.glance.clock, found.glance.fleet
    nodes = Judge().fleet(fleet, clock.mono(), clock.wall())
    judge = JobJudge()
    judge.jobs(fleet, nodes, clock.mono(), clock.wall())
    number = _waiting(found.id, fleet.jobs[found.source].by_id)
    factors: dict[str, float] = {}
    async with opened(settings, found.glance, found.source) as access:
        if access is not None:
            try:
                factors = (await access.detail(number)).factors
            except Unavailable as error:
                complain(say(error.trouble))
    explained = judge.explain(f"{found.source}/{number}", fleet, nodes, clock.mono(), clock.wall(), factors)
    if explained is None:
        complain(_("Only tasks of {name} are listed, and none of them waits.").format(name=name))
        return Exit.FAILED
    write(waiting.text(explained, clock.wall(), fleet.jobs[found.source].at))
    return Exit.DONE


def _waiting(number: str, jobs: Mapping[str, Job]) -> str:
    """The job that is explained: of an array or a heterogeneous job that is not itself listed the first that waits."""
    parts = [job.id for job in jobs.values() if number in (job.array, job.het) and job.state in WAITING]
    return number if number in jobs else next(iter(parts), number)


async def logs(settings: Settings, name: str, source: str | None, output: str | None, back: int, follow: bool) -> Exit:
    """Print the end of what a job writes and, where that is wanted, what it goes on to write until Ctrl+C."""
    found = await named(settings, name, source)
    if found is None:
        return Exit.FAILED
    async with opened(settings, found.glance, found.source) as access:
        if access is None:
            return Exit.FAILED
        try:
            wanted = output or await _first(access, found.id)
            if wanted is None:
                complain(_("Nothing that {name} writes can be followed.").format(name=name))
                return Exit.FAILED
            await _print(access, found.id, wanted, back, follow)
        except Unavailable as error:
            complain(say(error.trouble))
            return Exit.FAILED
        except (KeyboardInterrupt, asyncio.CancelledError):
            pass
    return Exit.DONE


async def _first(access: Access, job: str) -> str | None:
    return next(iter((await access.outputs(job)).names), None)


async def _print(access: Access, job: str, output: str, back: int, follow: bool) -> None:
    """Write what comes; to a terminal without anything that it would obey, and lines as they look at last."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    shown = Printout(shutil.get_terminal_size().columns) if sys.stdout.isatty() else None
    before = Beginning(back, grows=follow)
    async for chunk in access.follow(job, output, back + 1, go_on=follow):
        text = decoder.decode(before.take(chunk))
        write(text if shown is None else shown.take(text))
    rest = decoder.decode(before.end(), final=True)
    write(rest if shown is None else shown.take(rest) + shown.end())


async def shell(settings: Settings, name: str, source: str | None, node: str | None) -> Exit:
    """Become a shell inside a running job; this process is replaced by the one that opens it."""
    found = await named(settings, name, source)
    if found is None:
        return Exit.FAILED
    async with opened(settings, found.glance, found.source) as access:
        if access is None:
            return Exit.FAILED
        try:
            argv = list(await access.shell(found.id, node))
        except Unavailable as error:
            complain(say(error.trouble))
            return Exit.FAILED
    if not sys.stdin.isatty():
        complain(_("A shell needs a terminal."))
        return Exit.USAGE
    sys.stdout.flush()
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - no shell reads it
    except OSError as error:
        complain(_("{program} cannot be started: {error}").format(program=argv[0], error=error.strerror))
    return Exit.FAILED
