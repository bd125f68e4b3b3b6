"""What the outside world asks of a person, of the collector or of a console: numbered, waited for, and never kept."""

import asyncio
import os
from collections.abc import Callable

from backends.ports import Ask, Clock, Prompt
from console.services.link.protocol import Reply, Wanted
from console.services.link.socket import Peer

PATIENCE = 120.0
"""Seconds for which an answer is waited for; sshd hangs up on a login after as many (LoginGraceTime)."""
LONELY = 15.0
"""Seconds without anybody who follows, after which there is nobody to ask: a console that starts needs some."""
LOOK = 1.0
"""Seconds between looks at whether anybody is there."""


class Prompts:
    """Asks whoever follows; the first answer counts, and only of the collector's own user or root.

    An answer goes to who asked and nowhere else: it is in no log, no file and no representation of anything here.
    """

    def __init__(self, clock: Clock) -> None:
        """Make one; until `begin` nobody can be reached.

        Args:
            clock: its monotonic time says how long a question stands.
        """
        self._clock = clock
        self._next = 0
        self._open: dict[int, tuple[Wanted, asyncio.Future[str | None]]] = {}
        self._alone: Callable[[], float] = lambda: 0.0
        self._changed: Callable[[], None] = lambda: None

    def begin(self, alone: Callable[[], float], changed: Callable[[], None]) -> None:
        """Reach people from now on.

        Args:
            alone: seconds for which nobody has followed; 0 while somebody does.
            changed: is called when `wanted` is another.
        """
        self._alone, self._changed = alone, changed

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """What waits for an answer, the oldest first."""
        return tuple(wanted for wanted, _ in self._open.values())

    def asks(self, source: str) -> Ask:
        """Give a source its way to ask; one that is cancelled takes its question back."""

        async def ask(prompt: Prompt) -> str | None:
            return await self._ask(source, prompt)

        return ask

    def take(self, reply: Reply, caller: Peer | None) -> None:
        """Take a person's answer; one from another user, or to what nobody waits for any more, is dropped.

        Where the kernel cannot say who calls, there is no team, and the socket's mode has said so.
        """
        if caller is not None and caller.uid not in (os.geteuid(), 0):
            return
        _wanted, answer = self._open.get(reply.id, (None, None))
        if answer is not None and not answer.done():
            answer.set_result(reply.text)

    async def _ask(self, source: str, prompt: Prompt) -> str | None:
        self._next += 1
        number, until = self._next, self._clock.mono() + PATIENCE
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._open[number] = Wanted(number, source, prompt.host, prompt.text, prompt.echo, until), answer
        self._changed()
        try:
            while self._clock.mono() < until and self._alone() < LONELY:
                done, _ = await asyncio.wait({answer}, timeout=min(LOOK, max(0.0, until - self._clock.mono())))
                if done:
                    return answer.result()
            return None
        finally:
            answer.cancel()
            del self._open[number]
            self._changed()
