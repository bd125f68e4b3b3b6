"""The driver as the catalogue knows it, and calls that hang."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from kube_world import World, words

from backends import catalog
from backends.commands import CancelJobs
from backends.kubernetes.threads import away
from backends.ports import Opening, Unavailable

ROOT = Path(__file__).parents[3]


def test_the_catalogue_knows_it_and_opens_it_without_io():
    driver = catalog.load("kubernetes")
    assert driver.name == "kubernetes"
    opening = Opening(World(), 2.0, {"kubeconfig": "/nowhere/config", "interval": "wrong"})
    driver.open_source(opening)
    driver.open_access(opening)


async def test_wrong_settings_are_told_by_the_first_call():
    access = catalog.load("kubernetes").open_access(Opening(World(), 2.0, {"interval": "wrong"}))
    with pytest.raises(Unavailable) as raised:
        await access.calls(CancelJobs(source="kubernetes", ids=("a/b",)))
    assert "The setting interval" in words(raised.value.trouble)
    await access.close()


def test_the_package_is_loaded_only_when_it_is_used():
    program = """
import sys
from backends import catalog
from backends.ports import Opening
driver = catalog.load("kubernetes")
driver.open_source(Opening(None, 2.0, {})), driver.open_access(Opening(None, 2.0, {}))
assert not {"kubernetes", "urllib3", "yaml"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)


async def test_a_call_that_hangs_is_left_behind():
    stuck = threading.Event()
    with pytest.raises(TimeoutError):
        await away(stuck.wait, 0.05)
    stuck.set()
    assert await away(lambda: 3, 5.0) == 3
    with pytest.raises(ZeroDivisionError):
        await away(lambda: 1 // 0, 5.0)


async def test_a_call_whose_waiter_is_cancelled_is_left_behind():
    stuck = threading.Event()
    task = asyncio.create_task(away(stuck.wait, 60.0))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    stuck.set()
