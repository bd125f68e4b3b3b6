"""Files of the user's home, looked at beside the event loop: a home on NFS may hang, and the collector must not."""

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from backends.ports import Unavailable
from backends.record import N_, Trouble

PATIENCE = 5.0
"""Seconds for one look. NFS that is only slow answers within one."""

MOST = 4
"""Threads at once, those included that hang: there are never more, however long it lasts."""

FRESH = 1.0
"""Seconds for which what a look has found need not be looked at again: 512 logins at once name the same few files."""

_Found = TypeVar("_Found")


class Disk:
    """Runs short work on files in threads of its own, which do not hold up the end of the program."""

    def __init__(self, patience: float | None = None) -> None:
        self._patience = PATIENCE if patience is None else patience
        self._turns = asyncio.Semaphore(MOST)
        self._hung: set[Path] = set()

    async def look(self, path: Path, work: Callable[[], _Found]) -> _Found:
        """Return what the work does.

        Args:
            path: the file, or the folder of the files, that it looks at; one that hangs is not looked at twice at once.
            work: called in a thread; what it raises is raised here.

        Raises:
            Unavailable: it did not come back in time, or would be the next that hangs.
        """
        if path in self._hung or len(self._hung) >= MOST:
            raise _hangs(path, self._patience)
        done: asyncio.Future[_Found] | None = None
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
                done = self._begin(path, work)
                return await done
        except TimeoutError:
            if done is not None and done.cancelled():  # else the system itself said so (ETIMEDOUT), or no turn came
                self._hung.add(path)
            raise _hangs(path, self._patience) from None

    def _begin(self, path: Path, work: Callable[[], _Found]) -> "asyncio.Future[_Found]":
        loop = asyncio.get_running_loop()
        done: asyncio.Future[_Found] = loop.create_future()

        def ended(tell: Callable[[], None]) -> None:
            self._turns.release()
            self._hung.discard(path)
            if not done.done():
                tell()

        def run() -> None:
            told: Callable[[], None]
            try:
                told = functools.partial(done.set_result, work())
            except Exception as error:  # noqa: BLE001 - handed to the one who waits, whatever it is
                told = functools.partial(done.set_exception, error)
            with contextlib.suppress(RuntimeError):  # the loop has ended before a file system that hung
                loop.call_soon_threadsafe(ended, told)

        try:
            threading.Thread(target=run, name=f"looks at {path.name}", daemon=True).start()
        except RuntimeError:  # no further thread is to be had
            self._turns.release()
            raise
        return done


def _hangs(path: Path, patience: float) -> Unavailable:
    text = N_("The file system of {path} does not answer within {seconds} s.")
    hint = N_("It may be on a server that hangs: df {path}")
    return Unavailable(Trouble(text, hint, {"path": str(path), "seconds": f"{patience:g}"}))
