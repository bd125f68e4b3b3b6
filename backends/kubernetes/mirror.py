"""All objects of one kind that may be seen: in every namespace, or in those that rights allow."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backends.kubernetes.door import Door
from backends.kubernetes.kinds import Kind
from backends.kubernetes.watch import Watch
from backends.probe.backoff import Backoff
from backends.record import Trouble


class Mirror:
    """The watches of one kind."""

    def __init__(
        self,
        door: Door,
        kind: Kind,
        versions: Mapping[str, str],
        namespaces: Sequence[str],
        changed: Callable[[], None],
        pauses: tuple[float, float] = (1.0, 30.0),
    ) -> None:
        """Make one.

        Args:
            door: the way to the server.
            kind: of what.
            versions: of the API's groups.
            namespaces: only these; empty is all, or where that is forbidden the one of the context.
            changed: called on any thread after a change.
            pauses: the first and the longest between tries.
        """
        self.kind = kind
        self._door = door
        self._versions = dict(versions)
        self._namespaces = tuple(namespaces)
        self._changed = changed
        self._pauses = pauses
        self._lock = threading.Lock()
        self._over = False
        spaces: Sequence[str | None] = self._namespaces if kind.namespaced and self._namespaces else (None,)
        self._watches = [self._watch(space) for space in spaces]

    def start(self) -> None:
        """Begin to list and to watch."""
        for watch in self._watches:
            watch.start()

    def end(self) -> None:
        """End all threads soon."""
        with self._lock:
            self._over = True
            watches = list(self._watches)
        for watch in watches:
            watch.end()

    def objects(self) -> list[Any]:
        """Everything that is known now."""
        return [one for watch in list(self._watches) for one in watch.objects()]

    @property
    def told(self) -> bool:
        """Whether each of its watches has listed once, or cannot."""
        return all(watch.listings or watch.trouble is not None for watch in list(self._watches))

    @property
    def trouble(self) -> Trouble | None:
        """Why it is not as the server has it."""
        return next((watch.trouble for watch in list(self._watches) if watch.trouble is not None), None)

    @property
    def status(self) -> int | None:
        """Of HTTP, where the trouble has one."""
        return next((watch.status for watch in list(self._watches) if watch.trouble is not None), None)

    def _watch(self, namespace: str | None) -> Watch:
        path = self.kind.path(self._versions, namespace)
        narrow = self._narrow if namespace is None and self.kind.namespaced else lambda: False
        return Watch(self._door, self.kind, path, self._changed, forbidden=narrow, backoff=Backoff(*self._pauses))

    def _narrow(self) -> bool:
        """Go on with the namespace of the context, for all may not be seen; called on the thread of the watch."""
        space = self._door.client().namespace or "default"
        with self._lock:
            if self._over:
                return True
            watch = self._watch(space)
            self._watches = [watch]
        watch.start()
        return True
