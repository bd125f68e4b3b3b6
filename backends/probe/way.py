"""How it stands with one node, told as `NodeLink` whenever it changes and after each try."""

from collections.abc import Sequence

from backends.ports import Clock, Sink
from backends.record import Trouble
from backends.records import AnyRecord, LinkState, NodeLink


class Way:
    """The way to one node, of one source."""

    def __init__(self, node: str, source: str, clock: Clock, sink: Sink) -> None:
        self._node = node
        self._source = source
        self._clock = clock
        self._sink = sink
        self._state: LinkState | None = None
        self._since = 0.0
        self._began = 0.0
        """The same on the monotonic clock: that is not set."""

    def tell(self, state: LinkState, trouble: Trouble | None = None, pause: float | None = None) -> None:
        """Say how it is, and in how many seconds it will be tried again."""
        self._sink([self.record(state, trouble, pause)])

    def deliver(self, batch: Sequence[AnyRecord]) -> None:
        """Pass on what the probe said, for which the way must be up."""
        if self._state is LinkState.UP:
            self._sink(batch)
        else:
            self._sink([self.record(LinkState.UP), *batch])

    def lasted(self) -> float:
        """Seconds for which it has been up; 0 where it is not."""
        return self._clock.mono() - self._began if self._state is LinkState.UP else 0.0

    def record(self, state: LinkState, trouble: Trouble | None = None, pause: float | None = None) -> NodeLink:
        """Take a state, and return what `tell` would say of it, for a batch of many nodes."""
        at, mono = self._clock.wall(), self._clock.mono()
        if state is not self._state:
            self._state, self._since, self._began = state, at, mono
        next_try = None if pause is None else at + pause * self._clock.speed
        return NodeLink(self._node, at, mono, self._source, state, self._since, trouble, next_try)
