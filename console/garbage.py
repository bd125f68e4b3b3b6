"""How often Python looks for garbage in our processes: seldom, for most of what they hold is records without cycles."""

import asyncio
import gc
import logging
import time

THRESHOLDS = (20_000, 20, 1_000)
"""Python's own are (700, 10, 10): 512 nodes then cost a look at everything, 70 to 150 ms, every few seconds."""
SETTLED = (10.0, 60.0)
"""Seconds after which what is there by then is taken for what stays: the program, then the connections."""
EVERY = 60.0
"""Seconds between looks at everything that is not taken for what stays: a closed view is garbage with cycles."""

_log = logging.getLogger(__name__)


def seldom() -> None:
    """Look for garbage seldom from now on, and never among what the program itself is made of."""
    gc.set_threshold(*THRESHOLDS)
    for seconds in SETTLED:
        asyncio.get_running_loop().call_later(seconds, _settle)
    asyncio.get_running_loop().call_later(EVERY + SETTLED[-1], _look)


def _settle() -> None:
    gc.collect()
    gc.freeze()


def _look() -> None:
    began = time.perf_counter()
    gc.collect()
    _log.debug("looked for garbage for %.0f ms", 1000 * (time.perf_counter() - began))
    asyncio.get_running_loop().call_later(EVERY, _look)
