"""What the pictures share: one lab for all of them, and the hour of the viewer."""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from backends.records import AnyRecord

sys.path.insert(0, str(Path(__file__).parent))
import stage


@pytest.fixture(scope="session")
def said() -> Sequence[AnyRecord]:
    return stage.records()


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    for name in ("NO_COLOR", "COLORTERM", "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
