"""How far a node's wall clock is ahead of ours, measured from lines that took an unknown time to arrive."""

from collections import deque

WINDOW = 60.0
"""Seconds of lines that are looked at; a node that sets its clock back is noticed that much later."""
_FEWEST, _MOST = 10, 120


class Skew:
    """The skew of one node.

    A line that took longer makes the node look further behind. So the least of (arrival - the node's time) over a
    window is that of the line that was quickest, and is wrong by its time on the way alone.
    """

    def __init__(self, interval: float) -> None:
        self._window = int(min(_MOST, max(_FEWEST, WINDOW / max(interval, 0.1))))
        self._number = 0
        self._late: deque[tuple[float, int]] = deque()
        """Lateness and number of the lines that were quicker than all after them: the first is the quickest."""

    seconds: float = 0.0
    """What it is by now; 0 before the first line."""

    def take(self, node: float, arrival: float) -> float:
        """Take one line and say the skew; both times are UTC in seconds."""
        late, quick = arrival - node, self._late
        while quick and quick[-1][0] >= late:
            quick.pop()
        self._number += 1
        quick.append((late, self._number))
        if quick[0][1] <= self._number - self._window:
            quick.popleft()
        self.seconds = -quick[0][0]
        return self.seconds
