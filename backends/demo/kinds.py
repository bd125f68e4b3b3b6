"""The kinds of card that a simulated lab owns, with the figures of their data sheets, and how a lab mixes them."""

import msgspec

MIB = 1 << 20


class Kind(msgspec.Struct, frozen=True):
    """What all cards of one model have in common."""

    name: str
    partition: str
    memory: int
    """Bytes."""
    limit: float
    """Watts."""
    idle: float
    """Watts without work."""
    clock: int
    """MHz at most."""
    clock_idle: int
    memory_clock: int
    rise: float
    """Degrees above the air in the rack at full power."""
    links: int
    """NVLinks of a card."""
    pcie: int
    """Generation."""
    weight: float
    """Share of a mixed lab."""
    cpu: str
    cpus: int
    host_memory: int
    """Bytes."""
    fabric: int
    """Mbit/s of the node's fast network; 0 for none."""
    vendor: str = "nvidia"
    unsupported: tuple[str, ...] = ()
    """Names of `records.GpuSample` and `records.CardHealth` fields that it lacks."""


_SXM = ("fan", "retired_single", "retired_double", "retired_pending")
_NO_FABRIC = ("fabric", "fabric_status")
_ECC = ("ecc_corrected", "ecc_uncorrected", "ecc_corrected_ever", "ecc_uncorrected_ever")
_REMAP = ("remapped_corrected", "remapped_uncorrected", "remap_pending", "remap_failed")
_XEON = "Intel(R) Xeon(R) Platinum 8480+"
_EPYC = "AMD EPYC 7763 64-Core Processor"
_ROME = "AMD EPYC 7543 32-Core Processor"

H100 = Kind(
    "NVIDIA H100 80GB HBM3", "h100", 81_559 * MIB, 700.0, 72.0, 1980, 345, 2619, 40.0, 18, 5, 0.25,
    _XEON, 224, 2048 << 30, 400_000, unsupported=_SXM,
)  # fmt: skip
A100 = Kind(
    "NVIDIA A100-SXM4-80GB", "a100", 81_920 * MIB, 400.0, 58.0, 1410, 210, 1593, 36.0, 12, 4, 0.30,
    _EPYC, 256, 1024 << 30, 200_000, unsupported=_SXM + _NO_FABRIC,
)  # fmt: skip
A100_40 = Kind(
    "NVIDIA A100-SXM4-40GB", "a100-40", 40_960 * MIB, 400.0, 52.0, 1410, 210, 1215, 35.0, 12, 4, 0.15,
    _EPYC, 128, 512 << 30, 100_000, unsupported=_SXM + _NO_FABRIC,
)  # fmt: skip
L40S = Kind(
    "NVIDIA L40S", "l40s", 46_068 * MIB, 350.0, 34.0, 2520, 210, 9001, 42.0, 0, 4, 0.15,
    _ROME, 64, 512 << 30, 0, unsupported=(*_SXM, *_NO_FABRIC, "memory_temperature", "links"),
)  # fmt: skip
RTX4090 = Kind(
    "NVIDIA GeForce RTX 4090", "rtx4090", 24_564 * MIB, 450.0, 22.0, 3105, 210, 10_501, 46.0, 0, 4, 0.15,
    _ROME, 64, 256 << 30, 0,
    unsupported=(*_SXM[1:], *_NO_FABRIC, *_ECC, *_REMAP, "memory_temperature", "links"),
)  # fmt: skip
ASCEND = Kind(
    "Ascend 910B3", "npu", 65_536 * MIB, 400.0, 92.0, 1800, 1800, 1600, 30.0, 0, 4, 0.0,
    "Kunpeng 920", 192, 1024 << 30, 200_000, vendor="ascend",
    unsupported=(
        *_SXM, *_NO_FABRIC, *_ECC, *_REMAP, "memory_util", "memory_temperature", "memory_clock", "throttle", "pstate",
        "encoder", "decoder", "recovery", "pcie_generation", "pcie_width", "pcie_replays", "pcie_sent", "pcie_received",
        "throttled_power", "throttled_thermal", "throttled_brake", "links", "persistence",
    ),
)  # fmt: skip
PLAIN = Kind(
    "", "cpu", 0, 0.0, 0.0, 0, 0, 0, 0.0, 0, 0, 0.0, "AMD EPYC 9654 96-Core Processor", 384, 1536 << 30, 0,
)  # fmt: skip

KUBERNETES = frozenset({A100_40.partition, L40S.partition})
"""The partitions whose nodes belong to the simulated Kubernetes; all others are Slurm's."""

_MIX = (H100, A100, A100_40, L40S, RTX4090)
_ENOUGH_FOR_ANOTHER_VENDOR = 12


def mix(nodes: int) -> list[Kind]:
    """Choose the kind of each of `nodes` nodes that have cards, equal ones side by side."""
    chosen: list[Kind] = []
    others = 1 if nodes >= _ENOUGH_FOR_ANOTHER_VENDOR else 0
    share = 0.0
    for kind in _MIX:
        share += kind.weight
        chosen += [kind] * (round(share * (nodes - others)) - len(chosen))
    return chosen + [ASCEND] * others
