"""A console on a simulated lab with two schedulers, for tests of the panes of jobs."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import schedule
import stage
from lately import Lately
from textual.pilot import Pilot

from backends.records import AnyRecord
from console.panes.pane import Pane
from console.screens.main import Main
from console.services.accesses import Accesses


class Room:
    """A console that shows some pane."""

    def __init__(self, pilot: Pilot[Any], main: Main, own: schedule.Own) -> None:
        self.pilot, self.main, self.own = pilot, main, own

    @property
    def pane(self) -> Pane:
        assert self.main.pane is not None
        return self.main.pane

    def screen(self) -> list[str]:
        strips = self.main.app.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips]

    def text(self) -> str:
        return "\n".join(self.screen())

    def rows(self) -> list[str]:
        table = getattr(self.pane, "table", None)
        assert table is not None
        return list(getattr(table.rows, "keys", ()))

    def line(self, start: str) -> str:
        """The line in which something stands."""
        return next((line for line in self.screen() if start in line), "")

    def said(self) -> str:
        return "".join(span.text for span in self.main.said[-1]) if self.main.said else ""

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
        await self.settle()

    async def command(self, text: str) -> None:
        self.main.command(text)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(3):
            await self.pilot.pause()

    async def apply(self, *records: AnyRecord) -> None:
        self.main.scene.fleet.apply(records)
        self.main.look()
        await self.settle()


@contextlib.asynccontextmanager
async def room(
    lab: Sequence[AnyRecord],
    command: str,
    size: tuple[int, int] = (120, 40),
    own: schedule.Own | None = None,
    more: Sequence[AnyRecord] | None = None,
) -> AsyncIterator[Room]:
    """A console on the lab that shows what a command leads to."""
    own = own or schedule.Own({"output": schedule.written(), "errors": [b"Traceback\n"]})
    said = [*lab, *(schedule.records() if more is None else more)]
    app = stage.console(said, following=Lately, accesses=Accesses(lambda: {schedule.SLURM: lambda: own}))
    async with app.run_test(size=size) as pilot:
        found = Room(pilot, app._main, own)
        await found.settle()
        await found.command(command)
        yield found
