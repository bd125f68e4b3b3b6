"""The whole examination, in the order in which a person would look."""

from collections.abc import AsyncIterator

from backends.secrets.chain import Chain
from console.model.checks import Check
from console.model.settings import Settings
from console.services.config_check import configuration
from console.services.doctor import collector, driver, folder, program, secrets, ssh, team, terminal
from console.services.follower import Glance


async def checks(settings: Settings, look: AsyncIterator[Glance], stores: Chain) -> AsyncIterator[Check]:
    """Yield every check as soon as it is done.

    Args:
        settings: of the lab that is looked at.
        look: gives one look at this machine, taken by the probe.
        stores: where secrets are kept.
    """
    for check in (*program.checks(settings), *configuration(settings), *terminal.checks()):
        yield check
    for check in (*folder.checks(settings), *team.checks(settings)):
        yield check
    yield await collector.check(settings)
    yield await secrets.check(stores)
    async for check in ssh.checks():
        yield check
    if not settings.simulated:
        async for check in driver.checks(look):
            yield check
