"""The state of every card and node at one moment, joined from all groups; remembers what did not change since."""

from collections.abc import Mapping
from typing import NamedTuple

from backends.jobs import Job
from backends.records import (
    Card,
    CardHealth,
    CardState,
    Event,
    GpuSample,
    LinkState,
    NodeFacts,
    NodeHealth,
    NodeProcesses,
    NodeSample,
    ReaderState,
)
from console.model.fleet import Fleet, Node
from console.model.freshness import Group, stale
from console.model.judged import JudgedCard, JudgedNode, Owner, Point, Status, worst
from console.model.severity import Severity
from console.rules import health, owners
from console.rules.jobs.names import Book, Names
from console.rules.owners import Claims

_BY_STATE = {
    CardState.LOST: Status.LOST,
    CardState.BROKEN: Status.BROKEN,
    CardState.SILENT: Status.SILENT,
    CardState.UNKNOWN: Status.UNKNOWN,
}
_BY_SEVERITY = {
    Severity.OK: Status.OK,
    Severity.INFO: Status.OK,
    Severity.WARNING: Status.WARNING,
    Severity.CRITICAL: Status.CRITICAL,
}

_OK = CardState.OK
"""A member of an enumeration takes longer to find than a name: 4,096 times a look."""


class _Slow(NamedTuple):
    """What the slow groups of a node say: from which records it was made, until when it holds, and of each card."""

    facts: NodeFacts | None
    health: NodeHealth | None
    events: tuple[Event, ...]
    until: float
    cards: tuple[tuple[Card, CardHealth | None, tuple[Point, ...], Status], ...]
    """Each with what is said against it, and how it is by that alone."""


class _Owned(NamedTuple):
    """Whose the cards of a node are, and from what that was told."""

    slow: _Slow
    processes: NodeProcesses | None
    held: Claims
    owners: tuple[Owner | None, ...]
    """In the order of the cards."""
    people: tuple[Owner, ...]


class Judge:
    """Judges a fleet again and again; what does not change with every sample is kept until it does.

    4,096 cards with a new sample each take about 15 ms.
    """

    def __init__(self) -> None:
        self._slow: dict[str, _Slow] = {}
        self._owned: dict[str, _Owned] = {}
        self._jobs: tuple[tuple[Mapping[str, Job], ...], Claims] = ((), Claims())
        """The listings themselves, not what `id` says of them: a new one may lie where an old one was freed."""
        self._book = Book()
        self._names: Names | None = None
        """By which that was made."""

    def fleet(self, fleet: Fleet, mono: float, wall: float) -> list[JudgedNode]:
        """Judge every node, in the fleet's order."""
        held = self.held(fleet)
        return [self.node(node, held, mono, wall) for node in fleet.nodes.values()]

    def held(self, fleet: Fleet) -> Claims:
        """What schedulers say who holds, by the lab's own names of nodes."""
        listings = tuple(listing.by_id for listing in fleet.jobs.values())
        known, names = self._jobs[0], self._book.of(fleet.nodes.values())
        same = len(known) == len(listings) and all(one is other for one, other in zip(known, listings, strict=True))
        if not same or names is not self._names:
            self._names = names
            self._jobs = (listings, owners.claims(fleet.all_jobs(), names))
        return self._jobs[1]

    def node(self, node: Node, held: Claims, mono: float, wall: float) -> JudgedNode:
        """Judge one node and its cards."""
        old = stale(node, Group.SAMPLE, mono)
        down = node.link is not None and node.link.state is LinkState.DOWN
        points = health.of_node(node)
        slow = self._slow_of(node, wall)
        owned = self._owned_of(node, slow, held)
        sample = node.sample
        samples = sample.gpus if sample is not None else ()
        lagging = frozenset() if old or node.facts is None else health.slower(node.facts.cards, samples)
        since = sample.reader_since if sample is not None else None
        judged = []
        worst_card = Status.OK
        for number, (card, state, found, status) in enumerate(slow.cards):
            gpu = samples[number] if number < len(samples) else None
            if gpu is None or old or down or gpu.state is not _OK or card.slot in lagging or health.hot(gpu):
                if gpu is not None and not old:
                    found = (*health.of_sample(gpu, since), *found)
                    if card.slot in lagging:
                        found = (*found, health.SLOW)
                status = _card_status(gpu, found, old, down)
            if status is not worst_card:
                worst_card = _worse(worst_card, status)
            judged.append(JudgedCard(card, gpu, state, status, found, owned.owners[number]))
        status = _node_status(sample, points, old, down)
        if status in (Status.OK, Status.WARNING):
            status = max(status, worst_card, key=_RANK.index)
        return JudgedNode(node, status, points, tuple(judged), old, owned.people)

    def _slow_of(self, node: Node, wall: float) -> _Slow:
        kept = self._slow.get(node.name)
        if (
            kept is not None
            and kept.facts is node.facts
            and kept.health is node.health
            and kept.events is node.events
            and wall < kept.until
        ):
            return kept
        states = {} if node.health is None else {state.slot: state for state in node.health.cards}
        happened = health.of_events(node.events, wall)
        entries = []
        for card in node.facts.cards if node.facts is not None else ():
            state = states.get(card.slot)
            found = (*health.of_health(card, state), *(happened.get(card.pci, ()) if card.pci else ()))
            entries.append((card, state, found, _BY_SEVERITY[worst(found)]))
        until = health.until(node.events, wall)
        made = self._slow[node.name] = _Slow(node.facts, node.health, node.events, until, tuple(entries))
        return made

    def _owned_of(self, node: Node, slow: _Slow, held: Claims) -> _Owned:
        kept = self._owned.get(node.name)
        if kept is not None and kept.slow is slow and kept.processes is node.processes and kept.held is held:
            return kept
        found = [held.cards.get((node.name, entry[0].slot)) for entry in slow.cards]
        if None in found:
            told = owners.of_processes(node, held.processes)
            found = [who or told.get(entry[0].slot) for who, entry in zip(found, slow.cards, strict=True)]
        people = kept.people if kept is not None and kept.owners == tuple(found) else owners.people(found)
        made = self._owned[node.name] = _Owned(slow, node.processes, held, tuple(found), people)
        return made


def _card_status(gpu: GpuSample | None, points: tuple[Point, ...], old: bool, down: bool) -> Status:
    if down:
        return Status.DOWN
    if old:
        return Status.STALE
    if gpu is None:
        return Status.UNKNOWN
    if gpu.state is not CardState.OK:
        return _BY_STATE[gpu.state]
    return _BY_SEVERITY[worst(points)] if points else Status.OK


_RANK = (Status.OK, Status.WARNING, Status.CRITICAL)
_LIGHT = frozenset({Status.OK, Status.UNKNOWN, Status.STALE})


def _worse(one: Status, other: Status) -> Status:
    """What a node is by two of its cards: a warning, or critical; what only is not known does not count."""
    if other in _LIGHT or one is Status.CRITICAL:
        return one
    return Status.WARNING if other is Status.WARNING else Status.CRITICAL


def _node_status(sample: NodeSample | None, points: tuple[Point, ...], old: bool, down: bool) -> Status:
    if down:
        return Status.DOWN
    if old:
        return Status.STALE
    if sample is None:
        return Status.UNKNOWN
    if sample.reader is ReaderState.STALLED:
        return Status.SILENT
    return _BY_SEVERITY[worst(points)]
