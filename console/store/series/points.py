"""What was read of the past, and how it becomes the slots of a plot."""

import itertools
import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import gt

from console.model.history import Curve

_UNEVEN = 1.25
"""Slots are so much longer than the time between samples, so that one that comes late leaves no gap in the plot."""


class Points:
    """Measurements of some metrics, in the order of time.

    A number may stand for a while: then the least and the most in it lie beside the mean.
    """

    def __init__(self, metrics: Sequence[str]) -> None:
        self.metrics = metrics
        self.times: list[list[float]] = [[] for _ in metrics]
        self.low: list[list[float]] = [[] for _ in metrics]
        self.mean: list[list[float]] = [[] for _ in metrics]
        self.high: list[list[float]] = [[] for _ in metrics]

    def add(self, number: int, time: float, low: float, mean: float, high: float) -> None:
        """Add a point of the metric with that number; times only grow."""
        self.times[number].append(time)
        self.low[number].append(low)
        self.mean[number].append(mean)
        self.high[number].append(high)

    def extend(
        self, number: int, times: Iterable[float], low: Iterable[float], mean: Iterable[float], high: Iterable[float]
    ) -> None:
        """Add many points of a metric at once."""
        self.times[number].extend(times)
        self.low[number].extend(low)
        self.mean[number].extend(mean)
        self.high[number].extend(high)

    def spacing(self) -> float:
        """Seconds between two points, in the middle of all such times; 0 where there are too few to tell."""
        most = max(self.times, key=len, default=[])
        if len(most) < 3:
            return 0.0
        apart = sorted(later - earlier for earlier, later in itertools.pairwise(most))
        return apart[len(apart) // 2]

    def curves(self, since: float, step: float, slots: int) -> tuple[Curve, ...]:
        """One curve for each metric; what lies outside is left out."""
        return tuple(self._curve(number, since, step, slots) for number in range(len(self.metrics)))

    def _curve(self, number: int, since: float, step: float, slots: int) -> Curve:
        times, lows, means, highs = self.times[number], self.low[number], self.mean[number], self.high[number]
        if any(map(gt, times, islice(times, 1, None))):  # the clock was set back within an hour
            order = sorted(range(len(times)), key=times.__getitem__)
            times, lows, means, highs = ([part[place] for place in order] for part in (times, lows, means, highs))
        low: list[float | None] = []
        mean: list[float | None] = []
        high: list[float | None] = []
        end = bisect_left(times, since)
        for slot in range(slots):
            start, end = end, bisect_left(times, since + (slot + 1) * step, end)
            known = start < end
            low.append(min(lows[start:end]) if known else None)
            mean.append(sum(means[start:end]) / (end - start) if known else None)
            high.append(max(highs[start:end]) if known else None)
        return Curve(self.metrics[number], tuple(low), tuple(mean), tuple(high))


class Grid:
    """The slots that a question gets: whole multiples of a resolution, on whole multiples of their length."""

    def __init__(self, since: float, until: float, points: int, resolution: float) -> None:
        self._until = until
        self._asked = since
        self._points = points
        self._resolution = resolution
        self._fit(max(1, math.ceil((until - since) / points / resolution)))

    def _fit(self, steps: int) -> None:
        while True:
            self.step = steps * self._resolution
            self.since = self._asked // self.step * self.step
            self.slots = max(1, math.ceil((self._until - self.since) / self.step))
            if self.slots <= self._points or self.step > self._until - self.since:
                return
            steps += 1

    def coarsen(self, spacing: float) -> None:
        """Make the slots so long that each gets a point, where these come at such a distance."""
        uneven = 1.0 if spacing % 60.0 == 0.0 and self._resolution == 60.0 else _UNEVEN
        if self.step < spacing * uneven:
            self._fit(math.ceil(spacing * uneven / self._resolution))
