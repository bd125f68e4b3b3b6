"""Who holds the cards of one node: what a process is, said once, joined with what it uses, said every time."""

from collections.abc import Sequence

from backends.probe.rates import SHORTEST
from backends.probe.wire import Processes, ProcessLine, UseLine
from backends.records import Process, ProcessUse

_KEPT = 60.0
"""Seconds for which what a process is stays known after it let go of its cards; it may come back."""
_MOST = 4096
"""Processes that are remembered after they are gone."""
_SKEW_SHOWN = 2.0
"""Seconds of skew below which a start time is left as the node says it."""

_Id = tuple[int, int]
"""Pid and start."""


class ProcessTable:
    """What is known of the processes on the cards of one node."""

    def __init__(self, clock_ticks: int = 100) -> None:
        self._jiffy = 1.0 / max(1, clock_ticks)
        self._what: dict[_Id, tuple[ProcessLine, float | None]] = {}
        self._seen: dict[_Id, float] = {}
        self._cpu: dict[_Id, int | None] = {}
        self._mono: float | None = None

    def join(self, line: Processes, places: Sequence[int], skew: float) -> tuple[Process, ...]:
        """Make one process of all that was said about it.

        Args:
            line: a listing.
            places: the slot of each card, in the probe's order; a use of any other card is left out.
            skew: seconds that the node's wall clock is ahead. A start is corrected once, when the process is first
                told of, and by whole seconds from 2 s on: it is part of the identity and must not tremble.
        """
        ahead = round(skew) if abs(skew) >= _SKEW_SHOWN else 0
        for what in line.new:
            started = None if what.started is None else what.started - ahead
            self._what[what.pid, what.start] = (what, started)
        uses: dict[_Id, list[UseLine]] = {}
        for use in line.uses:
            uses.setdefault((use.pid, use.start), []).append(use)
        seconds = None if self._mono is None or line.mono - self._mono < SHORTEST else line.mono - self._mono
        processes = tuple([self._process(who, of, places, seconds) for who, of in uses.items()])
        self._cpu = {who: of[0].cpu for who, of in uses.items()}
        self._mono = line.mono
        self._forget(uses, line.mono)
        return processes

    def _process(self, who: _Id, uses: list[UseLine], places: Sequence[int], seconds: float | None) -> Process:
        what, started = self._what.get(who, (_NOBODY, None))
        cards = len(places)
        held = [
            ProcessUse(places[use.card], use.part, use.memory, _within(use)) for use in uses if 0 <= use.card < cards
        ]
        return Process(
            who[0],
            started,
            what.uid,
            what.user,
            what.command,
            tuple(held),
            what.job,
            what.step,
            what.sluid,
            what.pod,
            what.container,
            self._percent(uses[0].cpu, self._cpu.get(who), seconds),
            uses[0].resident,
        )

    def _percent(self, new: int | None, old: int | None, seconds: float | None) -> float | None:
        """Percent of one core, so that a process with threads has more than 100."""
        if new is None or old is None or seconds is None or new < old:
            return None
        return 100.0 * (new - old) * self._jiffy / seconds

    def _forget(self, uses: dict[_Id, list[UseLine]], mono: float) -> None:
        self._seen.update(dict.fromkeys(uses, mono))
        if self._what.keys() == self._seen.keys() == uses.keys():  # nobody let go of the cards, as nearly always
            return
        gone = [who for who in self._what if mono - self._seen.setdefault(who, mono) > _KEPT]
        if len(self._what) - len(uses) > _MOST:
            gone = [who for who in self._what if who not in uses]
        for who in gone:
            del self._what[who]
        self._seen = {who: self._seen[who] for who in self._what}


def _within(use: UseLine) -> float | None:
    """The percent of a use, as far as it is known; drivers have told of more than 100."""
    util = use.util
    return util if util is None or 0.0 <= util <= 100.0 else min(100.0, max(0.0, util))


_NOBODY = ProcessLine(0, 0)
