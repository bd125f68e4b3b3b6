"""What the pages of one thing show of the past: plots over a time that one zooms and pans, and what happened."""

from collections.abc import Sequence

from backends.record import Trouble
from console.model.history import Curves, CurvesOf, Kind, Rows, SpansOf, Timeline, TimelineOf
from console.model.history import Spans as Past
from console.panes.page import Page
from console.panes.scene import Scene
from console.services.inquiry import Inquiry
from console.views import happened
from console.views.period import POINTS, Period

LONGEST = 60.0
"""Seconds for which an answer is good at the most, however long its steps are: the last of them goes on growing."""


class HistoryPage(Page):
    """A page with plots. What they show of which thing is the subclass's."""

    scopes: Sequence[str] = ("time", "list", "move", "global")
    offers: Sequence[str] = ("leave", "zoom_out", "zoom_in", "earlier", "later", "jump", "raw", "command", "help")

    def __init__(self, scene: Scene, argument: str = "") -> None:
        super().__init__(scene, argument)
        self.period = Period()
        ask = scene.follower.ask
        self.curves = Inquiry(ask, Curves, self._answered)
        self.row = Inquiry(ask, Timeline, self._answered)
        self.spans = Inquiry(ask, Past, self._answered)

    def on_unmount(self) -> None:
        """Wait for no answer any more."""
        for inquiry in (self.curves, self.row, self.spans):
            inquiry.close()

    def _answered(self) -> None:
        if self.is_attached:
            self.look()

    def ask(self, node: str, slot: int | None, metrics: tuple[str, ...], kinds: tuple[Kind, ...]) -> None:
        """Ask for the curves of a card, or of a node and its cards, and for what happened to it; where it is time."""
        scene, period, about = self.scene, self.period, (node, slot)
        since, until = period.bounds(scene.wall)
        step = period.step if self.curves.answer is None else self.curves.answer.step
        every = min(step, LONGEST) if period.until is None else LONGEST
        self.curves.want(about, period, CurvesOf(metrics, since, until, POINTS, node, slot), every, scene.mono)
        if slot is None:
            row = TimelineOf(Rows.NODES, since, until, POINTS, (node,))
            self.row.want(about, period, row, every, scene.mono)
        day = SpansOf(kinds, scene.wall - happened.DAY, scene.wall, node, slot, happened.MOST)
        self.spans.want(about, None, day, LONGEST, scene.mono)

    def unread(self) -> Trouble | None:
        """Why what happened could not be read; None where the plots say so already."""
        return self.spans.trouble if self.spans.trouble != self.curves.trouble else None

    def renew(self) -> None:
        """Ask for all of it again."""
        for inquiry in (self.curves, self.row, self.spans):
            inquiry.renew()

    def memory(self) -> object:
        """The time that is shown."""
        return self.period

    def recall(self, memory: object) -> None:
        """Show the same time again."""
        if isinstance(memory, Period):
            self.period = memory

    def do_zoom_in(self) -> None:
        """Show a shorter time."""
        self._turn(self.period.zoomed(-1, self.scene.wall))

    def do_zoom_out(self) -> None:
        """Show a longer time."""
        self._turn(self.period.zoomed(1, self.scene.wall))

    def do_earlier(self) -> None:
        """Go back by half of what is shown."""
        self._turn(self.period.panned(-1, self.scene.wall))

    def do_later(self) -> None:
        """Go forward by half of what is shown, at the end to now."""
        self._turn(self.period.panned(1, self.scene.wall))

    def do_now(self) -> None:
        """Go to now, and go on with it."""
        self._turn(Period(self.period.length))

    def _turn(self, period: Period) -> None:
        if period != self.period:
            self.period = period
            self.look()
        self.say(period.title(self.scene.wall))
