"""Following what a job writes: finds out what there is, reads it from its end on, and says what is in the way."""

import asyncio
import logging
from collections.abc import Callable

from backends.ports import Access, Unavailable
from backends.record import Trouble
from console.language import N_
from console.services.turns import Turns

_log = logging.getLogger(__name__)
BACK = 64 << 10
"""Bytes before its end from which an output is read at first."""
MOST = 8 << 20
"""Bytes before its end from which it is read at the most."""
PIECE = 32 << 10
"""Bytes that are taken between two turns: a millisecond or two."""


class Output:
    """One output of one job at a time."""

    def __init__(self, take: Callable[[bytes], None], changed: Callable[[], None]) -> None:
        """Make it.

        Args:
            take: takes what is written.
            changed: is called when there is something else to say.
        """
        self.names: tuple[str, ...] | None = None
        """What can be followed; None before that is known."""
        self.trouble: Trouble | None = None
        self.ended = False
        """Whether it is known that nothing more comes."""
        self._take, self._changed = take, changed
        self._running: asyncio.Task[None] | None = None

    def follow(self, access: Access, job: str, name: str | None, back: int) -> None:
        """Follow an output, or the first of those that there are, from so many bytes before its end; leave the last."""
        self.close()
        self.trouble, self.ended = None, False
        self._running = asyncio.ensure_future(self._run(access, job, name, back))

    def fail(self, trouble: Trouble) -> None:
        """Say that there is no way to it."""
        self.trouble, self.ended = trouble, True

    def close(self) -> None:
        """Follow nothing any more."""
        if self._running is not None:
            self._running.cancel()

    async def _run(self, access: Access, job: str, name: str | None, back: int) -> None:
        try:
            if not self.names:  # one that has just started has none yet
                self.names = (await access.outputs(job)).names
                self._changed()
            chosen = name if name is not None else next(iter(self.names), None)
            if chosen is None:
                self.trouble = Trouble(N_("Its scheduler names no output that could be followed."))
            else:
                await self._read(access, job, chosen, back)
        except Unavailable as error:
            self.trouble = error.trouble
        except Exception as error:  # noqa: BLE001 - a defect of a driver is said on the page, which goes on
            _log.exception("an output could not be followed")
            said = {"error": f"{type(error).__name__}: {error}"}
            self.trouble = Trouble(N_("The output could not be followed ({error}); the log says more."), "", said)
        self.ended = True
        self._changed()

    async def _read(self, access: Access, job: str, name: str, back: int) -> None:
        turns = Turns()
        async for data in access.follow(job, name, back):
            for start in range(0, len(data), PIECE):
                self._take(data[start : start + PIECE])
                await turns.give()
