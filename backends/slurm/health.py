"""The services behind one Slurm, asked how they are twice a minute: the controllers, and the accounting database."""

from collections.abc import Callable

from backends.jobs import Service, Services
from backends.ports import Clock, Sink
from backends.record import Trouble
from backends.slurm.services import CONTROLLER, DATABASE, Since, controllers_of, queues_said
from backends.slurm.tools import Tools
from backends.slurm.words import Unanswered

TURN = 30.0
"""Seconds between looks; with the controller hung one takes 10 more."""


class Health:
    """Asks and tells."""

    def __init__(
        self,
        name: str,
        tools: Tools,
        clock: Clock,
        boot: Callable[[], float | None] = lambda: None,
        ended: Callable[[], Trouble | None] = lambda: None,
    ) -> None:
        """Make one.

        Args:
            name: of the source.
            tools: how to ask.
            clock: where time comes from.
            boot: says since when the controller has run, in UTC.
            ended: says why jobs that ended cannot be asked for; None where they can. A database that answers
                sacctmgr may still fail sacct: it is slow at the table of jobs, or denies it.
        """
        self._name = name
        self._tools = tools
        self._clock = clock
        self._boot = boot
        self._ended = ended
        self._since = Since()

    async def turn(self, sink: Sink) -> float:
        """Ask once and tell; returns the seconds until the next turn is due."""
        services = [*await self._controllers(), *await self._database()]
        at = self._clock.wall()
        sink([Services(self._name, at, self._clock.mono(), self._since.told(services, at))])
        return TURN

    async def _controllers(self) -> tuple[Service, ...]:
        try:
            said = await self._tools.run("scontrol", "ping")  # exits with 1 where one of them is down
        except Unanswered as failure:
            return (Service(CONTROLLER, up=None, trouble=failure.trouble),)
        found = controllers_of(said.output, said.seconds, self._boot())
        if not found:
            trouble = self._tools.trouble("scontrol", said)
            return (Service(CONTROLLER, up=None, trouble=trouble),)
        return found

    async def _database(self) -> tuple[Service, ...]:
        """The accounting database; nothing where this Slurm has none."""
        try:
            said = await self._tools.run("sacctmgr", "-n", "-P", "show", "cluster", "format=Cluster")
        except Unanswered as failure:
            return (Service(DATABASE, up=False, trouble=failure.trouble),)
        if said.status == 0:
            queues = await self._queues()
            return (Service(DATABASE, None, True, said.seconds, trouble=self._ended(), said=queues),)
        if "accounting_storage/none" in said.errors or "not running a supported" in said.errors:
            return ()
        return (Service(DATABASE, up=False, trouble=self._tools.trouble("sacctmgr", said), said=await self._queues()),)

    async def _queues(self) -> str | None:
        """What the controller keeps back for it."""
        try:
            return queues_said((await self._tools.ask("sdiag")).output)
        except Unanswered:
            return None
