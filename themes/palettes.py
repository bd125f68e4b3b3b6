"""The palettes: which colour every part of the screen has, as plain values that no toolkit is needed to read.

A colour is ``#rrggbb`` or a name of the terminal's own sixteen (``ansi_red``, ``ansi_default``). Colour never stands
alone: each state has a glyph as well (see `themes.glyphs`), so that ``mono`` loses no information.
"""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec


class Palette(msgspec.Struct, frozen=True):
    """All colours of one look. Contrast is tested: text 4.5:1 on background and surface, heat from level 1 on 3:1."""

    name: str
    dark: bool
    """Light text on a dark ground."""
    background: str
    """Behind the body."""
    surface: str
    """Behind the frame's own lines and dialogs."""
    text: str
    dim: str
    """For what is beside the point: labels, units, rules."""
    accent: str
    """For what can be pressed: keys, links, the lead of the prompt."""
    ok: str
    warning: str
    critical: str
    stale: str
    drained: str
    unknown: str
    simulated: str
    """For the mark that nothing on this screen is real."""
    selection_background: str
    selection: str
    """Text on `selection_background`."""
    heat: tuple[str, ...]
    """Twelve levels from idle to full, evenly spaced to the eye, drawn as foreground glyphs on `background`."""
    owners: tuple[str, ...]
    """Twelve colours that tell people apart; neighbours in the list differ most."""
    emphasis: tuple[tuple[str, str], ...] = ()
    """Attributes that a role carries besides its colour: (role, "bold", "dim", "reverse", "underline" or several)."""
    ansi: bool = False
    """The colours are the terminal's own; a toolkit must not turn them into RGB."""

    @property
    def roles(self) -> Mapping[str, str]:
        """Every colour of one value by its name: ``text``, ``ok``, …; the lists `heat` and `owners` are left out."""
        return MappingProxyType({name: getattr(self, name) for name in _ROLES})


_ROLES = tuple(
    name for name in Palette.__struct_fields__ if name not in {"name", "dark", "heat", "owners", "emphasis", "ansi"}
)

_ATTRIBUTES = (("critical", "bold"), ("simulated", "bold"))
"""What colour says in a coloured palette is said once more by weight where it matters most."""

_PLAIN_ATTRIBUTES = (
    ("accent", "bold"),
    ("critical", "bold reverse"),
    ("warning", "bold"),
    ("dim", "dim"),
    ("stale", "dim"),
    ("simulated", "reverse"),
    ("selection", "reverse"),
)
"""Without colour: reverse asks for a person, bold is worth a look, dim is old or beside the point."""

DARK = Palette(
    name="dark",
    dark=True,
    background="#14181f",
    surface="#1d232d",
    text="#e3e7ee",
    dim="#98a3b5",
    accent="#6cb6ff",
    ok="#6fd08c",
    warning="#f2c14e",
    critical="#ff8078",
    stale="#a4a096",
    drained="#7fc7d9",
    unknown="#c3a9ff",
    simulated="#ff9de2",
    selection_background="#2d4a73",
    selection="#ffffff",
    heat=(
        *("#5a649d", "#5274ac", "#4684b8", "#3295bf", "#11a6c1", "#13b6bb"),
        *("#1ec6b3", "#49d3a7", "#72de98", "#9ce787", "#c5ed75", "#eff166"),
    ),
    owners=(
        *("#fdaab0", "#47c496", "#9dc7fe", "#b7af41", "#e4aafe", "#ee8f63"),
        *("#36dede", "#e488be", "#9fd780", "#a39ef9", "#f5b75b", "#2ebbe8"),
    ),
    emphasis=_ATTRIBUTES,
)

LIGHT = Palette(
    name="light",
    dark=False,
    background="#fafafa",
    surface="#eceff3",
    text="#1c222b",
    dim="#566070",
    accent="#0a58b8",
    ok="#146c33",
    warning="#7d5200",
    critical="#b3161f",
    stale="#6a6455",
    drained="#0b6374",
    unknown="#6a3fb5",
    simulated="#a3177f",
    selection_background="#b9d7fb",
    selection="#0b1b30",
    heat=(
        *("#2c9ea4", "#1d92a9", "#2284ab", "#2f76a9", "#3b68a4", "#465a9d"),
        *("#4d4c93", "#4f3f88", "#50327c", "#52246d", "#50165c", "#4e054c"),
    ),
    owners=(
        *("#ad4a56", "#09684b", "#346fb8", "#605a09", "#8b54a2", "#903a03"),
        *("#0b7f7f", "#883468", "#4b7f28", "#534a9c", "#956300", "#04617c"),
    ),
    emphasis=_ATTRIBUTES,
)

HIGH_CONTRAST = Palette(
    name="high-contrast",
    dark=True,
    background="#000000",
    surface="#000000",
    text="#ffffff",
    dim="#d0d0d0",
    accent="#7fd4ff",
    ok="#5dff8f",
    warning="#ffe14d",
    critical="#ff9b94",
    stale="#c9c2b0",
    drained="#8ff0ff",
    unknown="#d9c7ff",
    simulated="#ffb3f0",
    selection_background="#ffffff",
    selection="#000000",
    heat=(
        *("#616cac", "#577cbc", "#468ec9", "#2aa0d0", "#14b2ce", "#0fc2c8"),
        *("#1bd3bf", "#3ce2b1", "#70ed9e", "#a0f689", "#cffc71", "#fdff60"),
    ),
    owners=(
        *("#fec8ca", "#41dca5", "#bedafe", "#ccc23b", "#ecc8fd", "#ffa47a"),
        *("#02f6f6", "#fe97d3", "#aced86", "#b7b5fd", "#fecf8d", "#42cffe"),
    ),
    emphasis=(*_ATTRIBUTES, ("warning", "bold"), ("accent", "bold"), ("selection", "bold")),
)

COLOUR_BLIND = Palette(
    name="colour-blind",
    dark=True,
    background="#14181f",
    surface="#1d232d",
    text="#e3e7ee",
    dim="#98a3b5",
    accent="#8ec5ff",
    ok="#4fa3e8",
    warning="#ffe08a",
    critical="#ff7a45",
    stale="#a4a096",
    drained="#9fb6c9",
    unknown="#d9b3ff",
    simulated="#ffb3dd",
    selection_background="#2d4a73",
    selection="#ffffff",
    heat=(
        *("#4868a2", "#4e74b1", "#5380bf", "#4d8fcb", "#19a5c8", "#11b7b5"),
        *("#4bc598", "#90cb74", "#cdc957", "#e9d057", "#fcd95e", "#fee6a5"),
    ),
    owners=(
        *("#5b9ddf", "#fedfb6", "#c97aaf", "#8affd8", "#c38c37", "#d1e7ff"),
        *("#32b08d", "#fed8f0", "#89c3fe", "#ebb25f", "#f19fd6", "#61d7b2"),
    ),
    emphasis=(*_ATTRIBUTES, ("warning", "bold")),
)
"""States differ in lightness and along blue and orange, the axis that red-green and blue-yellow weak eyes both keep."""

ANSI16 = Palette(
    name="ansi16",
    dark=True,
    background="ansi_black",
    surface="ansi_black",
    text="ansi_bright_white",
    dim="ansi_white",
    accent="ansi_cyan",
    ok="ansi_green",
    warning="ansi_yellow",
    critical="ansi_bright_red",
    stale="ansi_white",
    drained="ansi_cyan",
    unknown="ansi_bright_magenta",
    simulated="ansi_bright_magenta",
    selection_background="ansi_white",
    selection="ansi_black",
    heat=(
        *("ansi_white", "ansi_white", "ansi_white", "ansi_cyan", "ansi_cyan", "ansi_cyan"),
        *("ansi_green", "ansi_green", "ansi_green", "ansi_yellow", "ansi_yellow", "ansi_yellow"),
    ),
    owners=(
        *("ansi_cyan", "ansi_yellow", "ansi_green", "ansi_bright_magenta", "ansi_bright_white", "ansi_bright_red"),
        *("ansi_bright_cyan", "ansi_bright_yellow", "ansi_bright_green", "ansi_magenta", "ansi_white", "ansi_cyan"),
    ),
    emphasis=(*_ATTRIBUTES, ("warning", "bold"), ("stale", "dim")),
    ansi=True,
)
"""Sixteen colours: only four tell utilisation apart, the height of the glyph says the rest. Bright black, which some
terminals set equal to their ground, is not used."""

MONO = Palette(
    name="mono",
    dark=True,
    **dict.fromkeys(_ROLES, "ansi_default"),
    heat=("ansi_default",) * 12,
    owners=("ansi_default",) * 12,
    emphasis=_PLAIN_ATTRIBUTES,
    ansi=True,
)
"""For NO_COLOR and terminals without colour: the terminal's own two colours, and bold, dim and reverse."""

PALETTES: Mapping[str, Palette] = MappingProxyType(
    {palette.name: palette for palette in (DARK, LIGHT, HIGH_CONTRAST, COLOUR_BLIND, ANSI16, MONO)}
)
"""By name; the first is the default."""
