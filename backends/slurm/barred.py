"""A login that a person must mend is left alone, by everything that would use it: each try is a login more denied."""

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from backends.ports import Unavailable
from backends.slurm.words import Unanswered
from backends.ssh.disk import Disk
from backends.ssh.route import Route
from backends.ssh.watch import Watch

LASTING = 600.0
"""Seconds before it is tried again although nothing has changed."""


class Bar:
    """Closed after a login was denied, until a key, a known_hosts file or the ssh configuration changes."""

    def __init__(self, disk: Disk, config: Path | None, time: Callable[[], float]) -> None:
        """Make one, open.

        Args:
            disk: looks at the files.
            config: the ssh configuration, as for ``ssh -F``; None for the usual ones.
            time: a monotonic clock.
        """
        self._disk = disk
        self._config = config
        self._time = time
        self._why: Unanswered | None = None
        self._until = 0.0
        self._watch = Watch(disk, config)

    async def close(self, why: Unanswered, routes: Iterable[Route]) -> None:
        """Close it; the files are as they are now."""
        self._why, self._until = why, self._time() + LASTING
        self._watch = Watch(self._disk, self._config)
        with contextlib.suppress(Unavailable, OSError):  # of what cannot be looked at nothing changes
            await self._watch.changed(routes)

    async def check(self, routes: Iterable[Route]) -> bool:
        """Pass; returns whether it was closed before.

        Raises:
            Unanswered: it is closed, and why.
        """
        if self._why is None:
            return False
        left = self._until - self._time()
        changed = False
        with contextlib.suppress(Unavailable, OSError):
            changed = await self._watch.changed(routes)
        if left > 0 and not changed:
            raise Unanswered(self._why.trouble, lasting=True, pause=left)
        self._why = None
        return True
