"""The whole examination, in the order in which a person would look."""

from collections.abc import AsyncIterator, Collection

from backends.ports import Ask
from backends.secrets.chain import Chain
from console.model.checks import Check
from console.model.settings import Settings
from console.services.config_check import configuration, patterns
from console.services.doctor import collector, driver, folder, hosts, program, schedulers, secrets, ssh, team, terminal
from console.services.follower import Glance


async def checks(
    settings: Settings, look: AsyncIterator[Glance], stores: Chain, ask: Ask | None = None, only: Collection[str] = ()
) -> AsyncIterator[Check]:
    """Yield every check as soon as it is done.

    Args:
        settings: of the lab that is looked at.
        look: gives one look at this machine, taken by the probe.
        stores: where secrets are kept.
        ask: how a person is asked for a login code; None where nobody can be.
        only: names of nodes; where there are any, these alone are looked at, and not this machine.
    """
    if not only:
        async for check in _machine(settings, look, stores):
            yield check
    if not settings.simulated:
        async for check in hosts.checks(settings.config, settings.state / "ssh", ask, only):
            yield check


async def _machine(settings: Settings, look: AsyncIterator[Glance], stores: Chain) -> AsyncIterator[Check]:
    for check in (*program.checks(settings), *configuration(settings), *patterns(settings), *terminal.checks()):
        yield check
    for check in (*folder.checks(settings), *team.checks(settings)):
        yield check
    yield await collector.check(settings)
    yield await secrets.check(stores)
    async for check in ssh.checks():
        yield check
    if not settings.simulated:
        expected = next((node.cards for node in settings.config.nodes if node.source == "local"), None)
        seen: list[Glance] = []
        async for check in driver.checks(_noting(look, seen), expected):
            yield check
        for glance in seen[-1:]:
            for check in schedulers.checks(settings.config, glance.fleet):
                yield check


async def _noting(look: AsyncIterator[Glance], seen: list[Glance]) -> AsyncIterator[Glance]:
    """Pass looks on, and keep them."""
    async for glance in look:
        seen.append(glance)
        yield glance
