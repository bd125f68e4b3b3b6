"""The collector's event loop: it takes what comes within one short breath together, instead of each piece by itself."""

import asyncio
import selectors
import time

BREATH = 0.02
"""Seconds. 512 nodes speak in the same half second, and a loop that wakes for each of them works on a cold cache and
against the consoles: a breath saves 0.6 of 9 % of a core, and while the nodes connect a console's slowest keys take
30 ms instead of 80. Whoever asks a collector waits that much longer."""
_WAITED = 0.0005
"""Seconds of waiting from which a wait was one: a loop that has work to do is not held up."""


def loop() -> asyncio.AbstractEventLoop:
    """A new event loop that breathes."""
    return asyncio.SelectorEventLoop(Breathing())


class Breathing(selectors.DefaultSelector):
    """A selector that, once it has waited for something, waits one breath more for what comes with it."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait as every selector does, then a breath, unless there is something to do at once."""
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        began = time.monotonic()
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(timeout)
        if not ready or time.monotonic() - began < _WAITED:
            return ready
        time.sleep(BREATH)  # noqa: TID251 - the one place that waits for everything at once
        return super().select(0)
