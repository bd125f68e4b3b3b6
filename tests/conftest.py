"""What holds for every test: how they are shared among workers, and when a skip is a failure.

Where nothing may be skipped (``QUARTERDECK_NO_SKIP=1``), a skip fails, in whichever process it happens.
"""

import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

_ADVICE = "QUARTERDECK_NO_SKIP is set, and this was skipped: "


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice as many workers as there are processors, 4 to 16: the tests wait for other processes half of the time."""
    return min(max(2 * len(os.sched_getaffinity(0)), 4), 16)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share the tests as `shares` says, unless another way was asked for."""
    if config.getvalue("dist") != "load":
        return None
    from shares import ByShare

    config.option.loadscopereorder = False  # the order is that of the tests: see below
    return ByShare(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the longest begin first where there are workers."""
    if hasattr(config, "workerinput"):
        from shares import turn

        items.sort(key=lambda item: turn(item.nodeid))


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable(config: pytest.Config) -> Generator[None, Any, Any]:
    """Let a worker hand over whatever a test has printed."""
    data = yield
    if hasattr(config, "workerinput"):
        from shares import sayable

        return sayable(data)
    return data


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Turn the skip of a test into its failure; what is expected to fail (xfail) is no skip."""
    return _no_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """Turn the skip of a whole file into its failure."""
    return _no_skip((yield))


def _no_skip(report: Any) -> Any:
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("QUARTERDECK_NO_SKIP"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = _ADVICE + reason.removeprefix("Skipped: ")
    return report
