"""The state of every card and node at one moment, joined from all groups; remembers what did not change since."""

from collections.abc import Iterable, Mapping

from backends.records import CardState, GpuSample, Jobs, LinkState, NodeSample, ReaderState
from console.model.fleet import Fleet, Node
from console.model.freshness import Group, stale
from console.model.judged import JudgedCard, JudgedNode, Owner, Place, Point, Status, worst
from console.model.severity import Severity
from console.rules import health, owners

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


_Slow = tuple[tuple[Point, ...], ...]


class Judge:
    """Judges a fleet again and again; what depends only on slow groups is kept until they change."""

    def __init__(self) -> None:
        self._slow: dict[str, tuple[Node, float, _Slow]] = {}
        self._processes: dict[str, tuple[object, Mapping[int, Owner]]] = {}
        self._jobs: tuple[tuple[Jobs, ...], Mapping[Place, Owner]] = ((), {})
        """The listings themselves, not what `id` says of them: a new one may lie where an old one was freed."""

    def fleet(self, fleet: Fleet, mono: float, wall: float) -> list[JudgedNode]:
        """Judge every node, in the fleet's order."""
        held = self.held(fleet)
        return [self.node(node, held, mono, wall) for node in fleet.nodes.values()]

    def held(self, fleet: Fleet) -> Mapping[Place, Owner]:
        """The owners that schedulers name."""
        listings = tuple(fleet.jobs.values())
        known = self._jobs[0]
        if len(known) != len(listings) or any(one is not other for one, other in zip(known, listings, strict=True)):
            self._jobs = (listings, owners.of_jobs(fleet.all_jobs()))
        return self._jobs[1]

    def node(self, node: Node, held: Mapping[Place, Owner], mono: float, wall: float) -> JudgedNode:
        """Judge one node and its cards."""
        old = stale(node, Group.SAMPLE, mono)
        down = node.link is not None and node.link.state is LinkState.DOWN
        points = health.of_node(node)
        cards = node.facts.cards if node.facts is not None else ()
        samples = node.sample.gpus if node.sample is not None else ()
        by_process = self._by_process(node)
        slow_points = self._slow_points(node, wall)
        states = {} if node.health is None else {state.slot: state for state in node.health.cards}
        lagging = health.slower(zip(cards, samples, strict=False)) if not old else frozenset()
        since = node.sample.reader_since if node.sample is not None else None
        judged = []
        for number, card in enumerate(cards):
            gpu = samples[number] if number < len(samples) else None
            found = slow_points[number]
            if gpu is not None and not old:
                found = (*health.of_sample(gpu, since), *found)
                if card.slot in lagging:
                    found = (*found, health.SLOW)
            status = _card_status(gpu, found, old, down)
            owner = held.get((node.name, card.slot)) or by_process.get(card.slot)
            judged.append(JudgedCard(card, gpu, states.get(card.slot), status, found, owner))
        status = _node_status(node.sample, points, old, down)
        if status in (Status.OK, Status.WARNING):
            status = max(status, _worst(judged), key=_RANK.index)
        return JudgedNode(node, status, points, tuple(judged), old)

    def _by_process(self, node: Node) -> Mapping[int, Owner]:
        kept = self._processes.get(node.name)
        if kept is None or kept[0] is not node.processes:
            kept = self._processes[node.name] = (node.processes, owners.of_processes(node))
        return kept[1]

    def _slow_points(self, node: Node, wall: float) -> _Slow:
        kept = self._slow.get(node.name)
        if kept is not None:
            then, until, points = kept
            if then.facts is node.facts and then.health is node.health and then.events is node.events and wall < until:
                return points
        cards = node.facts.cards if node.facts is not None else ()
        states = {} if node.health is None else {state.slot: state for state in node.health.cards}
        happened = health.of_events(node.events, wall)
        found = tuple(
            (*health.of_health(card, states.get(card.slot)), *(happened.get(card.pci, ()) if card.pci else ()))
            for card in cards
        )
        self._slow[node.name] = (node, health.until(node.events, wall), found)
        return found


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


def _worst(cards: Iterable[JudgedCard]) -> Status:
    found = {card.status for card in cards} - _LIGHT
    if not found:
        return Status.OK
    return Status.WARNING if found == {Status.WARNING} else Status.CRITICAL


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
