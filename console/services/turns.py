"""Giving way: long work on the event loop is done in short stretches, so that keys do not wait for it."""

import asyncio
from time import perf_counter

STRETCH = 0.004
"""Seconds of work after which others get their turn; a look at 4,096 cards takes more than ten times that."""
PAUSE = 0.002
"""Seconds of that turn: a key needs several rounds of the event loop until it is on the screen."""


class Turns:
    """One piece of work's account of its time; it asks `give` between its steps, which are short."""

    def __init__(self) -> None:
        self._began = perf_counter()

    async def give(self) -> None:
        """Give way if the stretch has been long enough."""
        if perf_counter() - self._began > STRETCH:
            await asyncio.sleep(PAUSE)
            self._began = perf_counter()
