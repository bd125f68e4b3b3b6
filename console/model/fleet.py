"""The fleet: the newest of every record, in memory; the same in the collector and in everyone who follows it."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import msgspec

from backends.jobs import Job, Jobs, JobUses, Policy, Progresses, Queues, Services
from backends.records import (
    AnyRecord,
    Event,
    LinkState,
    NodeFacts,
    NodeHealth,
    NodeLink,
    NodeListed,
    NodeMounts,
    NodeProcesses,
    NodeSample,
    SourceStatus,
)

SAME_WITHIN = 3.0
"""Seconds; two readings of one line of the kernel log differ by the rounding of two clocks."""
PART = 256
"""Jobs in one record when all of them are told: some 60 KB, decoded in a millisecond or two."""
EVENTS_KEPT = 64
"""Events remembered for each node; the file keeps more."""


class Topic(StrEnum):
    """What may have changed. A feed says that, never what."""

    NODES = "nodes"
    JOBS = "jobs"
    EVENTS = "events"
    SOURCES = "sources"
    COLLECTOR = "collector"


class Node(msgspec.Struct, frozen=True, gc=False):
    """All that is known of one node, each group with the time at which it was seen."""

    name: str
    facts: NodeFacts | None = None
    sample: NodeSample | None = None
    health: NodeHealth | None = None
    processes: NodeProcesses | None = None
    mounts: NodeMounts | None = None
    link: NodeLink | None = None
    events: tuple[Event, ...] = ()
    """Oldest first."""
    listed: NodeListed | None = None
    """What the inventory says of it; None where it came from elsewhere."""


class Listing(msgspec.Struct, frozen=True, gc=False):
    """The jobs of one scheduler as they were last listed."""

    source: str
    at: float
    mono: float
    by_id: dict[str, Job] = {}
    """Never changed: another listing that says the same has the very same one."""
    interval: float | None = None

    def after(self, records: Sequence[Jobs]) -> "Listing":
        """The listing after records of its source, of which there is one at least."""
        by_id, own = self.by_id, False
        for record in records:
            if record.whole:
                by_id, own = {}, True
            elif not own and (record.jobs or record.gone):
                by_id, own = dict(by_id), True
            by_id.update((job.id, job) for job in record.jobs)
            for number in record.gone:
                by_id.pop(number, None)
        last = records[-1]
        return Listing(last.source, last.at, last.mono, by_id, last.interval)

    def records(self) -> list[Jobs]:
        """Say it as records, each short enough to be taken between two keys."""
        jobs = list(self.by_id.values())
        parts = [tuple(jobs[start : start + PART]) for start in range(0, len(jobs), PART)] or [()]
        return [
            Jobs(self.source, self.at, self.mono, part, (), number == 0, self.interval)
            for number, part in enumerate(parts)
        ]


def difference(old: Listing | None, new: Jobs) -> list[Jobs]:
    """What must be told of a whole listing to who has the last one; jobs that are as they were are left out."""
    if old is None or not new.whole:
        return Listing(new.source, new.at, new.mono).after([new]).records() if new.whole else [new]
    known = old.by_id
    listed = {job.id: job for job in new.jobs}
    changed = [job for number, job in listed.items() if known.get(number) != job]
    gone = tuple(known.keys() - listed.keys())
    parts = [tuple(changed[start : start + PART]) for start in range(0, len(changed), PART)] or [()]
    return [
        Jobs(new.source, new.at, new.mono, part, () if number else gone, False, new.interval)
        for number, part in enumerate(parts)
    ]


class Fleet:
    """Nodes by name in inventory order; what schedulers say, by source; sources by name."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.jobs: dict[str, Listing] = {}
        self.queues: dict[str, Queues] = {}
        self.policies: dict[str, Policy] = {}
        self.services: dict[str, Services] = {}
        self.uses: dict[str, JobUses] = {}
        self.progress: dict[str, Progresses] = {}
        self.sources: dict[str, SourceStatus] = {}
        self._early: dict[str, tuple[Event, ...]] = {}
        """Events of nodes that are not known yet: what was written down long ago must not order the list of nodes."""

    def apply(self, records: Iterable[AnyRecord]) -> set[Topic]:
        """Take records in; return the topics that they touch."""
        topics: set[Topic] = set()
        listed: dict[str, list[Jobs]] = {}
        for record in records:
            match record:
                case Jobs():
                    listed.setdefault(record.source, []).append(record)
                    topics.add(Topic.JOBS)
                case Queues() | Policy() | Services() | JobUses() | Progresses():
                    self._schedule(record)
                    topics.add(Topic.JOBS)
                case SourceStatus():
                    self.sources[record.source] = record
                    topics.add(Topic.SOURCES)
                case Event():
                    self._remember(record)
                    topics.add(Topic.EVENTS)
                case _:
                    node = self.nodes.get(record.node)
                    if node is None:
                        node = Node(record.node, events=self._early.pop(record.node, ()))
                    self.nodes[record.node] = _with(node, record)
                    topics.add(Topic.NODES)
        for source, parts in listed.items():
            known = self.jobs.get(source) or Listing(source, parts[0].at, parts[0].mono)
            self.jobs[source] = known.after(parts)
        return topics

    def answers(self) -> bool:
        """Whether no source failed, and each that reaches nodes reaches one at least."""
        up: dict[str, bool] = {}
        for node in self.nodes.values():
            if node.link is not None:
                up[node.link.source] = up.get(node.link.source, False) or node.link.state is not LinkState.DOWN
        return all(up.values()) and all(source.trouble is None for source in self.sources.values())

    def records(self) -> list[AnyRecord]:
        """Everything, as records from which another fleet becomes equal to this one."""
        found: list[AnyRecord] = [*self.sources.values()]
        for listing in self.jobs.values():
            found.extend(listing.records())
        for kept in (self.queues, self.policies, self.services, self.uses, self.progress):
            found.extend(kept.values())
        found.extend(event for events in self._early.values() for event in events)
        for node in self.nodes.values():
            parts = (node.listed, node.facts, node.sample, node.health, node.processes, node.mounts, node.link)
            found.extend(part for part in parts if part is not None)
            found.extend(node.events)
        return found

    def all_jobs(self) -> list[Job]:
        """List the jobs of all schedulers."""
        return [job for listing in self.jobs.values() for job in listing.by_id.values()]

    def amend(self, change: Callable[[Event], Event]) -> None:
        """Put something else in the place of every event."""
        self._early = {name: tuple(map(change, events)) for name, events in self._early.items()}
        for name, node in self.nodes.items():
            events = tuple(map(change, node.events))
            if events != node.events:
                self.nodes[name] = msgspec.structs.replace(node, events=events)

    def arrange(self, names: Sequence[str]) -> bool:
        """Drop all nodes but these, and put those that are known into their order; whether that changes anything."""
        kept = {name: self.nodes[name] for name in names if name in self.nodes}
        changed = list(kept) != list(self.nodes)
        self.nodes = kept
        return changed

    def _schedule(self, record: Queues | Policy | Services | JobUses | Progresses) -> None:
        match record:
            case Queues():
                self.queues[record.source] = record
            case Policy():
                self.policies[record.source] = record
            case Services():
                self.services[record.source] = record
            case JobUses():
                self.uses[record.source] = record
            case Progresses():
                self.progress[record.source] = record

    def _remember(self, event: Event) -> None:
        node = self.nodes.get(event.node)
        if node is None:
            self._early[event.node] = _remembered(self._early.get(event.node, ()), event)
        else:
            self.nodes[event.node] = msgspec.structs.replace(node, events=_remembered(node.events, event))


def _remembered(events: tuple[Event, ...], event: Event) -> tuple[Event, ...]:
    """Events with one more at their end, unless it was told before."""
    if any(same(event, other) for other in events):
        return events
    return (*events, event)[-EVENTS_KEPT:]


def same(one: Event, other: Event) -> bool:
    """Whether two reports are of one event: a probe that starts anew reads the kernel log from its beginning."""
    return (
        one.kind == other.kind
        and one.code == other.code
        and one.pci == other.pci
        and abs(one.at - other.at) < SAME_WITHIN
    )


_OfNode = NodeFacts | NodeSample | NodeHealth | NodeProcesses | NodeMounts | NodeLink | NodeListed


def _with(node: Node, record: _OfNode) -> Node:
    match record:
        case NodeSample():
            return msgspec.structs.replace(node, sample=record)
        case NodeHealth():
            return msgspec.structs.replace(node, health=record)
        case NodeProcesses():
            return msgspec.structs.replace(node, processes=record)
        case NodeMounts():
            return msgspec.structs.replace(node, mounts=record)
        case NodeLink():
            return msgspec.structs.replace(node, link=record)
        case NodeFacts():
            return msgspec.structs.replace(node, facts=record)
        case NodeListed():
            return msgspec.structs.replace(node, listed=record)
