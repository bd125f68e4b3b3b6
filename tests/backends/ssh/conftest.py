"""What the tests of SSH share: real servers, and sources that are ended with the test."""

import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import rig as rigs  # found beside this file
from delivered import Delivered


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[rigs.Rig]:
    """A rig in the test's own folder."""
    why = rigs.missing()
    if why is not None:
        pytest.skip(why)
    with rigs.rig(tmp_path) as made:
        yield made


@pytest.fixture
async def collect() -> AsyncIterator[Callable[..., Delivered]]:
    """Start a source; see `Delivered`."""
    async with contextlib.AsyncExitStack() as stack:

        def start(*routes: object, **options: object) -> Delivered:
            running = Delivered({route.name: route for route in routes}, **options)
            stack.push_async_callback(running.stop)
            return running

        yield start
