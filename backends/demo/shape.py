"""How large the simulated lab is and what it is seeded with."""

from collections.abc import Mapping

import msgspec

from backends.ports import Unavailable
from backends.record import N_, Trouble

EPOCH = 1_793_491_200.0
"""2026-11-01 00:00 UTC, when the simulated lab opened its doors; job numbers count from it."""


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The size of a lab, and its seed: two labs of one shape and one origin are the same lab."""

    nodes: int = 32
    """All nodes, those without cards included: 1 to 2,048."""
    gpus: int = 8
    """Cards of each node that has any: 1 to 16."""
    seed: int = 7
    speed: float = 1.0
    """How much faster than the world the lab's clock runs; kept by the clock, not by the lab."""
    cpu_nodes: int | None = None
    """Nodes without cards; None is one in sixteen."""
    interval: float = 2.0
    """Real seconds between two ticks."""

    @property
    def plain(self) -> int:
        """How many nodes have no cards."""
        wanted = self.nodes // 16 if self.cpu_nodes is None else self.cpu_nodes
        return min(wanted, self.nodes)


_LIMITS: dict[str, tuple[float, float]] = {
    "nodes": (1, 2048),
    "gpus": (1, 16),
    "seed": (0, 2**32 - 1),
    "speed": (0.01, 10_000),
    "cpu_nodes": (0, 2048),
    "interval": (0.01, 3600),
}


def shape_of(settings: Mapping[str, object], interval: float) -> Shape:
    """Read a shape from a driver's settings.

    Raises:
        Unavailable: a setting is unknown, of the wrong kind, or out of its limits.
    """
    try:
        shape = msgspec.convert({"interval": interval, **settings}, Shape)
    except msgspec.ValidationError as error:
        raise Unavailable(
            Trouble(
                N_("the simulated lab cannot use its settings: {error}"),
                N_("allowed are nodes, gpus, seed, speed, cpu_nodes"),
                {"error": str(error)},
            )
        ) from error
    for name, (low, high) in _LIMITS.items():
        value = getattr(shape, name)
        if value is not None and not low <= value <= high:
            raise Unavailable(
                Trouble(
                    N_("{name} of the simulated lab is {value}"),
                    N_("choose a number from {low} to {high}"),
                    {"name": name, "value": str(value), "low": f"{low:g}", "high": f"{high:g}"},
                )
            )
    return shape
