"""Who answers an action: the pane, or one of those that act for the frame; and what is done to the picture itself."""

import inspect

from console.language import _, ngettext
from console.screens.asked import Asked
from console.screens.frame import Frame
from console.screens.lists import Lists
from console.screens.travel import Travel
from console.screens.typed import Typed
from themes.palettes import PALETTES

INTERVALS = (2.0, 5.0, 10.0, 30.0)
"""Seconds between two pictures."""


class Deeds:
    """Finds the method ``do_x`` for an action ``x``."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self.travel = Travel(frame)
        self.typed = Typed(frame)
        self.lists = Lists(frame, self.can)
        self.asked = Asked(frame)

    def do(self, name: str, argument: str = "") -> bool:
        """Do an action of the pane or of the frame; False where neither has it."""
        for owner in self._owners():
            act = getattr(owner, f"do_{name}", None)
            if act is None:
                continue
            if not argument:
                act()
            elif inspect.signature(act).parameters:
                act(argument)
            else:
                said = _("{name} takes nothing after it; “{text}” was not understood.")
                self._frame.tell(said.format(name=name, text=argument), "warning")
            self._frame.draw()
            return True
        return False

    def can(self, name: str) -> bool:
        """Whether the pane or the frame has an action."""
        return any(hasattr(owner, f"do_{name}") for owner in self._owners())

    def _owners(self) -> tuple[object, ...]:
        pane = self._frame.pane
        return *(pane.actors() if pane is not None else ()), self, self.travel, self.typed, self.lists, self.asked

    def do_refresh(self) -> None:
        """Ask for the past again, and draw everything anew."""
        if self._frame.pane is not None:
            self._frame.pane.renew()
        self._frame.look()
        self._frame.tell(_("refreshed"), "dim")

    def do_pause(self) -> None:
        """Hold the picture still, or let it go on."""
        self._frame.paused = not self._frame.paused
        if not self._frame.paused:
            self._frame.look()
        self._frame.draw()

    def do_interval(self, wanted: str = "") -> None:
        """Renew the picture more or less often."""
        frame = self._frame
        if wanted:
            try:
                frame.every = max(1.0, min(3600.0, float(wanted)))
            except ValueError:
                frame.tell(_("“{text}” is not a number of seconds.").format(text=wanted), "warning")
                return
        else:
            following = [each for each in INTERVALS if each > frame.every]
            frame.every = following[0] if following else INTERVALS[0]
        frame.tell(_("Refreshing every {seconds} s.").format(seconds=f"{frame.every:g}"))

    def do_theme(self, wanted: str = "") -> None:
        """Change the colours: the next palette, or the one named."""
        names = list(PALETTES)
        if wanted and wanted not in names:
            known = ", ".join(names)
            self._frame.tell(
                _("There is no theme {name}; there are {known}.").format(name=wanted, known=known), "warning"
            )
            return
        now = names.index(self._frame.scene.palette.name)
        self._frame.dress(wanted or names[(now + 1) % len(names)])

    def do_copy(self) -> None:
        """To the clipboard, by the terminal (OSC 52)."""
        text = self._frame.pane.copied() if self._frame.pane is not None else None
        if text is None:
            self._frame.tell(_("There is nothing to copy here."), "dim")
            return
        self._frame.copy(text)
        count = text.count("\n") + 1
        self._frame.tell(
            ngettext(
                "Copied {count} line, if the terminal allows it.",
                "Copied {count} lines, if the terminal allows it.",
                count,
            ).format(count=count)
        )
