"""Moving about in a timeline: the cursor, and the part of the past that is in view."""

from collections.abc import Callable

from console.language import _
from console.panes.reach import Reach
from console.rules.moments import MomentError, moment
from console.views import units
from console.views.window import Window
from widgets.timeline.timeline import Timeline


class Course:
    """Answers the actions that move: a pane with a timeline hands them over."""

    def __init__(self, timeline: Timeline, moved: Callable[[], None], say: Callable[[str, str], None]) -> None:
        """Make one.

        Args:
            timeline: whose cursor is moved.
            moved: is called when another part of the past is to be shown.
            say: puts a text, in a style, into the message line.
        """
        self._timeline = timeline
        self._moved = moved
        self._say = say
        self.reach = Reach()
        self.now = 0.0
        """UTC; `room` and this are told by the pane at every look."""
        self.room = 1
        """Terminal cells for slots."""
        self.kept_since: float | None = None
        """The oldest instant of which anything is kept; None where that is not known."""

    @property
    def window(self) -> Window:
        """What is in view."""
        return self.reach.window(self.room, self.now)

    @property
    def slot(self) -> int:
        """Where the cursor is in it."""
        return self.reach.slot(self.window, self.now)

    def on(self, slot: int) -> None:
        """The cursor was moved to a slot."""
        self.reach = self.reach.on(self.window, slot, self.now)

    def seek(self, words: str) -> None:
        """Go to the moment that words mean; what is wrong with them is said."""
        try:
            at = moment(words, self.now)
        except MomentError as error:
            self._say(str(error), "warning")
            return
        self.reach = self.reach.to(at, self.room, self.now)

    def _go(self, reach: Reach) -> None:
        self.reach = reach
        self._moved()

    def _move(self, slots: int, rows: int) -> None:
        if not self._timeline.move(slots, rows) and slots and not self._ends(slots):
            self._go(self.reach.pushed(self.window, slots, self.slot, self.now))

    def _pan(self, slots: int) -> None:
        if not self._ends(slots):
            self._go(self.reach.panned(self.window, slots, self.slot, self.now))

    def _ends(self, slots: int) -> bool:
        """Whether there is no past behind the left edge; it is said."""
        kept = self.kept_since
        if slots > 0 or self.window.since > (kept or 0.0):
            return False
        if kept is not None:
            self._say(_("Nothing is kept before {time}.").format(time=units.clock(kept)), "dim")
        return True

    def do_up(self) -> None:
        """Move the cursor."""
        self._move(0, -1)

    def do_down(self) -> None:
        """Move the cursor."""
        self._move(0, 1)

    def do_left(self) -> None:
        """Move the cursor; at the edge move the time."""
        self._move(-1, 0)

    def do_right(self) -> None:
        """Move the cursor; at the edge move the time."""
        self._move(1, 0)

    def do_page_up(self) -> None:
        """Move the cursor by a screen."""
        self._timeline.page(-1)

    def do_page_down(self) -> None:
        """Move the cursor by a screen."""
        self._timeline.page(1)

    def do_first(self) -> None:
        """Go to the first row."""
        self._timeline.home()

    def do_last(self) -> None:
        """Go to the last row."""
        self._timeline.end()

    def do_earlier(self) -> None:
        """Go back in time by half a screen."""
        self._pan(-max(1, self.window.slots // 2))

    def do_later(self) -> None:
        """Go on in time by half a screen."""
        self._pan(max(1, self.window.slots // 2))

    def do_zoom_in(self) -> None:
        """Show a shorter time."""
        self._go(self.reach.zoomed(-1, self.room, self.now))

    def do_zoom_out(self) -> None:
        """Show a longer time."""
        self._go(self.reach.zoomed(1, self.room, self.now))

    def do_now(self) -> None:
        """Go to now, and go on with it."""
        self._go(Reach(self.reach.span))
