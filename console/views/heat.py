"""What a cell of the heatmap says: one code for each state and level, and how each code looks."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from backends.records import Card, GpuSample
from console.language import N_
from console.model.judged import JudgedCard, Status
from themes.glyphs import Glyphs

LEVELS = 12
HYSTERESIS = 2.0
"""Percent by which a value must leave its level before the cell changes: noise must not repaint the screen."""

BLANK, FREE, LEVEL = 0, 1, 2
UNKNOWN, UNSUPPORTED, STALE, DOWN, LOST, BROKEN, SILENT, OK, WARNING, CRITICAL = range(LEVEL + LEVELS, 24)
OWNER = 24
LETTERS, COLOURS = 26, 8
"""An owner is drawn as the first letter of the name in one of so many colours: 208 of the 256 codes."""


class Metric(StrEnum):
    """What the cells show."""

    UTIL = "util"
    MEMORY = "mem"
    TEMPERATURE = "temp"
    POWER = "power"
    OWNER = "owner"
    HEALTH = "health"


TITLES = {
    Metric.UTIL: N_("utilisation"),
    Metric.MEMORY: N_("memory"),
    Metric.TEMPERATURE: N_("temperature"),
    Metric.POWER: N_("power"),
    Metric.OWNER: N_("owner"),
    Metric.HEALTH: N_("health"),
}

COLD, HOT = 25, 95
"""°C at the two ends of the scale."""

_FIELDS = {
    Metric.UTIL: "util",
    Metric.MEMORY: "memory_used",
    Metric.TEMPERATURE: "temperature",
    Metric.POWER: "power",
}

_BY_STATUS = {
    Status.STALE: STALE,
    Status.DOWN: DOWN,
    Status.LOST: LOST,
    Status.BROKEN: BROKEN,
    Status.SILENT: SILENT,
    Status.UNKNOWN: UNKNOWN,
}
_BY_HEALTH = {Status.OK: OK, Status.WARNING: WARNING, Status.CRITICAL: CRITICAL}


class Sign(msgspec.Struct, frozen=True):
    """How a code looks: one character, and the name of a style."""

    glyph: str
    style: str
    stands: bool = False
    """It is told by its glyph also in the dense picture, where others are told by their colour."""


def signs(glyphs: Glyphs) -> tuple[Sign, ...]:
    """How every code looks, by code."""
    bars = glyphs.levels
    levels = (Sign(bars[number * len(bars) // LEVELS], f"heat.{number}") for number in range(LEVELS))
    return (
        Sign(" ", ""),
        Sign(glyphs.free, "dim", True),
        *levels,
        Sign(glyphs.unknown, "unknown", True),
        Sign("-", "dim", True),
        Sign(glyphs.stale, "stale", True),
        Sign(glyphs.times, "critical", True),
        Sign(glyphs.lost, "critical", True),
        Sign(glyphs.broken, "critical", True),
        Sign("z", "critical", True),
        Sign(glyphs.ok, "ok"),
        Sign(glyphs.warning, "warning", True),
        Sign(glyphs.critical, "critical", True),
        *(Sign(chr(ord("A") + number // COLOURS), f"owner.{number % COLOURS}") for number in range(LETTERS * COLOURS)),
    )


def share(metric: Metric, card: Card, gpu: GpuSample) -> float | None:
    """A card's value on the scale of the metric, 0 to 100; None where it is not known."""
    match metric:
        case Metric.UTIL:
            return gpu.util
        case Metric.MEMORY:
            return 100 * gpu.memory_used / card.memory if gpu.memory_used is not None and card.memory else None
        case Metric.TEMPERATURE:
            warm = gpu.temperature
            return None if warm is None else max(0.0, min(100.0, 100 * (warm - COLD) / (HOT - COLD)))
        case Metric.POWER:
            return (
                min(100.0, 100 * gpu.power / card.power_limit) if gpu.power is not None and card.power_limit else None
            )
    return None


def level(value: float) -> int:
    """The level of a value from 0 to 100."""
    return max(0, min(LEVELS - 1, int(value * LEVELS / 100)))


_WIDTH = 100 / LEVELS
_STAYS = tuple(
    ((code - LEVEL) * _WIDTH - HYSTERESIS, (code - LEVEL + 1) * _WIDTH + HYSTERESIS)
    if LEVEL <= code < LEVEL + LEVELS
    else (1.0, 0.0)
    for code in range(256)
)
"""Between which values a cell keeps its code; none where the code is no level."""
_HEALTHY = frozenset(_BY_HEALTH)


def codes(metric: Metric, cards: Sequence[JudgedCard], before: bytes) -> bytearray:
    """The codes of the cards of one node; 4,096 cards take some milliseconds.

    Args:
        metric: what is shown.
        cards: by slot.
        before: the codes that they had, for the hysteresis; of another length where there were none.
    """
    if len(before) != len(cards):
        before = bytes(len(cards))
    if metric is not Metric.UTIL:
        return bytearray(code(metric, card, was) for card, was in zip(cards, before, strict=True))
    found = bytearray(len(cards))
    for index, card in enumerate(cards):
        was = before[index]
        low, high = _STAYS[was]
        gpu = card.gpu
        if gpu is not None and gpu.util and card.status in _HEALTHY and low <= gpu.util < high:
            found[index] = was  # so it is nearly always
        else:
            found[index] = code(metric, card, was)
    return found


def code(metric: Metric, judged: JudgedCard, before: int) -> int:
    """The code of a card.

    Args:
        metric: what is shown.
        judged: the card.
        before: the code that it had, for the hysteresis; `BLANK` where there was none.
    """
    special = _BY_STATUS.get(judged.status)
    if special is not None:
        return special
    if metric is Metric.HEALTH:
        return _BY_HEALTH[judged.status]
    if metric is Metric.OWNER:
        return owner_code(judged.owner.user if judged.owner is not None else None)
    gpu = judged.gpu
    if gpu is None:
        return UNKNOWN
    value = share(metric, judged.card, gpu)
    if value is None:
        return UNSUPPORTED if _FIELDS[metric] in judged.card.unsupported else UNKNOWN
    if metric is Metric.UTIL and value == 0 and judged.owner is None:
        return FREE
    low, high = _STAYS[before]
    return before if low <= value < high else LEVEL + level(value)


def owner_code(user: str | None) -> int:
    """The code of an owner: stable for a name, whatever else is on the screen."""
    if not user:
        return FREE
    total = 0
    for character in user:
        total = (total * 31 + ord(character)) % 1_000_003
    letter = ord(user[0].upper()) - ord("A")
    if not 0 <= letter < LETTERS:
        letter = total // COLOURS % LETTERS  # a name in another script gets one of ours
    return OWNER + letter * COLOURS + total % COLOURS
