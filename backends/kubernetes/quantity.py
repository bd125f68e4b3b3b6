"""Kubernetes' spelling of amounts and times, and which of its resources are cards."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

Amount = str | int | float

_UNITS = {
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "E": 1e18,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
    "Pi": 2.0**50,
    "Ei": 2.0**60,
}
_MOST = 2.0**60
"""An exbibyte: no amount of anything is as large, and three of them still fit into 64 bits."""
PLAIN = "nvidia.com/gpu"
"""Whole cards of the usual make; all others are named by their kind."""


@lru_cache(4096)
def number(amount: Amount | None) -> float | None:
    """Read an amount: ``8``, ``500m``, ``1.5Gi``, ``1e3``; None where it is none, or beyond all reason."""
    if amount is None or isinstance(amount, (int, float)):
        return None if amount is None else _finite(float(amount))
    text = amount.strip()
    unit = next((text[-size:] for size in (2, 1) if text[-size:] in _UNITS), "")
    try:
        return _finite(float(text[: len(text) - len(unit)]) * _UNITS.get(unit, 1.0))
    except (ValueError, OverflowError):
        return None


def _finite(value: float) -> float | None:
    return value if abs(value) < _MOST else None


def whole(value: float) -> int:
    """Cut a sum to a whole number that fits into 64 bits."""
    return int(max(-_MOST, min(_MOST, value)))


@lru_cache(1024)
def moment(text: str | None) -> float | None:
    """Read a time of the API, ``2026-11-21T08:00:00Z`` say, as UTC in seconds; None where it is none."""
    if not text:
        return None
    try:
        told = datetime.fromisoformat(text)
        return (told if told.tzinfo is not None else told.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


@lru_cache(1024)
def is_card(resource: str) -> bool:
    """Whether a resource is cards or parts of cards; DRA claims do not appear among resources."""
    name = resource.removesuffix(".shared")
    return name in (PLAIN, "amd.com/gpu") or name.startswith(("nvidia.com/mig-", "huawei.com/Ascend"))


def kind_of(resource: str) -> str | None:
    """The scheduler's name for a kind of cards; None for whole cards of the usual make."""
    return None if resource == PLAIN else resource.removeprefix("nvidia.com/").removeprefix("huawei.com/")


def cards_in(amounts: Iterable[tuple[str, Amount]]) -> dict[str, int]:
    """Take the cards out of a list of resources."""
    return {name: int(number(amount) or 0) for name, amount in amounts if is_card(name)}
