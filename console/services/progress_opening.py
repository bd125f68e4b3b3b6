"""Makes what reads the progress of trainings, where a lab wants that and it can be done."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from backends.ports import Access, Clock, Sink
from backends.record import Trouble
from console.model.config import Config
from console.model.fleet import Fleet

if TYPE_CHECKING:
    from console.services.progress import Trainings

_log = logging.getLogger(__name__)


LOOK = 5.0
"""Seconds between looks whether a scheduler has come into the configuration."""


class Awaited:
    """Reads progress from when there is a scheduler on; before that it costs nothing."""

    def __init__(self, config: Config, accesses: Mapping[str, Callable[[], Access]], clock: Clock) -> None:
        """Make it; arguments as those of `trainings`, but that schedulers may come later."""
        self._config, self._accesses, self._clock = config, accesses, clock
        self._made: Trainings | None = None

    @property
    def troubles(self) -> Sequence[Trouble]:
        """What must be told to who follows."""
        return () if self._made is None else self._made.troubles

    async def run(self, fleet: Fleet, take: Sink) -> None:
        """Go on until cancelled."""
        while not self._accesses:  # noqa: ASYNC110 - they are looked for in a file every few seconds
            await asyncio.sleep(LOOK)
        self._made = await trainings(self._config, self._accesses, self._clock)
        if self._made is not None:
            await self._made.run(fleet, take)
        await asyncio.get_running_loop().create_future()


async def trainings(config: Config, accesses: Mapping[str, Callable[[], Access]], clock: Clock) -> "Trainings | None":
    """Return what reads progress; None where the lab does not want that, or no scheduler is there.

    Args:
        config: of the lab; its own patterns lie beside the file.
        accesses: the ways to its schedulers. They ask nobody: a login code is asked once, for the source.
        clock: its time.
    """
    if not accesses or not config.progress.read:
        return None
    from console.rules.patterns import PatternError
    from console.rules.progress.lines import Reader
    from console.rules.progress.pattern_file import PatternFileError
    from console.services.progress import Trainings
    from console.services.progress_files import Files
    from console.services.progress_patterns import folder_of, known

    try:
        found, problems = await asyncio.to_thread(known, folder_of(config.path))
        reader = Reader(found)
    except (PatternFileError, PatternError) as error:  # google-re2 is not built for every machine
        _log.warning("no progress is read: %s", error)
        return None
    for problem in problems:
        _log.error("a pattern cannot be used: %s", problem)
    return Trainings(accesses, clock, reader, Files(found.names), problems)
