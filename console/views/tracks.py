"""What was answered of one row of the past, unpacked, and read at any instant: the picture may have other slots."""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

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


class Track(msgspec.Struct, frozen=True, dict=True):
    """One row as it was answered."""

    since: float
    step: float
    moments: tuple[Moment, ...]
    until: float = math.inf
    """When it was answered: of a slot that was not over by then, what has passed is counted."""

    def over(self, window: Window) -> tuple[Moment | None, ...]:
        """One moment for each slot of a window: the one at its middle, None where the answer does not reach."""
        if (self.since, self.step) == (window.since, window.step):
            return (self.moments + (None,) * window.slots)[: window.slots]
        return tuple(self._at(window.middle(slot)) for slot in range(window.slots))

    def _at(self, instant: float) -> Moment | None:
        index = math.floor((instant - self.since) / self.step)
        return self.moments[index] if 0 <= index < len(self.moments) else None

    @cached_property
    def hours(self) -> float:
        """GPU-hours that were held."""
        return sum(cards for _moment, cards in self._passed)

    @cached_property
    def idle_hours(self) -> float:
        """Of them the ones in which nothing was done."""
        return sum(cards for moment, cards in self._passed if moment.idle)

    @cached_property
    def unused(self) -> float:
        """Of them what was left of the cards while they worked at less than 100 percent, as whole hours of a card."""
        return sum(cards * (100 - moment.util) / 100 for moment, cards in self._passed if moment.util is not None)

    @property
    def _passed(self) -> Iterator[tuple[Moment, float]]:
        """The slots in which it was held, with the GPU-hours of each."""
        for slot, moment in enumerate(self.moments):
            seconds = min(self.step, self.until - self.since - slot * self.step)
            if moment.held and seconds > 0.0:
                yield moment, (1.0 if moment.cards is None else moment.cards) * seconds / 3600

    @cached_property
    def holders(self) -> Sequence[Holder]:
        """Everybody who held it, the first first."""
        return tuple({moment.holder: None for moment in self.moments if moment.holder is not None})


_Packed = tuple[int, int, float | None]
"""A slot as it travels: utilisation, number of the holder, cards."""


def tracks(answer: Timeline, until: float = math.inf) -> Mapping[str, Track]:
    """The rows of an answer of some time by their keys.

    Equal slots are one value: there are far fewer of them than slots.
    """
    known: dict[_Packed, Moment] = {}
    found: dict[str, Track] = {}
    for row in answer.rows:
        packed = _packed(row)
        for each in set(packed).difference(known):
            known[each] = _moment(*each, answer.holders)
        found[row.key] = Track(answer.since, answer.step, tuple(map(known.__getitem__, packed)), until)
    return found


def _packed(row: Row) -> list[_Packed]:
    slots, count = len(row.util), len(row.holders) // 2
    numbers = struct.unpack(f"<{count}H", row.holders[: count * 2])
    cards = row.cards[:slots] + (None,) * (slots - len(row.cards))
    return list(zip(row.util, numbers[:slots] + (NO_HOLDER,) * (slots - count), cards, strict=True))


def _moment(util: int, number: int, cards: float | None, holders: Sequence[Holder]) -> Moment:
    holder = holders[number - 1] if NO_HOLDER < number <= len(holders) else None
    return Moment(None if util == UNKNOWN_UTIL else min(util, 100), holder, cards)


def runs(moments: Sequence[Moment | None]) -> Iterator[tuple[int, int, Moment]]:
    """Stretches of slots in which the same person held a row for the same job: (first, one beyond the last, first)."""
    start = 0
    while start < len(moments):
        first = moments[start]
        stop = start + 1
        if first is None or first.holder is None:
            start = stop
            continue
        holder = first.holder
        while stop < len(moments) and _same(holder, moments[stop]):
            stop += 1
        yield start, stop, first
        start = stop


def _same(holder: Holder, moment: Moment | None) -> bool:
    other = moment.holder if moment is not None else None
    return other is holder or (
        other is not None and (other.user, other.job, other.allocated) == (holder.user, holder.job, holder.allocated)
    )


def stretches(moments: Sequence[Moment | None], start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Stretches within which a row was idle: (first, one beyond the last)."""
    slot = start
    while slot < stop:
        begin = slot
        while slot < stop and (moment := moments[slot]) is not None and moment.idle:
            slot += 1
        if slot > begin:
            yield begin, slot
        slot += slot == begin
