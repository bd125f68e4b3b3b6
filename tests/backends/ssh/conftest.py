"""What the tests of SSH share: real servers, the real clock, and what a source has delivered."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import rig as rigs


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[rigs.Rig]:
    """A rig in the test's own folder."""
    why = rigs.missing()
    if why is not None:
        pytest.skip(why)
    with rigs.rig(tmp_path) as made:
        yield made
