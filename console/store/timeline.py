"""Reads a timeline: how hard cards worked in each slot of time, and who held them."""

import math
import sqlite3
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from console.model.history import NO_HOLDER, UNKNOWN_UTIL, Holder, Row, Rows, Timeline, TimelineOf
from console.store import recall, spans, usage
from console.store.recall import Holding
from console.store.usage import Sum, Used, Who

MOST = 100_000
"""Cards times hours of one timeline: 64 cards over 60 days, 4,096 over a day; some seconds' work."""
LATE = 120.0
"""Seconds after which what was used is summed up for sure: that is done once a minute, at the next look."""
_MINUTE = 60.0
MOST_HOLDERS = 65_535
"""Their numbers have two bytes."""

Place = tuple[str, int]
Means = Callable[[sqlite3.Connection, Sequence[Place], float, float, int], Mapping[Place, Sequence[float | None]]]
"""The mean utilisation of cards, in percent, in so many slots of so many seconds from an instant on."""


class TooMuch(Exception):  # noqa: N818 - it is an answer, not an accident
    """A timeline of more cards than can be read at once."""

    def __init__(self, cards: int, hours: float) -> None:
        super().__init__(f"{cards} cards over {hours:.0f} hours")
        self.cards = cards
        self.hours = hours


class Slots(msgspec.Struct, frozen=True):
    """Equal slots of time, one after the other."""

    since: float
    step: float
    count: int

    @property
    def until(self) -> float:
        """The end of the last one."""
        return self.since + self.step * self.count

    def parts(self, since: float, until: float) -> Iterable[tuple[int, float]]:
        """Yield the slots that lie between two instants, and how many seconds of each."""
        first = max(0, int((since - self.since) / self.step))
        for slot in range(first, self.count):
            begin = self.since + slot * self.step
            if begin >= until:
                return
            seconds = min(until, begin + self.step) - max(since, begin)
            if seconds > 0.0:
                yield slot, seconds


def timeline(db: sqlite3.Connection, asked: TimelineOf, means: Means) -> Timeline:
    """Answer for the rows that are asked for, in the order of their names (cards and nodes: of `asked.nodes`).

    Raises:
        TooMuch: there are more cards in it than can be read at once.
    """
    slots = Slots(asked.since, (asked.until - asked.since) / asked.slots, asked.slots)
    names: tuple[Holder, ...] = ()
    people = asked.rows in (Rows.USERS, Rows.PROJECTS)
    if people and not asked.nodes:
        rows = _by_sums(db, asked.rows, slots, means)
    else:
        cards = recall.cards(db, asked.nodes)
        hours = (asked.until - asked.since) / 3600.0
        if len(cards) * hours > MOST:
            raise TooMuch(len(cards), hours)
        held = recall.holdings(db, list(cards), asked.since, asked.until)
        utils = means(db, list(cards.values()), slots.since, slots.step, slots.count)
        if people:
            known = min(slots.until, spans.mark(db) or slots.until)
            rows = _people(asked.rows, _worked(db, cards, held, utils, slots), slots, known)
        else:
            rows, names = _by_place(db, asked.rows, cards, held, utils, slots)
    return Timeline(slots.since, slots.step, tuple(rows), names, recall.kept_since(db))


def _by_place(
    db: sqlite3.Connection,
    rows: Rows,
    cards: Mapping[int, Place],
    held: Iterable[Holding],
    utils: Mapping[Place, Sequence[float | None]],
    slots: Slots,
) -> tuple[list[Row], tuple[Holder, ...]]:
    """Make a row for each card, or for each node of all of its cards."""
    members: dict[str, list[int]] = {}
    for number, (node, slot) in cards.items():
        members.setdefault(node if rows is Rows.NODES else f"{node}:{slot}", []).append(number)
    of_card: dict[int, list[Holding]] = {}
    for one in held:
        of_card.setdefault(one.place, []).append(one)
    numbers: dict[int, int] = {}
    found = []
    for key, own in members.items():
        painted = most([one for card in own for one in of_card.get(card, ())], slots)
        for holder in painted:
            if holder and holder not in numbers and len(numbers) < MOST_HOLDERS:
                numbers[holder] = len(numbers) + 1
        marks = array("H", [numbers.get(holder, NO_HOLDER) for holder in painted])
        curves = [utils[cards[card]] for card in own if cards[card] in utils]
        found.append(Row(key, percents(_mean(curves, slots.count)), _little(marks)))
    known = recall.holders(db, list(numbers))
    return found, tuple(known.get(number, Holder()) for number in numbers)


def most(held: Iterable[Holding], slots: Slots) -> list[int]:
    """Who held most of each slot, by the number of the holder; 0 where nobody held any of it."""
    found = [0] * slots.count
    longest = [0.0] * slots.count
    sums: dict[tuple[int, int], float] = {}
    whole = slots.step * (1.0 - 1e-9)
    for one in held:
        for slot, seconds in slots.parts(one.since, one.until):
            total = seconds
            if seconds < whole:
                total = sums[slot, one.holder] = sums.get((slot, one.holder), 0.0) + seconds
            if total > longest[slot]:
                longest[slot], found[slot] = total, one.holder
    return found


def _worked(
    db: sqlite3.Connection,
    cards: Mapping[int, Place],
    held: Iterable[Holding],
    utils: Mapping[Place, Sequence[float | None]],
    slots: Slots,
) -> list[Sum]:
    """Tell from holdings, for each slot, who used what."""
    known = recall.holders(db, list({one.holder for one in held}))
    found: dict[tuple[int, Who], Used] = {}
    for one in held:
        holder = known.get(one.holder, Holder())
        curve = utils.get(cards[one.place])
        for slot, seconds in slots.parts(one.since, one.until):
            util = curve[slot] if curve is not None else None
            used = seconds, 0.0 if util is None else seconds, (util or 0.0) * seconds
            at = slot, (holder.user, holder.project)
            found[at] = _plus(found.get(at, Used()), *used)
    return [Sum(slots.since + slot * slots.step, slots.step, who, used) for (slot, who), used in found.items()]


def _by_sums(db: sqlite3.Connection, rows: Rows, slots: Slots, means: Means) -> list[Row]:
    """Make a row for each user or project, from what was summed up at the time, and of late from what is held."""
    end, mark = slots.until, spans.mark(db)
    if mark is None:
        return _people(rows, usage.between(db, slots.since, end), slots, end)
    late = (mark - LATE) // usage.STEPS[0] * usage.STEPS[0]
    sums = usage.between(db, slots.since, min(end, late), fine=slots.step < usage.STEPS[1])
    begin, until = max(late, slots.since), min(end, mark)
    last = end - slots.step
    if begin < until:
        recent = _recent(db, begin, until, means)
        sums += recent
        if 0.0 <= last - until <= LATE:  # it has only just begun: as it was a moment ago
            newest = max((one.at for one in recent), default=until)
            more = last - newest  # to as far behind its beginning as the last part is long
            sums += [_longer(one, until, more) for one in recent if one.at == newest]
            until += more
    return _people(rows, sums, slots, until)


def _recent(db: sqlite3.Connection, since: float, until: float, means: Means) -> list[Sum]:
    """What was used of late, by about a minute; the last part ends at the end, so that it is known as a whole."""
    count = math.ceil((until - since) / _MINUTE)
    slots = Slots(since, (until - since) / count, count)
    cards = recall.cards(db, ())
    held = recall.holdings(db, list(cards), since, until)
    utils = means(db, list(cards.values()), slots.since, slots.step, slots.count)
    return _worked(db, cards, held, utils, slots)


def _longer(one: Sum, at: float, seconds: float) -> Sum:
    """Let it go on like that for so many seconds from an instant on."""
    held, known, work = (part * seconds / one.seconds for part in one.used)
    return Sum(at, seconds, one.who, Used(held, known, work))


def _plus(one: Used, held: float, known: float, work: float) -> Used:
    return Used(one.held + held, one.known + known, one.work + work)


def _people(rows: Rows, sums: Iterable[Sum], slots: Slots, until: float) -> list[Row]:
    """Make a row for each user or project.

    A slot that is not over yet counts as far as it is known, and who held nothing while others did held none.
    """
    found: dict[str, list[Used]] = {}
    known = [False] * slots.count
    for at, long, who, used in sums:
        row = found.setdefault(_name(rows, who), [Used()] * slots.count)
        for slot, seconds in slots.parts(at, at + long):
            part = seconds / long
            known[slot] = True
            row[slot] = _plus(row[slot], used.held * part, used.known * part, used.work * part)
    passed = [min(slots.step, until - slots.since - slot * slots.step) for slot in range(slots.count)]
    return [
        Row(
            key,
            percents(used.work / used.known if used.known > 0.0 else None for used in found[key]),
            b"",
            tuple(
                used.held / seconds if said and seconds > 0.0 else None
                for used, seconds, said in zip(found[key], passed, known, strict=True)
            ),
        )
        for key in sorted(found)
        if any(used.held > 0.0 for used in found[key])
    ]


def _name(rows: Rows, who: Who) -> str:
    """What a row is called; empty where nobody knows."""
    return (who[0] if rows is Rows.USERS else who[1]) or ""


def _mean(curves: Sequence[Sequence[float | None]], count: int) -> Sequence[float | None]:
    if len(curves) == 1:
        return curves[0]
    found: list[float | None] = []
    for slot in range(count):
        known = [value for value in (curve[slot] for curve in curves) if value is not None]
        found.append(sum(known) / len(known) if known else None)
    return found


def percents(values: Iterable[float | None]) -> bytes:
    """One byte for each: 0 to 100, or `UNKNOWN_UTIL`."""
    return bytes(UNKNOWN_UTIL if value is None else min(100, max(0, round(value))) for value in values)


def _little(numbers: "array[int]") -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
