"""The rules of one Slurm, asked for every few minutes: its configuration, qualities of service, shares."""

from collections.abc import Callable

from backends.jobs import Policy, Qos, Share
from backends.ports import Clock, Sink
from backends.slurm.policy import (
    age_most_of,
    half_life_of,
    notable,
    preemption_of,
    qos_of,
    settings_of,
    shares_of,
    weights_of,
)
from backends.slurm.tools import Said, Tools
from backends.slurm.values import moment, text
from backends.slurm.words import Unanswered

TURN = 300.0
"""Seconds between looks."""
AGAIN = 30.0
"""Seconds after which it is asked again where the controller did not answer."""


class Rules:
    """Asks and tells."""

    def __init__(self, name: str, tools: Tools, clock: Clock) -> None:
        self._name = name
        self._tools = tools
        self._clock = clock
        self._qos: tuple[Qos, ...] = ()
        self._shares: tuple[Share, ...] = ()
        self.config: dict[str, str] = {}
        """The controller's configuration, once it was read."""

    def boot(self) -> float | None:
        """UTC since when the controller has run, as it said last."""
        return moment(self.config.get("BOOT_TIME", ""))

    async def turn(self, sink: Sink) -> float:
        """Ask once and tell; returns the seconds until the next turn is due."""
        said = await self._said("scontrol", "show", "config")
        if said is None:
            return AGAIN
        self.config = config = settings_of(said.output)
        await self._part("sacctmgr", ("-P", "show", "qos"), lambda output: setattr(self, "_qos", qos_of(output)))
        await self._part("sshare", ("-P", "-l", "-a"), lambda output: setattr(self, "_shares", shares_of(output)))
        policy = Policy(
            self._name,
            self._clock.wall(),
            self._clock.mono(),
            text(config.get("SLURM_VERSION", "")),
            text(config.get("SchedulerType", "")),
            weights_of(config),
            half_life_of(config),
            age_most_of(config),
            preemption_of(config),
            self._qos,
            self._shares,
            notable(config),
        )
        sink([policy])
        return TURN

    async def _part(self, tool: str, arguments: tuple[str, ...], take: Callable[[str], None]) -> None:
        """Ask for what the accounting database has; what does not answer stays as it was."""
        said = await self._said(tool, *arguments)
        if said is not None:
            take(said.output)

    async def _said(self, tool: str, *arguments: str) -> Said | None:
        try:
            return await self._tools.ask(tool, *arguments)
        except Unanswered:  # what that is, the listing and the services say
            return None
