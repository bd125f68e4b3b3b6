"""What was answered of one row of the past, unpacked, and read at any instant: the picture may have other slots."""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from console.model.history import NO_HOLDER, UNKNOWN_UTIL, Holder, Row, Timeline
from console.views.window import Window

IDLE = 5
"""Percent below which a card that somebody holds counts as idle."""


class Moment(msgspec.Struct, frozen=True):
    """What a row was in one slot."""

    util: int | None
    """Percent; None where nothing was measured."""
    holder: Holder | None = None
    """None where nobody held it; users and projects have none."""
    cards: float | None = None
    """Of users and projects: how many they held, None where that is not known."""

    @property
    def held(self) -> bool:
        """Whether anybody held anything."""
        return self.holder is not None or bool(self.cards)

    @property
    def idle(self) -> bool:
        """Whether it was held and did nothing. What was not measured is not idle."""
        return self.held and self.util is not None and self.util < IDLE


NOTHING = Moment(None)
"""Nothing is known."""


class Track(msgspec.Struct, frozen=True):
    """One row as it was answered."""

    since: float
    step: float
    moments: tuple[Moment, ...]

    def over(self, window: Window) -> tuple[Moment | None, ...]:
        """One moment for each slot of a window: the one at its middle, None where the answer does not reach."""
        if (self.since, self.step) == (window.since, window.step):
            return (self.moments + (None,) * window.slots)[: window.slots]
        return tuple(self._at(window.middle(slot)) for slot in range(window.slots))

    def _at(self, instant: float) -> Moment | None:
        index = math.floor((instant - self.since) / self.step)
        return self.moments[index] if 0 <= index < len(self.moments) else None

    def hours(self, *, idle: bool = False) -> float:
        """GPU-hours that were held, or of those the ones in which nothing was done."""
        found = (moment for moment in self.moments if moment.held and (moment.idle or not idle))
        return sum(1.0 if moment.cards is None else moment.cards for moment in found) * self.step / 3600

    @property
    def holders(self) -> Sequence[Holder]:
        """Everybody who held it, the first first."""
        return tuple({moment.holder: None for moment in self.moments if moment.holder is not None})


def tracks(answer: Timeline) -> Mapping[str, Track]:
    """The rows of an answer by their keys."""
    return {row.key: Track(answer.since, answer.step, tuple(_moments(row, answer.holders))) for row in answer.rows}


def _moments(row: Row, holders: Sequence[Holder]) -> Iterator[Moment]:
    """Equal neighbours are one value: a month of one job takes the room of an hour."""
    count = len(row.holders) // 2
    numbers = struct.unpack(f"<{count}H", row.holders[: count * 2])
    known: dict[tuple[int, int, float | None], Moment] = {}
    for slot, util in enumerate(row.util):
        number = numbers[slot] if slot < count else NO_HOLDER
        cards = row.cards[slot] if slot < len(row.cards) else None
        found = known.get((util, number, cards))
        if found is None:
            holder = holders[number - 1] if NO_HOLDER < number <= len(holders) else None
            found = known[util, number, cards] = Moment(None if util == UNKNOWN_UTIL else min(util, 100), holder, cards)
        yield found


def runs(moments: Sequence[Moment | None]) -> Iterator[tuple[int, int, Moment]]:
    """Stretches of slots in which the same person held a row for the same job: (first, one beyond the last, first)."""
    start = 0
    for slot in range(1, len(moments) + 1):
        first = moments[start] if start < len(moments) else None
        same = slot < len(moments) and _who(moments[slot]) == _who(first)
        if not same:
            if first is not None and _who(first) is not None:
                yield start, slot, first
            start = slot


def _who(moment: Moment | None) -> tuple[str | None, str | None, bool] | None:
    holder = moment.holder if moment is not None else None
    return None if holder is None else (holder.user, holder.job, holder.allocated)


def stretches(moments: Sequence[Moment | None], start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Stretches within which a row was idle: (first, one beyond the last)."""
    slot = start
    while slot < stop:
        moment = moments[slot]
        begin = slot
        while slot < stop and moment is not None and moment.idle:
            slot += 1
            moment = moments[slot] if slot < stop else None
        if slot > begin:
            yield begin, slot
        slot += slot == begin
