"""What the verbs do that act on jobs: the plan is shown first, then confirmed, sent, and read back from the source."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Callable, Mapping

import msgspec

from backends.commands import Call, JobCommand
from backends.jobs import Job
from backends.ports import Access, Prompt, Unavailable
from console import bootstrap, processes
from console.language import _, ngettext
from console.model.exits import Exit
from console.model.history import ListAnew
from console.model.plans import Level, Plan, Proof, Result
from console.model.settings import Settings
from console.printed import complain, looks, write
from console.rules import planning
from console.rules.filters import FilterError, parse
from console.rules.job_names import Listings, Unknown, find
from console.rules.jobs.judge import JobJudge
from console.rules.judge import Judge
from console.services import act_lines
from console.services.acts import carry_out, propose
from console.services.follower import Glance
from console.services.link.asking import Unanswered
from console.services.link.once import wish
from console.services.tty import Terminal
from console.store.folder import Folder
from console.views import plan as view
from console.views.cells import harmless
from console.views.listing import LISTINGS, Seen
from console.views.words import say

LISTING = 5.0
"""Seconds for which the collector's next listing is waited for."""
STARTING = 10.0
"""Seconds that a simulated lab has to open: its schedulers live in its collector."""

_log = logging.getLogger(__name__)

Making = Callable[[str, tuple[str, ...]], JobCommand]
"""Makes the command for a source and ids."""


class Wish(msgspec.Struct, frozen=True):
    """What was typed: which jobs, and how far to go."""

    names: tuple[str, ...]
    expression: str = ""
    """A filter: every job that passes it, too."""
    source: str | None = None
    """None finds the scheduler by the names."""
    dry: bool = False
    yes: bool = False
    reason: str = ""


async def act(settings: Settings, make: Making, wish: Wish) -> Exit:
    """Show the plan; where somebody says yes carry it out, and print what the scheduler lists afterwards."""
    processes.log_to(settings, "acts")
    glance = await look(settings)
    if glance is None:
        return Exit.FAILED
    try:
        groups = _groups(glance, wish, type(make("", ())))
        found = [find(listings(glance), names, wish.source, to_act=True) for names in groups]
    except FilterError as wrong:
        complain(str(wrong))
        return Exit.USAGE
    except Unknown as unknown:
        complain(str(unknown))
        return Exit.FAILED
    exits = [await _act_on(settings, glance, make, wish, *one) for one in found]
    return next((each for each in exits if each is not Exit.DONE), Exit.DONE)


def _groups(glance: Glance, wish: Wish, kind: type[JobCommand]) -> list[tuple[str, ...]]:
    """The jobs that are meant, those of each scheduler by themselves where a filter found them."""
    passing = _passing(glance, wish.expression, wish.source, kind)
    if wish.names or not passing:
        return [(*wish.names, *(key for _source, key in passing))]
    by_source: dict[str, list[str]] = {}
    for source, key in passing:
        by_source.setdefault(source, []).append(key)
    return [tuple(keys) for keys in by_source.values()]


async def _act_on(
    settings: Settings,
    glance: Glance,
    make: Making,
    wish: Wish,
    source: str,
    ids: tuple[str, ...],
    listed: Mapping[str, Job],
) -> Exit:
    """Do it to jobs of one scheduler."""
    async with opened(settings, glance, source) as access:
        if access is None:
            return Exit.FAILED
        try:
            plan = await propose(access, make(source, ids), listed)
        except Unavailable as error:
            complain(say(error.trouble))
            complain(_("Nothing was sent: without the scheduler's answer nothing is safe."))
            return Exit.FAILED
        write(view.text(plan, glance.clock.wall()))
        if not plan.calls:
            return Exit.FAILED
        if wish.dry:
            write(_("Dry run: nothing was sent.") + "\n")
            return Exit.DONE
        if not wish.yes and not await _confirmed(plan):
            complain(_("Nothing was sent."))
            return Exit.USAGE
        _log.info("%s", act_lines.begun(plan.command, wish.reason))
        return await _done(settings, access, plan)


async def _done(settings: Settings, access: Access, plan: Plan) -> Exit:
    results: list[Result] = []
    sent: list[Call] = []
    try:
        async for result in carry_out(access, plan, sent=sent.append):
            results.append(result)
            write(view.result(result) + "\n")
    except asyncio.CancelledError:
        words = _("Interrupted: {sent} of {all} calls were sent, and what became of {known} targets is known.")
        complain(words.format(sent=len(sent), all=len(plan.calls), known=len(results)))
        complain(_("Look at the jobs; each call is in acts.log."))
        return Exit.FAILED
    if sent:
        await _listed_anew(settings, plan.command.source)
    if all(result.proof is Proof.CONFIRMED for result in results):
        refused = any(target.refused is not None for target in plan.targets)
        return Exit.FAILED if refused else Exit.DONE
    denied = all(result.outcome is not None and result.outcome.denied for result in results)
    return Exit.DENIED if denied else Exit.FAILED


async def _listed_anew(settings: Settings, source: str) -> None:
    """Have the collector look at once, so that what is asked next shows what was done; it may be gone, or slow."""
    with contextlib.suppress(Unanswered):
        await wish(Folder(settings.folder).socket, ListAnew(source), LISTING)


async def _confirmed(plan: Plan) -> bool:
    """Ask; what is destructive needs the number of its jobs, not a letter."""
    if not sys.stdin.isatty():
        complain(_("Nobody is there to confirm it; say --yes."))
        return False
    count = planning.counted(plan.jobs)
    if plan.level is Level.DESTRUCTIVE:
        question = _("Type the number of jobs, {count}, to do it:").format(count=count)
        return (await Terminal().ask(Prompt("quarterdeck", question, echo=True)) or "").strip() == str(count)
    question = ngettext("Do it to {count} job? y/N", "Do it to {count} jobs? y/N", count).format(count=count)
    return (await Terminal().ask(Prompt("quarterdeck", question, echo=True)) or "").strip().lower() in ("y", "yes")


async def look(settings: Settings, *, rules: bool = False) -> Glance | None:
    """Look at the lab once, at the rules of its schedulers too; None, and it is said why, where that gave nothing."""
    if settings.demo is not None:
        await _begin(settings)
    loop = asyncio.get_running_loop()
    end = loop.time() + STARTING
    while True:
        glance = await _once(settings, rules)
        if glance is None:
            return None
        # A collector that has just begun has no listing yet; one that cannot get any says so.
        if glance.fleet.jobs or glance.troubles or not bootstrap.personal_ways_of(settings) or loop.time() > end:
            break
        await asyncio.sleep(0.5)
    for trouble in glance.troubles:
        complain(say(trouble))
    return glance


async def _once(settings: Settings, rules: bool) -> Glance | None:
    async with contextlib.aclosing(looks(settings, None, rules=rules)) as found:
        return await anext(found, None)


def _passing(glance: Glance, expression: str, source: str | None, kind: type[JobCommand]) -> list[tuple[str, str]]:
    """The jobs that pass a filter and that a command can concern: their scheduler, and how `find` takes them.

    Raises:
        FilterError: it is no filter.
        Unknown: nothing passes, or only a part of an array does, whose id would mean the whole.
    """
    if not expression:
        return []
    listing = LISTINGS["jobs"]()
    wanted = parse(expression, listing.fields)
    mono, wall = glance.clock.mono(), glance.clock.wall()
    nodes = Judge().fleet(glance.fleet, mono, wall)
    jobs = [
        judged
        for judged in JobJudge().jobs(glance.fleet, nodes, mono, wall)
        if source in (None, judged.source) and planning.concerns(kind, judged.job)
        for row in listing.rows(Seen(mono, wall, nodes, jobs=[judged]))
        if wanted.matches(row, listing.text(row))
    ]
    if not jobs:
        raise Unknown(_("No job passes {expression} that this can concern.").format(expression=expression))
    passing = {judged.key for judged in jobs}
    for judged in jobs:
        if judged.job.tasks is None:
            continue
        others = (job for job in glance.fleet.jobs[judged.source].by_id.values() if job.array == judged.job.id)
        if any(planning.alive(job) and f"{judged.source}/{job.id}" not in passing for job in others):
            words = _(
                "Of array {id} only a part passes {expression}; its id means all of it. Name its tasks one by one."
            )
            raise Unknown(words.format(id=judged.job.id, expression=expression))
    return [(judged.source, judged.key) for judged in jobs]


def listings(glance: Glance) -> Listings:
    """The jobs of each scheduler by id."""
    return {name: listing.by_id for name, listing in glance.fleet.jobs.items()}


async def _begin(settings: Settings) -> None:
    """Have the collector of a simulated lab started, where it does not run: its schedulers live in it."""
    loop = asyncio.get_running_loop()
    await processes.starter(settings, bootstrap.UNTIL_IDLE)()
    end = loop.time() + STARTING
    wanted = (settings.folder / bootstrap.DOOR, Folder(settings.folder).socket)
    while loop.time() < end and not all(path.is_socket() for path in wanted):  # noqa: ASYNC110 - by another process
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def opened(settings: Settings, glance: Glance, source: str) -> AsyncIterator[Access | None]:
    """The person's way to a scheduler, closed at the end; None, and it is said, where there is none."""
    ways = bootstrap.accesses_of(settings, glance.clock, lambda _source: Terminal().ask)
    if source not in ways:
        complain(_("There is no way of your own to {source}.").format(source=harmless(source)))
        yield None
        return
    access = ways[source]()
    try:
        yield access
    finally:
        await access.close()
