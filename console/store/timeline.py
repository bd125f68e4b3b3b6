"""Reads a timeline: how hard cards worked in each slot of time, and who held them."""

import sqlite3
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from console.model.history import NO_HOLDER, UNKNOWN_UTIL, Holder, Row, Rows, Timeline, TimelineOf
from console.store import recall, usage
from console.store.recall import Holding
from console.store.usage import Used, Who

MOST = 100_000
"""Cards times hours of one timeline: 64 cards over 60 days, 4,096 over a day; some seconds' work."""
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
        rows = _by_sums(db, asked.rows, slots)
    else:
        cards = recall.cards(db, asked.nodes)
        hours = (asked.until - asked.since) / 3600.0
        if len(cards) * hours > MOST:
            raise TooMuch(len(cards), hours)
        held = recall.holdings(db, list(cards), asked.since, asked.until)
        utils = means(db, list(cards.values()), slots.since, slots.step, slots.count)
        if people:
            rows = _by_person(db, asked.rows, cards, held, utils, slots)
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


def _by_person(
    db: sqlite3.Connection,
    rows: Rows,
    cards: Mapping[int, Place],
    held: Iterable[Holding],
    utils: Mapping[Place, Sequence[float | None]],
    slots: Slots,
) -> list[Row]:
    """Make a row for each user or project, from the cards of some nodes."""
    known = recall.holders(db, list({one.holder for one in held}))
    found: dict[str, list[Used]] = {}
    for one in held:
        holder = known.get(one.holder, Holder())
        sums = found.setdefault(_name(rows, (holder.user, holder.project)), [Used()] * slots.count)
        curve = utils.get(cards[one.place])
        for slot, seconds in slots.parts(one.since, one.until):
            util = curve[slot] if curve is not None else None
            sums[slot] = _plus(sums[slot], seconds, 0.0 if util is None else seconds, (util or 0.0) * seconds)
    return _people(found, slots)


def _by_sums(db: sqlite3.Connection, rows: Rows, slots: Slots) -> list[Row]:
    """Make a row for each user or project, from what was summed up at the time."""
    end = slots.since + slots.step * slots.count
    step, sums = usage.between(db, slots.since, end)
    found: dict[str, list[Used]] = {}
    for at, who, used in sums:
        row = found.setdefault(_name(rows, who), [Used()] * slots.count)
        for slot, seconds in slots.parts(float(at), float(at + step)):
            part = seconds / step
            row[slot] = _plus(row[slot], used.held * part, used.known * part, used.work * part)
    return _people(found, slots)


def _plus(one: Used, held: float, known: float, work: float) -> Used:
    return Used(one.held + held, one.known + known, one.work + work)


def _people(found: Mapping[str, Sequence[Used]], slots: Slots) -> list[Row]:
    rows = []
    for key in sorted(found):
        utils = [used.work / used.known if used.known > 0.0 else None for used in found[key]]
        held = tuple(used.held / slots.step if used.held > 0.0 else None for used in found[key])
        rows.append(Row(key, percents(utils), b"", held))
    return rows


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
