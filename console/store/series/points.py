"""What was read of the past, and how it becomes the slots of a plot."""

import itertools
import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import gt, sub

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
        apart: list[float] = sorted(map(sub, islice(most, 1, None), most))
        return apart[len(apart) // 2]

    def curves(self, since: float, step: float, slots: int) -> tuple[Curve, ...]:
        """One curve for each metric; what lies outside is left out."""
        found: list[Curve] = []
        cut: list[float] | None = None
        runs: list[_Run] = []
        order: list[int] | None = None
        for number, metric in enumerate(self.metrics):
            times, parts = self.times[number], [self.low[number], self.mean[number], self.high[number]]
            if times != cut:  # metrics of one card nearly always have the same
                bounds, order = _bounds(times, since, step, slots)
                runs = _runs(bounds)
                cut = times
            low, mean, high = parts if order is None else ([part[place] for place in order] for part in parts)
            found.append(Curve(metric, _joined(low, runs, min), _means(mean, runs), _joined(high, runs, max)))
        return tuple(found)


_Run = tuple[int, int, int]
"""Slots in a row that have equally many points: where the first begins, how many points each has, how many slots."""


def _runs(bounds: Iterable[tuple[int, int]]) -> list[_Run]:
    """A day by the minute is one or two runs, which are joined without looking at each slot."""
    found: list[_Run] = []
    start = width = -1
    count = 0
    for begin, end in bounds:
        if end - begin == width:
            count += 1
            continue
        if count:
            found.append((start, width, count))
        start, width, count = begin, end - begin, 1
    return [*found, (start, width, count)] if count else found


def _beside(values: Sequence[float], run: _Run) -> list[Sequence[float]]:
    """The first points of a run's slots, the second ones, and so on."""
    start, width, count = run
    return [values[start + number : start + width * count : width] for number in range(width)]


def _joined(values: Sequence[float], runs: Iterable[_Run], join: Callable[..., float]) -> tuple[float | None, ...]:
    """The least or the most of each slot; None where it has no point."""
    found: list[float | None] = []
    for run in runs:
        parts = _beside(values, run)
        found += map(join, *parts) if len(parts) > 1 else parts[0] if parts else [None] * run[2]
    return tuple(found)


def _means(values: Sequence[float], runs: Iterable[_Run]) -> tuple[float | None, ...]:
    """The mean of each slot; None where it has no point."""
    found: list[float | None] = []
    for run in runs:
        parts, width = _beside(values, run), run[1]
        found += [each / width for each in map(sum, zip(*parts, strict=True))] if parts else [None] * run[2]
    return tuple(found)


def _bounds(
    times: Sequence[float], since: float, step: float, slots: int
) -> tuple[list[tuple[int, int]], list[int] | None]:
    """Where each slot begins and ends among the points, and in which order these are to be taken, if in another."""
    order = None
    if any(map(gt, times, islice(times, 1, None))):  # the clock was set back within an hour
        order = sorted(range(len(times)), key=times.__getitem__)
        times = [times[place] for place in order]
    edges = [bisect_left(times, since)]
    for slot in range(1, slots + 1):
        edges.append(bisect_left(times, since + slot * step, edges[-1]))
    return list(itertools.pairwise(edges)), order


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
