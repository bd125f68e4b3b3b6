"""The lab's colour behind the first line: as much of it as every text on it can bear."""

from collections.abc import Mapping
from types import MappingProxyType

from themes.palettes import Palette

HUES: Mapping[str, str] = MappingProxyType(
    {
        "red": "#c01c28",
        "green": "#1f8a3b",
        "yellow": "#a07800",
        "blue": "#1c5fd0",
        "magenta": "#a21caf",
        "cyan": "#0b8496",
    }
)
"""By the names that a configuration may use."""
LEAST = 4.5
"""Contrast of every text on the line, as `Palette` promises on its surface."""
_TEXTS = ("text", "dim", "accent", "ok", "warning", "critical", "stale", "drained", "unknown", "simulated")
_SHARES = tuple(share / 100 for share in range(50, 0, -2))


def tint(palette: Palette, hue: str | None) -> str | None:
    """Return the ground of the first line for a lab's colour, None where there is none to be had.

    The terminal's own sixteen cannot be mixed: there the lab's name alone tells it.
    """
    if hue is None or hue not in HUES or palette.ansi:
        return None
    for share in _SHARES:
        ground = _mixed(palette.surface, HUES[hue], share)
        if all(contrast(palette.roles[text], ground) >= LEAST for text in _TEXTS):
            return ground
    return None


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 counts it, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _mixed(one: str, other: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_parts(one), _parts(other), strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _luminance(colour: str) -> float:
    parts = (part / 255 for part in _parts(colour))
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
