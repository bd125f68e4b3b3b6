"""A simulated lab: what its nodes and its scheduler say at any moment follows from its shape, its origin and the time.

No clock and no I/O. Gauges and jobs are functions of the moment; counters and what is said only once (hello, facts, a
process's command line) follow from the calls so far, so that equal calls give equal bytes.
"""

from collections.abc import Mapping
from types import MappingProxyType

from backends.demo.nodes import build
from backends.demo.schedule import Schedule
from backends.demo.shape import EPOCH, Shape
from backends.demo.stories import Scene, Story, stage
from backends.demo.stream import Stream
from backends.jobs import Job


class Lab:
    """A whole lab.

    Args:
        shape: its size and seed.
        origin: UTC at which it is opened; the stories' ages are told from it.
        past: seconds before that of which it can tell; its nodes have been up for so much longer.
        brief: list jobs that ended for five minutes alone.
    """

    def __init__(self, shape: Shape, origin: float = EPOCH, past: float = 0.0, brief: bool = False) -> None:
        self.shape = shape
        self.origin = origin
        self._nodes = build(shape)
        self._scene = Scene(shape, origin, self._nodes)
        stage(self._scene)
        self.schedule = Schedule(self._scene, brief)
        self._by_name = {node.name: node for node in self._nodes}
        self._streams = {node.name: Stream(node, origin, shape.interval, past) for node in self._nodes}

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
        return self._streams[node].lines(self.schedule.at(own.index, now), now)

    def running(self, now: float) -> tuple[str, ...]:
        """Name the jobs that run; much cheaper than `jobs`, and equal as long as none starts or ends."""
        return self.schedule.running(now)

    def jobs(self, now: float, source: str | None = None) -> tuple[Job, ...]:
        """List the jobs of one scheduler, or of both, as they would: running, waiting, and ended."""
        return self.schedule.jobs(now, source)
