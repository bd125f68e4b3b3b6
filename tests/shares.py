"""How the tests are shared among workers (`make test`): by file, and what shares a costly thing stays together.

The longest shares begin first, so that no worker is left with one at the end. Which those are is a list of names, and
no measurement: where one is wrong the tests take longer, and nothing else.
"""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "tests/backends/slurm/": "slurm",
    "tests/services/slurm/": "slurm",
}
"""Folders whose tests share one thing that takes long to start: here a real Slurm, 12 to 30 s."""

LONGEST: tuple[str, ...] = ("slurm",)
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


class ByShare(LoadScopeScheduling):  # type: ignore[misc]  # xdist is known to the tests alone
    """A worker is given whole shares."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)
