"""What was answered about the past, for one view: asks for what is missing in the background, and keeps the last."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence

from backends.record import Trouble
from console.language import N_
from console.model.history import Answer, Question, Rows, Timeline, TimelineOf
from console.services.link.asking import Unanswered
from console.views.tracks import Track, tracks
from console.views.window import Window

_log = logging.getLogger(__name__)
BATCH = 16
"""Nodes that are asked for at once: what is in sight comes first, and 128 rows are unpacked in under 20 ms."""
AGAIN = 10.0
"""Seconds after which a question that failed is asked again."""
LIVE = 120.0
"""Seconds after which a window that holds now is asked for again, although no new slot has begun."""
YOUNG = 10.0
"""The same while the window begins before anything was kept: a simulated lab's past is being filled, or it is young."""
EARLIER = 600.0
"""Seconds by which what is kept begins earlier from one answer to the next where the past is being filled."""
EVERYTHING = ("",)
"""Stands for all nodes, where rows are users or projects."""


class Past:
    """Rows of one timeline.

    The last answer of a row is kept until a newer one comes, also where it was to another window: it is shown
    meanwhile.
    """

    def __init__(
        self,
        ask: Callable[[Question], Awaitable[Answer]],
        mono: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        """Make one.

        Args:
            ask: `Follower.ask`.
            mono: the clock, monotonic.
            changed: is called when an answer came, or none.
        """
        self.tracks: dict[str, Track] = {}
        """By the rows' keys."""
        self.kept_since: float | None = None
        """The oldest instant of which anything is kept; None where nothing is, or nothing was answered yet."""
        self.answered = False
        """Whether anything was answered at all."""
        self.version = 0
        """Rises with every answer."""
        self.trouble: Trouble | None = None
        """Why the last question has no answer; None when it had one."""
        self._ask, self._mono, self._changed = ask, mono, changed
        self._rows: Rows | None = None
        self._window: Window | None = None
        self._fresh: dict[str, float] = {}
        """Nodes whose rows are those of the present window, with the monotonic time of the answer."""
        self._failed = float("-inf")
        self._earlier = float("-inf")
        """When what is kept was seen to begin earlier than it had."""
        self._asking: asyncio.Task[None] | None = None

    def turn(self, rows: Rows) -> None:
        """Say what rows are; what was answered of others is forgotten."""
        if rows is not self._rows:
            self._rows = rows
            self.tracks.clear()
            self._fresh.clear()

    def want(
        self, rows: Rows, window: Window, nodes: Sequence[str], *, live: bool = False, now: float = math.inf
    ) -> None:
        """Say what is shown; what is missing of it is asked for, the first nodes first. It never waits.

        Args:
            rows: what rows are.
            window: what is in view.
            nodes: whose rows are shown, in the order in which they are wanted.
            live: the window holds now, so that what was answered grows old.
            now: UTC of the lab; what of the window comes after it counts for nothing.
        """
        self.turn(rows)
        if window != self._window:
            self._window = window
            self._fresh.clear()
        wanted = nodes if rows in (Rows.CARDS, Rows.NODES) else EVERYTHING
        mono = self._mono()
        young = self.answered and (self.kept_since is None or self.kept_since > window.since)
        good = min(YOUNG if young else LIVE, window.step)
        old = mono - good if live or young else float("-inf")
        missing = [name for name in wanted if self._fresh.get(name, float("-inf")) <= old][:BATCH]
        if not missing or self.asking or mono - self._failed < AGAIN:
            return
        self._asking = asyncio.ensure_future(self._fetch(rows, window, tuple(missing), now))
        self._asking.add_done_callback(self._done)

    def renew(self) -> None:
        """Take nothing that was answered for fresh any more."""
        self._fresh.clear()
        self._failed = float("-inf")

    @property
    def asking(self) -> bool:
        """Whether an answer is being waited for."""
        return self._asking is not None and not self._asking.done()

    @property
    def filling(self) -> bool:
        """Whether older and older time comes to what is kept: it is still being filled."""
        return self._mono() - self._earlier < 2 * YOUNG

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _fetch(self, rows: Rows, window: Window, nodes: tuple[str, ...], now: float) -> None:
        named = () if nodes == EVERYTHING else nodes
        try:
            answer = await self._ask(TimelineOf(rows, window.since, window.until, window.slots, named))
        except Unanswered as error:
            self._fail(error.trouble)
            return
        if not isinstance(answer, Timeline):
            self._fail(Trouble(N_("The collector answered something else than was asked.")))
            return
        self.trouble, self.answered = None, True
        self.version += 1
        before, self.kept_since = self.kept_since, answer.kept_since
        since = answer.kept_since
        if before is not None and since is not None and since < before - EARLIER:
            self._earlier = self._mono()
        if rows is not self._rows:
            return  # others are shown by now
        found = tracks(answer, now)
        if nodes == EVERYTHING:
            self.tracks.clear()  # who is not among them has held nothing
        self.tracks.update(found)
        if window == self._window:
            self._fresh.update(dict.fromkeys(nodes, self._mono()))

    def _fail(self, trouble: Trouble) -> None:
        self.trouble, self._failed = trouble, self._mono()

    def _done(self, asking: "asyncio.Task[None]") -> None:
        if asking.cancelled():
            return
        error = asking.exception()
        if error is not None:  # a defect of ours in reading an answer: it is said, and the picture stays
            _log.error("an answer of the past could not be read", exc_info=error)
            text = N_("The answer could not be read ({error}); the log says more.")
            self._fail(Trouble(text, "", {"error": f"{type(error).__name__}: {error}"}))
        self._changed()
