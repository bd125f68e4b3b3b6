"""One node's stream of lines, as its probe would write them: hello first, then ticks, and now and then the rest."""

from collections.abc import Iterable, Sequence

import msgspec

from backends.demo import gauges, health, kubernetes
from backends.demo.curves import scatter
from backends.demo.kinds import KUBERNETES
from backends.demo.lanes import Lane
from backends.demo.nodes import Card, Node
from backends.demo.runs import Run
from backends.demo.stories import INTRUDER, XID
from backends.jobs import JobState
from backends.probe.wire import (
    PROTOCOL,
    Cards,
    GpuLine,
    Happened,
    Health,
    Hello,
    Mounts,
    Processes,
    ProcessLine,
    Tick,
    UseLine,
)

VERSION = "demo"
_HZ = 100
_USER_FAULT = 31
"""Xid of a bad address, which is nearly always the program's own fault."""
_encode = msgspec.json.Encoder().encode


class Stream:
    """What one node has said so far, and what it says next."""

    def __init__(self, node: Node, origin: float, interval: float, past: float = 0.0) -> None:
        self._node = node
        self._in_pods = node.kind.partition in KUBERNETES
        self._origin = origin
        self._booted = origin - node.up_for - past
        self._interval = interval
        self._often = max(1, round(4 / interval))
        self._rarely = max(1, round(10 / interval)) if not past else 12
        self._ticks = 0
        self._last = 0.0
        self._last_health = 0.0
        self._named: set[tuple[int, int]] = set()
        self._host: gauges.Host | None = None
        self._health = health.Health(node, origin, node.up_for)
        self._lanes: tuple[Lane, ...] = ()
        self._working: gauges.Working = (None,) * len(node.cards)

    def lines(self, lanes: Sequence[Lane], now: float) -> list[bytes]:
        """Say what the node says at `now` while `lanes` are on it; nothing once it has fallen silent."""
        node = self._node
        if node.silent_since is not None and now > node.silent_since:
            if self._ticks:
                return []
            now = node.silent_since
        mono = now - self._booted
        begins = self._host is None
        self._place(lanes)
        said: list[object] = self._greet(now, mono) if begins else self._relist(now, mono)
        stalled = node.stalled_since is not None and now >= node.stalled_since
        said += self._happened(now, mono, begins)
        if self._host is None:
            self._host = gauges.Host(node, mono)
        gpus = [] if stalled else gauges.cards(node, self._working, now)
        said.append(self._tick(now, mono, gpus, stalled))
        turn = self._ticks + node.index
        if not stalled and node.cards:
            if begins or turn % self._often == 0:
                said.append(self._processes(now, mono, gpus))
            if begins or turn % self._rarely == 0:
                said.append(self._slow(now, mono, gpus))
        if begins or turn % self._rarely == 1 % self._rarely:
            said.append(Mounts(mono, health.mounts(node, now, self._booted)))
        self._ticks += 1
        self._last = now
        return [_encode(line) for line in said]

    def _place(self, lanes: Sequence[Lane]) -> None:
        """Note which lane each card belongs to, where the lanes are other ones than before."""
        self._lanes = tuple(lanes)
        working: list[tuple[Lane, bool] | None] = [None] * len(self._node.cards)
        for lane in lanes:
            used = lane.run.used if lane.run is not None else None
            for index, slots in lane.places:
                if index == self._node.index:
                    for order, slot in enumerate(slots):
                        working[slot] = (lane, used is None or order < used)
        self._working = working

    def _greet(self, now: float, mono: float) -> list[object]:
        node, kind = self._node, self._node.kind
        return [
            Hello(
                PROTOCOL, VERSION, node.name, node.boot, now, mono, self._interval, "6.8.0-51-generic",
                "Ubuntu 24.04.1 LTS", "3.12.3", kind.cpu, kind.cpus, kind.host_memory, 991, _HZ,
            ),
            self._cards(now, mono),
        ]  # fmt: skip

    def _cards(self, now: float, mono: float) -> Cards:
        node = self._node
        reader = ("nvml" if node.kind.vendor == "nvidia" else "npu-smi") if node.cards else None
        driver, cuda = (health.DRIVER, health.CUDA) if reader == "nvml" else (None, None)
        return Cards(mono, reader, driver, cuda, health.facts(node, now), health.bus(node, now))

    def _relist(self, now: float, mono: float) -> list[object]:
        """List the cards again where one fell off the bus."""
        fell = any(card.lost and self._last < card.since <= now for card in self._node.cards)
        return [self._cards(now, mono)] if fell else []

    def _tick(self, now: float, mono: float, gpus: list[GpuLine], stalled: bool) -> Tick:
        assert self._host is not None
        host = self._host.line(self._lanes, mono)
        if stalled and self._node.stalled_since is not None:
            since = self._node.stalled_since - self._booted
            return Tick(mono, now, host, "stalled", since, "nvmlDeviceGetUtilizationRates")
        return Tick(mono, now, host, "ok" if self._node.cards else "absent", None, None, gpus, mono)

    def _slow(self, now: float, mono: float, gpus: list[GpuLine]) -> Health:
        step = now - self._last_health if self._last_health else 0.0
        self._last_health = now
        refused = "dmesg_restrict is 1 and journalctl was refused" if self._node.seed % 5 == 0 else None
        return Health(mono, self._health.lines([line.util or 0.0 for line in gpus], now, step), refused)

    def _happened(self, now: float, mono: float, begins: bool) -> Iterable[Happened]:
        since = self._origin - XID
        if now >= since and (begins or self._last < since):
            for card in self._node.cards:
                yield from self._history(card, now, mono)
        if begins:
            return
        for lane in self._lanes:
            run = lane.last
            if run is None or run.outcome is not JobState.FAILED or not self._last < run.ended <= now:
                continue
            slot = next((slots[0] for index, slots in lane.places if index == self._node.index and slots), None)
            if slot is not None and self._node.kind.vendor == "nvidia" and run.seed % 3 == 0:
                yield self._xid(self._node.cards[slot], run.ended, now, mono, _USER_FAULT, self._pid(run, slot))

    def _history(self, card: Card, now: float, mono: float) -> Iterable[Happened]:
        """Say what the kernel log still holds about a card."""
        since = self._origin - XID
        if card.lost:
            lost = f"NVRM: GPU at PCI:{card.pci[:-2]}: GPU-{card.uuid[4:]} has fallen off the bus."
            yield self._xid(card, since, now, mono, 79, None)
            yield Happened(mono - (now - since), since, "bus", None, card.pci, lost, "kernel")
        if card.remap:
            yield self._xid(card, since, now, mono, 94, None)
            yield self._xid(card, since, now, mono, 63, None)

    def _xid(self, card: Card, at: float, now: float, mono: float, code: int, pid: int | None) -> Happened:
        text = {
            31: "MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_0 faulted @ 0x7f2c_00000000",
            63: "Row Remapper: New row (0x0000000001c34f5a) marked for remapping, reset gpu to activate",
            79: "GPU has fallen off the bus.",
            94: "Contained: SM (0x1). RST: No, D-RST: Yes",
        }[code]
        who = "pid='<unknown>', name=<unknown>" if pid is None else f"pid={pid}, name=python"
        line = f"NVRM: Xid (PCI:{card.pci[:-2]}): {code}, {who}, {text}"
        return Happened(mono - (now - at), at, "xid", code, card.pci, line, "kernel")

    def _pid(self, run: Run, slot: int) -> int:
        return 4000 + slot * 4000 + scatter(run.seed, slot) % 4000

    def _processes(self, now: float, mono: float, gpus: list[GpuLine]) -> Processes:
        told: dict[tuple[int, int], ProcessLine] = {}
        uses: list[UseLine] = []
        for card, place, line in zip(self._node.cards, self._working, gpus, strict=True):
            if card.memory and now >= card.since:
                self._stranger(card, mono, told, uses)
            if place is not None and place[1] and place[0].run is not None and line.state == "ok":
                self._use(card, place[0], place[0].run, mono, line, told, uses)
        new = [what for who, what in told.items() if who not in self._named]
        self._named = set(told)
        return Processes(mono, new, uses)

    def _use(
        self,
        card: Card,
        lane: Lane,
        run: Run,
        mono: float,
        line: GpuLine,
        told: dict[tuple[int, int], ProcessLine],
        uses: list[UseLine],
    ) -> None:
        begun = run.started + 3.0
        age = mono - (begun - self._booted)
        if age < 0:
            return
        start = max(1, int((begun - self._booted) * _HZ))
        person = run.person
        command = run.task.command
        if "{" in command and "{0}" not in command:
            cards = len(lane.places[0][1])
            command = command.format(nodes=len(lane.places), cards=cards)
        for part in range(len(card.parts)) if card.parts else (None,):
            if part is not None and card.parts[part][1] % 3 == 1:
                continue
            pid = self._pid(run, card.slot) + (part or 0)
            job, step, pod, container = self._where(lane, run)
            told[pid, start] = ProcessLine(
                pid, start, person.uid, person.user, command, job, step, None, pod, container, begun
            )
            held = line.memory_used or 0
            memory = (line.parts[part] or 0) if part is not None else max(0, held - gauges.CONTEXT - gauges.RESERVED)
            cpu = int(age * _HZ * (0.97 + (run.seed & 63) * 0.01))
            resident = int(3e9 + (run.seed % 97) * 3e8)
            uses.append(UseLine(pid, start, card.slot, part, memory, line.util, cpu, resident))

    def _where(self, lane: Lane, run: Run) -> tuple[str | None, str | None, str | None, str | None]:
        """Job, step, pod and container to which a process belongs, as its control group tells."""
        if not self._in_pods:
            return run.number, "0", None, None
        at = next(at for at, (node, _slots) in enumerate(lane.places) if node == self._node.index)
        uid = kubernetes.uid_of(run, at)
        return None, None, uid, kubernetes.container_id(uid)

    def _stranger(self, card: Card, mono: float, told: dict[tuple[int, int], ProcessLine], uses: list[UseLine]) -> None:
        begun = card.since - self._booted
        pid, start = 91_377, int(begun * _HZ)
        told[pid, start] = ProcessLine(
            pid, start, 20_099, "guest7", INTRUDER[:200], None, None, None, None, None, begun + self._booted
        )
        uses.append(UseLine(pid, start, card.slot, None, card.memory, 96.0, int((mono - begun) * 99), 900_000_000))
