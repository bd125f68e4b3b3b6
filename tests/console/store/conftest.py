"""The tests of archives share a clock that is set by hand."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from archive_room import Hand


@pytest.fixture
def clock() -> Hand:
    return Hand()
