"""The source ``demo``: every interval one batch of what a whole simulated lab says, through the probe's own decoder."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

import msgspec

from backends.demo.bulletin import Bulletin
from backends.demo.desk import Desk
from backends.demo.door import Door
from backends.demo.lab import Lab
from backends.demo.shape import Shape, shape_of
from backends.ports import Clock, Sink
from backends.probe.decode import Decoder
from backends.record import N_, Trouble
from backends.records import AnyRecord, LinkState, NodeFacts, NodeLink, SourceStatus

NAME = "demo"
_STRETCH = 0.01
"""Seconds of work after which the loop gets its turn; one more node is at most a tenth of it."""
_RETRY = 30.0
"""Real seconds between two tries to reach a node that is down."""
_CONNECTED = 3600.0
"""Seconds for which the other nodes are said to have been connected at the start."""


class _Moment:
    """A clock that stands still, so that all records of one tick carry one time."""

    def __init__(self, wall: float, mono: float, speed: float) -> None:
        self.speed = speed
        self._wall = wall
        self._mono = mono

    def wall(self) -> float:
        return self._wall

    def mono(self) -> float:
        return self._mono

    def set(self, wall: float, mono: float) -> None:
        """Go to another moment."""
        self._wall, self._mono = wall, mono


class _Until:
    """Another clock, which stops at a moment: that of a node's last sample."""

    def __init__(self, clock: _Moment, last: float) -> None:
        self.speed = clock.speed
        self._clock = clock
        self._last = last

    def wall(self) -> float:
        return min(self._clock.wall(), self._last)

    def mono(self) -> float:
        return self._clock.mono() - max(0.0, self._clock.wall() - self._last)


class DemoSource:
    """Delivers a simulated lab; its time is the wall of the clock that it is given, its pace the real one.

    The lab opens when the source is run or, where the settings name one, at their ``origin``.
    """

    def __init__(self, clock: Clock, interval: float, settings: Mapping[str, object]) -> None:
        self._clock = clock
        self._interval = interval
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        """Deliver one batch at once, then one each interval, on the grid of the monotonic clock.

        Raises:
            Unavailable: the settings are wrong.
        """
        settings = dict(self._settings)
        origin, door = settings.pop("origin", None), settings.pop("door", None)
        wanted = shape_of(settings, self._interval)
        shape = msgspec.structs.replace(wanted, speed=self._clock.speed)  # what the clock does is what counts
        # In a thread: 2,048 nodes take about 0.2 s to build, and the loop has others to serve.
        wall = self._clock.wall()
        opened = min(wall, origin) if isinstance(origin, float) else wall
        feed = await asyncio.to_thread(LabFeed, shape, wall, self._clock.mono(), opened)
        async with contextlib.AsyncExitStack() as stack:
            if isinstance(door, str | Path):
                await self._open_door(Path(door), feed.lab, stack)
            await self._deliver(feed, sink)

    async def _open_door(self, path: Path, lab: Lab, stack: contextlib.AsyncExitStack) -> None:
        desk = Desk(lab.schedule, self._clock.wall)
        try:
            await stack.enter_async_context(Door(path, desk.answer).open())
        except OSError as error:  # the lab goes on; whoever wants to act is told that nobody answers
            logging.getLogger(__name__).warning("the simulated lab has no door at %s: %s", path, error)

    async def _deliver(self, feed: "LabFeed", sink: Sink) -> None:
        while True:
            sink(await feed.batch(self._clock.wall(), self._clock.mono()))
            mono = self._clock.mono()
            await asyncio.sleep((mono // self._interval + 1) * self._interval - mono)


class LabFeed:
    """A lab, a decoder for each of its nodes, and what was delivered so far.

    Args:
        shape: of the lab.
        wall: UTC from which on it is asked for.
        mono: the same instant on the monotonic clock.
        origin: UTC at which it opens, which may lie after that; None opens it then.
        brief: leave out what nobody needs who fills a past: jobs that ended long ago, queues, rules, services.
    """

    def __init__(
        self, shape: Shape, wall: float, mono: float, origin: float | None = None, brief: bool = False
    ) -> None:
        self._shape = shape
        opens = wall if origin is None else origin
        self.lab = Lab(shape, opens, max(0.0, opens - wall), brief)
        self._moment = _Moment(wall, mono, shape.speed)
        self._decoders = {name: self._decoder(name) for name in self.lab.nodes}
        self._racks = self.lab.racks
        self._ticks = 0
        self._bulletin = Bulletin(self.lab, shape.interval, brief)
        self._tried = mono

    def _decoder(self, node: str) -> Decoder:
        silent = self.lab.silent_since(node)
        clock = self._moment if silent is None else _Until(self._moment, silent)
        return Decoder(node, clock, self._shape.interval)

    async def batch(self, wall: float, mono: float) -> Sequence[AnyRecord]:
        """Make the batch of one tick, giving way to the loop between slices of nodes."""
        self._moment.set(wall, mono)
        records: list[AnyRecord] = self._links(wall, mono)
        began = perf_counter()
        for node, decoder in self._decoders.items():
            for line in self.lab.lines(node, wall):
                records += decoder.feed(line)
            if perf_counter() - began > _STRETCH:
                await asyncio.sleep(0)
                began = perf_counter()
        records = [self._placed(record) if type(record) is NodeFacts else record for record in records]
        for told in self._bulletin.records(wall, mono):
            records.append(told)
            await asyncio.sleep(0)
        records.append(SourceStatus(NAME, wall, mono, since=self.lab.origin, interval=self._shape.interval))
        self._ticks += 1
        return records

    def _placed(self, facts: NodeFacts) -> NodeFacts:
        return msgspec.structs.replace(facts, rack=self._racks[facts.node])

    def _links(self, wall: float, mono: float) -> list[AnyRecord]:
        """Say how each node is reached: all of them at first, then those that are tried again."""
        down = [node for node in self.lab.down() if (self.lab.silent_since(node) or wall) <= wall]
        first = self._ticks == 0
        if not first and mono - self._tried < _RETRY:
            return []
        self._tried = mono
        return [self._link(node, node in down, wall, mono) for node in (self.lab.nodes if first else down)]

    def _link(self, node: str, is_down: bool, wall: float, mono: float) -> NodeLink:
        if not is_down:
            return NodeLink(node, wall, mono, NAME, LinkState.UP, self.lab.origin - _CONNECTED)
        trouble = Trouble(
            N_("connection to {node} timed out"),
            N_("look at its console or power; it is tried again by itself"),
            {"node": node},
        )
        since = self.lab.silent_since(node) or wall
        return NodeLink(node, wall, mono, NAME, LinkState.DOWN, since, trouble, wall + _RETRY * self._shape.speed)
