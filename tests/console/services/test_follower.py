"""The follower while nobody listens: it has a collector started, and says who keeps one from starting."""

from pathlib import Path

import pytest

from backends.record import Trouble
from console.model.standing import Standing
from console.services import follower as module
from console.services.feed import Feed
from console.services.follower import HANGS, Follower


async def _nobody_starts() -> None:
    return None


async def test_a_collector_that_has_the_lab_and_does_not_listen_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STARTING", 0.0)
    holding: list[int | None] = [4242]
    follower = Follower(tmp_path / "lab.sock", Feed(), _nobody_starts, held=lambda: holding[0])
    await follower._seek()
    await follower._seek()
    assert follower.trouble is None, "it may be about to listen"
    monkeypatch.setattr(module, "UNANSWERED", 0.0)
    await follower._seek()
    assert (follower.standing, follower.trouble) == (Standing.SEEKING, Trouble(HANGS, "", {"pid": "4242"}))
    holding[0] = None
    await follower._seek()
    assert follower.trouble is None


async def test_what_keeps_a_collector_from_starting_stays_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse() -> None:
        raise OSError("no room")

    monkeypatch.setattr(module, "UNANSWERED", 0.0)
    follower = Follower(tmp_path / "lab.sock", Feed(), refuse)
    await follower._seek()
    await follower._seek()
    assert follower.trouble is not None
    assert follower.trouble.values == {"error": "no room"}
