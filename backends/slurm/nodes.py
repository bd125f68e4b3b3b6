"""From ``scontrol -d -o show nodes`` to what each node can still take; it reads text and nothing else."""

import re

from backends.jobs import Capacity
from backends.slurm.gres import cards_of, tres_of
from backends.slurm.values import moment, number, pairs, text

_SUFFIXES = {
    "*": "NOT_RESPONDING",
    "^": "REBOOT_ISSUED",
    "@": "REBOOT_REQUESTED",
    "-": "PLANNED",
    "~": "POWERED_DOWN",
    "#": "POWERING_UP",
    "%": "POWERING_DOWN",
    "!": "POWER_DOWN",
    "$": "MAINTENANCE",
}
_TAKES = frozenset({"IDLE", "MIXED", "ALLOCATED", "COMPLETING", "PLANNED"})
_REFUSES = frozenset({
    "DOWN", "DRAIN", "DRAINED", "DRAINING", "FAIL", "FAILING", "ERROR", "FUTURE", "INVAL", "INVALID_REG",
    "REBOOT_ISSUED", "MAINTENANCE", "MAINT", "POWERING_DOWN", "BLOCKED", "PERFCTRS",
})  # fmt: skip
_REASON = re.compile(r"(?s)(.*?)\s*\[([^\[\]@]+)@([^\[\]@]+)\]\s*$")
_BY = re.compile(r"(?s)\sReason=(.*)$")
_REASON_ENDS = re.compile(r"\s(?:Comment|Extra|InstanceId|InstanceType|ReservationName)=")


class NodeReader:
    """Reads listings; a node that is as it was but for its load is not read again."""

    def __init__(self) -> None:
        self._known: dict[str, Capacity | None] = {}

    def read(self, output: str) -> tuple[Capacity, ...]:
        """Read every node, in the order in which they come; what is no node is left out."""
        known, now = self._known, {}
        for text_ in output.split("\nNodeName="):
            line = _LOAD.sub("", text_)
            now[line] = known[line] if line in known else capacity_of(line)
        self._known = now
        return tuple({one.node: one for one in now.values() if one is not None}.values())


_LOAD = re.compile(r" (?:CPULoad|FreeMem|LastBusyTime|CurrentWatts|AveWatts)=\S*")
"""What changes all the time and is not read."""


def capacity_of(line: str) -> Capacity | None:
    """Read one node."""
    line = line.removeprefix("NodeName=").strip()
    name, _, rest = line.partition(" ")
    if not name or "State=" not in rest:
        return None
    before, after = _reason_apart(rest)
    said = pairs(before)
    states = states_of(said.get("State", ""))
    reason, by, at = _reason(after)
    all_cards, used = cards_of(said.get("Gres", "")), cards_of(said.get("GresUsed", ""))
    given = tres_of(said.get("AllocTRES", ""))
    if "GresUsed" not in said:
        used = given.cards or used
    mebi = 2**20
    memory, taken = number(said.get("RealMemory", "")), number(said.get("AllocMem", ""))
    host = text(said.get("NodeHostName", ""))
    return Capacity(
        name,
        states,
        usable_of(states),
        reason,
        by,
        at,
        number(said.get("CPUEfctv", said.get("CPUTot", ""))),
        number(said.get("CPUAlloc", "")),
        None if memory is None else memory * mebi,
        None if taken is None else taken * mebi,
        all_cards.count,
        used.count,
        all_cards.kind,
        used.slots if used.count else (),
        tuple(part for part in said.get("Partitions", "").split(",") if part),
        tuple(part for part in (text(said.get("ActiveFeatures", "")) or "").split(",") if part),
        moment(said.get("BootTime", "")),
        text(said.get("Version", "")),
        host if host != name else None,
    )


def states_of(said: str) -> tuple[str, ...]:
    """Base state and flags, upper case, suffixes spelled out: ``IDLE*+DRAIN`` is IDLE, NOT_RESPONDING, DRAIN."""
    found: list[str] = []
    for part in said.upper().split("+"):
        word = part.rstrip("".join(_SUFFIXES))
        found += [word] if word else []
        found += [_SUFFIXES[suffix] for suffix in part[len(word) :]]
    return tuple(dict.fromkeys(found))


def usable_of(states: tuple[str, ...]) -> bool | None:
    """Whether it takes new jobs; None where nobody can say: it does not answer just now, or has not registered."""
    if any(state in _REFUSES for state in states):
        return False
    if "NOT_RESPONDING" in states or not states or states[0] not in _TAKES:
        return None  # for some seconds after a drain ends a node does not answer, which is no alarm
    return True


def _reason_apart(rest: str) -> tuple[str, str]:
    """Cut off what a person wrote, which may look like any field."""
    match = _BY.search(rest)
    if match is None:
        return rest, ""
    ends = _REASON_ENDS.search(match[1])
    return rest[: match.start()], match[1] if ends is None else match[1][: ends.start()]


def _reason(said: str) -> tuple[str | None, str | None, float | None]:
    match = _REASON.match(said)
    if match is None:
        return text(said.strip()), None, None
    return text(match[1]), match[2], moment(match[3])
