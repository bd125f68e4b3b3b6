"""A person's own ways to the schedulers: opened when they are first used, in this process, and closed with it."""

import functools
from collections.abc import Callable, Mapping

from backends.ports import Access


class Accesses:
    """Gives the way to a source by the source's name."""

    def __init__(self, openers: Callable[[], Mapping[str, Callable[[], Access]]] = dict) -> None:
        """Make it; nothing is opened, and no driver imported.

        Args:
            openers: gives, by the name of the source, what opens the way to it without I/O; each is called once.
        """
        self._find = openers
        self._opened: dict[str, Access] = {}

    @functools.cached_property
    def _openers(self) -> Mapping[str, Callable[[], Access]]:
        return self._find()

    def of(self, source: str) -> Access | None:
        """The way to a source; None where a person can do nothing there."""
        found = self._opened.get(source)
        if found is None and source in self._openers:
            found = self._opened[source] = self._openers[source]()
        return found

    async def close(self) -> None:
        """Close what was opened."""
        opened, self._opened = self._opened, {}
        for access in opened.values():
            await access.close()
