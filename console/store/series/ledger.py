"""The numeric history as one part of the archive's round."""

import sqlite3

from console.model.config import Retention
from console.model.history import Answer, CurvesOf, Question
from console.store.ledger import Round
from console.store.series import chunks, columns, means, pruning, read, tail
from console.store.series.cluster_ledger import ClusterLedger
from console.store.series.columns import MINUTE, Column
from console.store.series.folding import Folding
from console.store.series.hours import HOUR
from console.store.series.minutes import TEN
from console.store.series.waiting import Pending, over_before

_GRACE = 5.0
"""Seconds after the end of a minute in which its last samples still arrive."""
_LASTS = 50.0
"""Seconds over which the nodes have their turns: 512 nodes are some twenty in a round, and not all in one."""


class Series:
    """Writes what nodes and cards measured, and answers for curves of it.

    Samples lie under the time that the collector's clock had. Where the clock is set back, the same minutes come again:
    what was written stays, new samples come beside it, and what was summed up is summed up again over both.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] | None = None
        self._new: dict[str, int] = {}
        self._pending: tuple[Pending, ...] = ()
        """Replaced as a whole, for the reader's thread looks at it."""
        self._next: tuple[Pending, ...] = ()
        self._settled: list[tuple[Pending, int]] = []
        self._turn = (0, 0)
        self._next_turn = (0, 0)
        self._folding = Folding(None)
        self._cluster = ClusterLedger(None)
        self._begun = False
        self._old = 0.0
        """Before that time samples are too old; it was told with the last pruning."""
        self._rounds = 0
        self._restored = 0
        """The last round of an earlier collector: until it is in chunks nothing goes that it belongs to."""
        self._last: int | None = None
        """The last minute of which it wrote a chunk."""

    def write(self, db: sqlite3.Connection, found: Round) -> None:
        """Write the samples of a round, and what is over of those before.

        Raises:
            console.store.series.pack.Unreadable: what an earlier collector left is damaged.
        """
        now = int(found.at // MINUTE)
        self._new, self._settled = {}, []
        self._folding.drop()
        if self._numbers is None or not self._begun:
            self._begin(db, now)
        pending = self._told(db, found)
        due = self._due(found.at)
        pruning.make_room(db, self._old, len(due))
        earlier = [each for each in pending if each.minute != now]
        for rank, node in due:
            self._settle(db, node, rank, now, earlier)
        self._next = tuple(pending)
        self._cluster.write(db, found)

    def committed(self) -> None:
        """The round is on the disk."""
        for pending, node in self._settled:
            pending.settled.add(node)
        self._settled = []
        self._pending = tuple(each for each in self._next if not each.over)
        self._turn = self._next_turn
        self._numbers = {**(self._numbers or {}), **self._new} if self._new else self._numbers
        self._new = {}
        self._folding.keep()
        self._cluster.keep()
        self._begun = True

    def prune(self, db: sqlite3.Connection, now: float, kept: Retention) -> None:
        """Remove some of what is too old, and of the oldest where the file has more than its budget."""
        if self._begun and all(each.written.round > self._restored for each in self._pending):
            self._old = now - kept.ticks
            spared = None
        else:  # over its budget, a file must shrink before anything can be written, and so be begun
            last = self._last if self._begun else chunks.newest(db, int(now // MINUTE) + 1)
            spared = None if last is None else last // TEN * TEN
        pruning.by_age(db, now, kept, spared)
        pruning.by_budget(db, kept.budget, spared)

    def settle(self, db: sqlite3.Connection) -> None:
        """Nothing that waits names anybody."""

    def forget_numbers(self) -> None:
        """Numbers of nodes are never given anew."""

    def oldest(self, db: sqlite3.Connection) -> float | None:
        """The instant of the oldest that is kept."""
        return read.kept_since(db)

    def curves(self, db: sqlite3.Connection, question: Question) -> Answer:
        """Answer a question for curves; on the reader's thread."""
        assert isinstance(question, CurvesOf)
        return read.curves(db, question, self._pending)

    def utils(self) -> means.Utils:
        """What answers for the mean utilisation of many cards; to be taken before anything is read."""
        pending = self._pending
        return lambda db, cards, since, step, count: means.utils(db, pending, cards, since, step, count)

    def _told(self, db: sqlite3.Connection, found: Round) -> list[Pending]:
        """What waits, with what this round brought: that is in the tail now."""
        pending = list(self._pending)
        rows = {each.written.row for each in pending}
        known = self._numbers or {}
        for tick in columns.ticks(found.samples, lambda name: known.get(name) or self._number(db, name)):
            tick.place(pending[-1].tick if pending else None)
            self._rounds += 1
            written = tail.Written(tail.free(rows), self._rounds)
            rows.add(written.row)
            pending.append(Pending(written, tick))
            tail.add(db, tick, written, min(each.written.round for each in pending))
        return pending

    def _begin(self, db: sqlite3.Connection, now: int) -> None:
        """Go on where the last collector stopped; nothing here grows with the size of the file."""
        self._numbers = {name: number for number, name in db.execute("SELECT id, name FROM series_node").fetchall()}
        self._pending = tuple(Pending(written, tick) for written, tick in tail.restored(db))
        (self._rounds,) = db.execute("SELECT coalesce(max(round), 0) FROM tail").fetchone()
        self._restored = self._rounds
        self._last = chunks.newest(db, now + 1)
        self._folding = Folding(self._last, chunks.periods(db, "minutes", HOUR // TEN))
        (last,) = db.execute("SELECT max(at) FROM cluster_minute WHERE at <= ?", (now * MINUTE,)).fetchone()
        self._cluster = ClusterLedger(None if last is None else last // MINUTE)

    def _number(self, db: sqlite3.Connection, name: str) -> int:
        assert self._numbers is not None
        number = self._numbers.get(name) or self._new.get(name)
        if number is None:
            written = name.encode("utf-8", "replace").decode()  # half a character, as a path may have, is no text
            db.execute("INSERT OR IGNORE INTO series_node (name) VALUES (?)", (written,))
            row = db.execute("SELECT id FROM series_node WHERE name = ?", (written,)).fetchone()
            number = self._new[name] = int(row[0])
        return number

    def _due(self, at: float) -> list[tuple[float, int]]:
        """The nodes whose turn it is, in the order of their numbers, with how far along each is among all."""
        order = sorted({*(self._numbers or {}).values(), *self._new.values()})
        minute, within = int(at // MINUTE), at % MINUTE
        done = self._turn[1] if self._turn[0] == minute else 0
        target = round(len(order) * min(1.0, max(0.0, (within - _GRACE) / _LASTS)))
        turns = set(range(done, target))
        if self._turn[0] != minute:
            turns.update(range(self._turn[1], len(order)))  # those who had none in the last minute
        self._next_turn = (minute, max(done, target))
        return [(place / len(order), order[place]) for place in sorted(turns)]

    def _settle(self, db: sqlite3.Connection, node: int, rank: float, now: int, pending: list[Pending]) -> None:
        samples: dict[int, list[Column]] = {}
        for minute, (parts, taken) in over_before(pending, now, node).items():
            samples[minute] = chunks.gathered(parts)
            self._settled += [(each, node) for each in taken]
        self._folding.settle(db, node, rank, now, samples)
