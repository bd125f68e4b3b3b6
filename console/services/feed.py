"""Says *that* something changed, never what; whoever hears it looks at the fleet."""

import asyncio
from collections.abc import Callable

from console.model.fleet import Topic

SPACING = 0.25
"""Seconds between two calls at the least: nobody reads more than four pictures a second."""

Listener = Callable[[frozenset[Topic]], None]


class Feed:
    """Gathers changes and calls the listeners with all of them at once, at most every `SPACING` seconds."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._changed: set[Topic] = set()
        self._due: asyncio.TimerHandle | None = None
        self._last = float("-inf")

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call the listener from now on; returns what stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def changed(self, *topics: Topic) -> None:
        """Say that these topics changed. Call it on the event loop."""
        self._changed.update(topics)
        if self._changed and self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(max(loop.time(), self._last + SPACING), self._tell)

    def _tell(self) -> None:
        self._due = None
        self._last = asyncio.get_running_loop().time()
        topics, self._changed = frozenset(self._changed), set()
        for listener in list(self._listeners):
            listener(topics)
