"""The machine that we run on: the same probe that is sent to nodes, in a child process, for a driver may hang."""

import signal
import socket
import sys
from asyncio import sleep

from msgspec.structs import replace

from backends.local import child
from backends.ports import Driver, Opening, Sink, Unavailable
from backends.probe.backoff import Backoff
from backends.probe.decode import Decoder
from backends.probe.line import ending, excerpt
from backends.probe.stream import BOOTSTRAP, SILENCE, Disconnected, stream
from backends.probe.way import Way
from backends.record import N_, Trouble
from backends.records import LinkState

SOURCE = "local"

WORKED = 60.0
"""Seconds for which a probe has to run before the pauses between its restarts begin anew."""


class Local:
    """Source of one node, this machine. Its cards stay known through restarts of the probe.

    Settings: ``node``, the name under which it is listed; else the short name of the host.
    """

    def __init__(
        self,
        opening: Opening,
        *,
        program: str | None = None,
        backoff: Backoff | None = None,
        silence: float = SILENCE,
    ) -> None:
        self._clock = opening.clock
        self._interval = opening.interval
        self._known = opening.known
        self._node = opening.settings.get("node", socket.gethostname().partition(".")[0])
        self._program = program
        self._backoff = backoff or Backoff()
        self._silence = silence

    async def run(self, sink: Sink) -> None:
        """Deliver what the probe says until cancelled; see `backends.ports.Source.run`."""
        if not isinstance(self._node, str) or not self._node:
            text = N_("The setting node of the source local is no name: {value}")
            raise Unavailable(Trouble(text, N_("Give a name, or leave it out."), {"value": repr(self._node)}))
        program = _text() if self._program is None else self._program
        decoder = Decoder(self._node, self._clock, self._interval, self._known.get(self._node, ()))
        way = Way(self._node, SOURCE, self._clock, sink)
        way.tell(LinkState.CONNECTING)
        while True:
            try:
                trouble = await self._session(program, decoder, way)
            except Unavailable as refused:
                way.tell(LinkState.DOWN, refused.trouble)
                raise
            if way.lasted() > WORKED:
                self._backoff.reset()
            pause = self._backoff.pause()
            way.tell(LinkState.DOWN, trouble, pause)
            await sleep(pause)

    async def _session(self, program: str, decoder: Decoder, way: Way) -> Trouble:
        """Run the probe once and say why it is over."""
        try:
            process = await child.start(sys.executable, "-I", "-c", BOOTSTRAP, "--interval", f"{self._interval:g}")
        except OSError as error:
            text = N_("The probe's process cannot be started: {why}")
            return Trouble(text, values={"why": excerpt(str(error).encode("utf-8", "replace"))})
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        tail = child.Tail(process.stderr)
        try:
            await stream(
                process.stdout,
                process.stdin,
                decoder,
                way.deliver,
                program=program,
                interval=self._interval,
                silence=self._silence,
            )
        except Disconnected as over:
            if over.ended:
                await child.gone(process, child.GRACE)
            return _explain(over, process.returncode, await tail.finish())
        finally:
            await child.end(process)
            await tail.finish(0)


def _explain(over: Disconnected, code: int | None, tail: bytes) -> Trouble:
    """Add to why a session is over what only the process can tell."""
    trouble = over.trouble
    if over.ended and code is not None:
        text = N_("The probe's process ended ({how}).")
        trouble = replace(trouble, text=text, values={**trouble.values, "how": _how(code)})
    said = ending(tail)
    if not said:
        return trouble
    hint = N_("It wrote to standard error: {stderr}")
    return replace(trouble, hint=hint, values={**trouble.values, "stderr": said})


def _how(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:  # a real-time signal has no name
        return f"signal {-code}"


def _text() -> str:
    from backends.probe.text import text

    return text()


def _open(opening: Opening) -> Local:
    return Local(opening)


DRIVER = Driver(SOURCE, _open)
