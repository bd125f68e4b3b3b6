"""What all panes of one screen share: the fleet as it was last judged, the moment, and the look."""

import asyncio
from collections.abc import Mapping
from time import perf_counter

from console.model.fleet import Fleet
from console.model.judged import JudgedNode
from console.rules.judge import Judge
from console.services.follower import Follower
from themes.glyphs import Glyphs
from themes.palettes import Palette
from widgets.styles import Styles, styles


STRETCH = 0.004
"""Seconds of judging after which others get their turn; 4,096 cards take about ten times that."""
PAUSE = 0.002
"""Seconds of that turn: a key needs several rounds of the event loop until it is on the screen."""


class Scene:
    """The moment that is shown. `look` makes a new one; panes only read it."""

    def __init__(self, follower: Follower, glyphs: Glyphs, palette: Palette) -> None:
        self.follower = follower
        self.glyphs = glyphs
        self.palette = palette
        self.styles: Styles = styles(palette)
        self.nodes: list[JudgedNode] = []
        self.by_name: Mapping[str, JudgedNode] = {}
        self.mono = follower.clock.mono()
        self.wall = follower.clock.wall()
        self._judge = Judge()

    @property
    def fleet(self) -> Fleet:
        """The newest records."""
        return self.follower.fleet

    def look(self) -> None:
        """Judge the fleet as it is now."""
        mono, wall = self.follower.clock.mono(), self.follower.clock.wall()
        self._take(self._judge.fleet(self.fleet, mono, wall), mono, wall)

    async def look_between(self) -> None:
        """Judge the fleet as it is now, between whatever else there is to do: keys do not wait for it."""
        mono, wall = self.follower.clock.mono(), self.follower.clock.wall()
        judged: list[JudgedNode] = []
        held = self._judge.held(self.fleet)
        began = perf_counter()
        for node in list(self.fleet.nodes.values()):
            judged.append(self._judge.node(node, held, mono, wall))
            if perf_counter() - began > STRETCH:
                await asyncio.sleep(PAUSE)
                began = perf_counter()
        if mono >= self.mono:  # else a key has made everybody look since
            self._take(judged, mono, wall)

    def _take(self, nodes: list[JudgedNode], mono: float, wall: float) -> None:
        self.nodes, self.mono, self.wall = nodes, mono, wall
        self.by_name = {node.node.name: node for node in nodes}

    def dress(self, palette: Palette) -> None:
        """Change the look."""
        self.palette = palette
        self.styles = styles(palette)
