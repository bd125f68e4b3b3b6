"""What the palettes promise, computed from their values."""

import itertools
import re

import pytest

from themes.palettes import ANSI16, COLOUR_BLIND, DARK, MONO, PALETTES, Palette

XTERM = {
    "black": "#000000", "red": "#cd0000", "green": "#00cd00", "yellow": "#cdcd00",
    "blue": "#0000ee", "magenta": "#cd00cd", "cyan": "#00cdcd", "white": "#e5e5e5",
    "bright_black": "#7f7f7f", "bright_red": "#ff0000", "bright_green": "#00ff00", "bright_yellow": "#ffff00",
    "bright_blue": "#5c5cff", "bright_magenta": "#ff00ff", "bright_cyan": "#00ffff", "bright_white": "#ffffff",
}  # fmt: skip
"""The sixteen as xterm has them; a person's terminal may have others."""

TEXTS = (
    "text", "dim", "accent", "ok", "warning", "critical", "stale", "drained", "unknown", "simulated",
)  # fmt: skip
COLOURED = [palette for palette in PALETTES.values() if palette is not MONO]
RGB = [palette for palette in COLOURED if not palette.ansi]

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear light.
DEUTAN = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
TRITAN = ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900))

Triple = tuple[float, float, float]


def linear(colour: str) -> Triple:
    colour = XTERM[colour.removeprefix("ansi_")] if colour.startswith("ansi_") else colour
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return r, g, b


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        r, g, b = linear(colour)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def seen(light: Triple, matrix: tuple[Triple, Triple, Triple]) -> Triple:
    r, g, b = (max(0.0, min(1.0, sum(a * b for a, b in zip(row, light, strict=True)))) for row in matrix)
    return r, g, b


def oklab(light: Triple) -> Triple:
    r, g, b = light
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def apart(one: Triple, other: Triple) -> float:
    """Distance in OKLab; about 0.02 is just noticeable."""
    return sum((a - b) ** 2 for a, b in zip(oklab(one), oklab(other), strict=True)) ** 0.5


@pytest.mark.parametrize("palette", COLOURED, ids=lambda palette: palette.name)
def test_every_text_is_readable_on_what_it_stands_on(palette: Palette) -> None:
    poor = {
        (role, ground): round(contrast(colour, palette.roles[ground]), 2)
        for role, colour in [(role, palette.roles[role]) for role in TEXTS]
        + [(f"owner {number}", colour) for number, colour in enumerate(palette.owners)]
        for ground in ("background", "surface")
        # Owners are drawn in the body only; magenta is the one of the sixteen that xterm itself makes dark.
        if not (role.startswith("owner") and (ground == "surface" or colour == "ansi_magenta"))
        and contrast(colour, palette.roles[ground]) < 4.5
    }
    assert not poor
    assert contrast(palette.selection, palette.selection_background) >= 4.5


@pytest.mark.parametrize("palette", COLOURED, ids=lambda palette: palette.name)
def test_every_level_of_heat_stands_out_from_the_ground(palette: Palette) -> None:
    found = [contrast(colour, palette.background) for colour in palette.heat]
    assert min(found[1:]) >= 3
    assert found[0] >= 2.5


@pytest.mark.parametrize("palette", RGB, ids=lambda palette: palette.name)
def test_heat_rises_in_even_steps(palette: Palette) -> None:
    lightness = [oklab(linear(colour))[0] for colour in palette.heat]
    assert lightness == sorted(lightness, reverse=not palette.dark)
    steps = [apart(linear(one), linear(other)) for one, other in itertools.pairwise(palette.heat)]
    assert min(steps) >= 0.03
    assert max(steps) <= 2.2 * min(steps)


@pytest.mark.parametrize("matrix", [DEUTAN, TRITAN], ids=["deuteranopia", "tritanopia"])
def test_colour_blind_eyes_tell_states_and_heat_apart(matrix: tuple[Triple, Triple, Triple]) -> None:
    states = [COLOUR_BLIND.roles[role] for role in ("ok", "warning", "critical", "stale", "unknown")]
    for one, other in itertools.combinations(states, 2):
        assert apart(seen(linear(one), matrix), seen(linear(other), matrix)) > 0.06, (one, other)
    for one, other in itertools.pairwise(COLOUR_BLIND.heat):
        assert apart(seen(linear(one), matrix), seen(linear(other), matrix)) > 0.02, (one, other)


@pytest.mark.parametrize("palette", RGB, ids=lambda palette: palette.name)
def test_owners_can_be_told_apart(palette: Palette) -> None:
    assert len(set(palette.owners)) == 12
    for one, other in itertools.pairwise(palette.owners):
        assert apart(linear(one), linear(other)) > 0.1, (one, other)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_a_palette_is_complete(palette: Palette) -> None:
    assert len(palette.heat) == len(palette.owners) == 12
    for colour in [*palette.roles.values(), *palette.heat, *palette.owners]:
        known = colour == "ansi_default" or colour.removeprefix("ansi_") in XTERM
        assert re.fullmatch("#[0-9a-f]{6}", colour) if not palette.ansi else known
    assert set(dict(palette.emphasis)) <= set(palette.roles)
    assert len(palette.roles) == 14


def test_without_colour_states_differ_by_attributes_alone() -> None:
    assert set(MONO.roles.values()) == {"ansi_default"}
    emphasis = dict(MONO.emphasis)
    assert len({emphasis.get(role) for role in ("ok", "warning", "critical", "stale")}) == 4
    assert "reverse" in emphasis["selection"]


def test_the_first_is_the_default_and_names_are_their_own() -> None:
    assert next(iter(PALETTES.values())) is DARK
    assert list(PALETTES) == ["dark", "light", "high-contrast", "colour-blind", "ansi16", "mono"]
    assert "ansi_bright_black" not in ANSI16.roles.values()
