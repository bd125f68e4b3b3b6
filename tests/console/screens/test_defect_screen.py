"""The screen after a defect: what happened, where the scrubbed file is, and how to go on."""

from pathlib import Path

import pytest
from textual.widgets import Static

from console.screens.defect import Defect, Told
from themes.palettes import PALETTES


def text(app: Defect) -> str:
    return str(app.screen.query_one("#said", Static).render())


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_it_says_where_the_file_is_and_goes_on_or_quits(size: tuple[int, int]) -> None:
    for key, goes_on in (("r", True), ("q", False)):
        app = Defect(Told("ZeroDivisionError", Path("/state/crash-1.txt")), PALETTES["dark"])
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            said = text(app)
            assert "ZeroDivisionError" in said
            assert "/state/crash-1.txt" in said
            assert "doctor --bundle" in said
            last = max(line for line in range(size[1]) if "quit" in _line(app, line))
            assert last < size[1], "the keys are in sight"
            await pilot.press("x", key)
        assert app.return_value is goes_on


async def test_a_hostile_name_and_no_file() -> None:
    app = Defect(Told("[bold]X\x1b[31m", None), PALETTES["mono"])
    async with app.run_test(size=(60, 15)) as pilot:
        await pilot.pause()
        assert "[bold]X" in text(app)
        assert "\x1b" not in text(app)
        assert "could not be written" in text(app)


def _line(app: Defect, line: int) -> str:
    return "".join(segment.text for segment in app.screen._compositor.render_strips()[line])
