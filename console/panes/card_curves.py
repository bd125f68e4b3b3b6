"""The curves of several cards over one time: a question for each, so that a page needs no other kind of answer."""

from collections.abc import Awaitable, Callable, Hashable, Sequence

from backends.record import Trouble
from console.model.history import Answer, Curves, CurvesOf, Question
from console.services.inquiry import Inquiry

Place = tuple[str, int]
"""Node and slot."""


class CardCurves:
    """Asks in the background, and keeps the last answer for each card."""

    def __init__(self, ask: Callable[[Question], Awaitable[Answer]], changed: Callable[[], None]) -> None:
        self._ask, self._changed = ask, changed
        self._inquiries: dict[Place, Inquiry[Curves]] = {}

    def want(
        self, places: Sequence[Place], part: Hashable, question: CurvesOf, every: float, mono: float
    ) -> list[Curves]:
        """Say of which cards the curves are shown; what is known of them.

        Args:
            places: the cards; of others nothing is kept.
            part: which part of the past; see `Inquiry.want`.
            question: what is asked of each, without its place.
            every: seconds for which an answer is good.
            mono: the present moment.
        """
        for place in self._inquiries.keys() - set(places):
            self._inquiries.pop(place).close()
        found = []
        for node, slot in places:
            inquiry = self._inquiries.get((node, slot))
            if inquiry is None:
                inquiry = self._inquiries[node, slot] = Inquiry(self._ask, Curves, self._changed)
            asked = CurvesOf(question.metrics, question.since, question.until, question.points, node, slot)
            inquiry.want((node, slot), part, asked, every, mono)
            if inquiry.answer is not None:
                found.append(inquiry.answer)
        return found

    @property
    def trouble(self) -> Trouble | None:
        """Why one of them has no newer answer."""
        return next((one.trouble for one in self._inquiries.values() if one.trouble is not None), None)

    def renew(self) -> None:
        """Take all answers for too old."""
        for inquiry in self._inquiries.values():
            inquiry.renew()

    def close(self) -> None:
        """Wait for nothing any more."""
        for inquiry in self._inquiries.values():
            inquiry.close()
