"""What holds for every test: where nothing may be skipped (``QUARTERDECK_NO_SKIP=1``), a skip is a failure."""

import os
from collections.abc import Generator
from typing import Any

import pytest

_ADVICE = "QUARTERDECK_NO_SKIP is set, and this was skipped: "


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
