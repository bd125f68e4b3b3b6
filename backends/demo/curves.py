"""How hard a job works at each moment of its life: pure functions of its age, the time and its seed."""

from collections.abc import Callable, Mapping
from math import cos, pi

Curve = Callable[[float, float, int], float]
"""(age in seconds, UTC in seconds, seed) -> percent."""

DAY = 86_400.0
_PEAK = 7 * 3600.0
"""15:00 in the lab's own zone (UTC+8), when people use what is served."""


def scatter(seed: int, step: int) -> int:
    """Give 32 bits that look random and are always the same for a seed and a step."""
    x = (seed ^ (step * 0x9E3779B1)) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    return x ^ (x >> 13)


def training(age: float, _at: float, seed: int) -> float:
    """Load, then steady; a checkpoint every 15 to 40 minutes, a validation about every hour."""
    loading = 25 + seed % 60
    if age < loading:
        return 16.0 * age / loading
    if age < loading + 40:
        return 16.0 + (age - loading) * 1.9
    if age % (900 + seed % 1500) < 10 + seed % 24:
        return 4.0
    if age % (3000 + seed % 2400) < 90:
        return 63.0
    return 93.0 + seed % 6


def data_bound(age: float, _at: float, seed: int) -> float:
    """Work as fast as the input comes: up, then starved, every 20 to 60 seconds."""
    if age < 40:
        return age / 4
    period = 20 + seed % 41
    phase = (age % period) / period
    return 34.0 + 56.0 * phase / 0.6 if phase < 0.6 else 34.0 + 14.0 * (1 - phase)


def evaluation(age: float, _at: float, seed: int) -> float:
    """Shard after shard, with a pause between two."""
    if age < 20:
        return age / 2
    shard = 240 + seed % 300
    return 9.0 if age % shard < 16 else 80.0 + seed % 11


def service(age: float, at: float, seed: int) -> float:
    """Follow the people who use it: most in the afternoon, least before dawn."""
    if age < 60:
        return 0.0
    day = (1 + cos((at - _PEAK) % DAY / DAY * 2 * pi)) / 2
    return 6.0 + 58.0 * day + scatter(seed, int(at) // 20) % 17


def notebook(_age: float, at: float, seed: int) -> float:
    """Nothing for most of the time, then somebody runs a cell."""
    draw = scatter(seed, int(at) // 150)
    return 25.0 + draw // 7 % 60 if draw % 7 == 0 else 0.0


def idle(_age: float, _at: float, _seed: int) -> float:
    """Hold the cards and do nothing."""
    return 0.0


def steady(_age: float, _at: float, _seed: int) -> float:
    """Work at the limit without a pause."""
    return 99.0


CURVES: Mapping[str, Curve] = {
    "training": training,
    "data_bound": data_bound,
    "evaluation": evaluation,
    "service": service,
    "notebook": notebook,
    "idle": idle,
    "steady": steady,
}

HOST: Mapping[str, tuple[float, float]] = {
    "training": (0.35, 0.9),
    "data_bound": (0.8, 0.6),
    "evaluation": (0.5, 0.4),
    "service": (0.25, 0.1),
    "notebook": (0.1, 0.1),
    "idle": (0.01, 0.0),
    "steady": (0.35, 0.9),
}
"""For each curve: share of its part of the node's CPUs, and of the network, at full utilisation."""
