"""The Textual application: theme, look and start; the frame is in `console.screens.main`."""

import asyncio
import contextlib
import os

from textual import events
from textual.app import App

from console import bootstrap
from console.language import _
from console.model.keys import DEFAULT_FILE, KeyMap, KeyMapError, load
from console.model.settings import Settings
from console.panes.scene import Scene
from console.screens.main import Main
from console.services.feed import Feed
from console.services.follower import Follower
from console.store.folder import Folder
from console.terminal import Question, colours
from themes.glyphs import ASCII, UNICODE, Glyphs
from themes.palettes import PALETTES
from widgets.models import Span
from widgets.styles import theme

UNTIL_IDLE = 60.0
"""Seconds for which a collector that a console started outlives the last one that follows."""
ANSWER = 0.15
"""Seconds for which a terminal that was asked for the width of its glyphs is waited for; most need under 20 ms."""


class Quarterdeck(App[int], inherit_bindings=False):
    """The console. Quitting it stops nothing but itself."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = bootstrap.STYLES
    TITLE = "Quarterdeck"

    def __init__(self, settings: Settings, glyphs: Glyphs, palette: str, keymap: KeyMap) -> None:
        super().__init__(ansi_color=palette == "ansi16")
        self.settings = settings
        self._feed = Feed()
        folder = Folder(settings.folder)
        self.follower = Follower(folder.socket, self._feed, bootstrap.starter(settings, UNTIL_IDLE))
        for known in PALETTES.values():
            self.register_theme(theme(known))
        self.theme = f"quarterdeck-{palette}"
        self._main = Main(Scene(self.follower, glyphs, PALETTES[palette]), settings, keymap, self._feed)
        self._following: asyncio.Task[None] | None = None

    def greet(self, complaints: tuple[str, ...]) -> None:
        """Say what is wrong with the person's key map."""
        for complaint in complaints:
            self._main.said.append((Span(complaint, "warning"),))

    def get_default_screen(self) -> Main:
        """The frame is the first screen and the only one that stays."""
        return self._main

    def on_mount(self) -> None:
        """Begin to follow once the first frame is out: it waits for nobody."""
        self.set_class(self._main.scene.glyphs is ASCII, "ascii")
        self.call_after_refresh(self._follow)

    async def on_event(self, event: events.Event) -> None:
        """Let the frame have a key before the focus is asked: what is typed fast after `:` must reach the prompt."""
        mine = isinstance(event, events.Key) and not event.is_forwarded and self.screen is self._main
        if not (mine and isinstance(event, events.Key) and self._main.press(event.key)):
            await super().on_event(event)

    def _follow(self) -> None:
        self._following = asyncio.ensure_future(self.follower.run())

    async def on_unmount(self) -> None:
        """Hang up."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following

    def dress(self, palette: str) -> None:
        """Show another theme."""
        self.theme = f"quarterdeck-{palette}"
        self.ansi_color = palette == "ansi16"


def look_of(settings: Settings, narrow: bool | None) -> tuple[Glyphs, str]:
    """The signs and the palette for this terminal.

    Args:
        settings: a theme that was asked for goes before what the terminal can show.
        narrow: what the terminal answered about its ambiguous glyphs; False draws in ASCII.
    """
    plain = narrow is False or settings.theme == "ascii"
    if settings.theme is not None and settings.theme != "ascii":
        return (ASCII if plain else UNICODE), settings.theme
    able = {"none": "mono", "16": "ansi16"}.get(colours(os.environ), "dark")
    return (ASCII if plain else UNICODE), "mono" if settings.theme == "ascii" else able


def keymap_of(settings: Settings) -> tuple[KeyMap, tuple[str, ...]]:
    """The keys with the person's own over them, and what is wrong or doubtful in these; then ours alone hold."""
    ours = DEFAULT_FILE.read_text(encoding="utf-8")
    theirs = None
    if settings.keys is not None and settings.keys.is_file():
        theirs = settings.keys.read_text(encoding="utf-8", errors="replace")
    try:
        found = load(ours, theirs, str(settings.keys))
    except KeyMapError as error:
        return load(ours), tuple(str(problem) for problem in error.problems)
    return found, tuple(str(problem) for problem in found.warnings)


def run(settings: Settings, question: Question | None) -> int:
    """Run the console until it is quit; returns the exit code."""
    if settings.theme not in (None, "ascii", *PALETTES):
        known = ", ".join((*PALETTES, "ascii"))
        message = _("There is no theme {name}; there are {known}.").format(name=settings.theme, known=known)
        raise SystemExit(f"quarterdeck: {message}")
    narrow = question.answer(ANSWER) if question is not None else None
    keymap, complaints = keymap_of(settings)
    glyphs, palette = look_of(settings, narrow)
    app = Quarterdeck(settings, glyphs, palette, keymap)
    app.greet(complaints)
    bootstrap.log_to(settings, "console")
    app.run()
    return app.return_code or 0
