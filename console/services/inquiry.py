"""One question of the past that a page asks again and again; the last answer stays until the next is there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from backends.record import Trouble
from console.language import N_
from console.model.history import Answer, Curves, Question, Timeline
from console.services.link.asking import Unanswered

_log = logging.getLogger(__name__)
A = TypeVar("A", bound=Answer)
RETRY = 5.0
"""Seconds after which a question that had no answer is asked once more."""
YOUNG = 10.0
"""Seconds for which an answer is good at the most while what is kept begins within what was asked for: a simulated
lab's past is being filled, or the lab is young."""
SOONEST = 2.0
"""Seconds between two askings at the least, however fine the steps are."""


class Inquiry(Generic[A]):
    """Asks in the background; at most one question is under way. Its owner says what it wants at each look."""

    def __init__(
        self, ask: Callable[[Question], Awaitable[Answer]], kind: type[A], changed: Callable[[], None]
    ) -> None:
        """Make one.

        Args:
            ask: `Follower.ask`.
            kind: what the answer is.
            changed: is called when an answer came, or none.
        """
        self.answer: A | None = None
        """The last; None before the first."""
        self.trouble: Trouble | None = None
        """Why there is no newer answer; None where there is."""
        self._ask, self._kind, self._changed = ask, kind, changed
        self._about: Hashable = None
        self._asked: Hashable = None
        """About what, and about which part, was asked last."""
        self._due = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    def want(self, about: Hashable, part: Hashable, question: Question, every: float, mono: float) -> None:
        """Say what is shown; it is asked where the last answer is too old, or is another part. It never waits.

        Args:
            about: what is asked about; an answer about another thing is dropped at once.
            part: which part of its past; an answer about another part stays until the next comes.
            question: what is asked, up to this moment.
            every: seconds for which an answer is good.
            mono: the present moment.
        """
        if about != self._about:
            self._about, self.answer, self.trouble = about, None, None
        if self.asking or ((about, part) == self._asked and mono < self._due):
            return
        self._asked, self._due = (about, part), mono + max(SOONEST, every)
        self._asking = asyncio.ensure_future(self._fetch(about, question, mono))
        self._asking.add_done_callback(self._done)

    def renew(self) -> None:
        """Take the last answer for too old."""
        self._due = float("-inf")

    @property
    def asking(self) -> bool:
        """Whether an answer is being waited for."""
        return self._asking is not None and not self._asking.done()

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _fetch(self, about: Hashable, question: Question, mono: float) -> None:
        try:
            answer = await self._ask(question)
        except Unanswered as error:
            self._fail(about, error.trouble, mono)
            return
        if not isinstance(answer, self._kind):
            self._fail(about, Trouble(N_("The collector answered something else than was asked.")), mono)
        elif about == self._about:
            self.answer, self.trouble = answer, None
            if _grows(answer):
                self._due = min(self._due, mono + YOUNG)

    def _fail(self, about: Hashable, trouble: Trouble, mono: float) -> None:
        if about == self._about:
            self.trouble = trouble
            self._due = min(self._due, mono + RETRY)

    def _done(self, asking: "asyncio.Task[None]") -> None:
        if asking.cancelled():
            return
        error = asking.exception()
        if error is not None:  # a defect of ours: it is said, and the page goes on
            _log.error("the past could not be asked", exc_info=error)
            said = {"error": f"{type(error).__name__}: {error}"}
            self.trouble = Trouble(N_("The history could not be read ({error}); the log says more."), "", said)
        self._changed()


def _grows(answer: Answer) -> bool:
    """Whether there may soon be more of the past that was asked for."""
    if not isinstance(answer, Curves | Timeline):
        return False
    return answer.kept_since is None or answer.kept_since > answer.since + answer.step
