"""What the tests of Slurm share: one real cluster, clean for each of them, and sources that end with the test."""

import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "services" / "slurm"))
sys.path.insert(0, str(Path(__file__).parents[1] / "ssh"))

import slurm_cluster
from slurm_told import Told


@pytest.fixture(scope="session")
def cluster() -> Iterator[slurm_cluster.Cluster]:
    """A real Slurm, started once: 12 to 30 s."""
    why = slurm_cluster.missing()
    if why is not None:
        pytest.skip(why)
    with slurm_cluster.cluster() as made:
        yield made


@pytest.fixture
def slurm(cluster: slurm_cluster.Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[slurm_cluster.Cluster]:
    """The real Slurm, with nothing in it, as the one that tools find."""
    monkeypatch.setenv("SLURM_CONF", cluster.env["SLURM_CONF"])
    yield cluster
    cluster.clear()


@pytest.fixture
async def told() -> AsyncIterator[Callable[..., Told]]:
    """Start a source; see `Told`."""
    async with contextlib.AsyncExitStack() as stack:

        def start(**settings: object) -> Told:
            running = Told(**settings)
            stack.push_async_callback(running.stop)
            return running

        yield start
