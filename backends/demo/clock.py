"""The clock of a simulated lab: its days pass faster than ours, its patience does not."""

import time
from collections.abc import Callable


class DemoClock:
    """A clock whose wall runs `speed` times faster from the moment it was made; ``mono`` stays the real one.

    Ages are told from ``mono``, so a value is stale after real seconds whatever the speed.
    """

    def __init__(
        self,
        speed: float = 1.0,
        wall: Callable[[], float] = time.time,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        self.speed = speed
        self._mono = mono
        self._began_wall = wall()
        self._began_mono = mono()

    def wall(self) -> float:
        """UTC of the simulated lab in seconds; it never steps, whatever the real clock does."""
        return self._began_wall + (self._mono() - self._began_mono) * self.speed

    def mono(self) -> float:
        """Seconds of the machine's own monotonic clock."""
        return self._mono()
