"""A person's own ways to the schedulers: opened when they are first used, in this process, and closed with it."""

from collections.abc import Callable, Mapping

from backends.ports import Access


class Accesses:
    """Gives the way to a source by the source's name."""

    def __init__(self, openers: Mapping[str, Callable[[], Access]]) -> None:
        """Make it; nothing is opened.

        Args:
            openers: by the name of the source; each opens without I/O, and is called once.
        """
        self._openers = openers
        self._opened: dict[str, Access] = {}

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
