"""Whether a loss runs away, by its last values; a noisy start and a single bad batch are not taken for it."""

import math
from collections.abc import Sequence

KEPT = 120
"""Values that are looked at."""
LEAST = 20
"""Before there were so many a training has only just begun."""
RUNNING = 5
"""Values in succession that must be too high."""
TIMES = 3.0
"""How many times the best that is."""
LOST = 2
"""Values in succession that are no number: one batch may overflow, and its step is left out then."""


def diverging(losses: Sequence[float]) -> bool:
    """Return whether the loss is lost, or over `TIMES` its best for `RUNNING` values.

    The best is the lowest mean of `RUNNING` values in succession, so that one lucky batch does not set it. A loss that
    is not above zero has no such ratio, and is only looked at for being a number.

    Args:
        losses: the last values, oldest first.
    """
    if len(losses) >= LOST and not any(map(math.isfinite, losses[-LOST:])):
        return True
    sound = [loss for loss in losses[-KEPT:] if math.isfinite(loss)]
    before, now = sound[:-RUNNING], sound[-RUNNING:]
    if len(before) < LEAST:
        return False
    best = min(sum(before[at : at + RUNNING]) / RUNNING for at in range(len(before) - RUNNING + 1))
    return best > 0 and min(now) > TIMES * best
