"""Jobs that ended in the last day: what the controller still knew of them, and slices of sacct, the newest first."""

import secrets
from collections.abc import Iterable, Sequence

from backends.jobs import ENDED, Job
from backends.ports import Clock
from backends.record import Trouble
from backends.slurm.ended import arguments, ended_of
from backends.slurm.tools import Tools
from backends.slurm.words import Unanswered

DAY = 86400.0
SLICE = 7200.0
"""Seconds of the past in one call; a database of a busy day answers it within a second or two."""
STEP = 5.0
"""Seconds between two slices of the past."""
TURN = 60.0
"""Seconds between looks at what has ended lately."""
OVERLAP = 300.0
"""Seconds that a look reaches further back than the last one: slurmdbd hears of an end late, when it was down say."""
MOST = 20_000
"""Jobs kept, the latest."""


class History:
    """What has ended. A database that does not answer costs this, and nothing else."""

    def __init__(self, tools: Tools, clock: Clock) -> None:
        self._tools = tools
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._upto: float | None = None
        """UTC up to which all is known, from `_from` on."""
        self._from: float | None = None
        self.trouble: Trouble | None = None
        """Why the last look brought nothing; None where it did, or there was none yet."""

    def keep(self, jobs: Iterable[Job]) -> None:
        """Keep what the controller says of jobs that have ended: it forgets them after MinJobAge."""
        self._jobs.update((job.id, job) for job in jobs if job.state in ENDED)

    def after(self, listed: Sequence[Job], now: float) -> tuple[Job, ...]:
        """The jobs of a listing, and behind them those that have ended and are not in it.

        An array that has tasks left in the listing has only those.
        """
        self._jobs = {number: job for number, job in self._jobs.items() if (job.ended or now) >= now - DAY}
        if len(self._jobs) > MOST:
            latest = sorted(self._jobs.values(), key=lambda job: -(job.ended or now))[:MOST]
            self._jobs = {job.id: job for job in latest}
        known = {job.id for job in listed}
        return (*listed, *(job for number, job in self._jobs.items() if number not in known))

    async def turn(self) -> float:
        """Ask for one slice; returns the seconds until the next is due."""
        now = self._clock.wall()
        if self._from is None or self._upto is None:
            begin, end = now - SLICE, now
        elif self._clock.wall() - self._upto >= TURN or self._from <= now - DAY:
            begin, end = self._upto - OVERLAP, now
        else:
            begin, end = max(self._from - SLICE, now - DAY), self._from
        try:
            await self._ask(max(begin, now - DAY), end)
        except Unanswered as failure:
            self.trouble = failure.trouble
            return TURN
        self.trouble = None
        self._upto = max(self._upto or end, end)
        self._from = min(self._from or begin, begin)
        return STEP if self._from > now - DAY else TURN

    async def _ask(self, begin: float, end: float) -> None:
        nonce = secrets.token_hex(6)
        said = await self._tools.ask("sacct", *arguments(begin, end, nonce))
        for job in ended_of(said.output, nonce):
            known = self._jobs.get(job.id)
            if known is None or (job.ended or 0.0) > (known.ended or 0.0):  # the controller knew more of the same run
                self._jobs[job.id] = job
