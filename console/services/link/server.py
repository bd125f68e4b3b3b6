"""The collector's end of the socket: pushes the newest state, and never keeps a queue for one that does not read."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from backends.record import Trouble
from backends.records import AnyRecord
from console.language import N_
from console.model.history import Answer, ForgetUser, Forgotten, ListAnew, Listed, Question
from console.services.link.asking import Unanswered
from console.services.link.protocol import (
    PROTOCOL,
    Ask,
    Broken,
    Greet,
    Pulse,
    Push,
    Refuse,
    Reply,
    Told,
    Welcome,
    Whole,
    agreed,
    frame,
    frames,
    hear_client,
)
from console.services.link.socket import Peer, bound, peer

GREETING = 5.0
"""Seconds in which a caller must have said who it is."""
HANGING_UP = 30.0
"""Seconds in which a caller must have taken the last that it is told."""
WAITING = 4
"""Frames kept for a client that has not taken the last one; after that it gets the whole state instead."""
ASKING = 8
"""Questions of one client that it has no answer to yet; it waits with more, for it is not heard meanwhile."""

_log = logging.getLogger(__name__)

Admitting = Callable[[Peer | None], Awaitable[Trouble | None]]
"""Says why somebody may not follow; None lets them in."""
Answering = Callable[[Question | ForgetUser | ListAnew, Peer | None], Awaitable[Answer | Forgotten | Listed]]
"""Answers a question of somebody; raises `Unanswered`."""


Veil = Callable[[Sequence[AnyRecord]], Sequence[AnyRecord]]
"""Takes from records what other users than the collector's must not see."""


class Client:
    """One that follows. What waits for it is bounded: a few frames, or the mark that it must have everything anew."""

    def __init__(self, ours: bool = True) -> None:
        """Make one.

        Args:
            ours: whether it is the collector's own user, or root.
        """
        self.ours = ours
        self._frames: list[bytes] = []
        self._answers: list[bytes] = []
        self._wake = asyncio.Event()
        self._behind = True
        self.asking = asyncio.Semaphore(ASKING)
        """Is acquired for each question, and released when its answer was taken."""
        self._taking = 0

    def offer(self, data: bytes) -> None:
        """Let it have a frame, or mark it as behind when it does not take them."""
        if self._behind:
            return
        if len(self._frames) >= WAITING:
            self._frames.clear()
            self._behind = True
        else:
            self._frames.append(data)
        self._wake.set()

    def renew(self) -> None:
        """Let it have everything anew, next."""
        self._frames.clear()
        self._behind = True
        self._wake.set()

    def answer(self, data: bytes) -> None:
        """Let it have what it asked for; that is never dropped: who does not read gets at most `ASKING` of it."""
        self._answers.append(data)
        self._wake.set()

    async def next(self, whole: Callable[[], bytes]) -> bytes:
        """Wait for what it gets next."""
        if not self._behind:
            await self._wake.wait()
        self._wake.clear()
        answers, self._answers = self._answers, []
        self._taking = len(answers)
        if self._behind:
            self._behind = False
            self._frames.clear()
            return b"".join((whole(), *answers))
        data = b"".join((*answers, *self._frames))
        self._frames.clear()
        return data

    def took(self) -> None:
        """What `next` gave last was taken: so many more questions are heard."""
        for _ in range(self._taking):
            self.asking.release()
        self._taking = 0


class Server:
    """Listens beside the database and tells every client the same."""

    def __init__(
        self,
        welcome: Callable[[int], Welcome],
        whole: Callable[[], Sequence[AnyRecord]],
        answer: Answering | None = None,
        reply: Callable[[Reply, Peer | None], None] | None = None,
        veil: Veil = lambda records: records,
        admit: Admitting | None = None,
    ) -> None:
        """Make one.

        Args:
            welcome: makes the answer to a caller, given the protocol that both speak.
            whole: gives everything that is known.
            answer: answers questions; None where nothing can be asked.
            reply: takes what a person replied.
            veil: what clients of another user get of records; they are never asked for a login either.
            admit: says why somebody may not follow; None lets in our own user and root.
        """
        self._veil = veil
        self._admit = admit or only_ours
        self._welcome = welcome
        self._whole = whole
        self._answer = answer
        self._reply = reply
        self._clients: set[Client] = set()
        self._talks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.left_at: float | None = None
        """Monotonic time at which the last client left, or at which listening began; None while there is one."""

    async def listen(self, path: Path, mode: int = 0o600, gid: int | None = None) -> None:
        """Begin to listen on a socket of a mode and a group; the caller holds the collector's lock."""
        self._server = await asyncio.start_unix_server(self._meet, sock=bound(path, mode, gid))
        self.left_at = asyncio.get_running_loop().time()

    async def close(self) -> None:
        """Stop listening and hang up on everyone, whatever they have not taken yet."""
        if self._server is not None:
            self._server.close()
        talks = list(self._talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    def push(self, records: Sequence[AnyRecord]) -> None:
        """Tell everyone what came."""
        if records and self._clients:
            self._tell(lambda ours: frames(Push, records if ours else self._veil(records)))

    def renew(self) -> None:
        """Let everyone have the whole state anew: something that they know is no more."""
        for client in self._clients:
            client.renew()

    def pulse(self, pulse: Pulse) -> None:
        """Tell everyone that the collector lives."""
        self._tell(lambda ours: frame(pulse if ours else msgspec.structs.replace(pulse, wanted=())))

    def _tell(self, data: Callable[[bool], bytes]) -> None:
        """Tell our own user's clients and the others', for whom it is made only where there are any."""
        for ours in (True, False):
            clients = [client for client in self._clients if client.ours is ours]
            if clients:
                said = data(ours)
                for client in clients:
                    client.offer(said)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            await self._converse(reader, writer)
            await _hang_up(writer)
        except asyncio.CancelledError:  # it is over; asyncio would log a talk that ends as cancelled as a failure
            writer.transport.abort()
        finally:
            self._talks.discard(talk)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(GREETING):
                greet = await hear_client(reader)
            if not isinstance(greet, Greet):
                raise Broken("a client's first word is its greeting")
            refusal = _refusal(greet) or await self._admit(peer(writer.get_extra_info("socket")))
            if refusal is not None:
                writer.write(frame(Refuse(refusal)))
                return
            writer.write(frame(self._welcome(agreed(greet.protocol) or 0)))
            if greet.stream:
                await self._follow(reader, writer)
            else:
                ours = _ours(peer(writer.get_extra_info("socket")))
                writer.write(frame(Whole(list(self._known(ours)))))
        except (Broken, OSError, EOFError, TimeoutError):
            pass  # a caller that leaves or talks nonsense is hung up on; it can harm nobody else

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = peer(writer.get_extra_info("socket"))
        client = Client(_ours(caller))
        self._clients.add(client)
        self.left_at = None
        gone = asyncio.ensure_future(self._listen(reader, client, caller))
        feeding = asyncio.ensure_future(self._feed(client, writer))
        try:
            await asyncio.wait({gone, feeding}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients.discard(client)
            if not self._clients:
                self.left_at = asyncio.get_running_loop().time()
            for task in (gone, feeding):
                task.cancel()
            await asyncio.gather(gone, feeding, return_exceptions=True)

    async def _feed(self, client: Client, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(await client.next(lambda: frames(Whole, self._known(client.ours))))
                await writer.drain()
                client.took()

    async def _listen(self, reader: asyncio.StreamReader, client: Client, caller: Peer | None) -> None:
        """Hear a client until it is gone; its questions are worked on meanwhile, and given up with it."""
        questions: set[asyncio.Task[None]] = set()
        try:
            while True:
                message = await hear_client(reader)
                if isinstance(message, Ask):
                    await client.asking.acquire()
                    question = asyncio.ensure_future(self._work(message, client, caller))
                    questions.add(question)
                    question.add_done_callback(questions.discard)
                elif isinstance(message, Reply) and self._reply is not None:
                    self._reply(message, caller)
        except (OSError, EOFError, Broken):
            return
        finally:
            for question in questions:
                question.cancel()

    async def _work(self, ask: Ask, client: Client, caller: Peer | None) -> None:
        try:
            if self._answer is None:
                raise Unanswered(Trouble(N_("This collector keeps no history.")))
            told = Told(ask.id, await self._answer(ask.question, caller))
        except Unanswered as error:
            told = Told(ask.id, None, error.trouble)
        except Exception as error:  # noqa: BLE001 - a defect in one answer must not end the talk, nor hide
            _log.exception("a question failed")
            text = f"{type(error).__name__}: {error}"
            told = Told(ask.id, None, Trouble(N_("The question failed: {error}"), "", {"error": text}))
        client.answer(frame(told))

    def _known(self, ours: bool) -> Sequence[AnyRecord]:
        return self._whole() if ours else self._veil(self._whole())


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    """End a talk when everything was taken, or has waited for too long."""
    writer.close()
    try:
        async with asyncio.timeout(HANGING_UP):
            await writer.wait_closed()
    except TimeoutError:
        writer.transport.abort()
    except OSError:
        pass  # the other side closed it first


def _ours(caller: Peer | None) -> bool:
    """Whether it is our own user or root; where the kernel cannot say, the socket's mode 0600 has said so."""
    return caller is None or caller.uid in (os.geteuid(), 0)


async def only_ours(caller: Peer | None) -> Trouble | None:
    """Let in our own user and root; where the kernel cannot say who calls, the socket's mode has said so."""
    return (
        None if _ours(caller) else Trouble(N_("This lab belongs to another user."), N_("Ask its admin to let you in."))
    )


def _refusal(greet: Greet) -> Trouble | None:
    if agreed(greet.protocol) is None:
        return Trouble(
            N_("The collector speaks protocol {ours} and this program speaks {theirs}."),
            N_("Both must come from nearby versions: stop the older one and start it again."),
            {"ours": _range(PROTOCOL), "theirs": _range(greet.protocol)},
        )
    return None


def _range(protocol: tuple[int, int]) -> str:
    oldest, newest = protocol
    return str(newest) if oldest == newest else f"{oldest}-{newest}"
