"""How often Slurm is asked: less often while its answers take long."""

SHARE = 0.25
"""Of the interval that a poll may take; beyond it the interval is doubled."""
LONGEST = 120.0
"""Seconds."""


class Pace:
    """The interval at present, in seconds."""

    def __init__(self, interval: float) -> None:
        self._least = interval
        self._longest = max(interval, LONGEST)
        self.interval = interval

    def took(self, seconds: float) -> None:
        """Take how long a poll took. It becomes shorter again once half the interval would do easily."""
        if seconds > SHARE * self.interval:
            self.interval = min(self._longest, self.interval * 2)
        elif seconds < SHARE * self.interval / 4:
            self.interval = max(self._least, self.interval / 2)
