"""What a node of the simulated lab says rarely: its cards' facts, their health, and its file systems."""

from backends.demo.kinds import Kind
from backends.demo.nodes import Card, Node
from backends.probe.wire import CardLine, HealthLine, LinkLine, MountLine, PartLine

DRIVER = "570.124.06"
CUDA = "12.8"
_MIG_LACKS = ("util", "memory_util", "encoder", "decoder", "remapped_corrected", "remapped_uncorrected",
              "remap_pending", "remap_failed")  # fmt: skip
_NANO = 1_000_000_000
_TB = 10**12


def facts(node: Node, now: float) -> list[CardLine]:
    """Say what every card of a node is, lost ones included."""
    return [_fact(node.kind, card, now) for card in node.cards]


def bus(node: Node, now: float) -> list[str]:
    """List the addresses at which the node's bus shows a card: not those that fell off."""
    return [card.pci for card in node.cards if not lost(card, now)]


def lost(card: Card, now: float) -> bool:
    """Whether a card has fallen off the bus."""
    return card.lost and now >= card.since


def _fact(kind: Kind, card: Card, now: float) -> CardLine:
    nvidia = kind.vendor == "nvidia"
    return CardLine(
        card.pci,
        None if lost(card, now) else card.uuid,
        kind.name,
        kind.vendor,
        card.serial if kind.links else None,
        "96.00.89.00.01" if nvidia else None,
        kind.memory,
        kind.limit,
        kind.clock,
        kind.pcie,
        16,
        bool(card.parts) if kind.links else None,
        [
            PartLine(index, f"MIG-{card.uuid[4:]}-{index}", f"MIG {name}", number, 0, size)
            for index, (name, number, size) in enumerate(card.parts)
        ],
        [*kind.unsupported, *(_MIG_LACKS if card.parts else ())],
    )


class Health:
    """The slow group of one node; its traffic counters grow with the cards' work."""

    def __init__(self, node: Node, origin: float, up_for: float) -> None:
        self._node = node
        self._origin = origin
        self._sent = [(0.2 + (card.seed & 255) / 255) * up_for * 3e6 for card in node.cards]
        self._links = [LinkLine(index, True, 0, 0, 0) for index in range(node.kind.links)]
        self._nothing = HealthLine()

    def lines(self, utils: list[float], now: float, step: float) -> list[HealthLine]:
        """Say the health of every card; `utils` are percent, `step` seconds since the last time."""
        return [self._line(card, utils[card.slot], now, step) for card in self._node.cards]

    def _line(self, card: Card, util: float, now: float, step: float) -> HealthLine:
        kind = self._node.kind
        if lost(card, now) or kind.vendor != "nvidia":
            return self._nothing
        self._sent[card.slot] += max(0.0, step) * util * 11e6
        since = max(0.0, now - self._origin)
        up_for = int(since + self._node.up_for)
        ecc = None if "ecc_corrected" in kind.unsupported else 0
        rows = None if ecc is None or card.parts else 0
        sent = int(self._sent[card.slot])
        line = HealthLine(
            ecc, ecc, None if ecc is None else card.seed % 3, ecc, rows, rows,
            None if rows is None else False, None if rows is None else False, None, None, None,
            0, kind.pcie if util > 0 else 1, 16, card.seed % 4, sent, sent * 2 // 3,
            up_for * (card.seed % 60) * 1_000_000, 0, 0, 0, self._links,
            3 if kind.pcie > 4 else None, 0 if kind.pcie > 4 else None, kind.links > 0,
        )  # fmt: skip
        hurt = (card.hot or card.remap or card.worn_link is not None) and now >= card.since
        return self._hurt(card, line, since) if hurt else line

    def _hurt(self, card: Card, line: HealthLine, since: float) -> HealthLine:
        """Change what a card says by what a story did to it."""
        soft = hard = 0
        corrected, uncorrected, remapped, recovery = line.ecc_corrected, line.ecc_uncorrected, 0, 0
        links = line.links
        if card.hot:
            soft, hard = int((since + 5400) * 0.62 * _NANO), int((since + 5400) * 0.21 * _NANO)
        if card.remap:
            corrected, uncorrected, remapped, recovery = 41, 2, 1, 4
        if card.worn_link is not None:
            grown = int(since / 4)
            links = list(links)
            links[card.worn_link] = LinkLine(card.worn_link, True, 210 + grown // 3, 3 + grown // 90, 1780 + grown * 5)
        return HealthLine(
            corrected, uncorrected, corrected, uncorrected, line.remapped_corrected,
            remapped if line.remapped_uncorrected is not None else None, line.remap_pending if not remapped else True,
            line.remap_failed, None, None, None, recovery, line.pcie_generation, line.pcie_width, line.pcie_replays,
            line.pcie_sent, line.pcie_received, line.throttled_power, soft, hard, 0, links, line.fabric,
            line.fabric_status, line.persistence,
        )  # fmt: skip


def mounts(node: Node, now: float, booted: float) -> list[MountLine]:
    """Say how the node's file systems are; `booted` is the UTC at which its monotonic clock was 0."""
    slow = int(now / 60)
    local = _TB // 2
    used = int(local * (0.3 + (node.seed % 40) / 100)) + slow % 900 * 10**6
    lines = [
        MountLine("/", "/dev/sda2", "ext4", "ok", None, local, used, local - used, 31_250_000, 29_000_000, False),
        _filled("/scratch", "/dev/nvme0n1", "xfs", 7 * _TB, 0.22 + node.seed % 60 / 100, slow),
        _filled("/home", "nas01:/export/home", "nfs4", 80 * _TB, 0.71, slow),
    ]
    if node.hung_since is not None and now >= node.hung_since:
        since = node.hung_since - booted
        return [*lines, MountLine("/data", "nas02:/export/data", "nfs4", "hung", since)]
    return [*lines, _filled("/data", "nas02:/export/data", "nfs4", 640 * _TB, 0.83, slow)]


def _filled(mount: str, device: str, kind: str, size: int, share: float, slow: int) -> MountLine:
    used = int(size * share) + slow % 1440 * 20_000_000
    return MountLine(mount, device, kind, "ok", None, size, used, size - used, 2 * 10**9, 17 * 10**8, False)
