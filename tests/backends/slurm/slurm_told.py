"""A source `slurm` that runs in a test, and what it has told."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from backends.jobs import Job, Jobs, Policy, Queues, Services
from backends.ports import Opening
from backends.record import Trouble
from backends.records import AnyRecord, SourceStatus
from backends.slurm.here import Here
from backends.slurm.source import Slurm
from backends.slurm.tools import Tools


class World:
    """The real clock."""

    speed = 1.0

    def wall(self) -> float:
        return time.time()

    def mono(self) -> float:
        return time.monotonic()


def words(trouble: Trouble | None) -> str:
    """A trouble as it is shown, with its hint."""
    assert trouble is not None
    return f"{trouble.text} {trouble.hint}".format(**trouble.values)


class Told:
    """A running source."""

    def __init__(self, limit: float | None = None, **settings: object) -> None:
        """Start it.

        Args:
            limit: seconds that each tool has, here; None for what they have everywhere.
            settings: of the source.
        """
        opening = Opening(World(), 1.0, {"interval": 1.0, **settings}, name="lab")
        tools = None if limit is None else lambda given: Tools(Here(), given.path, limit)
        self.source = Slurm(opening, tools=tools, backoff=(0.5, 1.0))
        self.records: list[AnyRecord] = []
        self.jobs: dict[str, Job] = {}
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self.source.run(self._take))

    async def until(self, true: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait for something to have been told."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._news.clear()
                    waiting = asyncio.ensure_future(self._news.wait())
                    await asyncio.wait({self._task, waiting}, return_when="FIRST_COMPLETED")
                    waiting.cancel()
                    if self._task.done():
                        self._task.result()
        except TimeoutError:
            jobs = [(job.id, job.state.value, job.reason) for job in self.jobs.values()]
            raise AssertionError(f"in vain for {seconds:g} s; {self.statuses[-1:]}: {jobs}") from None

    async def reach(self, job: str, state: str) -> Job:
        """Wait for a job to be told in a state."""
        await self.until(lambda: job in self.jobs and self.jobs[job].state == state)
        return self.jobs[job]

    async def fresh(self) -> None:
        """Wait for a whole listing that was begun after now."""
        for _ in range(2):
            seen = len(self.of(Jobs))
            await self.until(lambda seen=seen: len(self.of(Jobs)) > seen)

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def of(self, kind: type) -> list:
        return [record for record in self.records if type(record) is kind]

    @property
    def statuses(self) -> list[SourceStatus]:
        return self.of(SourceStatus)

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong by the newest status; None also where none has been told yet."""
        return self.statuses[-1].trouble if self.statuses else None

    def well(self) -> bool:
        """Whether the newest status says that nothing is wrong."""
        return bool(self.statuses) and self.trouble is None

    @property
    def queues(self) -> Queues:
        return self.of(Queues)[-1]

    @property
    def policy(self) -> Policy:
        return self.of(Policy)[-1]

    @property
    def services(self) -> Services:
        return self.of(Services)[-1]

    def _take(self, batch: Sequence[AnyRecord]) -> None:
        self.records += batch
        for record in batch:
            if isinstance(record, Jobs):
                self.jobs = {**({} if record.whole else self.jobs), **{job.id: job for job in record.jobs}}
        self._news.set()
