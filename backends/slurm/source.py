"""What one Slurm says, asked for in turns: a listing each interval, the rest less often, each by itself.

That the controller is down is not an empty queue: what was listed stands until it can be listed anew.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from backends.jobs import Jobs, Queues
from backends.ports import Opening, Sink
from backends.probe.backoff import Backoff
from backends.records import SourceStatus
from backends.slurm.health import Health
from backends.slurm.history import History
from backends.slurm.look import Look, Seen, changed
from backends.slurm.pace import SHARE, Pace
from backends.slurm.rules import Rules
from backends.slurm.settings import Settings, settings_of
from backends.slurm.tools import Tools
from backends.slurm.words import Unanswered

AGAIN = 30.0
"""Seconds after which queues are told again although they are as they were."""
SOONEST = 1.0
"""Seconds from one listing to one that somebody asks for, at the least; four times as long as the last one took."""
LASTING = 10.0
"""Seconds between looks whether a person has mended a login; none of them is a try (`backends.slurm.barred`)."""


class Slurm:
    """Source of the jobs, queues, rules and services of one Slurm."""

    def __init__(
        self,
        opening: Opening,
        *,
        tools: Callable[[Settings], Tools] | None = None,
        backoff: tuple[float, float] = (2.0, 60.0),
    ) -> None:
        self._opening = opening
        self._clock = opening.clock
        self._name = opening.name or "slurm"
        self._tools = tools or (lambda settings: tools_of(settings, opening))
        self._backoff = Backoff(*backoff)
        self._queues: Queues | None = None
        self._status: SourceStatus | None = None
        self._asked = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled; see `backends.ports.Source.run`."""
        settings = settings_of(self._opening.settings)
        tools = self._tools(settings)
        history = History(tools, self._clock)
        rules = Rules(self._name, tools, self._clock)
        health = Health(self._name, tools, self._clock, rules.boot, lambda: history.trouble)
        look, pace = Look(tools, self._clock.mono), Pace(settings.interval)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listings(look, history, pace, sink))
                group.create_task(_turns(history.turn))
                group.create_task(_turns(lambda: rules.turn(sink)))
                group.create_task(_turns(lambda: health.turn(sink)))
        finally:
            await tools.close()

    async def list_anew(self) -> None:
        """List now; returns once a listing that began after this was told, or has failed.

        A controller that does not answer is not asked sooner than it would be.
        """
        if self._status is not None and self._status.trouble is not None:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._asked.set()
        await waiting

    async def _listings(self, look: Look, history: History, pace: Pace, sink: Sink) -> None:
        """List for ever, each interval or when somebody asks for it."""
        try:
            while True:
                self._asked.clear()
                waiting, self._waiting = self._waiting, []
                began = self._clock.mono()
                pause = await self._list(look, history, pace, sink)
                _done(waiting)
                took = self._clock.mono() - began
                least = max(SOONEST, took / SHARE) - took
                if self._status is not None and self._status.trouble is not None:
                    _done(self._waiting)
                    least = pause
                await asyncio.sleep(min(least, pause))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause - least):
                        await self._asked.wait()
        finally:
            _done(self._waiting)

    async def _list(self, look: Look, history: History, pace: Pace, sink: Sink) -> float:
        """List once and tell; returns the seconds until the next turn is due."""
        began = self._clock.mono()
        try:
            seen = await look.take()
        except Unanswered as failure:
            look.forget()
            pause = LASTING if failure.lasting else self._backoff.pause()
            self._tell_status(sink, failure, max(pause, failure.pause), pace)
            return pause
        self._backoff.reset()
        history.keep(seen.jobs)
        at, mono = self._clock.wall(), self._clock.mono()
        jobs = Jobs(self._name, at, mono, history.after(seen.jobs, at), interval=pace.interval)
        sink([jobs])
        self._tell_queues(sink, seen, at, mono)
        more = changed(seen.jobs, (await look.learn()).jobs)
        if more:
            sink([replace(jobs, jobs=more, whole=False)])
        pace.took(self._clock.mono() - began)
        self._tell_status(sink, None, None, pace)
        return max(0.0, pace.interval - (self._clock.mono() - began))

    def _tell_queues(self, sink: Sink, seen: Seen, at: float, mono: float) -> None:
        """Tell queues and nodes when they have changed, and now and then."""
        told, last = Queues(self._name, at, mono, seen.queues, seen.capacities, seen.reservations), self._queues
        if last is None or mono - last.mono >= AGAIN or replace(last, at=at, mono=mono) != told:
            self._queues = told
            sink([told])

    def _tell_status(self, sink: Sink, failure: Unanswered | None, pause: float | None, pace: Pace) -> None:
        """Tell how it is, when it is not as it was told; of a failure each try is told, with when the next is due."""
        at, mono, last = self._clock.wall(), self._clock.mono(), self._status
        trouble = None if failure is None else failure.trouble
        same = last is not None and (last.trouble is None) == (trouble is None)
        if same and trouble is None and last is not None and last.interval == pace.interval:
            return
        since = last.since if last is not None and same else at
        next_try = None if pause is None else at + pause
        self._status = SourceStatus(self._name, at, mono, trouble, since, next_try, pace.interval)
        sink([self._status])


def _done(waiting: list["asyncio.Future[None]"]) -> None:
    for each in waiting:
        if not each.done():
            each.set_result(None)


async def _turns(turn: Callable[[], Awaitable[float]]) -> None:
    """Take turns for ever."""
    while True:
        pause = await turn()
        await asyncio.sleep(pause)


def tools_of(settings: Settings, opening: Opening) -> Tools:
    """The tools that the settings mean, here or on the login node."""
    from backends.slurm.here import Here
    from backends.slurm.login import Login

    place = Login(settings.login, settings, opening.ask) if settings.login else Here()
    return Tools(place, settings.path)
