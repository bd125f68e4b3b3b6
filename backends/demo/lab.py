"""A simulated lab: what its nodes and its scheduler say at any moment follows from its shape, its origin and the time.

No clock and no I/O. Gauges and jobs are functions of the moment; counters and what is said only once (hello, facts, a
process's command line) follow from the calls so far, so that equal calls give equal bytes.
"""

from collections.abc import Mapping
from types import MappingProxyType

from backends.demo.kinds import PLAIN
from backends.demo.lanes import Group, Lane
from backends.demo.nodes import Node, build
from backends.demo.people import PEOPLE, WAITING
from backends.demo.runs import HOUR, number
from backends.demo.shape import EPOCH, Shape
from backends.demo.stories import Scene, Story, keys, stage
from backends.demo.stream import Stream
from backends.jobs import Job, JobState

_TOGETHER = 4
"""Nodes at most that one job takes."""


class Lab:
    """A whole lab.

    Args:
        shape: its size and seed.
        origin: UTC at which it is opened; the stories' ages are told from it.
        past: seconds before that of which it can tell; its nodes have been up for so much longer.
    """

    def __init__(self, shape: Shape, origin: float = EPOCH, past: float = 0.0) -> None:
        self.shape = shape
        self.origin = origin
        self._nodes = build(shape)
        self._scene = Scene(shape, origin, self._nodes)
        stage(self._scene)
        self._groups = self._grouped()
        self._group_of = {node: group for group in self._groups for node, _slots in group.free}
        self._lanes: dict[int, list[Lane]] = {}
        self._staged: dict[int, list[Lane]] = {}
        for lane in self._scene.lanes:
            for node, _slots in lane.places:
                self._staged.setdefault(node, []).append(lane)
        self._by_name = {node.name: node for node in self._nodes}
        self._streams = {node.name: Stream(node, origin, shape.interval, past) for node in self._nodes}
        self._waiting = self._wait()

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of all nodes, those with cards first."""
        return tuple(self._by_name)

    @property
    def racks(self) -> Mapping[str, str]:
        """Where each node stands."""
        return MappingProxyType({node.name: node.rack for node in self._nodes})

    def stories(self) -> tuple[Story, ...]:
        """Name what is wrong in this lab: (title, node, slots)."""
        return tuple(self._scene.stories)

    def down(self) -> tuple[str, ...]:
        """Name the nodes that do not answer at all."""
        return tuple(node.name for node in self._nodes if node.down)

    def silent_since(self, node: str) -> float | None:
        """Tell the UTC after which a node says no more; None for one that goes on."""
        return self._by_name[node].silent_since

    def lines(self, node: str, now: float) -> list[bytes]:
        """Say the next lines of one node's probe, at a time that is not before that of its last call."""
        own = self._by_name[node]
        return self._streams[node].lines(self._at(own.index, now), now)

    def running(self, now: float) -> tuple[str, ...]:
        """Name the jobs that run; much cheaper than `jobs`, and equal as long as none starts or ends."""
        for group in self._groups:
            self._advance(group, now)
        return tuple(lane.run.number for group in self._groups for lane in group.lanes if lane.run is not None)

    def jobs(self, now: float) -> tuple[Job, ...]:
        """List the jobs as the scheduler would: running, waiting, and ended in the last five minutes."""
        names = self.nodes
        listed = [job for job in self._waiting if job.submitted is None or job.submitted <= now]
        for lane in self._scene.lanes:
            lane.advance(now)
            listed += lane.jobs(now, names, self._nodes[lane.places[0][0]].kind.partition)
        for group in self._groups:
            self._advance(group, now)
            partition = self._nodes[group.free[0][0]].kind.partition
            for lane in group.lanes:
                listed += lane.jobs(now, names, partition)
        return tuple(listed)

    def _at(self, node: int, now: float) -> list[Lane]:
        group = self._group_of.get(node)
        if group is not None:
            self._advance(group, now)
        for lane in self._staged.get(node, ()):
            lane.advance(now)
        return self._lanes.get(node) or self._staged.get(node, [])

    def _advance(self, group: Group, now: float) -> None:
        if not group.advance(now):
            return
        for node, _slots in group.free:
            on_it = [lane for lane in group.lanes if any(node == index for index, _own in lane.places)]
            self._lanes[node] = on_it + self._staged.get(node, [])

    def _grouped(self) -> list[Group]:
        """Put neighbours of one kind together; a node that a story changed stays by itself."""
        groups: list[list[Node]] = []
        open_group: list[Node] = []
        for node in self._nodes:
            if node.cards and len(node.busy) == len(node.cards):
                continue
            if node.busy or not node.kind.links:
                groups.append([node])
            elif open_group and open_group[0].kind is node.kind and len(open_group) < _TOGETHER:
                open_group.append(node)
            else:
                open_group = [node]
                groups.append(open_group)
        numbering = (self.shape.gpus, keys(self.shape))
        return [
            Group(
                [(node.index, tuple(card.slot for card in node.cards if card.slot not in node.busy)) for node in nodes],
                nodes[0].seed,
                numbering,
                nodes[0].kind is PLAIN,
            )
            for nodes in groups
        ]

    def _wait(self) -> list[Job]:
        """Make the jobs that wait for as long as anybody looks."""
        if not self._nodes[0].cards:
            return []
        count = keys(self.shape)
        partition = self._nodes[0].kind.partition
        jobs = []
        for index, (name, reason) in enumerate(WAITING.items()):
            person = PEOPLE[index * 3]
            submitted = self.origin - (5.1 - index) * HOUR
            jobs.append(
                Job(
                    number(submitted, count - 1 - index, count),
                    name,
                    person.user,
                    person.project,
                    partition,
                    JobState.PENDING,
                    reason,
                    self.shape.gpus * max(1, self.shape.nodes // (4 << index)),
                    submitted=submitted,
                    limit=48 * HOUR,
                    priority=9000.0 - 700 * index,
                )
            )
        return jobs
