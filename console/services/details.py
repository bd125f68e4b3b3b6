"""What only its own page shows of a job: asked by the person who looks, in the background, once, and never kept."""

import asyncio
import logging
from collections.abc import Callable

from backends.jobs import JobDetail
from backends.ports import Unavailable
from backends.record import Trouble
from console.language import N_
from console.services.accesses import Accesses

_log = logging.getLogger(__name__)


class Details:
    """Asks about one job at a time; another one drops what was known of the last."""

    def __init__(self, accesses: Accesses, changed: Callable[[], None]) -> None:
        """Make it.

        Args:
            accesses: the person's own ways.
            changed: is called when an answer came, or none.
        """
        self.answer: JobDetail | None = None
        self.trouble: Trouble | None = None
        """Why there is no answer; None where there is, or while it is waited for."""
        self._accesses, self._changed = accesses, changed
        self._about: tuple[str, str] | None = None
        self._asking: asyncio.Task[None] | None = None

    @property
    def asking(self) -> bool:
        """Whether an answer is being waited for."""
        return self._about is not None and self.answer is None and self.trouble is None

    def want(self, source: str, job: str) -> None:
        """Say which job is shown; it is asked about once. It never waits."""
        if self._about == (source, job):
            return
        self.close()
        self._about, self.answer, self.trouble = (source, job), None, None
        access = self._accesses.of(source)
        if access is None:
            text = N_(
                "Script, environment and output are read by you, not by the collector; there is no way to {source}."
            )
            self.trouble = Trouble(text, "", {"source": source})
            return
        self._asking = asyncio.ensure_future(self._fetch(source, job))

    def renew(self) -> None:
        """Ask again at the next look."""
        self._about = None

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _fetch(self, source: str, job: str) -> None:
        access = self._accesses.of(source)
        if access is None:
            return
        try:
            answer = await access.detail(job)
        except Unavailable as error:
            if self._about == (source, job):
                self.trouble = error.trouble
        except Exception as error:  # noqa: BLE001 - a defect of a driver is said on the page, which goes on
            _log.exception("a job could not be asked about")
            if self._about == (source, job):
                said = {"error": f"{type(error).__name__}: {error}"}
                self.trouble = Trouble(N_("The job could not be read ({error}); the log says more."), "", said)
        else:
            if self._about == (source, job):
                self.answer = answer
        self._changed()
