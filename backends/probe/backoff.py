"""How long to wait before the next try: longer each time, and never in step with the others."""

import random
from collections.abc import Callable


class Backoff:
    """Doubles from the first pause to the longest; each is shortened by up to a half, by chance."""

    def __init__(self, first: float = 1.0, longest: float = 60.0, chance: Callable[[], float] = random.random) -> None:
        self._first = first
        self._longest = longest
        self._chance = chance
        self._tries = 0

    def pause(self) -> float:
        """Seconds to wait now; the next pause is longer."""
        whole = min(self._longest, self._first * 2.0 ** min(self._tries, 32))
        self._tries += 1
        return whole * (1.0 - 0.5 * self._chance())

    def reset(self) -> None:
        """Begin anew: it worked."""
        self._tries = 0
