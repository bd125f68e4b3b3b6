"""The lab's colour behind the first line: seen, and every text on it still read."""

import pytest

from themes.palettes import PALETTES, Palette
from themes.tints import HUES, LEAST, contrast, tint

TEXTS = ("text", "dim", "accent", "ok", "warning", "critical", "stale", "drained", "unknown", "simulated")
MIXED = [palette for palette in PALETTES.values() if not palette.ansi]


@pytest.mark.parametrize("palette", MIXED, ids=lambda palette: palette.name)
@pytest.mark.parametrize("hue", HUES)
def test_every_text_is_read_on_every_tint(palette: Palette, hue: str) -> None:
    ground = tint(palette, hue)
    assert ground is not None
    assert ground != palette.surface
    assert min(contrast(palette.roles[text], ground) for text in TEXTS) >= LEAST


@pytest.mark.parametrize("palette", MIXED, ids=lambda palette: palette.name)
def test_tints_differ(palette: Palette) -> None:
    assert len({tint(palette, hue) for hue in HUES}) == len(HUES)


def test_the_terminals_own_colours_are_not_mixed() -> None:
    assert [tint(palette, "red") for palette in PALETTES.values() if palette.ansi] == [None, None]
    assert tint(MIXED[0], None) is None
    assert tint(MIXED[0], "brown") is None
