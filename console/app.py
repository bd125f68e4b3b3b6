"""The Textual application: the first screen, the theme, and the keys before anybody else; the frame is in `screens`."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App
from textual.filter import LineFilter

import themes
from console.garbage import seldom
from console.language import _
from console.screens.main import Main
from console.services.follower import Follower
from themes.glyphs import ASCII
from themes.palettes import PALETTES
from widgets.ascii import Ascii
from widgets.driver import Driver
from widgets.styles import theme

SETTLED = 10.0
"""Seconds after which what is in memory stays there: the collector of garbage need not walk it, 40 ms at a time."""


CLOSING = 1.0
"""Seconds in which the ways to the schedulers must have been closed."""


class Quarterdeck(App[int], inherit_bindings=False):
    """The console. Quitting it stops nothing but itself."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH: ClassVar[Path] = Path(themes.__file__).with_name("console.tcss")
    TITLE = "Quarterdeck"
    ALLOW_SELECT = False
    """A click on what is just being taken away would end the toolkit. `Y` copies; the terminal selects with Shift."""

    def __init__(
        self, main: Main, follower: Follower, keep: Callable[[BaseException], Path | None] | None = None
    ) -> None:
        """Make it.

        Args:
            main: the frame, with its scene, which names the palette.
            follower: is run for as long as the application.
            keep: writes down a defect that ends the console, and says where.
        """
        palette = main.scene.palette
        super().__init__(driver_class=Driver, ansi_color=palette.ansi)
        for known in PALETTES.values():
            self.register_theme(theme(known))
        self.theme = f"quarterdeck-{palette.name}"
        self._main = main
        self._follower = follower
        self._keep = keep
        self._following: asyncio.Task[None] | None = None
        self._ascii = Ascii()
        self.kept: Path | None = None
        """Where a defect that has ended the console was written down."""

    def get_default_screen(self) -> Main:
        """The frame is the first screen and the only one that stays."""
        return self._main

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What changes each line before it is drawn; where our signs are ASCII the texts between them are, too."""
        found = super().get_line_filters()
        return [*found, self._ascii] if self._main.scene.glyphs is ASCII else found

    def on_mount(self) -> None:
        """Begin to follow once the first frame is out: it waits for nobody."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):  # the terminal must be given back, or is already gone
            loop.add_signal_handler(number, self.exit, None, 128 + number)
        self.set_class(self._main.scene.glyphs is ASCII, "ascii")
        self.call_after_refresh(self._follow)

    async def on_event(self, event: events.Event) -> None:
        """Let the frame have a key before the focus is asked: what is typed fast after `:` must reach the prompt."""
        mine = isinstance(event, events.Key) and not event.is_forwarded and self.screen is self._main
        if not (mine and isinstance(event, events.Key) and self._main.press(event)):
            await super().on_event(event)

    def _follow(self) -> None:
        gc.freeze()
        gc.enable()
        seldom()
        self._following = asyncio.ensure_future(self._follower.run())

    @property
    def defect(self) -> BaseException | None:
        """What has ended the console where that was no person."""
        return self._exception

    def _fatal_error(self) -> None:
        """A defect of ours ends the console: say it in a line and keep it in a file; Textual would print variables."""
        error = self._exception
        self.kept = path = self._keep(error) if self._keep is not None and error is not None else None
        told = _("Quarterdeck has ended by a defect of its own ({error}); what is collected goes on.")
        lines = [told.format(error=type(error).__name__)]
        if path is not None:
            lines.append(_("Where it happened is kept in {path}; it holds no data of your lab.").format(path=path))
        self._exit_renderables.append(Text("\n".join(lines)))
        self._close_messages_no_wait()

    async def on_unmount(self) -> None:
        """Hang up."""
        with contextlib.suppress(TimeoutError):  # a login node that hangs must not keep the terminal
            async with asyncio.timeout(CLOSING):
                await self._main.scene.accesses.close()
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following
