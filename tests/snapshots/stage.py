"""A console on a simulated lab whose time stands still: no collector, no socket, the same picture every time."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from backends.demo.shape import EPOCH, Shape
from backends.demo.source import LabFeed
from backends.records import AnyRecord
from console.app import Quarterdeck
from console.model.keys import DEFAULT_FILE, load
from console.model.settings import Demo, Settings
from console.model.standing import Standing
from console.panes.scene import Scene
from console.screens.main import Main
from console.services.accesses import Accesses
from console.services.feed import Feed
from console.services.follower import Follower
from console.services.link.protocol import Welcome
from themes.glyphs import ASCII, UNICODE, Glyphs
from themes.palettes import PALETTES

OPENED = EPOCH + 20 * 86_400 + 10 * 3600
"""When the lab's collector began: 2026-11-21 10:00 UTC."""
TICKS = 30
INTERVAL = 2.0


class Frozen:
    """A clock at one moment."""

    speed = 1.0

    def __init__(self, wall: float, mono: float) -> None:
        self._wall, self._mono = wall, mono

    def wall(self) -> float:
        return self._wall

    def mono(self) -> float:
        return self._mono


class Still(Follower):
    """A follower that has heard everything and hears nothing more."""

    def __init__(self, records: Sequence[AnyRecord], wall: float, mono: float) -> None:
        super().__init__(Path("/nowhere/lab.sock"), Feed())
        self.fleet.apply(records)
        self.clock = Frozen(wall, mono)  # type: ignore[assignment] # the same promise, at one moment
        self.welcome = Welcome(1, "0.1", 1, "demo", True, 1, wall, mono)
        self.standing, self.since = Standing.FOLLOWING, mono

    async def run(self) -> None:
        """Do nothing until cancelled."""
        await asyncio.Event().wait()


async def lab(shape: Shape) -> list[AnyRecord]:
    """Everything that a simulated lab says in its first minute."""
    feed = LabFeed(shape, OPENED, 1000.0)
    return [
        record
        for tick in range(TICKS)
        for record in await feed.batch(OPENED + tick * INTERVAL, 1000.0 + tick * INTERVAL)
    ]


def records(nodes: int = 32, gpus: int = 8) -> list[AnyRecord]:
    """The same, outside of a loop."""
    return asyncio.run(lab(Shape(nodes=nodes, gpus=gpus, seed=7)))


def console(
    said: Sequence[AnyRecord],
    palette: str = "dark",
    glyphs: Glyphs = UNICODE,
    later: float = 1.0,
    following: type[Still] = Still,
    accesses: Accesses | None = None,
) -> Quarterdeck:
    """A console on what was said, `later` seconds after the last of it."""
    last = (TICKS - 1) * INTERVAL + later
    follower = following(said, OPENED + last, 1000.0 + last)
    settings = Settings(Path("/nowhere"), Path("/nowhere"), "demo", Demo())
    main = Main(
        Scene(follower, glyphs, PALETTES[palette], accesses), settings, load(DEFAULT_FILE.read_text("utf-8")), Feed()
    )
    main._person = "alice"
    return Quarterdeck(main, follower)


__all__ = ["ASCII", "UNICODE", "Frozen", "Still", "console", "lab", "records"]
