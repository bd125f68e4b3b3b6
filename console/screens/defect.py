"""What is shown after a defect of ours has ended the console: one line of it, where the rest is, and how to go on."""

from pathlib import Path
from typing import ClassVar

import msgspec
from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from console.language import _
from themes.palettes import Palette
from widgets.driver import Driver
from widgets.quiet import QuietScreen
from widgets.styles import theme
from widgets.text import plain


class Told(msgspec.Struct, frozen=True):
    """What is known of the defect; it holds no value of any variable."""

    kind: str
    """The name of the exception."""
    kept: Path | None
    """The scrubbed file; None where none could be written."""


class _Quiet(QuietScreen[None]):
    """A screen of text alone."""


class Defect(App[bool], inherit_bindings=False):
    """An application of its own: of the one that failed nothing is used. Returns whether to go on."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = []
    CSS = """
    Screen { background: $background; color: $foreground; }
    #said { width: 1fr; height: auto; padding: 1 2; }
    """

    def __init__(self, told: Told, palette: Palette) -> None:
        super().__init__(driver_class=Driver, ansi_color=palette.ansi)
        self.register_theme(theme(palette))
        self.theme = f"quarterdeck-{palette.name}"
        self._told = told

    def get_default_screen(self) -> _Quiet:
        """A screen on which nothing takes the focus."""
        return _Quiet()

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static("\n".join(self._lines()), id="said", markup=False)

    def _lines(self) -> list[str]:
        lines = [
            _("The console has ended by a defect of its own ({error}).").format(error=plain(self._told.kind)),
            _("What is collected goes on; nothing in your lab was changed."),
            "",
        ]
        if self._told.kept is None:
            lines += [_("Where it happened could not be written down.")]
        else:
            lines += [
                _("Where it happened is kept in"),
                plain(str(self._told.kept)),
                _("It holds no variables, no names of people or hosts, no addresses. Please send it with a report:"),
                "quarterdeck doctor --bundle report.tar.gz",
            ]
        return [*lines, "", _("r  open the console again      q  quit")]

    def on_key(self, event: events.Key) -> None:
        """Go on or quit; every other key means nothing here."""
        if event.key == "r":
            self.exit(True)
        elif event.key in ("q", "ctrl+c", "escape"):
            self.exit(False)
