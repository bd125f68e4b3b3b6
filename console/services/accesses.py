"""Ways to the schedulers: opened when they are first used, in this process, and closed with it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from backends.ports import Access
from console.model.inventory import Way

Opener = Callable[[], Access]
"""Opens a way without I/O."""


class Openers(Mapping[str, Opener]):
    """What opens the ways to the schedulers that a lab has now; a way that is as it was keeps what opens it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Way, Opener]] = {}

    def take(self, ways: Sequence[Way], openers: Mapping[str, Opener]) -> None:
        """Take in the ways that there are from now on, and what opens each by the name of its source."""
        now = {way.name: (way, openers[way.name]) for way in ways if way.name in openers}
        same = {name: known for name, known in self._known.items() if name in now and now[name][0] == known[0]}
        self._known = {**now, **same}

    def __getitem__(self, source: str) -> Opener:
        return self._known[source][1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class Accesses:
    """A person's own ways: gives the one to a source by the source's name."""

    def __init__(self, openers: Callable[[], Mapping[str, Opener]] = dict) -> None:
        """Make it; nothing is opened, and no driver imported.

        Args:
            openers: gives, by the name of the source, what opens the way to it without I/O; each is called once. It is
                asked again for a source that it did not know: schedulers are added while a console is open.
        """
        self._find = openers
        self._openers: Mapping[str, Opener] = {}
        self._opened: dict[str, Access] = {}

    def of(self, source: str) -> Access | None:
        """The way to a source; None where a person can do nothing there."""
        found = self._opened.get(source)
        if found is not None:
            return found
        if source not in self._openers:
            self._openers = self._find()
        if source in self._openers:
            found = self._opened[source] = self._openers[source]()
        return found

    async def close(self) -> None:
        """Close what was opened."""
        opened, self._opened = self._opened, {}
        for access in opened.values():
            await access.close()
