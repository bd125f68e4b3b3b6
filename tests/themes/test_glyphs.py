"""What the sets of signs promise."""

import pytest
from msgspec.structs import fields
from rich.cells import cell_len

from themes.glyphs import ASCII, GLYPHS, UNICODE, Glyphs

STATES = ("ok", "warning", "critical", "stale", "drained", "unknown", "unsupported")


@pytest.mark.parametrize("glyphs", GLYPHS.values(), ids=lambda glyphs: glyphs.name)
def test_states_differ_and_every_sign_is_one_cell(glyphs: Glyphs) -> None:
    assert len({getattr(glyphs, state) for state in STATES}) == len(STATES)
    for field in fields(Glyphs):
        value = getattr(glyphs, field.name)
        if field.name in ("name", "border", "unsupported") or value is None:
            continue
        assert all(cell_len(sign) == 1 for sign in value), field.name
        if field.name not in ("levels", "shades", "spark", "corners"):
            assert len(value) == 1, field.name


@pytest.mark.parametrize("glyphs", GLYPHS.values(), ids=lambda glyphs: glyphs.name)
def test_a_gap_looks_like_no_value(glyphs: Glyphs) -> None:
    assert glyphs.gap not in glyphs.spark
    assert len(set(glyphs.spark)) == len(glyphs.spark)
    assert len(set(glyphs.levels)) == len(glyphs.levels)
    assert glyphs.free not in glyphs.levels, "a free card is not one that idles"


def test_ascii_is_ascii_and_unicode_is_the_default() -> None:
    assert all((getattr(ASCII, field.name) or "").isascii() for field in fields(Glyphs))
    assert next(iter(GLYPHS.values())) is UNICODE
    assert ASCII.half is None
