"""Names of styles, and the theme made of the same colours."""

import subprocess
import sys

import pytest
from rich.style import Style
from textual.app import App

from themes.palettes import ANSI16, DARK, MONO, Palette
from widgets.styles import styles, theme


def test_names_are_joined_and_unknown_ones_add_nothing() -> None:
    look = styles(DARK)
    assert look["critical underline"] == look["critical"] + Style(underline=True)
    assert look["no such name"] == Style.null()
    assert look["critical no-such"] == look["critical"]
    assert look[""] == Style.null()
    assert "heat.11" in look
    assert "heat.12" not in look
    assert "critical bold" in look


def test_roles_leave_the_ground_alone_and_the_selection_has_its_own() -> None:
    look = styles(DARK)
    assert all(look[name].bgcolor is None for name in look.names - {"selection"})
    assert look["selection"].bgcolor is not None
    assert {"heat.0", "owner.11", "ok", "stale", "title", "key", "faint"} <= look.names
    assert not {"background", "surface"} & look.names


def test_without_colour_only_attributes_are_left() -> None:
    look = styles(MONO)
    assert look["critical"].reverse
    assert look["selection"].reverse
    assert look["dim"].dim
    assert all(style.color is None or style.color.is_default for style in (look[name] for name in look.names))


@pytest.mark.parametrize("palette", [DARK, ANSI16, MONO], ids=lambda palette: palette.name)
async def test_a_palette_becomes_a_theme_of_the_toolkit(palette: Palette) -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        app.register_theme(theme(palette))
        app.theme = theme(palette).name
        await pilot.pause()
        found = app.theme_variables
        assert {"dim", "selection-background", "simulated"} <= set(found)
        assert found["selection"] == palette.selection


def test_palettes_load_without_the_toolkit() -> None:
    code = "import sys, themes.palettes, themes.glyphs, widgets.models; print({'textual', 'rich'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
