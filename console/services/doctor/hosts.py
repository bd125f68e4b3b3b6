"""The nodes of the inventory, each looked at step by step over a connection of its own; many at a time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import aclosing
from pathlib import Path

import msgspec

from backends.ports import Ask
from backends.record import Trouble
from backends.ssh.examine import Examined, Found, Tools, examine
from backends.ssh.identities import Identities
from backends.ssh.inventory import settings_of
from backends.ssh.known import KnownHosts
from backends.ssh.pool import Limits, Pool
from backends.ssh.resolve import Resolver
from backends.ssh.route import Route
from console.language import _, ngettext
from console.model.checks import Check, Outcome
from console.model.config import Config
from console.model.inventory import ways
from console.services.doctor.driver import FEWER, FEWER_HINT
from console.views.words import say

AT_ONCE = 16
"""Hosts that are looked at at a time; each is a login, and sshd refuses some when too many come at once."""
LONGEST = 120.0
"""Seconds for one host with all its steps: a person may have to answer a question."""
_OUTCOMES = {Found.OK: Outcome.GOOD, Found.NOTE: Outcome.NOTE, Found.WRONG: Outcome.WRONG}
"""What was skipped, because a step before it failed, is not told: that step is."""


async def checks(config: Config, cache: Path, ask: Ask | None, only: Collection[str] = ()) -> AsyncIterator[Check]:
    """Yield what is to be said of every node that is reached over SSH, in the inventory's order; then of all of them.

    Nobody is contacted but the nodes that the lab lists, and their jump hosts.

    Args:
        config: of the lab.
        cache: where what ``ssh -G`` said is kept.
        ask: how a person is asked for a login code; None where nobody can be.
        only: the names of some nodes; empty for all.
    """
    options = next((way.settings for way in ways(config, cache) if way.driver == "ssh"), None)
    if options is None:
        return
    settings = settings_of(options)
    cards = {host.name: host.cards for host in settings.hosts}
    wanted = {host.name: host.address or host.name for host in settings.hosts if not only or host.name in only}
    if not wanted:
        return
    await asyncio.to_thread(__import__, "asyncssh")  # 150 to 250 ms
    known = KnownHosts()
    pool = Pool(known, ask=ask, limits=Limits(settings.at_once, settings.at_once_per_jump))
    tools = Tools(pool, known, Identities(ask), ask, settings.python)
    resolver = Resolver(settings.config, settings.user, settings.patience, settings.cache)
    try:
        routes = await resolver.resolve(wanted)
        bad = 0
        async with aclosing(_examined(list(wanted), routes, tools)) as every:
            async for looked in every:
                steps = [_counted(step, cards[step.node]) for step in looked]
                bad += any(step.found is Found.WRONG for step in steps)
                for step in steps:
                    if step.found in _OUTCOMES:
                        yield _check(step)
    finally:
        await pool.close()
    text = ngettext("{good} of {count} node is fine", "{good} of {count} nodes are fine", len(wanted))
    outcome = Outcome.WRONG if bad else Outcome.GOOD
    yield Check("hosts", outcome, text.format(good=len(wanted) - bad, count=len(wanted)))


async def _examined(
    names: Sequence[str], routes: dict[str, Route | Trouble], tools: Tools
) -> AsyncGenerator[Sequence[Examined], None]:
    """Yield the steps of each host in the order of the names, while others are being looked at."""
    turn = asyncio.Semaphore(AT_ONCE)
    tasks = [asyncio.ensure_future(_host(name, routes[name], tools, turn)) for name in names]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _host(name: str, route: Route | Trouble, tools: Tools, turn: asyncio.Semaphore) -> Sequence[Examined]:
    found: list[Examined] = []
    async with turn:
        try:
            async with asyncio.timeout(LONGEST):
                async for step in examine(name, route, tools):
                    found.append(step)  # noqa: PERF401 - what was seen before the time was up is told
        except TimeoutError:
            text = _("The examination has not ended within {seconds} s.").format(seconds=f"{LONGEST:g}")
            found.append(Examined("login", name, Found.WRONG, Trouble(text)))
    return found


def _counted(step: Examined, expected: int | None) -> Examined:
    """A driver that answers for fewer cards than the lab has there is wrong, whatever it says of the others."""
    found = step.said.values.get("cards", "")
    if step.id != "driver" or step.found is Found.WRONG or not found.isdigit() or int(found) >= (expected or 0):
        return step
    said = Trouble(FEWER, FEWER_HINT, {"found": found, "expected": str(expected)})
    return msgspec.structs.replace(step, found=Found.WRONG, said=said)


def _check(step: Examined) -> Check:
    said = say(Trouble(step.said.text, "", step.said.values))
    hint = say(Trouble(step.said.hint, "", step.said.values)) if step.said.hint else ""
    return Check(f"host.{step.node}.{step.id}", _OUTCOMES[step.found], said, hint)
