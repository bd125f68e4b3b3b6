"""The follower: keeps a fleet equal to the collector's, and says how it stands with it."""

import asyncio
import logging
import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from backends.record import Trouble
from backends.records import AnyRecord, Event
from console.language import N_
from console.model.fleet import Fleet, Topic
from console.model.history import Answer, Question
from console.model.standing import Standing
from console.services.clock import LabClock, MachineClock
from console.services.feed import Feed
from console.services.link.asking import Open, Unanswered
from console.services.link.protocol import (
    PROTOCOL,
    Ask,
    Broken,
    FromCollector,
    Greet,
    Pulse,
    Push,
    Refuse,
    Reply,
    Told,
    Wanted,
    Welcome,
    Whole,
    frame,
    hear_collector,
)
from console.services.link.socket import connect
from console.version import __version__

_log = logging.getLogger(__name__)

SILENCE = 3
"""Intervals without a word after which the collector counts as silent."""
PAUSE = 0.2
"""Seconds between two tries to reach a collector that is just starting."""
STARTING = 5.0
"""Seconds that a started collector has before another is started."""
UNANSWERED = 10.0
"""Seconds without an answer after which it is said who holds the right to collect and does not listen."""
HANGS = N_("Process {pid} collects but does not answer; if it hangs: kill -9 {pid}")
INHERITED = 20.0
"""Seconds for which nodes that a new collector has not yet reached are shown as the last one left them."""
LOCKED_OUT = 5.0
"""Seconds between two tries at a socket that this user may not reach: somebody must change that first."""
ANSWERING = 30.0
"""Seconds in which a question of the past must be answered."""


class Follower:
    """Follows one lab's collector for as long as it runs; starts one when there is none and it may."""

    def __init__(
        self,
        socket: Path,
        feed: Feed,
        start: Callable[[], Awaitable[None]] | None = None,
        simulated: bool | None = None,
        waits: Trouble | None = None,
        locked_out: Trouble | None = None,
        held: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Make one.

        Args:
            socket: where the collector listens.
            feed: is told what changed.
            start: starts a collector, or does nothing where one is about to listen; None only ever waits.
            simulated: whether the lab must be a simulated one; None takes either.
            waits: what is said while nobody listens, where this one may start nobody.
            locked_out: what is said where the system does not let it reach the socket.
            held: which process holds the right to collect, so that no other may start; None where nobody does.
        """
        self.fleet = Fleet()
        self.clock = LabClock(MachineClock().wall(), MachineClock().mono())
        self.welcome: Welcome | None = None
        self.standing = Standing.SEEKING
        self.since = self.clock.mono()
        """Monotonic time since when it stands so."""
        self.trouble: Trouble | None = None
        """What is in the way of following."""
        self.troubles: tuple[Trouble, ...] = ()
        """What the collector says that it cannot do."""
        self.wanted: tuple[Wanted, ...] = ()
        """What a person must answer before something can go on."""
        self._open = Open()
        self._writer: asyncio.StreamWriter | None = None
        self._socket = socket
        self._simulated = simulated
        self._feed = feed
        self._start = start
        self._waits = waits
        self._locked_out = locked_out
        self._held = held
        self._sought: float | None = None
        """Time of the event loop since when nobody has answered; a simulated lab's own clock may be a fast one."""
        self._started = float("-inf")
        self._parts: list[AnyRecord] = []
        self._anew = False
        self._prune_at: float | None = None
        self._heard = self.since
        """Monotonic time of the last word."""
        self._told: dict[str, None] = {}
        """Nodes of which the present collector has spoken, in its order; the others are the last one's."""

    async def run(self) -> None:
        """Follow until cancelled, or until the collector refuses to talk to this program."""
        while self.standing is not Standing.REFUSED:
            try:
                reader, writer = await connect(self._socket)
            except PermissionError as error:
                said = self._locked_out or Trouble(
                    N_("The socket cannot be reached: {error}"), "", {"error": str(error)}
                )
                self._stand(Standing.SEEKING, said)
                await asyncio.sleep(LOCKED_OUT)
                continue
            except (OSError, TimeoutError):
                await self._seek()
                continue
            self._sought = None
            try:
                writer.write(frame(Greet(PROTOCOL, __version__, os.getpid())))
                self._writer = writer
                await self._hear(reader)
            except (OSError, EOFError):
                self._stand(Standing.SEEKING, None)
            except Broken as error:
                said = Trouble(N_("What listens on the socket is not a collector: {error}"), "", {"error": str(error)})
                self._stand(Standing.SEEKING, said)
                await asyncio.sleep(1.0)
            except Exception as error:  # noqa: BLE001 - a defect in taking one message must be said, not freeze the picture
                _log.exception("following failed")
                text = f"{type(error).__name__}: {error}"
                self._stand(Standing.SEEKING, Trouble(N_("Following failed: {error}"), "", {"error": text}))
                await asyncio.sleep(1.0)
            finally:
                self._writer = None
                self._open.give_up()
                if self.wanted:  # whoever asked went with it
                    self.wanted = ()
                    self._feed.changed(Topic.COLLECTOR)
                writer.close()

    async def ask(self, question: Question) -> Answer:
        """Ask the collector of the past.

        Raises:
            Unanswered: nobody could answer, or not in time; the trouble says why.
        """
        if self._writer is None or self.standing is not Standing.FOLLOWING:
            raise Unanswered(Trouble(N_("No collector answers at present.")))
        number, answer = self._open.ask()
        self._writer.write(frame(Ask(number, question)))
        try:
            async with asyncio.timeout(ANSWERING):
                return await answer
        except TimeoutError:
            text = N_("The collector has not answered within {seconds} s.")
            raise Unanswered(Trouble(text, "", {"seconds": f"{ANSWERING:g}"})) from None

    def reply(self, wanted: Wanted, text: str | None) -> None:
        """Answer what is wanted of a person; None declines."""
        if self._writer is not None:
            self._writer.write(frame(Reply(wanted.id, text)))
        self.wanted = tuple(other for other in self.wanted if other.id != wanted.id)
        self._feed.changed(Topic.COLLECTOR)

    async def _seek(self) -> None:
        self._stand(Standing.SEEKING, self.trouble if self._start is not None else self._waits)
        now = self.clock.mono()
        if self._start is not None and now - self._started > STARTING:
            self._started = now
            await self._look_who_holds()
            try:
                await self._start()
            except OSError as error:
                text = N_("No collector can be started: {error}")
                self._stand(Standing.SEEKING, Trouble(text, "", {"error": str(error)}))
        await asyncio.sleep(PAUSE * random.uniform(0.5, 1.5))  # noqa: S311 - spreads consoles, hides nothing

    async def _look_who_holds(self) -> None:
        """Say it where a process keeps every other from collecting and has not answered for long."""
        time = asyncio.get_running_loop().time()
        self._sought = time if self._sought is None else self._sought
        pid = await asyncio.to_thread(self._held) if time - self._sought > UNANSWERED else None
        if pid is not None:
            self._stand(Standing.SEEKING, Trouble(HANGS, "", {"pid": str(pid)}))
        elif self.trouble is not None and self.trouble.text == HANGS:
            self._stand(Standing.SEEKING, None)

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        """Take messages for as long as they come; silence is said and waited through on the same connection."""
        hearing: asyncio.Task[FromCollector] | None = None
        try:
            while self.standing is not Standing.REFUSED:
                hearing = hearing or asyncio.ensure_future(hear_collector(reader))
                interval = self.welcome.interval if self.welcome is not None else 2.0
                done, _ = await asyncio.wait({hearing}, timeout=SILENCE * interval)
                if not done:
                    self._stand(Standing.SILENT, None, self._heard)
                    continue
                message, hearing = hearing.result(), None
                self._heard = self.clock.mono()
                self._take(message)
        finally:
            if hearing is not None:
                hearing.cancel()

    def _take(self, message: FromCollector) -> None:
        match message:
            case Welcome():
                self._meet(message)
            case Refuse():
                self._stand(Standing.REFUSED, message.trouble)
            case Whole() | Push():
                if isinstance(message, Whole):
                    self._parts, self._anew = [], True
                self._parts += message.records
                if not message.more:
                    self._apply()
            case Pulse():
                self._stand(Standing.FOLLOWING, None)
                self._prune()
                if (message.troubles, message.wanted) != (self.troubles, self.wanted):
                    self.troubles, self.wanted = message.troubles, message.wanted
                    self._feed.changed(Topic.COLLECTOR)
            case Told():
                self._open.take(message)

    def _meet(self, welcome: Welcome) -> None:
        if self.welcome is None or welcome.generation != self.welcome.generation:
            self._prune_at = welcome.mono + INHERITED
            self._told = {}
        self._parts, self._anew = [], False
        if self._simulated is not None and welcome.simulated is not self._simulated:
            self._stand(Standing.REFUSED, other_lab(welcome.simulated))
            return
        self.welcome = welcome
        self.clock = LabClock(welcome.wall, welcome.mono, welcome.speed)
        self._stand(Standing.FOLLOWING, None)

    def _apply(self) -> None:
        """Take in what has come together: a tick is on the screen as a whole or not at all."""
        records, anew = self._parts, self._anew
        self._parts, self._anew = [], False
        if self._prune_at is not None:
            if anew:
                self._told = {}
            spoken = (record for record in records if not isinstance(record, Event))  # those of long ago have no order
            self._told.update((node, None) for record in spoken if (node := getattr(record, "node", None)) is not None)
        elif anew:
            self.fleet = Fleet()
        topics = self.fleet.apply(records)
        self._stand(Standing.FOLLOWING, None)
        self._feed.changed(*(Topic if anew else topics))

    def _prune(self) -> None:
        """Drop what a new collector did not take over: until then the last one's picture ages on the screen."""
        if self._prune_at is not None and self.clock.mono() > self._prune_at:
            if self.fleet.arrange(list(self._told)):
                self._feed.changed(Topic.NODES)
            self._prune_at = None

    def _stand(self, standing: Standing, trouble: Trouble | None, since: float | None = None) -> None:
        if (standing, trouble) != (self.standing, self.trouble):
            if standing is not self.standing:
                self.since = self.clock.mono() if since is None else since
            self.standing, self.trouble = standing, trouble
            self._feed.changed(Topic.COLLECTOR)


def other_lab(simulated: bool) -> Trouble:
    """What is said where a simulated and a real lab were given one folder."""
    text = (
        N_("A simulated lab is collected in this folder.")
        if simulated
        else N_("A real lab is collected in this folder.")
    )
    return Trouble(text, N_("Name another folder: --data DIR."))


class Glance(msgspec.Struct, frozen=True):
    """What one look at a lab gave."""

    fleet: Fleet
    clock: LabClock
    lab: str
    simulated: bool
    complete: bool
    """False where a source failed or did not answer in time."""
    troubles: tuple[Trouble, ...] = ()


async def glance(socket: Path) -> tuple[Welcome, Glance] | None:
    """Ask a listening collector once for everything; None where none listens or it does not answer."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await connect(socket)
            try:
                writer.write(frame(Greet(PROTOCOL, __version__, os.getpid(), stream=False)))
                welcome = await hear_collector(reader)
                whole = await hear_collector(reader) if isinstance(welcome, Welcome) else None
            finally:
                writer.close()
    except (OSError, EOFError, TimeoutError, Broken):
        return None
    if not isinstance(welcome, Welcome) or not isinstance(whole, Whole):
        return None
    fleet = Fleet()
    fleet.apply(whole.records)
    clock = LabClock(welcome.wall, welcome.mono, welcome.speed)
    return welcome, Glance(fleet, clock, welcome.lab, welcome.simulated, fleet.answers())
