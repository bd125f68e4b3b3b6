"""How the tests are shared among workers (`make test`): by file, and what shares a costly thing stays together.

The longest shares begin first, so that no worker is left with one at the end. Which those are is a list of names, and
no measurement: where one is wrong the tests take longer, and nothing else.
"""

from typing import Any

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "tests/backends/slurm/": "slurm",
    "tests/services/slurm/": "slurm",
}
"""Folders whose tests share one thing that takes long to start: here a real Slurm, 12 to 30 s."""

LONGEST = (
    "slurm",
    "tests/console/terminal/test_pty_trouble.py",
    "tests/console/terminal/test_pty_keys.py",
    "tests/console/hostile/test_hostile_names.py",
    "tests/console/processes/test_process_collector.py",
    "tests/console/panes/test_jobs_pane.py",
    "tests/console/panes/test_nodes_pane.py",
    "tests/console/test_job_verbs.py",
    "tests/console/test_command_line.py",
    "tests/backends/demo/test_demo_lab.py",
)
"""Shares that begin first, the longest before the others."""


def share(test: str) -> str:
    """Name the share that a test belongs to: its file, or what its folder has in common with others.

    Args:
        test: as pytest names it: ``tests/folder/test_file.py::test_name``.
    """
    file = test.partition("::")[0]
    return next((name for folder, name in TOGETHER.items() if file.startswith(folder)), file)


def turn(test: str) -> int:
    """Say when the share of a test begins: 0 is first."""
    name = share(test)
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def sayable(report: Any) -> Any:
    """Make a worker's report one that it can hand over: hostile text may be no UTF-8, at which the worker would end."""
    match report:
        case str():
            return report.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {key: sayable(value) for key, value in report.items()}
        case list() | tuple():
            return type(report)(map(sayable, report))
    return report


class ByShare(LoadScopeScheduling):  # type: ignore[misc]  # xdist is known to the tests alone
    """A worker is given whole shares."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)
