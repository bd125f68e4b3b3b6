"""From the lines of one node's probe to records: times, slots, rates, joins. No I/O; what is no line is refused."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from backends.ports import Clock, Unavailable
from backends.probe.cards import Slots, address
from backends.probe.line import Malformed as Malformed  # feed() raises it, so it is also ours
from backends.probe.line import of_tomorrow, understand
from backends.probe.processes import ProcessTable
from backends.probe.rates import HealthRates, HostRates
from backends.probe.skew import Skew
from backends.probe.wire import (
    PROTOCOL,
    Cards,
    Fault,
    Happened,
    Health,
    Hello,
    MountLine,
    Mounts,
    Processes,
    Tick,
)
from backends.record import N_, Trouble
from backends.records import (
    AnyRecord,
    Card,
    CardHealth,
    Event,
    Filesystem,
    MountState,
    NodeFacts,
    NodeHealth,
    NodeMounts,
    NodeProcesses,
    NodeSample,
    ReaderState,
)

SKEW_STEP = 0.5
"""Seconds by which the skew has to change before a node's facts are said again."""

_READERS: Mapping[str, ReaderState] = {state.value: state for state in ReaderState}
_MOUNTS: Mapping[str, MountState] = {state.value: state for state in MountState}


class Decoder:
    """Turns what one node's probe says into records, through restarts of the probe and of the node.

    Records are stamped with the collector's clock when their line is fed. Rates come from the node's own monotonic
    clock. Cards stay known for the life of the decoder; everything else begins anew with each `Hello`.
    """

    def __init__(self, node: str, clock: Clock, interval: float, known: Sequence[Card] = ()) -> None:
        self.node = node
        self._clock = clock
        self._slots = Slots(known)
        self._facts = NodeFacts(node, 0.0, 0.0, interval=interval, cards=self._slots.cards)
        self._greeted = False
        self._newer = False
        self._begin(interval, 100)
        self._translate: Mapping[type, Callable[[Any, float, float], list[AnyRecord]]] = {
            Hello: self._hello,
            Cards: self._cards,
            Tick: self._tick,
            Health: self._health,
            Processes: self._processes,
            Mounts: self._mounts,
            Happened: self._happened,
            Fault: self._fault,
        }

    @property
    def greeted(self) -> bool:
        """Whether a `Hello` has come since the start or the last `hang_up`."""
        return self._greeted

    @property
    def cards(self) -> tuple[Card, ...]:
        """Every card known of the node, by slot; what to give to the next decoder as ``known``."""
        return self._slots.cards

    def hang_up(self) -> None:
        """Expect a new `Hello`: the session is over."""
        self._greeted = False

    def feed(self, line: bytes) -> list[AnyRecord]:
        """Decode one line, with or without its end; a kind of line that only a newer probe knows makes no records.

        Raises:
            Malformed: it is none, or comes before the hello.
            Unavailable: the probe speaks a protocol that we do not.
        """
        try:
            message = understand(line)
        except Malformed:
            if self._greeted and self._newer and of_tomorrow(line):
                return []
            raise
        if not self._greeted and type(message) is not Hello:
            raise Malformed(line, "a line before the hello")
        try:
            return self._translate[type(message)](message, self._clock.wall(), self._clock.mono())
        except (OverflowError, ValueError) as error:  # times such as 1e308, which are numbers and yet no times
            raise Malformed(line, "impossible numbers") from error

    def event(self, kind: str, text: str) -> Event:
        """Make an event of something that was noticed about the probe itself."""
        return Event(self.node, self._clock.wall(), self._clock.mono(), kind, text=text, origin="probe")

    def _begin(self, interval: float, clock_ticks: int) -> None:
        self._host = HostRates()
        self._cards_health = HealthRates()
        self._table = ProcessTable(clock_ticks)
        self._skew = Skew(interval)
        self._since: dict[str, tuple[float, float]] = {}
        self._reader_since: tuple[float, float] | None = None

    def _hello(self, line: Hello, at: float, mono: float) -> list[AnyRecord]:
        _check_protocol(line.protocol)
        self._greeted = True
        self._newer = line.protocol[1] > PROTOCOL[1]
        self._begin(line.interval, line.clock_ticks)
        self._slots.forget_list()
        same = line.boot is not None and line.boot == self._facts.boot
        self._facts = NodeFacts(
            self.node,
            at,
            mono,
            line.host,
            line.boot,
            line.kernel,
            line.system,
            line.cpu,
            line.cpus,
            line.memory,
            self._facts.reader if same else None,
            self._facts.driver if same else None,
            self._facts.cuda if same else None,
            self._slots.cards,
            self._skew.take(line.wall, at),
            line.interval,
            line.probe,
        )
        return [self._facts]

    def _cards(self, line: Cards, at: float, mono: float) -> list[AnyRecord]:
        self._slots.take(line)
        self._cards_health.keep(self._slots.identities)
        return self._changed(at, mono, reader=line.reader, driver=line.driver, cuda=line.cuda, cards=self._slots.cards)

    def _changed(self, at: float, mono: float, **facts: object) -> list[AnyRecord]:
        """Say the facts again if any is different."""
        if all(getattr(self._facts, name) == value for name, value in facts.items()):
            return []
        facts["skew"] = self._skew.seconds
        self._facts = msgspec.structs.replace(self._facts, at=at, mono=mono, **facts)
        return [self._facts]

    def _tick(self, line: Tick, at: float, mono: float) -> list[AnyRecord]:
        reader = _READERS.get(line.reader, ReaderState.STARTING)
        records: list[AnyRecord] = []
        skew = self._skew.take(line.wall, at)
        if self._facts.skew is None or abs(skew - self._facts.skew) > SKEW_STEP:
            records += self._changed(at, mono, skew=skew)
        records.append(
            NodeSample(
                self.node,
                at,
                mono,
                self._host.sample(line.host, line.mono),
                reader,
                self._utc_of_reader(line, at),
                line.reader_detail,
                self._slots.samples(reader, line.gpus),
            )
        )
        return records

    def _utc_of_reader(self, line: Tick, at: float) -> float | None:
        """Convert once for each state, so that its beginning does not tremble with the time lines take."""
        if line.reader_since is None:
            return None
        if self._reader_since is None or self._reader_since[0] != line.reader_since:
            self._reader_since = (line.reader_since, at - max(0.0, line.mono - line.reader_since))
        return self._reader_since[1]

    def _health(self, line: Health, at: float, mono: float) -> list[AnyRecord]:
        cards: list[CardHealth] = [
            self._cards_health.sample(card, who, slot, line.mono)
            for card, who, slot in zip(line.cards, self._slots.identities, self._slots.places, strict=False)
        ]
        cards.sort(key=lambda card: card.slot)
        return [NodeHealth(self.node, at, mono, tuple(cards), line.kernel_log)]

    def _processes(self, line: Processes, at: float, mono: float) -> list[AnyRecord]:
        joined = self._table.join(line, self._slots.places, self._skew.seconds)
        return [NodeProcesses(self.node, at, mono, joined, line.complete)]

    def _mounts(self, line: Mounts, at: float, mono: float) -> list[AnyRecord]:
        last, self._since = self._since, {}
        for mount in line.mounts:
            if mount.since is not None:
                known = last.get(mount.mount)
                utc = at - max(0.0, line.mono - mount.since)
                self._since[mount.mount] = known if known and known[0] == mount.since else (mount.since, utc)
        systems = tuple(_filesystem(mount, self._since.get(mount.mount)) for mount in line.mounts)
        return [NodeMounts(self.node, at, mono, systems)]

    def _happened(self, line: Happened, at: float, mono: float) -> list[AnyRecord]:
        """Say what happened at our time; the node's clock may run ahead, but nothing has happened in the future."""
        when = min(at, line.wall - self._skew.seconds)
        pci = None if line.pci is None else address(line.pci)
        event = Event(
            self.node,
            when,
            mono - (at - when) / self._clock.speed,
            line.kind,
            line.code,
            self._slots.slot(line.pci),
            pci,
            line.text,
            line.origin,
        )
        return [event]

    def _fault(self, line: Fault, at: float, mono: float) -> list[AnyRecord]:
        return [Event(self.node, at, mono, "fault", text=f"{line.where}: {line.text}", origin="probe")]


def _check_protocol(theirs: tuple[int, int]) -> None:
    if max(theirs[0], PROTOCOL[0]) <= min(theirs[1], PROTOCOL[1]):
        return
    raise Unavailable(
        Trouble(
            N_("The probe speaks protocol {theirs}, this program {ours}."),
            N_("Run the same version of Quarterdeck on both sides."),
            {"theirs": "{}-{}".format(*theirs), "ours": "{}-{}".format(*PROTOCOL)},
        )
    )


def _filesystem(line: MountLine, since: tuple[float, float] | None) -> Filesystem:
    return Filesystem(
        line.mount,
        line.device,
        line.kind,
        _MOUNTS.get(line.state, MountState.ERROR),
        None if since is None else since[1],
        line.size,
        line.used,
        line.available,
        line.inodes,
        line.inodes_free,
        line.read_only,
    )
