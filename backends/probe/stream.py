"""One session with a probe over two byte streams, whatever carries them: send it, keep it alive, hear it."""

import asyncio
from typing import NoReturn, Protocol

from backends.ports import Sink
from backends.probe.decode import Decoder, Malformed
from backends.probe.line import ending
from backends.record import N_, Trouble
from backends.records import AnyRecord

BOOTSTRAP = 'import sys;n=int(sys.stdin.buffer.readline());exec(compile(sys.stdin.buffer.read(n),"probe","exec"))'
"""What ``python -c`` runs on the node: it takes the probe from standard input, which then stays open."""

SILENCE = 20.0
"""Seconds without a line that is understood after which a session is over; at least three intervals."""

LONGEST = 4 << 20
"""Bytes of one line."""

BANNER = 64 << 10
"""Bytes that may come before the hello: a login banner, the greeting of a shell's start-up file."""

MISREAD = 100
"""Lines in a row that may be no lines of a probe; the first one is told as an event."""

_CHUNK = 64 << 10


class Reading(Protocol):
    """The probe's standard output; an `asyncio.StreamReader` is one."""

    async def read(self, n: int = -1, /) -> bytes:
        """Return what has come, at most ``n`` bytes, or nothing at the end."""


class Writing(Protocol):
    """The probe's standard input; an `asyncio.StreamWriter` is one."""

    def write(self, data: bytes, /) -> None:
        """Take bytes to send."""

    async def drain(self) -> None:
        """Wait until there is room for more."""


class Disconnected(Exception):  # noqa: N818 - it is a state of the world, not a mistake in the program
    """A session is over, and another one may work; the trouble says why."""

    def __init__(self, trouble: Trouble, *, ended: bool = False) -> None:
        super().__init__(trouble.text.format(**trouble.values))
        self.trouble = trouble
        self.ended = ended
        """Whether the other side closed the stream."""


async def stream(
    reader: Reading,
    writer: Writing,
    decoder: Decoder,
    sink: Sink,
    *,
    program: str | bytes,
    interval: float,
    heartbeat: float = 15.0,
    silence: float = SILENCE,
) -> NoReturn:
    """Hold a session until it is over; never returns.

    Args:
        reader: what the probe says.
        writer: what it hears.
        decoder: that of the node; it is told when the session is over.
        sink: gets everything that came in one piece as one batch.
        program: the text of the probe, or the bytes that the bootstrap on the other side makes it from.
        interval: seconds between samples.
        heartbeat: seconds between signs of life to the probe.
        silence: seconds without a line after which it is given up.

    Raises:
        Disconnected: it is over.
        Unavailable: the probe speaks a protocol that we do not.
    """
    decoder.hang_up()
    talking = asyncio.create_task(_talk(writer, program, interval, heartbeat))
    try:
        await _listen(reader, _Session(decoder, sink), max(silence, 3 * interval))
    finally:
        decoder.hang_up()
        talking.cancel()
        await asyncio.wait({talking})


async def _talk(writer: Writing, program: str | bytes, interval: float, heartbeat: float) -> None:
    """Send the probe, then a sign of life for ever; a broken stream is left to the listener, who sees its end.

    Any line is a sign of life, and a probe that misses it for 60 s ends; ours says the interval again.
    """
    text = program.encode() if isinstance(program, str) else program
    try:
        writer.write(b"%d\n" % len(text) + text)
        while True:
            writer.write(f"interval {interval:g}\n".encode())
            await writer.drain()
            await asyncio.sleep(heartbeat)
    except OSError:
        return


async def _listen(reader: Reading, session: "_Session", silence: float) -> NoReturn:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(silence) as limit:
            while data := await reader.read(_CHUNK):
                if session.take(data):
                    limit.reschedule(loop.time() + silence)
    except TimeoutError:
        raise Disconnected(session.silent(silence)) from None
    except OSError as error:
        raise Disconnected(session.ended(), ended=True) from error
    raise Disconnected(session.ended(), ended=True)


class _Session:
    """What has come so far: the part of a line, what was said instead of the hello, and how much was misread."""

    def __init__(self, decoder: Decoder, sink: Sink) -> None:
        self._decoder = decoder
        self._sink = sink
        self._rest = bytearray()
        self._said = bytearray()
        self._misread = 0
        self._told = False

    def take(self, data: bytes) -> bool:
        """Take what has come, deliver it as one batch, and say whether any line was understood."""
        lines = self._split(data)
        batch: list[AnyRecord] = []
        understood = False
        try:
            for line in lines:
                understood = self._line(line, batch) or understood
        finally:  # what came before a line that ends the session is as good as ever
            if batch:
                self._sink(batch)
        return understood

    def silent(self, seconds: float) -> Trouble:
        """Say that nothing came for so long."""
        values = {"seconds": f"{seconds:g}", "said": self._instead()}
        if self._decoder.greeted:
            return Trouble(N_("No sample for {seconds} s."), values=values)
        if values["said"]:
            return Trouble(N_("The probe did not start within {seconds} s; instead it said: {said}"), values=values)
        return Trouble(N_("The probe did not start within {seconds} s."), values=values)

    def ended(self) -> Trouble:
        """Say that the other side closed the stream."""
        values = {"said": self._instead()}
        if self._decoder.greeted:
            return Trouble(N_("The probe ended."), values=values)
        if values["said"]:
            return Trouble(N_("The probe did not start; instead it said: {said}"), values=values)
        return Trouble(N_("The probe ended before it said anything."), N_("Is Python 3.6 or newer installed?"), values)

    def _split(self, data: bytes) -> list[bytes]:
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = bytes(self._rest) + lines[0]
            self._rest.clear()
        self._rest += rest
        if len(self._rest) > LONGEST or (lines and len(lines[0]) > LONGEST):
            text = N_("The probe sent a line of more than {size} MiB.")
            raise Disconnected(Trouble(text, values={"size": str(LONGEST >> 20)}))
        if not self._decoder.greeted and len(self._rest) > BANNER:
            self._said += self._rest
            raise Disconnected(self._too_much())
        return lines

    def _line(self, line: bytes, batch: list[AnyRecord]) -> bool:
        if not line.strip():
            return False
        if not self._decoder.greeted:
            line = line[max(0, line.find(b'["h",')) :]  # a shell's prompt or title may stand before it, without an end
        try:
            batch += self._decoder.feed(line)
        except Malformed as malformed:
            self._refuse(line, malformed, batch)
            return False
        self._misread = 0
        return True

    def _refuse(self, line: bytes, malformed: Malformed, batch: list[AnyRecord]) -> None:
        if not self._decoder.greeted:
            self._said += line + b"\n"
            if len(self._said) > BANNER:
                raise Disconnected(self._too_much())
            return
        if not self._told:
            self._told = True
            batch.append(self._decoder.event("fault", str(malformed)))
        self._misread += 1
        if self._misread >= MISREAD:
            text = N_("What the probe says cannot be read: {said}")
            raise Disconnected(Trouble(text, values={"said": malformed.excerpt}))

    def _too_much(self) -> Trouble:
        text = N_("The probe did not start; instead came more than {size} KiB of something else, at last: {said}")
        hint = N_("Look for a shell start-up file that prints without end.")
        return Trouble(text, hint, {"size": str(BANNER >> 10), "said": self._instead()})

    def _instead(self) -> str:
        """The end of what was said instead of the hello, where errors stand."""
        return ending(bytes(self._said + (b"" if self._decoder.greeted else self._rest)))
