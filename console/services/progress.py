"""Reads the progress of training jobs beside the collector, a few at a time; it asks nobody and changes nothing.

What it reads of an output is turned into numbers at once and forgotten. It has the collector's own rights: where these
do not reach an output it is tried ever more seldom, and its job has no progress.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from backends.jobs import ENDED, Job, JobState, Progresses
from backends.ports import Access, Clock, Sink, Unavailable
from backends.record import Trouble
from console.language import N_
from console.model.fleet import Fleet
from console.model.problem import Problem
from console.model.unsaved import cards
from console.rules.progress.lines import Reader
from console.services.followed import PAUSES, Followed
from console.services.progress_files import Files

EVERY = 45.0
"""Seconds between two rounds."""
FIRST = 20.0
"""Seconds before the first: by then a source has delivered which tells of progress itself."""
AT_ONCE = 4
"""Jobs that are read at one time."""
ROUND = 50
"""Jobs in one round: 3 MB of text; of 500 jobs each is read every 8 minutes or so."""
PATIENCE = 20.0
"""Seconds for one job."""

_log = logging.getLogger(__name__)

Key = tuple[str, str]
"""Source and id of a job."""


class _Turn(msgspec.Struct, frozen=True):
    """A job whose turn it is."""

    key: Key
    job: Job
    followed: Followed
    alone: bool
    """Whether no other job works in its folder or below."""


class Trainings:
    """The trainings of a lab."""

    def __init__(
        self,
        accesses: Mapping[str, Callable[[], Access]],
        clock: Clock,
        reader: Reader,
        files: Files,
        problems: Sequence[Problem] = (),
    ) -> None:
        """Make it.

        Args:
            accesses: the ways to the schedulers, by the names of their sources; each is opened once it is needed. They
                may become others at any time.
            clock: the lab's time.
            reader: reads texts.
            files: looks at the folders of jobs.
            problems: what is wrong in the lab's own patterns.
        """
        self._accesses = accesses
        self._clock = clock
        self._reader = reader
        self._files = files
        self._problems = problems
        self._open: dict[str, tuple[Callable[[], Access], Access]] = {}
        """With what each was opened: another way to the same scheduler is opened anew."""
        self._left: list[Access] = []
        """Ways that are to be closed."""
        self._closed: dict[str, tuple[float, float]] = {}
        """Of sources that cannot be opened: the monotonic time of the next try, and the pause that follows it."""
        self._followed: dict[Key, Followed] = {}
        self._told: dict[str, float] = {}
        """Monotonic time of the last record of each source, by which it is told from the source's own."""

    @property
    def troubles(self) -> Sequence[Trouble]:
        """What must be told to who follows."""
        if not self._problems:
            return ()
        text = N_("A pattern for the progress of trainings cannot be used, nor its file: {problem}")
        return (Trouble(text, N_("quarterdeck doctor names them all."), {"problem": str(self._problems[0])}),)

    async def run(self, fleet: Fleet, take: Sink) -> None:
        """Read until cancelled.

        Args:
            fleet: whose listings say what runs.
            take: takes what is found.
        """
        try:
            await asyncio.sleep(FIRST)
            while True:
                try:
                    await self.round(fleet, take)
                except Exception:  # noqa: BLE001 - a defect here must not end the collector
                    _log.exception("reading progress failed")
                await asyncio.sleep(EVERY)
        finally:
            for access in (*self._left, *(access for _, access in self._open.values())):
                with contextlib.suppress(Unavailable, OSError, TimeoutError):
                    await asyncio.wait_for(access.close(), PATIENCE)

    async def round(self, fleet: Fleet, take: Sink) -> None:
        """Read those jobs once whose turn it is, and tell of all."""
        await self._leave()
        jobs = dict(self._jobs(fleet))
        self._forget(fleet, jobs)
        gate = asyncio.Semaphore(AT_ONCE)

        async def read(turn: _Turn) -> None:
            async with gate:
                await self._read(turn)

        async with asyncio.TaskGroup() as group:
            for turn in self._turns(jobs):
                group.create_task(read(turn))
        for source in {source for source, _ in jobs} | self._told.keys():
            if not self._foreign(fleet, source):
                self._tell(source, jobs, take)

    def _jobs(self, fleet: Fleet) -> Iterator[tuple[Key, Job]]:
        """Jobs with cards that run, of schedulers that we reach and that do not tell of progress themselves."""
        for source, listing in fleet.jobs.items():
            if source not in self._accesses or self._foreign(fleet, source):
                continue
            for job in listing.by_id.values():
                if job.state is JobState.RUNNING and cards(job):
                    yield (source, job.id), job

    def _forget(self, fleet: Fleet, jobs: Mapping[Key, Job]) -> None:
        """Forget those that ended; one that waits to be started again, or is suspended, may go on."""
        for source, job in list(self._followed):
            listing = fleet.jobs.get(source)
            found = listing.by_id.get(job) if listing is not None else None
            if found is None or found.state in ENDED or self._foreign(fleet, source):
                del self._followed[source, job]
            elif (source, job) not in jobs:
                self._followed[source, job].rest()

    def _foreign(self, fleet: Fleet, source: str) -> bool:
        record = fleet.progress.get(source)
        return record is not None and record.mono != self._told.get(source)

    def _turns(self, jobs: Mapping[Key, Job]) -> Sequence[_Turn]:
        """Those that are read in this round: never read before longest unread."""
        now = self._clock.mono()
        for key in jobs.keys() - self._followed.keys():
            self._followed[key] = Followed(self._reader, self._files)
        works = [each.folder for each in self._followed.values() if each.folder is not None]
        below = Counter(above for folder in works for above in (folder, *folder.parents))
        due = [key for key in jobs if self._followed[key].due <= now]
        due.sort(key=lambda key: self._followed[key].read or 0.0)
        return [
            _Turn(key, jobs[key], followed, followed.folder is None or below[followed.folder] == 1)
            for key in due[:ROUND]
            for followed in [self._followed[key]]
        ]

    async def _read(self, turn: _Turn) -> None:
        followed, source = turn.followed, turn.key[0]
        try:
            async with asyncio.timeout(PATIENCE):
                access = self._access(source)
                if access is not None:
                    await followed.look(access, turn.job, self._clock.wall(), self._clock.mono(), alone=turn.alone)
        except (Unavailable, TimeoutError, OSError) as error:
            followed.failed(self._clock.mono())
            _log.debug("job %s of %s cannot be read: %s", turn.job.id, source, error)
        except Exception:  # noqa: BLE001 - a defect of one driver must not take the others along
            followed.failed(self._clock.mono())
            _log.exception("reading job %s of %s failed", turn.job.id, source)

    def _access(self, source: str) -> Access | None:
        """The way to a scheduler; None while it cannot be opened."""
        opener = self._accesses.get(source)
        known = self._open.get(source)
        if known is not None and known[0] is opener:
            return known[1]
        if known is not None:
            self._left.append(self._open.pop(source)[1])
        if opener is None:  # it was taken out of the configuration in this moment
            return None
        due, pause = self._closed.get(source, (0.0, PAUSES[0]))
        now = self._clock.mono()
        if now < due:
            return None
        try:
            access = opener()
        except Unavailable as error:
            self._closed[source] = (now + pause, min(pause * 2, PAUSES[1]))
            _log.warning("no progress is read of %s: %s", source, error)
            return None
        self._open[source] = opener, access
        return access

    async def _leave(self) -> None:
        """Close the ways that are no longer those of the configuration."""
        gone = [source for source, (opener, _) in self._open.items() if self._accesses.get(source) is not opener]
        left = [*self._left, *(self._open.pop(source)[1] for source in gone)]
        self._left = []
        for access in left:
            with contextlib.suppress(Unavailable, OSError, TimeoutError):
                await asyncio.wait_for(access.close(), PATIENCE)

    def _tell(self, source: str, jobs: Mapping[Key, Job], take: Sink) -> None:
        found = [
            progress
            for key, followed in self._followed.items()
            if key in jobs and key[0] == source and (progress := followed.progress(key[1])) is not None
        ]
        if not found and source not in self._told:
            return
        mono = self._told[source] = self._clock.mono()
        take([Progresses(source, self._clock.wall(), mono, tuple(found))])
