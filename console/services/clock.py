"""Where time comes from: the machine's clocks, and a lab's own."""

import time

import msgspec


class MachineClock:
    """The clocks of this machine."""

    speed = 1.0

    def wall(self) -> float:
        """UTC in seconds."""
        return time.time()

    def mono(self) -> float:
        """Seconds of the monotonic clock; on Linux and macOS the same in all processes."""
        return time.monotonic()


class LabClock(msgspec.Struct, frozen=True):
    """A lab's time as its collector told it: an instant on both clocks, and how fast the lab's passes."""

    wall_then: float
    mono_then: float
    speed: float = 1.0

    def wall(self) -> float:
        """UTC of the lab in seconds."""
        return self.wall_then + (self.mono() - self.mono_then) * self.speed

    def mono(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()
