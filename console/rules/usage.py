"""Counts who holds how many cards for how long, and how hard these work."""

from collections.abc import Mapping

from backends.records import CardState
from console.model.intervals import SECONDS_BRIDGED
from console.model.judged import JudgedNode

Who = tuple[str | None, str | None]
"""A user and a project."""
Sums = tuple[float, float, float]
"""Seconds of cards that were held, of these with a known utilisation, and percent times seconds of work."""


class Meter:
    """Sums by time and person that were not taken away yet. A look counts for the time since the one before it."""

    def __init__(self, speed: float = 1.0, slot: int = 300) -> None:
        """Make one.

        Args:
            speed: of the lab's clock.
            slot: seconds of what is summed up together.
        """
        self._longest = SECONDS_BRIDGED * speed
        self._slot = slot
        self._last: dict[str, float] = {}
        self._found: dict[str, Mapping[Who, Sums]] = {}
        """What the cards of a node did when they were last looked at."""
        self._sums: dict[int, dict[Who, Sums]] = {}

    def look(self, judged: JudgedNode, at: float) -> None:
        """Count what the cards of a node did since they were last looked at, as they do it now."""
        name, found = judged.node.name, _found(judged)
        last = self._last.get(name)
        self._last[name], self._found[name] = at, found
        self._count(found, last, at)

    def finish(self, until: float) -> None:
        """Count that all nodes went on until then as they were last seen: nobody will look again."""
        for name, last in self._last.items():
            self._count(self._found[name], last, until)
            self._last[name] = max(last, until)

    def _count(self, found: Mapping[Who, Sums], last: float | None, at: float) -> None:
        if last is None or not 0.0 < at - last <= 2 * self._longest:
            return
        while found and last < at:
            slot = int(last // self._slot) * self._slot
            end = min(at, float(slot + self._slot))
            self._add(slot, found, end - last)
            last = end

    def _add(self, slot: int, found: Mapping[Who, Sums], seconds: float) -> None:
        sums = self._sums.setdefault(slot, {})
        for who, (held, known, work) in found.items():
            old = sums.get(who, (0.0, 0.0, 0.0))
            sums[who] = (old[0] + held * seconds, old[1] + known * seconds, old[2] + work * seconds)

    def sums(self) -> Mapping[int, Mapping[Who, Sums]]:
        """What was counted, by the time at which its slot begins."""
        return self._sums

    def clear(self) -> None:
        """Begin anew: what was counted is written down."""
        self._sums = {}


def _found(judged: JudgedNode) -> Mapping[Who, Sums]:
    """Cards that are held, of these the ones with a known utilisation, and the sum of their percents."""
    found: dict[Who, Sums] = {}
    for card in judged.cards:
        owner = card.owner
        if owner is None or (judged.stale and not owner.allocated):
            continue
        held, known, work = found.get((owner.user, owner.project), (0.0, 0.0, 0.0))
        gpu = card.gpu
        if gpu is not None and gpu.util is not None and gpu.state is CardState.OK and not judged.stale:
            known, work = known + 1.0, work + gpu.util
        found[owner.user, owner.project] = held + 1.0, known, work
    return found
