"""Panes on a simulated lab whose time stands still, with a past that was never measured."""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from backends.records import AnyRecord

sys.path.insert(0, str(Path(__file__).parents[2] / "snapshots"))
import stage


@pytest.fixture(scope="session")
def lab() -> Sequence[AnyRecord]:
    """32 nodes with their troubles."""
    return stage.records()


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
