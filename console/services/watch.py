"""Watches what holds of every card, node and job, and has it written down from when to when."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence

import msgspec

from backends.jobs import Job
from backends.records import CardState, LinkState, ReaderState
from console.model.config import Retention
from console.model.fleet import Node
from console.model.freshness import Group, stale
from console.model.history import Kind
from console.model.intervals import Held, Key, Seen
from console.model.judged import Owner, Place
from console.rules import holding, owners
from console.rules.intervals import JOBS, Intervals
from console.rules.jobs.names import Book, Names
from console.rules.judge import Judge
from console.rules.owners import Claims
from console.rules.usage import Meter
from console.store import spans, usage
from console.store.ledger import Round

TURNS = 30
"""A node is judged at least every so many rounds: once a minute. What is urgent is seen in every round."""
EACH = 16
"""A round judges no fewer nodes than that: a small lab is judged as a whole each time."""

_Sign = tuple[LinkState | None, ReaderState | None, bool, tuple[CardState, ...] | None]
"""What must not wait for a node's turn: its link, its reader, whether it is stale, and its cards unless all answer."""
_FRESH = 4.0
"""Seconds for which no sample is asked whether it is stale: two of the usual intervals."""


class _Jobs(msgspec.Struct, frozen=True):
    """A listing, and who holds what by it."""

    listed: Sequence[Job] = ()
    by_id: Mapping[str, Job] = {}
    held: Claims = Claims()
    names: Names | None = None
    """What the nodes of the lab were called when that was told."""


class _Found(msgspec.Struct, frozen=True):
    """What a round was like, for the next one to compare with."""

    signs: Mapping[str, _Sign] = {}
    frames: Mapping[str, holding.Frame] = {}
    jobs: _Jobs | None = None
    """None until a listing came."""


class Watch:
    """The ledger of everything that holds from one time to another."""

    def __init__(self, speed: float = 1.0) -> None:
        """Make one for a lab whose clock runs so fast."""
        self._speed = speed
        self._intervals: Intervals | None = None
        """None until the first round reads what held when somebody last looked."""
        self._judge = Judge()
        self._book = Book()
        self._meter = Meter(speed)
        self._counted: float | None = None
        self._counting = False
        self._writer = spans.Writer()
        self._last = self._now = _Found()
        self._round = 0
        self._unwritten = False

    def write(self, db: sqlite3.Connection, found: Round) -> None:
        """Write what this round changes, and that it was."""
        if self._unwritten:
            self._writer.forget_numbers()
        self._unwritten = True
        intervals = self._intervals = self._intervals or self._recalled(db)
        at = intervals.begin(found.at)
        jobs = self._listing(intervals, found, at)
        signs, frames = dict(self._last.signs), dict(self._last.frames)
        for node in self._due(found, signs, jobs):
            known = frames.get(node.name)
            if known is None or known.facts is not node.facts:
                known = frames[node.name] = holding.frame(node.name, node.facts)
            judged = self._judge.node(_without_processes(node, jobs), jobs.held, found.mono, found.at)
            listed = bool(jobs.listed) or not _allocated(intervals.held(node.name))
            seen = holding.of_node(judged, known, found.mono, listed=listed)
            if node.facts is None:  # it has not said yet which cards it has: those it had are out of sight
                seen = Seen(seen.holds, {**dict.fromkeys(intervals.held(node.name), at), **seen.unknown})
            intervals.look(node.name, seen)
            self._meter.look(judged, at)
        intervals.missing({JOBS, *(node.name for node in found.nodes)})
        self._now = _Found(signs, frames, jobs if jobs.listed else None)
        self._writer.write(db, intervals.changes(), at)
        self._count(db, at)

    def committed(self) -> None:
        """Take the round over."""
        if self._intervals is not None:
            self._intervals.keep()
        if self._counting:
            self._meter.clear()
        self._last = self._now
        self._round += 1
        self._unwritten = False

    def _recalled(self, db: sqlite3.Connection) -> Intervals:
        scopes: dict[str, dict[Key, Held]] = {}
        for key, thing in spans.held(db):
            scopes.setdefault(JOBS if key.kind is Kind.JOB else key.name, {})[key] = thing
        return Intervals(scopes, spans.mark(db), holding.calmer, self._speed)

    def _count(self, db: sqlite3.Connection, at: float) -> None:
        """Write once a minute who used what."""
        if self._counted is None:
            self._counted = at
        self._counting = not 0.0 <= at - self._counted < 60.0
        if self._counting:
            usage.add(db, self._meter.sums())
            self._counted = at

    def prune(self, db: sqlite3.Connection, now: float, kept: Retention) -> None:
        """Remove some of what is too old."""
        spans.prune(db, now - kept.spans)
        usage.prune(db, (now - kept.five_minutes, now - kept.spans))
        self._writer.forget_numbers()  # among them may be some that went

    def settle(self, db: sqlite3.Connection) -> None:
        """Write who used what since the last minute."""
        usage.add(db, self._meter.sums())

    def forget_numbers(self) -> None:
        """Look the numbers of names up again, and count anew."""
        self._meter.clear()
        self._writer.forget_numbers()

    def oldest(self, db: sqlite3.Connection) -> float | None:
        """When the oldest that is kept was."""
        return min((at for at in (spans.oldest(db), usage.oldest(db)) if at is not None), default=None)

    def _listing(self, intervals: Intervals, found: Round, at: float) -> _Jobs:
        """Take in the jobs; no job at all may only mean that nobody has listed them yet."""
        last, listed = self._last.jobs, found.jobs
        names = self._book.of(found.nodes)
        same = last is not None and listed == last.listed
        if last is not None and same and names is last.names:
            return last
        by_id = {job.id: job for job in listed}
        if not listed:
            intervals.look(JOBS, Seen({}, dict.fromkeys(intervals.held(JOBS), at)))
        elif last is None:
            intervals.look(JOBS, Seen(dict(map(holding.of_job, by_id.values())), {}))
        elif not same:
            intervals.change(JOBS, holding.changed(by_id, last.by_id))
        return _Jobs(listed, by_id, owners.claims(by_id.values(), names), names)

    def _due(self, found: Round, signs: dict[str, _Sign], jobs: _Jobs) -> list[Node]:
        """The nodes whose turn it is, and those that look different from when they were last seen."""
        turns = min(TURNS, max(1, len(found.nodes) // EACH))
        turn = self._round % turns
        last = self._last.jobs
        touched = (
            frozenset[str]() if jobs is last else _nodes(jobs.held.cards, last.held.cards if last is not None else {})
        )
        due = []
        for number, node in enumerate(found.nodes):
            sign = _sign(node, found.mono)
            if number % turns == turn or sign != signs.get(node.name) or node.name in touched:
                signs[node.name] = sign
                due.append(node)
        return due


_ANSWERS = CardState.OK  # an enumeration's member takes 0.1 µs to find, 4,096 times a round


def _sign(node: Node, mono: float) -> _Sign:
    """See what must not wait; it costs 1 µs a node."""
    link, sample = node.link, node.sample
    state = None if link is None else link.state
    if sample is None:
        return (state, None, False, None)
    old = mono - sample.mono > _FRESH and stale(node, Group.SAMPLE, mono)
    for gpu in sample.gpus:
        if gpu.state is not _ANSWERS:
            return (state, sample.reader, old, tuple(gpu.state for gpu in sample.gpus))
    return (state, sample.reader, old, None)


def _without_processes(node: Node, jobs: _Jobs) -> Node:
    """A node whose every card is held by a job needs nobody to look for owners among its processes."""
    cards = node.facts.cards if node.facts is not None else ()
    if node.processes is None or not all((node.name, card.slot) in jobs.held.cards for card in cards):
        return node
    return msgspec.structs.replace(node, processes=None)


def _allocated(held: Mapping[Key, Held]) -> bool:
    """Whether some card of a node was held by a job."""
    return any(thing.fact.holder is not None and thing.fact.holder.allocated for thing in held.values())


def _nodes(new: Mapping[Place, Owner], old: Mapping[Place, Owner]) -> Collection[str]:
    """The nodes on which a card has another owner than before."""
    found = {place[0] for place, owner in new.items() if old.get(place) != owner}
    found.update(place[0] for place in old.keys() - new.keys())
    return found
