"""A defect of ours ends the console in a line and a file; one in a look is said and the console lives on."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "snapshots"))
import stage

from backends.demo.shape import Shape


async def test_a_look_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    app = stage.console(await stage.lab(Shape(nodes=4, gpus=2, seed=7)), palette="dark", glyphs=stage.UNICODE)
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        main = app._main

        async def broken(turns: object) -> None:
            raise ZeroDivisionError("a test")

        monkeypatch.setattr(main.scene, "look_between", broken)
        main._look_soon()
        await pilot.pause(0.2)
        assert any("ZeroDivisionError" in span.text for spans in main.said for span in spans)
        await pilot.press("m")
        assert app.is_running
