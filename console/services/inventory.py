"""What a lab is collected from, as its configuration says now; it notices when the file changes."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backends.record import Trouble
from backends.records import AnyRecord, NodeListed
from console.language import N_
from console.model import inventory
from console.model.config import Config
from console.model.configfile import ConfigError

if TYPE_CHECKING:
    from console.services.collector import Opened

EVERY = 3.0
"""Seconds between looks at the file's time."""
_REACHED = frozenset({"nodes", "groups", "ssh", "schedulers"})
"""What a collector takes over while it runs; everything else holds from its next start on."""

_log = logging.getLogger(__name__)

Stamp = tuple[int, int, int]


class Inventory:
    """The nodes of a lab, and the sources that reach them."""

    def __init__(
        self, config: Config, open_: Callable[[Config], Sequence["Opened"]], read: Callable[[], Config] | None = None
    ) -> None:
        """Make one.

        Args:
            config: what holds now.
            open_: opens the sources of a configuration.
            read: reads the file anew, raising `ConfigError`; None where there is no file to look at.
        """
        self._began = config
        """With which this process was started: what is not taken over while it runs holds from there."""
        self._config = config
        self._open = open_
        self._read = read
        self._seen = _stamp(config.path)
        self.trouble: Trouble | None = None
        """Why what the file says does not hold yet."""

    @property
    def names(self) -> Sequence[str]:
        """The nodes in their order; none where the lab lists none."""
        return [node.name for node in self._config.nodes]

    def listed(self, at: float, mono: float) -> Sequence[NodeListed]:
        """What the lab says of every node; UTC and monotonic time of now."""
        return inventory.listed(self._config, at, mono)

    def without(self, batch: Sequence[AnyRecord]) -> Sequence[AnyRecord]:
        """Leave out what a source says of the inventory, which it knows from here, and knows less of."""
        if not any(isinstance(record, NodeListed) for record in batch):
            return batch
        return [record for record in batch if not isinstance(record, NodeListed)]

    def sources(self) -> Sequence["Opened"]:
        """Open the sources."""
        return self._open(self._config)

    async def changed(self) -> None:
        """Wait until the file says something else of the nodes or of the way to them."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(EVERY)
            seen = await loop.run_in_executor(None, _stamp, self._config.path)
            if seen == self._seen or self._read is None:
                continue
            self._seen = seen
            if self._take(await loop.run_in_executor(None, self._look)):
                return

    def _look(self) -> Config | ConfigError:
        assert self._read is not None
        try:
            return self._read()
        except ConfigError as error:
            return error

    def _take(self, found: Config | ConfigError) -> bool:
        if isinstance(found, ConfigError):
            _log.error("the configuration has mistakes; the one before holds: %s", found)
            text = N_("The configuration has mistakes, and the one before holds: {problem}")
            hint = N_("quarterdeck doctor names them all.")
            self.trouble = Trouble(text, hint, {"problem": str(found.problems[0])})
            return False
        differing = [name for name in Config.__struct_fields__ if getattr(found, name) != getattr(self._began, name)]
        late = [name for name in differing if name not in _REACHED and name != "path"]
        self.trouble = None
        if late:
            text = N_("The configuration has changed; what is new in {parts} holds once the collector starts anew.")
            self.trouble = Trouble(text, N_("End quarterdeck collect and start it again."), {"parts": ", ".join(late)})
        again = any(getattr(found, name) != getattr(self._config, name) for name in _REACHED)
        self._config = found
        return again


def _stamp(path: Path | None) -> Stamp | None:
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
