"""What all panes of one screen share: the fleet as it was last judged, the moment, and the look."""

from collections.abc import Mapping

from console.model.fleet import Fleet
from console.model.judged import JudgedNode
from console.model.judged_jobs import Explanation, JudgedJob, JudgedQueue
from console.panes.schedule import Schedule
from console.rules.judge import Judge
from console.services.accesses import Accesses
from console.services.follower import Follower
from console.services.link.protocol import Reply, Wanted
from console.services.prompts import Prompts
from console.services.turns import Turns
from themes.glyphs import Glyphs
from themes.palettes import Palette
from widgets.styles import Styles, styles


class Scene:
    """The moment that is shown. `look` makes a new one; panes only read it."""

    def __init__(
        self,
        follower: Follower,
        glyphs: Glyphs,
        palette: Palette,
        accesses: Accesses | None = None,
        prompts: Prompts | None = None,
    ) -> None:
        self.follower = follower
        self.accesses = accesses or Accesses()
        """This person's own ways to the schedulers."""
        self._prompts = prompts or Prompts(follower.clock)
        self.glyphs = glyphs
        self.palette = palette
        self.styles: Styles = styles(palette)
        self.nodes: list[JudgedNode] = []
        self.by_name: Mapping[str, JudgedNode] = {}
        self.mono = follower.clock.mono()
        self.wall = follower.clock.wall()
        self._judge = Judge()
        self._schedule = Schedule(follower)

    @property
    def fleet(self) -> Fleet:
        """The newest records."""
        return self.follower.fleet

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """What waits for a person's answer: what the collector asks, and what this person's own ways ask."""
        return (*self.follower.wanted, *self._prompts.wanted)

    def own(self, wanted: Wanted) -> bool:
        """Whether it is a way of this person's own that asks."""
        return wanted in self._prompts.wanted

    def reply(self, wanted: Wanted, text: str | None) -> None:
        """Answer; None declines."""
        if self.own(wanted):
            self._prompts.take(Reply(wanted.id, text), None)
        else:
            self.follower.reply(wanted, text)

    def look(self) -> None:
        """Judge the fleet as it is now."""
        mono, wall = self.follower.clock.mono(), self.follower.clock.wall()
        self._take(self._judge.fleet(self.fleet, mono, wall), mono, wall)

    async def look_between(self, turns: Turns) -> None:
        """Judge the fleet as it is now without keeping the keys waiting."""
        mono, wall = self.follower.clock.mono(), self.follower.clock.wall()
        judged: list[JudgedNode] = []
        held = self._judge.held(self.fleet)
        for node in list(self.fleet.nodes.values()):
            judged.append(self._judge.node(node, held, mono, wall))
            await turns.give()
        if mono >= self.mono:  # else a key has made everybody look since
            self._take(judged, mono, wall)

    def _take(self, nodes: list[JudgedNode], mono: float, wall: float) -> None:
        self.nodes, self.mono, self.wall = nodes, mono, wall
        self.by_name = {node.node.name: node for node in nodes}

    # What schedulers say; judged when a pane shows it

    @property
    def jobs(self) -> list[JudgedJob]:
        """Every job of every scheduler."""
        return self._schedule.jobs(self.nodes, self.mono, self.wall)

    async def jobs_between(self, turns: Turns) -> list[JudgedJob]:
        """The same, judged without keeping the keys waiting."""
        return await self._schedule.jobs_between(self.nodes, self.mono, self.wall, turns)

    @property
    def queues(self) -> list[JudgedQueue]:
        """Every queue of every scheduler."""
        return self._schedule.queues(self.nodes, self.mono, self.wall)

    def job(self, name: str) -> JudgedJob | None:
        """The job of a key, an id, or the number by which nodes know it; None where there is none."""
        return self._schedule.job(name, self.nodes, self.mono, self.wall)

    def node(self, name: str) -> JudgedNode | None:
        """The node that a scheduler calls so; None where the lab has none."""
        return self._schedule.node(name, self.by_name)

    def explain(self, key: str, factors: Mapping[str, float] | None = None) -> Explanation | None:
        """Why a job waits and when it will start; None where there is no such job.

        Args:
            key: the job's, see `JudgedJob.key`.
            factors: its priority by what makes it, where its scheduler was asked for that.
        """
        return self._schedule.explain(key, self.nodes, self.mono, self.wall, factors)

    def dress(self, palette: Palette) -> None:
        """Change the look."""
        self.palette = palette
        self.styles = styles(palette)
