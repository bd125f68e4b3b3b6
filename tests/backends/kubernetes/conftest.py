"""What the tests of Kubernetes share: a stand-in API server, its kubeconfig, and sources that end with the test."""

import contextlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from kube_server import Server
from kube_store import Store
from kube_world import Running, kubeconfig


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def server(store):
    with Server(store) as running:
        yield running


@pytest.fixture
def file(server, tmp_path):
    return kubeconfig(tmp_path / "config", server.url)


@pytest.fixture
async def collect(file):
    """Start a source; see `Running`."""
    async with contextlib.AsyncExitStack() as stack:

        def start(of=file, **settings):
            running = Running(of, **settings)
            stack.push_async_callback(running.stop)
            return running

        yield start
