"""Everything that is watched of one cluster, by kind, and what cannot be."""

from collections.abc import Callable, Mapping
from typing import Any

from backends.jobs import Service
from backends.kubernetes import kinds
from backends.kubernetes.door import Door
from backends.kubernetes.families import World
from backends.kubernetes.mirror import Mirror
from backends.kubernetes.services import missing
from backends.kubernetes.settings import Settings
from backends.record import Trouble

_MAKERS = ("jobs", "deployments", "statefulsets", "vcjobs")
_QUEUES = ("clusterqueues", "localqueues", "queues")


class Mirrors:
    """The mirrors of a cluster; objects of a kind that is not there are none."""

    def __init__(
        self, door: Door, settings: Settings, changed: Callable[[], None], pauses: tuple[float, float]
    ) -> None:
        self._door = door
        self._settings = settings
        self._changed = changed
        self._pauses = pauses
        self._by_kind: dict[str, Mirror] = {}

    def begin(self, versions: Mapping[str, str]) -> None:
        """Watch the kinds that are there and not watched yet."""
        for kind in kinds.present(versions):
            if kind.key not in self._by_kind:
                spaces = self._settings.namespaces
                mirror = Mirror(self._door, kind, versions, spaces, self._changed, self._pauses)
                self._by_kind[kind.key] = mirror
                mirror.start()

    def end(self) -> None:
        """End all threads soon."""
        for mirror in self._by_kind.values():
            mirror.end()

    def objects(self, *keys: str) -> list[Any]:
        """Everything of some kinds."""
        return [one for key in keys if key in self._by_kind for one in self._by_kind[key].objects()]

    def queues(self) -> list[Any]:
        """The queues of Kueue and Volcano."""
        return self.objects(*_QUEUES)

    def world(self, places: Mapping[tuple[str, str], int], taken: frozenset[str]) -> World:
        """Everything of which jobs are made."""
        return World(
            self.objects("pods"),
            self.objects(*_MAKERS),
            self.objects("workloads"),
            self.objects("podgroups"),
            self.objects("events"),
            places,
            taken,
        )

    @property
    def ready(self) -> bool:
        """Whether everything has been listed once, or cannot be."""
        return bool(self._by_kind) and all(mirror.told for mirror in self._by_kind.values())

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be believed: without pods nothing is known."""
        pods = self._by_kind.get("pods")
        return pods.trouble if pods is not None else None

    def lacking(self) -> list[Service]:
        """What else cannot be listed, and why: first what rights do not allow, together."""
        mirrors = [(mirror, mirror.trouble, mirror.status) for mirror in self._by_kind.values()]
        forbidden = sorted(mirror.kind.title for mirror, trouble, status in mirrors if trouble and status == 403)
        others = [
            Service(mirror.kind.title, None, None, trouble=trouble)
            for mirror, trouble, status in mirrors
            if trouble is not None and status != 403
        ]
        return [*([missing(forbidden)] if forbidden else []), *others]
