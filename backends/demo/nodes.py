"""The nodes and cards of a simulated lab as they stand in their racks."""

from math import inf
from random import Random
from uuid import UUID

from backends.demo.kinds import MIB, PLAIN, Kind, mix
from backends.demo.shape import Shape

_RACK = 8
"""Nodes of a rack."""
_ROW = 10
"""Racks of a row."""
_BUS = (0x18, 0x2A, 0x3A, 0x5D, 0x84, 0x9A, 0xAB, 0xBA, 0x19, 0x2B, 0x3B, 0x5E, 0x85, 0x9B, 0xAC, 0xBB)
DAY = 86_400.0


class Card:
    """One card in its slot, with what a story may have done to it."""

    __slots__ = ("hot", "lost", "memory", "odd", "parts", "pci", "remap", "seed", "serial", "since", "slot", "slow",
                 "uuid", "warmth", "worn_link")  # fmt: skip

    def __init__(self, slot: int, kind: Kind, rng: Random) -> None:
        self.slot = slot
        self.seed = int(rng.random() * 0xFFFFFFFF)
        self.pci = f"0000:{sorted(_BUS)[slot]:02x}:00.0"
        name = str(UUID(int=rng.getrandbits(128), version=4))
        self.uuid = f"GPU-{name}" if kind.vendor == "nvidia" else name.replace("-", "")[:24].upper()
        self.serial = str(1_320_000_000_000 + rng.getrandbits(36))
        self.warmth = int(rng.random() * 6)
        """Degrees that its place in the air stream adds."""
        self.parts: tuple[tuple[str, int, int], ...] = ()
        """MIG: name, GPU instance and bytes of each instance."""
        self.odd = False
        """Whether any of the following is set."""
        self.since = -inf
        """UTC since when it has been lost, or hurt, or has had a stranger on it."""
        self.lost = False
        self.hot = False
        self.remap = False
        self.slow = 0.0
        """Share of its clock that it lacks."""
        self.worn_link: int | None = None
        self.memory = 0
        """Bytes held by a process that belongs to no job."""

    def __repr__(self) -> str:
        return f"Card({self.slot}, {self.pci})"


class Node:
    """One machine, with what a story may have done to it."""

    def __init__(self, name: str, index: int, kind: Kind, shape: Shape) -> None:
        rng = Random((shape.seed << 16) + index)  # noqa: S311 - a simulation, not a secret
        self.name = name
        self.index = index
        self.kind = kind
        row, place = divmod(index // _RACK, _ROW)
        self.rack = f"{chr(ord('A') + row % 26)}{place + 1:02d}"
        self.seed = int(rng.random() * 0xFFFFFFFF)
        self.ambient = 20 + (index // _RACK * 7 + shape.seed) % 6
        """Degrees of the air that enters the rack."""
        self.up_for = (25 + 60 * rng.random()) * DAY
        """Seconds that it had been up when the lab was opened."""
        self.boot = str(UUID(int=rng.getrandbits(128), version=4))
        self.cards = tuple(Card(slot, kind, rng) for slot in range(shape.gpus if kind is not PLAIN else 0))
        self.busy: set[int] = set()
        """Slots that a story holds."""
        self.staged = False
        self.silent_since: float | None = None
        """UTC of its last sample."""
        self.down = False
        """Whether it does not even answer on the network."""
        self.stalled_since: float | None = None
        """UTC since when its driver does not answer."""
        self.hung_since: float | None = None
        """UTC since when its network file system hangs."""

    def __repr__(self) -> str:
        return f"Node({self.name})"


def split(card: Card, layout: int) -> None:
    """Cut a card into MIG instances: two large ones or seven small ones."""
    names = (("3g.40gb", 1, 40_192 * MIB), ("4g.40gb", 2, 40_192 * MIB))
    small = tuple(("1g.10gb", 7 + index, 9_728 * MIB) for index in range(7))
    card.parts = names if layout % 2 else small


def build(shape: Shape) -> list[Node]:
    """Build every node of a shape, those with cards first, named ``gpu-01`` and ``cpu-01`` on."""
    plain = shape.plain
    width = max(2, len(str(shape.nodes)))
    kinds = mix(shape.nodes - plain)
    nodes = [Node(f"gpu-{at + 1:0{width}d}", at, kind, shape) for at, kind in enumerate(kinds)]
    first = len(nodes)
    return nodes + [Node(f"cpu-{at + 1:0{width}d}", first + at, PLAIN, shape) for at in range(plain)]
