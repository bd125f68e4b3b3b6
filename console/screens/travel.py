"""Moving about: from view to view, along links, back and forward, and out."""

import time

from console.language import _
from console.screens.frame import Frame
from console.screens.history import Place

TWICE = 3.0
"""Seconds within which Ctrl+C must come again to quit."""
_BAD = {
    "critical": "status=critical | status=lost | status=broken | status=silent | status=down",
    "warning": "status=warning",
    "stale": "status=stale",
}
"""The filters behind the counts of the status line."""


class Travel:
    """Answers to the actions that lead somewhere."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._asked = float("-inf")

    def go(self, view: str, argument: str = "", expression: str | None = None) -> None:
        """Go to a view; an expression sets its filter."""
        frame = self._frame
        if expression is not None and not frame.narrow(view, expression):
            return
        frame.history.go(Place(view, argument))
        frame.later(frame.arrive)

    def follow(self, target: str) -> None:
        """Follow a link: ``view:argument``, ``filter:expression``, ``health:status`` or ``do:action``.

        The filter is that of the view of all GPUs; ``in:view:expression`` sets that of the view it names.
        """
        kind, _sep, rest = target.partition(":")
        match kind:
            case "do":
                self._frame.do(rest)
            case "filter":
                self.go("gpus", "", rest)
            case "in":
                view, _sep, expression = rest.partition(":")
                self.go(view, "", expression)
            case "health":
                self.go("gpus", "", _BAD.get(rest, rest))
            case "view":
                self.go(rest)
            case _:
                self.go(kind, rest)

    def do_leave(self) -> None:
        """Out: the filter first, then the page; it never quits."""
        frame = self._frame
        here = frame.history.here
        if frame.panes[here.view].top:
            if here.view in frame.filters:
                frame.narrow(here.view, "")
                frame.draw()
            return
        if not frame.history.back():
            frame.history.go(Place("gpus"))
        frame.later(frame.arrive)

    def do_quit(self) -> None:
        """Quit from the top; from a page go to the top."""
        if self._frame.panes[self._frame.history.here.view].top:
            self._frame.leave()
        else:
            self.go(next(card.name for card in self._frame.panes.values() if card.top))

    def do_back(self) -> None:
        """Go back in the history of views."""
        if self._frame.history.back():
            self._frame.later(self._frame.arrive)

    def do_forward(self) -> None:
        """Go forward in the history of views."""
        if self._frame.history.forward():
            self._frame.later(self._frame.arrive)

    def do_last_view(self) -> None:
        """Go to the view before this one."""
        if self._frame.history.last():
            self._frame.later(self._frame.arrive)

    def pinned(self, number: int) -> None:
        """Go to a pinned view: the panes that stand by themselves, in their order."""
        tops = [card.name for card in self._frame.panes.values() if card.top]
        if number <= len(tops):
            self.go(tops[number - 1])
        else:
            self._frame.tell(_("No view is pinned under {number}.").format(number=number), "dim")

    def interrupt(self) -> None:
        """Ctrl+C: ask once, then quit."""
        now = time.monotonic()
        if now - self._asked < TWICE:
            self._frame.leave()
        self._asked = now
        self._frame.tell(_("Press Ctrl+C again to quit; collecting goes on."), "warning")

    def do_raw(self) -> None:
        """The record under the cursor, as it came."""
        frame = self._frame
        subject = frame.pane.subject() if frame.pane is not None else None
        if subject is None:
            frame.tell(_("There is no record under the cursor."), "dim")
            return
        frame.held = subject
        self.go("raw", frame.history.here.argument or frame.history.here.view)
